//! The session's rules as properties over what a session puts out. It changes nothing; it only finds fault.

use crate::session::event::Output;
use agent::tool::ToolCall;
use serde_json::Value;
use std::collections::{BTreeMap, BTreeSet};
use std::time::{Duration, Instant};

/// An utterance must have ended this long after it began: the longest utterance, the longest pause, and some.
const UTTERANCE_WITHIN: Duration = Duration::from_secs(40);
/// A wait may be silent this long: 1.2 s to the filler, and what the slowest voice of the simulator takes.
const SILENCE_MAX: Duration = Duration::from_millis(1200 + 900);
/// An Opus packet longer than this carries sound and not comfort noise.
const VOICE_BYTES: usize = 12;
/// What may still leave after a cut: the fade of one frame, and the frame under way.
const FADE: Duration = Duration::from_millis(40);

/// Watches one session.
#[derive(Debug, Default)]
pub(crate) struct Rules {
    /// What was found, with its rule first.
    pub(crate) faults: Vec<String>,
    active: Option<String>,
    ended: BTreeSet<String>,
    added: BTreeSet<String>,
    speech: Option<(String, Instant)>,
    playing: Option<String>,
    cut_at: Option<Instant>,
    last_transcript: Option<Instant>,
    keys: BTreeMap<String, u32>,
    tasks: BTreeSet<String>,
    quiet_since: Option<Instant>,
    attached: bool,
    voice_ms: u64,
    item_of: BTreeMap<String, String>,
    sent_ms: BTreeMap<String, u64>,
    over: bool,
    suspects: Vec<(Instant, String)>,
    commits: Vec<(Instant, String)>,
    started_at: Option<Instant>,
    last_media: Option<Instant>,
    step_ms: u64,
}

impl Rules {
    /// The caller's transport came or went.
    pub(crate) fn transport(&mut self, attached: bool) {
        self.attached = attached;
        self.quiet_since = None;
    }

    /// One output at `now`.
    pub(crate) fn see(&mut self, now: Instant, output: &Output) {
        if self.over && !matches!(output, Output::Timeout(None)) {
            self.fault("nothing after the end", format!("{output:?}"));
        }
        self.weigh(now);
        match output {
            Output::Control(text) => self.event(now, text),
            Output::Media(packet) => self.media(now, packet.payload.len()),
            Output::Commit(_, act) => self.commit(now, &act.tool),
            Output::Ended(_) => self.over = true,
            Output::Timeout(_) | Output::Run(..) | Output::Cancel(_) | Output::Measured(_) | Output::Count(_) => {}
        }
        self.silence(now);
    }

    /// The world has come to rest.
    pub(crate) fn rest(&mut self, now: Instant) {
        if let Some((item, since)) = &self.speech
            && now.saturating_duration_since(*since) > UTTERANCE_WITHIN
        {
            let item = item.clone();
            self.fault("every utterance ends", item);
        }
        if self.over {
            if let Some(active) = self.active.take() {
                self.fault("one terminal event a response", format!("{active} has none at the end"));
            }
            if let Some(item) = self.added.pop_first() {
                self.fault("every added has its done", item);
            }
        }
    }

    fn event(&mut self, now: Instant, text: &str) {
        let Ok(event) = serde_json::from_str::<Value>(text) else {
            return self.fault("events are JSON", text.to_owned());
        };
        let field = |path: &str| event.pointer(path).and_then(Value::as_str).unwrap_or_default().to_owned();
        let response = field("/response_id");
        match field("/type").as_str() {
            "response.created" => {
                let id = field("/response/id");
                if let Some(active) = self.active.replace(id.clone()) {
                    self.fault("at most one active response", format!("{id} begins while {active} is active"));
                }
            }
            "response.done" => {
                let id = field("/response/id");
                if self.active.take().as_deref() != Some(id.as_str()) || !self.ended.insert(id.clone()) {
                    self.fault("one terminal event a response", id);
                }
            }
            kind @ ("response.output_item.added" | "response.output_audio_transcript.delta") => {
                if self.ended.contains(&response) {
                    self.fault("no content after the terminal", format!("{kind} of {response}"));
                }
                if kind == "response.output_item.added" {
                    self.item_of.insert(response, field("/item/id"));
                }
            }
            "conversation.item.added" => {
                self.added.insert(field("/item/id"));
            }
            "conversation.item.done" => {
                if !self.added.remove(&field("/item/id")) {
                    self.fault("every added has its done", field("/item/id"));
                }
            }
            "input_audio_buffer.speech_started" => self.speech = Some((field("/item_id"), now)),
            "input_audio_buffer.speech_stopped" | "input_audio_buffer.cleared" => self.speech = None,
            "conversation.item.input_audio_transcription.completed" => self.last_transcript = Some(now),
            "output_audio_buffer.started" => {
                self.cut_at = None;
                self.started_at = Some(now);
                // What left in this very step belongs to it already.
                self.voice_ms = if self.last_media == Some(now) { self.step_ms } else { 0 };
                self.playing = Some(response);
            }
            "output_audio_buffer.stopped" => self.stopped(&response),
            "output_audio_buffer.cleared" => {
                self.stopped(&response);
                self.cut_at = Some(now);
            }
            "conversation.item.truncated" => {
                let heard = event.get("audio_end_ms").and_then(Value::as_u64).unwrap_or(0);
                let sent = self.sent_ms.get(&field("/item_id")).copied().unwrap_or(0);
                if heard > sent + 40 {
                    self.fault("heard is never more than sent", format!("{heard} ms heard of {sent} ms sent"));
                }
            }
            "voxfare.task" => {
                if field("/state") == "started" {
                    self.tasks.insert(field("/task_id"));
                } else if field("/state") != "pending" {
                    self.tasks.remove(&field("/task_id"));
                }
            }
            _ => {}
        }
    }

    fn stopped(&mut self, response: &str) {
        // The next item may have begun while the last one's tail was still on its way.
        if self.playing.as_deref() != Some(response) {
            return;
        }
        if let Some(item) = self.item_of.get(response) {
            self.sent_ms.insert(item.clone(), self.voice_ms);
        }
        self.playing = None;
    }

    fn media(&mut self, now: Instant, bytes: usize) {
        self.step_ms = if self.last_media == Some(now) { self.step_ms + 20 } else { 20 };
        self.last_media = Some(now);
        self.voice_ms += 20;
        let late = self.cut_at.is_some_and(|at| now.saturating_duration_since(at) > FADE);
        if bytes > VOICE_BYTES && self.playing.is_none() && late {
            self.suspects.push((now, format!("{bytes} bytes of sound after the cut")));
        }
    }

    fn commit(&mut self, now: Instant, tool: &ToolCall) {
        let Some(key) = tool.durable() else {
            return self.fault("a durable effect has its key", tool.name().to_owned());
        };
        let key = key.0.clone();
        let times = self.keys.entry(key.clone()).or_insert(0);
        *times += 1;
        if *times > 1 {
            self.fault("a booking at most once per key", key);
        }
        self.commits.push((now, format!("{} without a committed turn", tool.name())));
    }

    /// Events of one step may follow what they explain: judge only when the step is over.
    fn weigh(&mut self, now: Instant) {
        for (at, what) in std::mem::take(&mut self.suspects) {
            if at == now {
                self.suspects.push((at, what));
            } else if self.started_at != Some(at) {
                self.fault("silent once the floor is the caller's", what);
            }
        }
        for (at, what) in std::mem::take(&mut self.commits) {
            if at == now {
                self.commits.push((at, what));
            } else if self.last_transcript != Some(at) {
                self.fault("speculation has no side effects", what);
            }
        }
    }

    fn silence(&mut self, now: Instant) {
        let waits = !self.tasks.is_empty() && self.attached && !self.over;
        let quiet = waits && self.playing.is_none() && self.speech.is_none();
        if !quiet {
            self.quiet_since = None;
            return;
        }
        let since = *self.quiet_since.get_or_insert(now);
        if now.saturating_duration_since(since) > SILENCE_MAX {
            self.quiet_since = Some(now);
            self.fault("a wait is never silent", format!("{} task(s) and not a word", self.tasks.len()));
        }
    }

    fn fault(&mut self, rule: &str, what: String) {
        self.faults.push(format!("{rule}: {what}"));
    }
}
