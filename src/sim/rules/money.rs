//! Rules of money: a booking has its key, its offer and a heard price with a yes; amounts come from offers. It books nothing.

use crate::session::event::{EffectId, Failure, Outcome};
use crate::sim::rules::fact::Fact;
use crate::sim::rules::faults::Faults;
use crate::sim::rules::ledger::Ledger;
use agent::language::en;
use agent::tool::{ToolCall, ToolResult};
use agent::trip::{BookingState, Item, Money};
use std::collections::{BTreeMap, BTreeSet};

/// Words of a yes that the simulated callers use.
const YES: &[&str] = &["yes"];

/// What is known of offers, orders and consent.
#[derive(Debug, Default)]
pub(crate) struct MoneyRules {
    keys: BTreeSet<String>,
    orders: BTreeMap<EffectId, ToolCall>,
    offers: Vec<Item>,
    /// Amounts in words that may be said, in small letters.
    amounts: BTreeSet<String>,
    /// What the caller last said to the end.
    last_words: String,
    /// The read-back that a yes would answer: a response's item.
    read_back: Option<String>,
    /// The next response reads a quote back, or asks about a cancellation.
    reads_next: bool,
    /// Acts of which no event has told yet.
    unannounced: usize,
    /// Outcomes that must be said: a phrase of the sentence that tells each.
    untold: Vec<&'static str>,
}

impl MoneyRules {
    /// A durable act goes out.
    pub(crate) fn commit(&mut self, id: EffectId, tool: &ToolCall, faults: &mut Faults) {
        match tool.durable() {
            None => faults.add("a durable effect has its key", tool.name()),
            Some(key) if key.0.is_empty() => faults.add("a durable effect has its key", tool.name()),
            Some(key) => {
                if !self.keys.insert(key.0.clone()) {
                    faults.add("a durable key is used once", &key.0);
                }
            }
        }
        if let ToolCall::Book(order) = tool
            && !self.offers.contains(&order.item)
        {
            faults.add("what is booked was offered", format!("{:?}", order.item.total()));
        }
        self.orders.insert(id, tool.clone());
        self.unannounced += 1;
    }

    /// A result is taken back: never that of a durable act.
    pub(crate) fn cancel(&mut self, id: EffectId, faults: &mut Faults) {
        if self.orders.contains_key(&id) {
            faults.add("a durable effect is never cancelled", format!("{id:?}"));
        }
    }

    /// The world answers.
    pub(crate) fn outcome(&mut self, id: EffectId, outcome: &Outcome) {
        let Outcome::Answered(result) = outcome else { return };
        if let Ok(ToolResult::Flights { offers, .. }) = result {
            for offer in offers {
                self.amounts.insert(en::money(offer.total).to_lowercase());
                self.offers.push(Item::Flight { offer: offer.clone() });
            }
        }
        if self.orders.contains_key(&id) {
            self.untold.extend(match result {
                Ok(ToolResult::Booking { booking }) if booking.state == BookingState::Confirmed => Some("booked"),
                Ok(ToolResult::Booking { .. }) => Some("cancelled"),
                Ok(ToolResult::Refused { .. }) | Err(Failure::Refused { .. }) => Some("sold"),
                Ok(ToolResult::Failed) => Some("didn't go through"),
                Ok(_) | Err(Failure::Retry { .. } | Failure::Broken { .. }) => None,
            });
        }
    }

    /// An amount the caller names may be repeated.
    pub(crate) fn caller_names(&mut self, amount: Money) {
        self.amounts.insert(en::money(amount).to_lowercase());
    }

    /// One event.
    pub(crate) fn event(&mut self, fact: &Fact, ledger: &Ledger, faults: &mut Faults) {
        match fact.kind.as_str() {
            "conversation.item.input_audio_transcription.completed" => {
                fact.text("/transcript").clone_into(&mut self.last_words);
            }
            "conversation.item.added" if fact.text("/item/content/0/type") == "input_text" => {
                fact.text("/item/content/0/text").clone_into(&mut self.last_words);
            }
            "voxfare.card" if fact.text("/card/kind") == "quote" => self.reads_next = true,
            "response.output_audio_transcript.delta" => self.said(fact, faults),
            "voxfare.task" if fact.text("/state") == "started" => self.started(fact, ledger, faults),
            _ => {}
        }
    }

    /// The step is over, and its events were seen: an act belongs to a turn that is committed and told.
    pub(crate) fn settled(&mut self, faults: &mut Faults) {
        if std::mem::take(&mut self.unannounced) > 0 {
            faults.add("speculation has no side effects", "an act before its turn was committed");
        }
    }

    /// The conversation came to its own end: nothing is left untold.
    pub(crate) fn goodbye(&mut self, faults: &mut Faults) {
        for phrase in std::mem::take(&mut self.untold) {
            faults.add("the outcome of a durable effect is told", format!("nobody said {phrase:?}"));
        }
    }

    fn said(&mut self, fact: &Fact, faults: &mut Faults) {
        let text = fact.text("/delta").to_lowercase();
        if std::mem::take(&mut self.reads_next) || text.contains("cancel the booking") || text.contains("in total.") {
            self.read_back = Some(fact.text("/item_id").to_owned());
        }
        if let Some(at) = self.untold.iter().position(|phrase| text.contains(phrase)) {
            self.untold.remove(at);
        }
        for (at, _) in text.match_indices("dollar") {
            let end = text[at..].find(|c: char| !c.is_alphabetic()).map_or(text.len(), |len| at + len);
            let spoken = &text[..end];
            let is_whole = |amount: &String| spoken.strip_suffix(amount.as_str()).is_some_and(|b| !ends_in_number(b));
            let known = self.amounts.iter().any(is_whole);
            if !known {
                faults.add("amounts come from offers", fact.text("/delta"));
            }
        }
    }

    fn started(&mut self, fact: &Fact, ledger: &Ledger, faults: &mut Faults) {
        let name = fact.text("/name");
        if !["book", "cancel_booking"].contains(&name) {
            return;
        }
        self.unannounced = self.unannounced.saturating_sub(1);
        let words = self.last_words.to_lowercase();
        if !YES.iter().any(|yes| words.starts_with(yes)) {
            faults.add("a booking follows a yes", format!("{name} after {words:?}"));
        }
        let heard = self.read_back.as_ref().and_then(|item| ledger.said(item)).map(|said| {
            let needed = said.text.find(" in total").unwrap_or(said.text.len().saturating_sub(1));
            (said.heard_bytes(said.sent), needed)
        });
        match heard {
            Some((heard, needed)) if heard >= needed => {}
            other => faults.add("a booking follows a heard price", format!("{name}: {other:?} bytes heard, needed")),
        }
        // One yes is for one read-back.
        self.read_back = None;
    }
}

/// The words before end in another number: the amount is only the tail of a larger one.
fn ends_in_number(before: &str) -> bool {
    let last = before.trim_end().rsplit([' ', '-']).next().unwrap_or_default();
    ["hundred", "thousand", "million", "and"].contains(&last)
}
