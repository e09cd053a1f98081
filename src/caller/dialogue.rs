//! What the server's events say about the conversation: who speaks, which turn a reply belongs to. It never decides when anything was heard; the sound does.

use serde_json::Value;
use std::collections::{BTreeMap, BTreeSet};

/// What is known of one turn from events.
#[derive(Clone, Debug, Default, PartialEq)]
pub(crate) struct TurnWords {
    /// What the server understood.
    pub(crate) transcript: String,
    /// What the server said.
    pub(crate) reply: String,
    /// The server's own breakdown, from `voxfare.latency`.
    pub(crate) breakdown: Option<Value>,
}

/// The conversation as the events tell it.
#[derive(Debug, Default)]
pub(crate) struct Dialogue {
    turns: Vec<TurnWords>,
    /// Which turn a response belongs to.
    responses: BTreeMap<String, usize>,
    active: BTreeSet<String>,
    tasks: BTreeSet<String>,
    /// Responses that sound: the next may begin before the end of the last was told.
    playing: BTreeSet<String>,
    /// Any `response.*` event came at all: the server tells its state.
    speaks: bool,
    errors: Vec<String>,
}

impl Dialogue {
    /// A new turn of the caller begins; what follows belongs to it.
    pub(crate) fn begin_turn(&mut self) {
        self.turns.push(TurnWords::default());
    }

    /// The words of a turn, counted from 0.
    pub(crate) fn words(&self, turn: usize) -> TurnWords {
        self.turns.get(turn).cloned().unwrap_or_default()
    }

    /// The server is answering, playing or working, as far as it tells.
    pub(crate) fn busy(&self) -> bool {
        !self.playing.is_empty() || !self.active.is_empty() || !self.tasks.is_empty()
    }

    /// The server tells its state by events.
    pub(crate) fn speaks(&self) -> bool {
        self.speaks
    }

    /// Messages of `error` events, at most [`ERRORS_MAX`].
    pub(crate) fn errors(&self) -> &[String] {
        &self.errors
    }

    /// Takes one event of the control channel.
    pub(crate) fn event(&mut self, event: &Value) {
        match event["type"].as_str().unwrap_or_default() {
            "response.created" => self.response_created(&event["response"]["id"]),
            "response.done" => self.response_done(&event["response"]["id"]),
            "output_audio_buffer.started" => {
                self.playing.insert(event["response_id"].as_str().unwrap_or_default().to_owned());
            }
            "output_audio_buffer.stopped" | "output_audio_buffer.cleared" => match event["response_id"].as_str() {
                Some(id) => _ = self.playing.remove(id),
                None => self.playing.clear(),
            },
            "conversation.item.input_audio_transcription.completed" => self.understood(&event["transcript"]),
            "response.output_audio_transcript.done" => self.said(event),
            "voxfare.task" => self.task(event),
            "voxfare.latency" => {
                let turn = self.turn_of(event);
                if let Some(words) = turn.and_then(|turn| self.turns.get_mut(turn)) {
                    words.breakdown = Some(event["breakdown_ms"].clone());
                }
            }
            "error" if self.errors.len() < ERRORS_MAX => {
                self.errors.push(event["error"]["message"].as_str().unwrap_or("an error without a message").to_owned());
            }
            // Everything else is for people and pages.
            _ => {}
        }
    }

    fn response_created(&mut self, id: &Value) {
        self.speaks = true;
        let Some(id) = id.as_str() else { return };
        self.active.insert(id.to_owned());
        if let Some(turn) = self.turns.len().checked_sub(1) {
            self.responses.insert(id.to_owned(), turn);
        }
    }

    fn response_done(&mut self, id: &Value) {
        self.speaks = true;
        match id.as_str() {
            Some(id) => _ = self.active.remove(id),
            None => self.active.clear(),
        }
    }

    fn understood(&mut self, transcript: &Value) {
        let Some(words) = self.turns.last_mut() else { return };
        append(&mut words.transcript, transcript.as_str().unwrap_or_default());
    }

    fn said(&mut self, event: &Value) {
        let turn = self.turn_of(event);
        if let Some(words) = turn.and_then(|turn| self.turns.get_mut(turn)) {
            append(&mut words.reply, event["transcript"].as_str().unwrap_or_default());
        }
    }

    fn task(&mut self, event: &Value) {
        let Some(id) = event["task_id"].as_str() else { return };
        if event["state"] == "started" {
            self.tasks.insert(id.to_owned());
        } else {
            self.tasks.remove(id);
        }
    }

    /// A response made before the first turn (a greeting) belongs to none.
    fn turn_of(&self, event: &Value) -> Option<usize> {
        match event["response_id"].as_str() {
            Some(id) => self.responses.get(id).copied(),
            None => self.turns.len().checked_sub(1),
        }
    }
}

fn append(text: &mut String, more: &str) {
    let more = more.trim();
    if !text.is_empty() && !more.is_empty() {
        text.push(' ');
    }
    text.push_str(more);
}

/// Most error messages kept.
pub(crate) const ERRORS_MAX: usize = 16;

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    #[test]
    fn words_go_to_the_turn_their_response_was_made_for() {
        let mut dialogue = Dialogue::default();
        let tell = |dialogue: &mut Dialogue, event: Value| dialogue.event(&event);
        tell(&mut dialogue, json!({"type":"response.created","response":{"id":"greeting"}}));
        tell(
            &mut dialogue,
            json!({"type":"response.output_audio_transcript.done","response_id":"greeting","transcript":"Hello."}),
        );
        assert!(dialogue.busy());
        tell(&mut dialogue, json!({"type":"response.done","response":{"id":"greeting"}}));
        assert!(!dialogue.busy());
        dialogue.begin_turn();
        tell(
            &mut dialogue,
            json!({"type":"conversation.item.input_audio_transcription.completed","transcript":" to Oslo"}),
        );
        tell(&mut dialogue, json!({"type":"response.created","response":{"id":"one"}}));
        dialogue.begin_turn();
        tell(
            &mut dialogue,
            json!({"type":"response.output_audio_transcript.done","response_id":"one","transcript":"Oslo it is."}),
        );
        tell(&mut dialogue, json!({"type":"voxfare.latency","response_id":"one","breakdown_ms":{"endpoint":250}}));
        let first = dialogue.words(0);
        assert_eq!((first.transcript.as_str(), first.reply.as_str()), ("to Oslo", "Oslo it is."));
        assert_eq!(first.breakdown, Some(json!({"endpoint":250})));
        assert_eq!(dialogue.words(1), TurnWords::default());
    }

    #[test]
    fn the_end_of_one_reply_is_not_the_end_of_the_next() {
        let mut dialogue = Dialogue::default();
        for (kind, id) in [("started", "one"), ("started", "two"), ("stopped", "one")] {
            dialogue.event(&json!({"type": format!("output_audio_buffer.{kind}"), "response_id": id}));
        }
        assert!(dialogue.busy());
        dialogue.event(&json!({"type":"output_audio_buffer.stopped","response_id":"two"}));
        assert!(!dialogue.busy());
    }

    #[test]
    fn a_running_task_keeps_the_turn_open() {
        let mut dialogue = Dialogue::default();
        dialogue.event(&json!({"type":"voxfare.task","task_id":"t","state":"started"}));
        assert!(dialogue.busy());
        dialogue.event(&json!({"type":"voxfare.task","task_id":"t","state":"done"}));
        assert!(!dialogue.busy());
        dialogue.event(&json!(null));
        dialogue.event(&json!({"type":"response.done"}));
        assert!(dialogue.speaks() && !dialogue.busy());
    }
}
