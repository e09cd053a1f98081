//! Builds the server events of the Realtime protocol and numbers them. It keeps ids and order, and decides nothing.

mod remote;

pub(crate) use remote::RemoteEnd;

use crate::session::event::{Breakdown, Link, Token};
use crate::session::machine::allowance::RESPONSES_PER_MINUTE_MAX;
use crate::session::machine::conversation::{Conversation, Truncation};
use crate::session::machine::item::{After, NewItem, sound_part};
use crate::session::machine::manner::Manner;
use crate::session::machine::marks::Marks;
use crate::session::machine::post::{Letter, Replayed};
use crate::session::machine::settings;
use crate::session::machine::setup::SESSION_PREFIX;
use crate::session::machine::tools::Called;
use agent::dialogue::Card;
use base64::Engine as _;
use base64::engine::general_purpose::STANDARD as BASE64;
use media::frame::{INNER_RATE_HZ, Samples};
use media::leg::stream::{Format, Outflow};
use serde_json::{Value, json};
use std::time::{Duration, Instant};

/// Network reports are passed on at most this often.
const LINK_EVERY: Duration = Duration::from_secs(2);

/// Events of the moment: who comes back is not told of them later.
const PASSING: [&str; 2] = ["response.output_audio.delta", "voxfare.network"];

/// Most sound in one event, in samples (a quarter of a second).
const SOUND_SAMPLES_MAX: usize = INNER_RATE_HZ as usize / 4;

/// Builds events in order; [`Wire::take`] hands them out.
pub(crate) struct Wire {
    session: String,
    events: u64,
    items: u64,
    responses: u64,
    conversation: Conversation,
    tells_created: bool,
    /// A response has begun since that was asked last.
    began: bool,
    /// Our sound goes out in events; none when it travels otherwise.
    sound: Option<Outflow>,
    link_told: Option<Instant>,
    /// The response that waits for the answer of a server of tools.
    calling: Option<ResponseIds>,
    /// What was told of how much was heard.
    marks: Marks,
    out: Vec<Letter>,
}

impl std::fmt::Debug for Wire {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Wire").field("session", &self.session).field("events", &self.events).finish_non_exhaustive()
    }
}

/// One response with its one item.
#[derive(Clone, Debug, PartialEq)]
pub(crate) struct ResponseIds {
    /// `resp_…`.
    pub(crate) response: String,
    /// `item_…`.
    pub(crate) item: String,
    /// How it is answered.
    pub(crate) manner: Manner,
    /// What the client wants shown with it.
    pub(crate) metadata: Value,
    /// It leaves no trace in the conversation.
    pub(crate) apart: bool,
}

/// How a response ended.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum ResponseEnd {
    /// It was generated to its end.
    Completed,
    /// It was longer than it may be.
    Shortened,
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
            conversation: Conversation::default(),
            tells_created: false,
            began: false,
            sound: None,
            link_told: None,
            calling: None,
            marks: Marks::default(),
            out: Vec::new(),
        }
    }

    /// The events built since the last call, in order.
    pub(crate) fn take(&mut self) -> Vec<Letter> {
        std::mem::take(&mut self.out)
    }

    /// A fresh item id.
    pub(crate) fn item(&mut self) -> String {
        self.items += 1;
        format!("item_{}_{}", self.session, self.items)
    }

    /// Fresh ids for a response.
    pub(crate) fn response(&mut self, manner: Manner, metadata: Value, apart: bool) -> ResponseIds {
        self.responses += 1;
        let response = format!("resp_{}_{}", self.session, self.responses);
        ResponseIds { response, item: self.item(), manner, metadata, apart }
    }

    /// Our sound goes out in events of this format; `None` when it travels otherwise.
    pub(crate) fn sound_in(&mut self, format: Option<Format>) {
        if self.sound.as_ref().map(Outflow::format) != format {
            self.sound = format.map(Outflow::new);
        }
    }

    /// Our sound goes out in events.
    pub(crate) fn streams(&self) -> bool {
        self.sound.is_some()
    }

    /// Where an item stands in the conversation, counted from 0.
    pub(crate) fn place(&self, id: &str) -> Option<usize> {
        self.conversation.position(id)
    }

    /// The item as it is shown.
    pub(crate) fn shown(&self, id: &str) -> Option<&Value> {
        self.conversation.get(id)
    }

    /// Sends an event of `kind` with the fields of `body`.
    pub(crate) fn send(&mut self, kind: &str, body: Value) {
        self.events += 1;
        let mut event = body;
        let fields = event.as_object_mut().expect("every event body is written as an object in this file");
        fields.insert("type".into(), kind.into());
        fields.insert("event_id".into(), format!("event_{}_{}", self.session, self.events).into());
        // What is shown with its sound would push everything else out of what is kept.
        let passing = PASSING.contains(&kind) || kind == "conversation.item.retrieved";
        self.out.push(Letter { number: self.events, passing, text: event.to_string() });
    }

    /// `session.created` or `session.updated`.
    pub(crate) fn session(&mut self, kind: &str, session: &Value) {
        self.send(kind, json!({ "session": session }));
    }

    /// `voxfare.session`.
    pub(crate) fn resume(&mut self, token: &str, expires_at: i64, resumed: bool) {
        let id = format!("{SESSION_PREFIX}{}", self.session);
        self.send(
            "voxfare.session",
            json!({ "session_id": id, "resume_token": token, "resume_expires_at": expires_at, "resumed": resumed }),
        );
    }

    /// `voxfare.resumed`: of the events behind `after`, so many were told again, and so much sound was not.
    pub(crate) fn resumed(&mut self, after: Option<u64>, replayed: Replayed, unheard: Samples) {
        let Replayed { events, complete } = replayed;
        let missed = after.map_or(events, |after| self.events.saturating_sub(after));
        self.send(
            "voxfare.resumed",
            json!({
                "missed": missed, "replayed": events, "complete": complete, "unheard_ms": unheard.as_ms(),
            }),
        );
    }

    /// The items that sounded after the event of this number, each with what had been told to be heard of it, in bytes.
    pub(crate) fn unseen(&self, event: u64) -> Vec<(String, usize)> {
        self.marks.after(event)
    }

    /// The caller began to speak.
    pub(crate) fn speech_started(&mut self, item: &str, at: Samples) {
        self.send("input_audio_buffer.speech_started", json!({ "item_id": item, "audio_start_ms": at.as_ms() }));
    }

    /// The caller's turn ended.
    pub(crate) fn speech_stopped(&mut self, item: &str, at: Samples) {
        self.send("input_audio_buffer.speech_stopped", json!({ "item_id": item, "audio_end_ms": at.as_ms() }));
    }

    /// A key of the caller's telephone was pressed, at this Unix second.
    pub(crate) fn digit(&mut self, key: char, at_s: i64) {
        self.send("input_audio_buffer.dtmf_event_received", json!({ "event": key, "received_at": at_s }));
    }

    /// Nobody spoke for as long as the client would bear it.
    pub(crate) fn timeout_triggered(&mut self, item: &str, from: Samples, to: Samples) {
        self.send(
            "input_audio_buffer.timeout_triggered",
            json!({ "item_id": item, "audio_start_ms": from.as_ms(), "audio_end_ms": to.as_ms() }),
        );
    }

    /// The utterance became an item of the conversation.
    pub(crate) fn committed(&mut self, item: &str) {
        let previous = self.conversation.last();
        self.send("input_audio_buffer.committed", json!({ "item_id": item, "previous_item_id": previous }));
        let content = json!([{ "type": "input_audio", "audio": "", "transcript": "" }]);
        let message = NewItem::Message { role: "user", text: String::new(), content, sound: Vec::new() };
        // Nothing can be missing before the end.
        let _ = self.add(&After::Last, item, &message);
    }

    /// A whole item was added; `Err` when there is no item to put it behind.
    pub(crate) fn add(&mut self, after: &After, id: &str, item: &NewItem) -> Result<(), ()> {
        if !self.conversation.may_go(after) {
            return Err(());
        }
        let object = item.object(id);
        let previous = self.join(after, id, &object);
        self.send("conversation.item.done", json!({ "previous_item_id": previous, "item": object }));
        Ok(())
    }

    /// An item takes its place, which is there; answers the id of the one before it.
    fn join(&mut self, after: &After, id: &str, item: &Value) -> Option<String> {
        let previous = self.conversation.insert(after, id, item.clone());
        if self.tells_created {
            // Under its old name as well, as a client asked for it that was written for the protocol's beta.
            self.send("conversation.item.created", json!({ "previous_item_id": previous, "item": item }));
        }
        self.send("conversation.item.added", json!({ "previous_item_id": previous, "item": item }));
        for id in self.conversation.forgotten() {
            self.send("conversation.item.deleted", json!({ "item_id": id }));
        }
        previous
    }

    /// The client is told of a new item under its old name as well.
    pub(crate) fn tell_created(&mut self, tells: bool) {
        self.tells_created = tells;
    }

    /// From now on the oldest items make room as the client wants it.
    pub(crate) fn truncate_by(&mut self, truncation: Truncation) {
        self.conversation.truncate_by(truncation);
    }

    /// The conversation holds as much as it may, and the client forbids that anything is forgotten for more.
    pub(crate) fn is_full(&self) -> bool {
        self.conversation.is_full()
    }

    /// `conversation.created`.
    pub(crate) fn conversation_created(&mut self) {
        let id = format!("conv_{}", self.session);
        self.send("conversation.created", json!({ "conversation": { "id": id, "object": "realtime.conversation" } }));
    }

    /// An item is shown again, if it is there, with its sound in base64 where that is known.
    pub(crate) fn retrieved(&mut self, id: &str, sound: Option<String>) {
        let Some(mut item) = self.conversation.get(id).cloned() else { return };
        let place = format!("/content/{}", sound_part(&item));
        if let (Some(sound), Some(part)) = (sound, item.pointer_mut(&place)) {
            part["audio"] = sound.into();
        }
        self.send("conversation.item.retrieved", json!({ "item": item }));
    }

    /// An item is forgotten; false when there is none.
    pub(crate) fn deleted(&mut self, id: &str) -> bool {
        let found = self.conversation.remove(id);
        if found {
            self.send("conversation.item.deleted", json!({ "item_id": id }));
        }
        found
    }

    /// The words of an utterance are its item's, whether or not the client is told of transcripts.
    pub(crate) fn understood(&mut self, item: &str, text: &str) {
        self.conversation.say(item, text);
    }

    /// A stable piece of the caption.
    pub(crate) fn transcription_delta(&mut self, item: &str, delta: &str) {
        self.send(
            "conversation.item.input_audio_transcription.delta",
            json!({ "item_id": item, "content_index": 0, "delta": delta }),
        );
    }

    /// An utterance as one segment of its one speaker: there is one caller on a line.
    pub(crate) fn transcription_segment(&mut self, item: &str, text: &str, seconds: f64) {
        self.send(
            "conversation.item.input_audio_transcription.segment",
            json!({
                "item_id": item, "content_index": 0, "id": item.replacen("item_", "seg_", 1), "speaker": "A",
                "text": text, "start": 0.0, "end": seconds,
            }),
        );
    }

    /// The whole transcript of an utterance that lasted `seconds`, with its tokens where the client wants them.
    pub(crate) fn transcription_completed(&mut self, item: &str, text: &str, seconds: f64, tokens: Option<&[Token]>) {
        let index = self.conversation.get(item).map_or(0, sound_part);
        let mut body = json!({
            "item_id": item, "content_index": index, "transcript": text,
            "usage": { "type": "duration", "seconds": seconds },
        });
        let told = |token: &Token| json!({ "token": String::from_utf8_lossy(&token.bytes), "logprob": token.logprob, "bytes": token.bytes });
        if let Some(tokens) = tokens {
            body["logprobs"] = tokens.iter().map(told).collect();
        }
        self.send("conversation.item.input_audio_transcription.completed", body);
    }

    /// Recognition failed.
    pub(crate) fn transcription_failed(&mut self, item: &str) {
        let index = self.conversation.get(item).map_or(0, sound_part);
        self.send(
            "conversation.item.input_audio_transcription.failed",
            json!({
                "item_id": item, "content_index": index,
                "error": { "type": "server_error", "code": "recognition_failed", "message": "The speech could not be recognised." },
            }),
        );
    }

    /// How many responses the client may still ask for, and when it may ask for all of them again.
    pub(crate) fn rate_limits(&mut self, left: u32, full_in: Duration) {
        let requests = json!({
            "name": "requests", "limit": RESPONSES_PER_MINUTE_MAX, "remaining": left,
            "reset_seconds": full_in.as_millis() as f64 / 1000.0,
        });
        self.send("rate_limits.updated", json!({ "rate_limits": [requests] }));
    }

    /// Whether a response has begun since this was asked last.
    pub(crate) fn has_begun(&mut self) -> bool {
        std::mem::take(&mut self.began)
    }

    /// A response begins.
    pub(crate) fn response_started(&mut self, ids: &ResponseIds) {
        self.began = true;
        self.close_remote(ResponseEnd::Completed);
        let response = self.response_object(ids, "in_progress", &Value::Null, Vec::new());
        self.send("response.created", json!({ "response": response }));
        let item = assistant_item(ids, "in_progress", None);
        self.send(
            "response.output_item.added",
            json!({ "response_id": ids.response, "output_index": 0, "item": item }),
        );
        if !ids.apart {
            self.join(&After::Last, &ids.item, &item);
        }
        self.send("response.content_part.added", part(ids, &json!({ "part": content_part(ids, "") })));
    }

    /// More of what is said.
    pub(crate) fn transcript_delta(&mut self, ids: &ResponseIds, delta: &str) {
        let kind =
            if ids.manner.silent { "response.output_text.delta" } else { "response.output_audio_transcript.delta" };
        self.send(kind, part(ids, &json!({ "delta": delta })));
    }

    /// More of the sound, when it goes out in events.
    pub(crate) fn sound_delta(&mut self, ids: &ResponseIds, pcm: &[i16]) {
        for piece in pcm.chunks(SOUND_SAMPLES_MAX) {
            let bytes = self.sound.as_mut().map(|sound| sound.flow(piece)).unwrap_or_default();
            self.sound_bytes(ids, &bytes);
        }
    }

    fn sound_bytes(&mut self, ids: &ResponseIds, bytes: &[u8]) {
        if !bytes.is_empty() {
            self.send("response.output_audio.delta", part(ids, &json!({ "delta": BASE64.encode(bytes) })));
        }
    }

    /// A response ends; everything that was opened is closed.
    pub(crate) fn response_ended(&mut self, ids: &ResponseIds, text: &str, end: ResponseEnd) {
        let done = end == ResponseEnd::Completed;
        if let Some(sound) = &mut self.sound {
            let bytes = sound.finish();
            if done || end == ResponseEnd::Shortened {
                self.sound_bytes(ids, &bytes);
            }
        }
        if ids.manner.silent {
            self.send("response.output_text.done", part(ids, &json!({ "text": text })));
        } else {
            self.send("response.output_audio.done", part(ids, &json!({})));
            self.send("response.output_audio_transcript.done", part(ids, &json!({ "transcript": text })));
        }
        self.send("response.content_part.done", part(ids, &json!({ "part": content_part(ids, text) })));
        let item = assistant_item(ids, if done { "completed" } else { "incomplete" }, Some(text));
        self.send("response.output_item.done", json!({ "response_id": ids.response, "output_index": 0, "item": item }));
        if !ids.apart {
            let previous = self.conversation.before(&ids.item);
            self.conversation.change(&ids.item, item.clone());
            self.send("conversation.item.done", json!({ "previous_item_id": previous, "item": item }));
        }
        self.response_done(ids, end, vec![item]);
    }

    fn response_done(&mut self, ids: &ResponseIds, end: ResponseEnd, items: Vec<Value>) {
        let (status, details) = match end {
            ResponseEnd::Completed => ("completed", Value::Null),
            ResponseEnd::Shortened => ("incomplete", json!({ "type": "incomplete", "reason": "max_output_tokens" })),
            ResponseEnd::TurnDetected => ("cancelled", json!({ "type": "cancelled", "reason": "turn_detected" })),
            ResponseEnd::ClientCancelled => ("cancelled", json!({ "type": "cancelled", "reason": "client_cancelled" })),
            ResponseEnd::Failed => {
                ("failed", json!({ "type": "failed", "error": { "type": "server_error", "code": "voice_failed" } }))
            }
        };
        let response = self.response_object(ids, status, &details, items);
        self.send("response.done", json!({ "response": response }));
    }

    /// A whole response that calls functions of the client's, an item each.
    pub(crate) fn functions_called(&mut self, ids: &ResponseIds, calls: &[Called]) {
        let mut items = Vec::with_capacity(calls.len());
        for (index, call) in calls.iter().enumerate() {
            let id = if index == 0 { ids.item.clone() } else { self.item() };
            items.push(self.function_called(ids, &id, index, call));
        }
        self.response_done(ids, ResponseEnd::Completed, items);
    }

    fn function_called(&mut self, ids: &ResponseIds, id: &str, index: usize, call: &Called) -> Value {
        let Called { name, arguments } = call;
        let call_id = id.replacen("item_", "call_", 1);
        let item = |status: &str, arguments: &str| {
            json!({
                "id": id, "object": "realtime.item", "type": "function_call", "status": status,
                "call_id": call_id, "name": name, "arguments": arguments,
            })
        };
        let opened = item("in_progress", "");
        if index == 0 {
            self.response_opened(ids, &opened)
        } else {
            self.item_opened(ids, id, index, &opened)
        }
        let place = |field: &str| {
            let mut body = json!({
                "response_id": ids.response, "item_id": id, "output_index": index, "call_id": call_id,
            });
            body[field] = arguments.as_str().into();
            body
        };
        let (delta, mut done) = (place("delta"), place("arguments"));
        done["name"] = name.as_str().into();
        self.send("response.function_call_arguments.delta", delta);
        self.send("response.function_call_arguments.done", done);
        let whole = item("completed", arguments);
        let body = json!({ "response_id": ids.response, "output_index": index, "item": whole });
        self.send("response.output_item.done", body);
        if !ids.apart {
            self.conversation.change(id, whole.clone());
            let previous = self.conversation.before(id);
            self.send("conversation.item.done", json!({ "previous_item_id": previous, "item": whole }));
        }
        whole
    }

    /// The first sound of a response goes out.
    pub(crate) fn output_started(&mut self, ids: &ResponseIds) {
        self.send("output_audio_buffer.started", json!({ "response_id": ids.response }));
        self.marks.set(self.events, &ids.item, 0);
    }

    /// The last sound of a response went out.
    pub(crate) fn output_stopped(&mut self, ids: &ResponseIds) {
        self.send("output_audio_buffer.stopped", json!({ "response_id": ids.response }));
    }

    /// What was still to be heard was dropped, and the item cut to `heard`.
    pub(crate) fn output_cut(&mut self, ids: &ResponseIds, heard_ms: u64, heard: &str) {
        self.send("output_audio_buffer.cleared", json!({ "response_id": ids.response }));
        if !ids.apart {
            self.truncated(&ids.item, heard_ms, heard);
        }
    }

    /// `conversation.item.truncated`: of the item, `heard` is left.
    pub(crate) fn truncated(&mut self, item: &str, heard_ms: u64, heard: &str) {
        self.conversation.say(item, heard);
        self.send(
            "conversation.item.truncated",
            json!({ "item_id": item, "content_index": 0, "audio_end_ms": heard_ms }),
        );
    }

    /// An item whose sound was over was not heard as it was told: it is cut to what was, and what nobody heard is no item.
    pub(crate) fn unheard(&mut self, ids: &ResponseIds, heard_ms: u64, text: &str, heard_bytes: usize) {
        if heard_bytes > 0 {
            if !ids.apart {
                self.truncated(&ids.item, heard_ms, text.get(..heard_bytes).unwrap_or_default());
            }
            self.playout(&ids.item, text, heard_bytes, "interrupted");
        } else if !ids.apart {
            self.deleted(&ids.item);
        }
    }

    /// A client event could not be done.
    pub(crate) fn error(&mut self, code: &str, message: &str, param: Option<&str>, event: Option<&str>) {
        self.send(
            "error",
            json!({ "error": {
                "type": error_type(code), "code": code, "message": message, "param": param, "event_id": event,
            }}),
        );
    }

    /// `voxfare.playout`.
    pub(crate) fn playout(&mut self, item: &str, text: &str, heard_bytes: usize, state: &str) {
        let heard = text.get(..heard_bytes.min(text.len())).map_or(0, |heard| heard.chars().count());
        self.send("voxfare.playout", json!({ "item_id": item, "text": text, "heard_chars": heard, "state": state }));
        self.marks.set(self.events, item, heard_bytes);
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

    fn response_object(&self, ids: &ResponseIds, status: &str, details: &Value, items: Vec<Value>) -> Value {
        let format = self.sound.as_ref().map_or(Format::Pcm, Outflow::format);
        json!({
            "id": ids.response, "object": "realtime.response", "status": status, "status_details": details,
            "output": items,
            "conversation_id": if ids.apart { Value::Null } else { format!("conv_{}", self.session).into() },
            "output_modalities": [ids.manner.modality()], "metadata": ids.metadata,
            "max_output_tokens": settings::tokens_object(ids.manner.tokens_max),
            "audio": { "output": { "format": settings::format_object(format), "voice": ids.manner.voice } },
            "usage": null,
        })
    }
}

/// Whose fault an error is, in the protocol's words.
fn error_type(code: &str) -> &'static str {
    match code {
        "rate_limit_exceeded" => "rate_limit_error",
        "mcp_list_tools_failed" | "account_unavailable" | "recognition_failed" => "server_error",
        _ => "invalid_request_error",
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

fn content_part(ids: &ResponseIds, text: &str) -> Value {
    if ids.manner.silent {
        json!({ "type": "text", "text": text })
    } else {
        json!({ "type": "audio", "transcript": text })
    }
}

fn assistant_item(ids: &ResponseIds, status: &str, text: Option<&str>) -> Value {
    let part = |text: &str| {
        if ids.manner.silent {
            json!({ "type": "output_text", "text": text })
        } else {
            json!({ "type": "output_audio", "transcript": text })
        }
    };
    let content: Vec<Value> = text.map(part).into_iter().collect();
    json!({
        "id": ids.item, "object": "realtime.item", "type": "message", "status": status, "role": "assistant",
        "content": content,
    })
}

#[cfg(test)]
mod tests;
