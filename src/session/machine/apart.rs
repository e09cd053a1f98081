//! Responses apart from the conversation (`conversation: none`): each is answered by a copy of it, or by a fresh one where it brings its own
//! input. What must be looked up for it is looked up, nothing is booked, and it leaves no trace.

use crate::session::event::{EffectId, Failure};
use crate::session::machine::Machine;
use crate::session::machine::ask::Ask;
use crate::session::machine::remote::RemoteCall;
use crate::session::machine::tasks::{self, Task};
use crate::session::machine::tools::Wanted;
use crate::session::machine::wire::ResponseIds;
use agent::dialogue::{CallId, Dialogue, Expects, Input as Word, Output as Wish, Say, SayId, SayKind};
use agent::tool::ToolResult;
use std::collections::BTreeMap;
use std::time::Instant;

/// Responses apart that may wait, for what is looked up for them or for their turn; more are refused.
const WAITING_MAX: usize = 4;
/// Answers what would change something.
const NOT_APART: &str = "That can only be done in the conversation itself.";
/// Answers what calls for no answer.
const NOTHING_TO_SAY: &str = "All right.";

/// A response that waits for what is looked up for it.
#[derive(Debug)]
struct Waiting {
    dialogue: Dialogue,
    ask: Box<Ask>,
    calls: BTreeMap<EffectId, Task>,
    texts: Vec<String>,
}

/// The responses apart of one session.
#[derive(Debug, Default)]
pub(crate) struct Apart {
    /// Those that were spoken so far.
    told: u64,
    waiting: Vec<Waiting>,
    /// Tools of servers that are called for them.
    calls: BTreeMap<EffectId, (ResponseIds, RemoteCall)>,
}

impl Apart {
    /// No further one may be asked for now, when so many wait for their turn to be told.
    pub(crate) fn is_full(&self, queued: usize) -> bool {
        self.waiting.len() + self.calls.len() + queued >= WAITING_MAX
    }

    /// A server's tool is called for a response apart.
    pub(crate) fn began(&mut self, effect: EffectId, ids: ResponseIds, call: RemoteCall) {
        self.calls.insert(effect, (ids, call));
    }

    /// A server's tool answered, if it was called for a response apart.
    pub(crate) fn ended(&mut self, effect: EffectId) -> Option<(ResponseIds, RemoteCall)> {
        self.calls.remove(&effect)
    }

    /// The response of this id waits for the answer of a server.
    pub(crate) fn is_calling_as(&self, response: &str) -> bool {
        self.calls.values().any(|(ids, _)| ids.response == response)
    }

    /// The response of this id waits for the answer of a server no longer; the call goes on.
    pub(crate) fn abandoned(&mut self, response: &str) -> Option<(ResponseIds, RemoteCall)> {
        let id = *self.calls.iter().find(|(_, (ids, _))| ids.response == response)?.0;
        self.calls.remove(&id)
    }

    /// The session ends: every call that is under way.
    pub(crate) fn take_calls(&mut self) -> BTreeMap<EffectId, (ResponseIds, RemoteCall)> {
        std::mem::take(&mut self.calls)
    }

    /// None of them is wanted any more; returns the effects to cancel.
    pub(crate) fn close(&mut self) -> Vec<EffectId> {
        self.waiting.drain(..).flat_map(|waiting| waiting.calls.into_keys()).collect()
    }

    /// The response that asked for this effect.
    fn of(&mut self, effect: EffectId) -> Option<usize> {
        self.waiting.iter().position(|waiting| waiting.calls.contains_key(&effect))
    }
}

impl Machine {
    /// Begins a response apart.
    pub(crate) fn answer_apart(&mut self, now: Instant, ask: Box<Ask>) {
        // With its own input it knows of nothing else.
        let own = ask.input.is_some();
        let text = if own { ask.own_text().unwrap_or_default() } else { self.desk.unanswered(&self.wire) };
        let mut dialogue = if own { self.dialogue.afresh() } else { self.dialogue.clone() };
        match self.wanted(&text, &ask, &dialogue) {
            Some(Wanted::Functions(calls)) => {
                let order = self.desk.order(&ask);
                let ids = self.wire.response(order.manner, order.metadata, true);
                return self.wire.functions_called(&ids, &calls);
            }
            Some(Wanted::Remote { call, must_ask }) => return self.ask_remote(now, &ask, *call, must_ask),
            None => {}
        }
        let outputs = ask.own_outputs();
        let prompted = (text.is_empty() && outputs.is_empty()).then_some(Word::Prompted);
        let told = outputs.iter().map(|output| Word::Told { text: agent::function::spoken(output) });
        let heard = (!text.is_empty()).then_some(Word::Heard { text });
        for word in told.chain(heard).chain(prompted) {
            dialogue.handle(self.presence.since(now), word);
        }
        self.go_on_apart(now, Waiting { dialogue, ask, calls: BTreeMap::new(), texts: Vec::new() });
    }

    /// Something was looked up, if it was for a response apart; false when it was not.
    pub(crate) fn answered_apart(&mut self, now: Instant, id: EffectId, result: &Result<ToolResult, Failure>) -> bool {
        let Some(at) = self.apart.of(id) else { return false };
        let mut waiting = self.apart.waiting.remove(at);
        if let Some(task) = waiting.calls.remove(&id) {
            let result = tasks::result_for_dialogue(&task, result.clone());
            waiting.dialogue.handle(self.presence.since(now), Word::ToolDone { call: task.call, result });
        }
        self.go_on_apart(now, waiting);
        true
    }

    /// Does what the copy wants, and speaks once it waits for nothing.
    fn go_on_apart(&mut self, now: Instant, mut waiting: Waiting) {
        while let Some(wish) = waiting.dialogue.poll() {
            match wish {
                Wish::Say(say) => waiting.texts.push(say.text),
                Wish::Do { call, tool } if tool.durable().is_some() => {
                    let result = ToolResult::Refused { say: NOT_APART.to_owned() };
                    waiting.dialogue.handle(self.presence.since(now), Word::ToolDone { call, result });
                }
                Wish::Do { call, tool } => {
                    let id = self.dispatch.call(tool.clone());
                    waiting.calls.insert(id, Task { call, tool, since: now, ahead: false });
                }
                Wish::Cancel { call } => self.cancel_apart(&mut waiting, call),
                Wish::Show(_) | Wish::HangUp | Wish::Pace(_) | Wish::Timeout(_) => {}
            }
        }
        if !waiting.calls.is_empty() {
            return self.apart.waiting.push(waiting);
        }
        self.apart.told += 1;
        let text = if waiting.texts.is_empty() { NOTHING_TO_SAY.to_owned() } else { waiting.texts.join(" ") };
        // The copy would give it the name of the conversation's next saying, and what is heard of it must never count as heard of that.
        let id = SayId(u64::MAX - self.apart.told);
        let before = self.speaker.order(Some(self.desk.order(&waiting.ask)));
        let say = Say { id, text, kind: SayKind::Answer, expects: Expects::Anything };
        let dropped = self.speaker.push(say, &mut self.wire);
        self.speaker.order(before);
        self.dropped(now, dropped);
    }

    fn cancel_apart(&mut self, waiting: &mut Waiting, call: CallId) {
        let void = waiting.calls.iter().find(|(_, task)| task.call == call).map(|(&id, _)| id);
        if let Some(id) = void {
            waiting.calls.remove(&id);
            self.dispatch.cancel(vec![id]);
        }
    }
}

#[cfg(test)]
mod tests;
