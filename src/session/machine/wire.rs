//! Builds the server events of the Realtime protocol and numbers them. It keeps ids and order, and decides nothing.

use crate::session::event::{Breakdown, Link};
use agent::dialogue::Card;
use media::frame::Samples;
use serde_json::{Value, json};
use std::time::{Duration, Instant};

/// Network reports are passed on at most this often.
const LINK_EVERY: Duration = Duration::from_secs(2);

/// Builds events in order; [`Wire::take`] hands them out.
#[derive(Debug)]
pub(crate) struct Wire {
    session: String,
    events: u64,
    items: u64,
    responses: u64,
    last_item: Option<String>,
    link_told: Option<Instant>,
    out: Vec<String>,
}

/// The ids of one response with its one message item.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct ResponseIds {
    /// `resp_…`.
    pub(crate) response: String,
    /// `item_…`.
    pub(crate) item: String,
}

/// How a response ended.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum ResponseEnd {
    /// It was generated to its end.
    Completed,
    /// The caller spoke.
    TurnDetected,
    /// The client asked for it.
    ClientCancelled,
    /// The voice failed.
    Failed,
}

impl Wire {
    /// `session` prefixes every id, so that ids are unique over sessions and stable for a tape.
    pub(crate) fn new(session: &str) -> Self {
        Self {
            session: session.to_owned(),
            events: 0,
            items: 0,
            responses: 0,
            last_item: None,
            link_told: None,
            out: Vec::new(),
        }
    }

    /// The events built since the last call, in order.
    pub(crate) fn take(&mut self) -> Vec<String> {
        std::mem::take(&mut self.out)
    }

    /// A fresh item id.
    pub(crate) fn item(&mut self) -> String {
        self.items += 1;
        format!("item_{}_{}", self.session, self.items)
    }

    /// Fresh ids for a response.
    pub(crate) fn response(&mut self) -> ResponseIds {
        self.responses += 1;
        ResponseIds { response: format!("resp_{}_{}", self.session, self.responses), item: self.item() }
    }

    /// Sends an event of `kind` with the fields of `body`.
    pub(crate) fn send(&mut self, kind: &str, body: Value) {
        self.events += 1;
        let mut event = body;
        let fields = event.as_object_mut().expect("every event body is written as an object in this file");
        fields.insert("type".into(), kind.into());
        fields.insert("event_id".into(), format!("event_{}_{}", self.session, self.events).into());
        self.out.push(event.to_string());
    }

    /// `session.created` or `session.updated`.
    pub(crate) fn session(&mut self, kind: &str, session: &Value) {
        self.send(kind, json!({ "session": session }));
    }

    /// `voxfare.session`.
    pub(crate) fn resume(&mut self, token: &str, expires_at: i64, resumed: bool) {
        let id = format!("sess_{}", self.session);
        self.send(
            "voxfare.session",
            json!({ "session_id": id, "resume_token": token, "resume_expires_at": expires_at, "resumed": resumed }),
        );
    }

    /// The caller began to speak.
    pub(crate) fn speech_started(&mut self, item: &str, at: Samples) {
        self.send("input_audio_buffer.speech_started", json!({ "item_id": item, "audio_start_ms": at.as_ms() }));
    }

    /// The caller's turn ended.
    pub(crate) fn speech_stopped(&mut self, item: &str, at: Samples) {
        self.send("input_audio_buffer.speech_stopped", json!({ "item_id": item, "audio_end_ms": at.as_ms() }));
    }

    /// The utterance became an item of the conversation.
    pub(crate) fn committed(&mut self, item: &str) {
        let previous = self.last_item.clone();
        self.send("input_audio_buffer.committed", json!({ "item_id": item, "previous_item_id": previous }));
        self.user_item(item, &json!([{ "type": "input_audio", "audio": "", "transcript": "" }]));
    }

    /// A user item was added, whole.
    pub(crate) fn user_item(&mut self, item: &str, content: &Value) {
        let previous = self.last_item.replace(item.to_owned());
        let message = json!({
            "id": item, "object": "realtime.item", "type": "message", "status": "completed", "role": "user", "content": content,
        });
        self.send("conversation.item.added", json!({ "previous_item_id": previous, "item": message }));
        self.send("conversation.item.done", json!({ "previous_item_id": previous, "item": message }));
    }

    /// A stable piece of the caption.
    pub(crate) fn transcription_delta(&mut self, item: &str, delta: &str) {
        self.send(
            "conversation.item.input_audio_transcription.delta",
            json!({ "item_id": item, "content_index": 0, "delta": delta }),
        );
    }

    /// The whole transcript of an utterance that lasted `seconds`.
    pub(crate) fn transcription_completed(&mut self, item: &str, text: &str, seconds: f64) {
        self.send(
            "conversation.item.input_audio_transcription.completed",
            json!({
                "item_id": item, "content_index": 0, "transcript": text,
                "usage": { "type": "duration", "seconds": seconds },
            }),
        );
    }

    /// Recognition failed.
    pub(crate) fn transcription_failed(&mut self, item: &str) {
        self.send(
            "conversation.item.input_audio_transcription.failed",
            json!({
                "item_id": item, "content_index": 0,
                "error": { "type": "server_error", "code": "recognition_failed", "message": "The speech could not be recognised." },
            }),
        );
    }

    /// A response begins.
    pub(crate) fn response_started(&mut self, ids: &ResponseIds) {
        let previous = self.last_item.replace(ids.item.clone());
        let response = self.response_object(ids, "in_progress", &Value::Null, None);
        self.send("response.created", json!({ "response": response }));
        let item = assistant_item(&ids.item, "in_progress", None);
        self.send(
            "response.output_item.added",
            json!({ "response_id": ids.response, "output_index": 0, "item": item }),
        );
        self.send("conversation.item.added", json!({ "previous_item_id": previous, "item": item }));
        self.send(
            "response.content_part.added",
            json!({
                "response_id": ids.response, "item_id": ids.item, "output_index": 0, "content_index": 0,
                "part": { "type": "audio", "transcript": "" },
            }),
        );
    }

    /// More of what is said.
    pub(crate) fn transcript_delta(&mut self, ids: &ResponseIds, delta: &str) {
        self.send("response.output_audio_transcript.delta", part(ids, &json!({ "delta": delta })));
    }

    /// A response ends; everything that was opened is closed.
    pub(crate) fn response_ended(&mut self, ids: &ResponseIds, text: &str, end: ResponseEnd) {
        let done = end == ResponseEnd::Completed;
        self.send("response.output_audio.done", part(ids, &json!({})));
        self.send("response.output_audio_transcript.done", part(ids, &json!({ "transcript": text })));
        self.send("response.content_part.done", part(ids, &json!({ "part": { "type": "audio", "transcript": text } })));
        let item = assistant_item(&ids.item, if done { "completed" } else { "incomplete" }, Some(text));
        self.send("response.output_item.done", json!({ "response_id": ids.response, "output_index": 0, "item": item }));
        self.send("conversation.item.done", json!({ "item": item }));
        let (status, details) = match end {
            ResponseEnd::Completed => ("completed", Value::Null),
            ResponseEnd::TurnDetected => ("cancelled", json!({ "type": "cancelled", "reason": "turn_detected" })),
            ResponseEnd::ClientCancelled => ("cancelled", json!({ "type": "cancelled", "reason": "client_cancelled" })),
            ResponseEnd::Failed => {
                ("failed", json!({ "type": "failed", "error": { "type": "server_error", "code": "voice_failed" } }))
            }
        };
        let response = self.response_object(ids, status, &details, Some(item));
        self.send("response.done", json!({ "response": response }));
    }

    /// The first sound of a response goes out.
    pub(crate) fn output_started(&mut self, ids: &ResponseIds) {
        self.send("output_audio_buffer.started", json!({ "response_id": ids.response }));
    }

    /// The last sound of a response went out.
    pub(crate) fn output_stopped(&mut self, ids: &ResponseIds) {
        self.send("output_audio_buffer.stopped", json!({ "response_id": ids.response }));
    }

    /// What was still to be heard was dropped, and the item cut to what was heard.
    pub(crate) fn output_cut(&mut self, ids: &ResponseIds, heard_ms: u64) {
        self.send("output_audio_buffer.cleared", json!({ "response_id": ids.response }));
        self.truncated(&ids.item, heard_ms);
    }

    /// `conversation.item.truncated`.
    pub(crate) fn truncated(&mut self, item: &str, heard_ms: u64) {
        self.send(
            "conversation.item.truncated",
            json!({ "item_id": item, "content_index": 0, "audio_end_ms": heard_ms }),
        );
    }

    /// A client event could not be done.
    pub(crate) fn error(&mut self, code: &str, message: &str, param: Option<&str>, event: Option<&str>) {
        self.send(
            "error",
            json!({ "error": {
                "type": "invalid_request_error", "code": code, "message": message, "param": param, "event_id": event,
            }}),
        );
    }

    /// `voxfare.playout`.
    pub(crate) fn playout(&mut self, item: &str, text: &str, heard_bytes: usize, state: &str) {
        let heard = text.get(..heard_bytes.min(text.len())).map_or(0, |heard| heard.chars().count());
        self.send("voxfare.playout", json!({ "item_id": item, "text": text, "heard_chars": heard, "state": state }));
    }

    /// `voxfare.card`.
    pub(crate) fn card(&mut self, card: &Card) {
        let card = serde_json::to_value(card).expect("cards are plain data and always serialise");
        self.send("voxfare.card", json!({ "card": card }));
    }

    /// `voxfare.latency`.
    pub(crate) fn latency(&mut self, ids: &ResponseIds, b: &Breakdown) {
        self.send(
            "voxfare.latency",
            json!({
                "item_id": ids.item, "response_id": ids.response,
                "breakdown_ms": {
                    "endpoint": b.endpoint_ms, "transcript": b.transcript_ms, "first_token": b.first_token_ms,
                    "first_audio": b.first_audio_ms, "first_packet": b.first_packet_ms, "speculative": b.speculative,
                },
            }),
        );
    }

    /// `voxfare.network`, at most every [`LINK_EVERY`].
    pub(crate) fn network(&mut self, now: Instant, link: Link) {
        if self.link_told.is_some_and(|told| now.saturating_duration_since(told) < LINK_EVERY) {
            return;
        }
        self.link_told = Some(now);
        self.send(
            "voxfare.network",
            json!({
                "loss_percent": link.loss_percent, "jitter_ms": link.jitter_ms, "rtt_ms": link.rtt_ms,
                "peer_loss_percent": link.peer_loss_percent,
            }),
        );
    }

    fn response_object(&self, ids: &ResponseIds, status: &str, details: &Value, item: Option<Value>) -> Value {
        json!({
            "id": ids.response, "object": "realtime.response", "status": status, "status_details": details,
            "output": item.map_or_else(Vec::new, |item| vec![item]),
            "conversation_id": format!("conv_{}", self.session),
            "output_modalities": ["audio"], "max_output_tokens": "inf", "metadata": null,
            "audio": { "output": { "format": { "type": "audio/pcm", "rate": 24000 }, "voice": "alloy" } },
            "usage": null,
        })
    }
}

fn part(ids: &ResponseIds, more: &Value) -> Value {
    let mut body = json!({
        "response_id": ids.response, "item_id": ids.item, "output_index": 0, "content_index": 0,
    });
    let fields = body.as_object_mut().expect("written as an object above");
    for (key, value) in more.as_object().into_iter().flatten() {
        fields.insert(key.clone(), value.clone());
    }
    body
}

fn assistant_item(id: &str, status: &str, text: Option<&str>) -> Value {
    let content: Vec<Value> =
        text.map(|text| json!({ "type": "output_audio", "transcript": text })).into_iter().collect();
    json!({
        "id": id, "object": "realtime.item", "type": "message", "status": status, "role": "assistant", "content": content,
    })
}

#[cfg(test)]
mod tests;
