//! Rules of the wire: one active response, one terminal each, every `added` with its `done`. It looks at events alone.

use crate::sim::rules::fact::Fact;
use crate::sim::rules::faults::Faults;
use std::collections::BTreeSet;

/// What the wire has shown so far.
#[derive(Debug, Default)]
pub(crate) struct Protocol {
    active: Option<String>,
    created: BTreeSet<String>,
    ended: BTreeSet<String>,
    added: BTreeSet<String>,
    parts: BTreeSet<String>,
    events: BTreeSet<String>,
    begun: bool,
}

impl Protocol {
    /// One event.
    pub(crate) fn event(&mut self, fact: &Fact, faults: &mut Faults) {
        if !self.events.insert(fact.text("/event_id").to_owned()) {
            faults.add("every event has its own id", fact.text("/event_id"));
        }
        if !std::mem::replace(&mut self.begun, true) && fact.kind != "session.created" {
            faults.add("a session begins with session.created", &fact.kind);
        }
        match fact.kind.as_str() {
            "response.created" => {
                let id = fact.text("/response/id").to_owned();
                self.created.insert(id.clone());
                if let Some(active) = self.active.replace(id.clone()) {
                    faults.add("at most one active response", format!("{id} begins while {active} is active"));
                }
            }
            "response.done" => self.done(fact, faults),
            "conversation.item.added" => self.open(fact.text("/item/id"), faults),
            "conversation.item.done" => self.close(fact.text("/item/id"), faults),
            "response.output_item.added" => self.open(&format!("output {}", fact.text("/item/id")), faults),
            "response.output_item.done" => self.close(&format!("output {}", fact.text("/item/id")), faults),
            "response.content_part.added" => self.open(&format!("part {}", fact.text("/item_id")), faults),
            "response.content_part.done" => self.close(&format!("part {}", fact.text("/item_id")), faults),
            _ => {}
        }
        if fact.kind.starts_with("response.") && fact.value("/response_id").is_some() {
            self.content(fact, faults);
        }
        if fact.kind.starts_with("output_audio_buffer.") && !self.created.contains(fact.text("/response_id")) {
            faults.add("sound belongs to a response", format!("{} of {}", fact.kind, fact.text("/response_id")));
        }
    }

    /// The session is over and every event of it was seen.
    pub(crate) fn over(&mut self, faults: &mut Faults) {
        if let Some(active) = self.active.take() {
            faults.add("one terminal event a response", format!("{active} has none at the end"));
        }
        for item in std::mem::take(&mut self.added) {
            faults.add("every added has its done", item);
        }
    }

    fn done(&mut self, fact: &Fact, faults: &mut Faults) {
        let id = fact.text("/response/id").to_owned();
        if self.active.take().as_deref() != Some(id.as_str()) || !self.ended.insert(id.clone()) {
            faults.add("one terminal event a response", &id);
        }
        let status = fact.text("/response/status");
        if !["completed", "cancelled", "failed"].contains(&status) {
            faults.add("one terminal event a response", format!("{id} is {status}"));
        }
    }

    fn content(&self, fact: &Fact, faults: &mut Faults) {
        let id = fact.text("/response_id");
        if self.ended.contains(id) || self.active.as_deref() != Some(id) {
            faults.add("no content after the terminal", format!("{} of {id}", fact.kind));
        }
    }

    fn open(&mut self, what: &str, faults: &mut Faults) {
        if !self.parts.insert(what.to_owned()) {
            faults.add("an item is added once", what);
        }
        self.added.insert(what.to_owned());
    }

    fn close(&mut self, what: &str, faults: &mut Faults) {
        if !self.added.remove(what) {
            faults.add("every added has its done", what);
        }
    }
}
