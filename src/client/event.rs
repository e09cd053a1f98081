//! The events of the server as types: the protocol's own by `async-openai`, ours here. It never fails on what it does not know.

pub use crate::secret::Secret;

use async_openai::types::realtime::RealtimeServerEvent;
use serde::Deserialize;
use serde_json::Value;
use std::borrow::Cow;

/// One event from the server.
#[derive(Clone, Debug)]
pub enum ServerEvent {
    /// An event of the Realtime protocol.
    Realtime(Box<RealtimeServerEvent>),
    /// One of Voxfare's additions.
    Voxfare(Box<VoxfareEvent>),
    /// An event that these types do not know, as it came.
    Unknown {
        /// Its `type`.
        kind: String,
        /// The whole event.
        body: Value,
    },
}

/// Voxfare's additions to the protocol; `docs/protocol.md` says what each means.
#[derive(Clone, Debug, PartialEq, Deserialize)]
#[serde(tag = "type")]
pub enum VoxfareEvent {
    /// The session's name, and the token that brings a client back to it.
    #[serde(rename = "voxfare.session")]
    Session {
        /// The session.
        session_id: String,
        /// Brings a client back.
        resume_token: Secret,
        /// Until when, in Unix seconds.
        resume_expires_at: i64,
        /// The client has come back.
        #[serde(default)]
        resumed: bool,
    },
    /// What a client that came back had missed; the events that were told again stand before it.
    #[serde(rename = "voxfare.resumed")]
    Resumed {
        /// Events that had not come.
        missed: u64,
        /// Of them, those that were told again.
        replayed: u64,
        /// Nothing that lasts is missing.
        complete: bool,
        /// How much of the voice went into the dead line.
        unheard_ms: u64,
    },
    /// The whole current guess at what the caller is saying.
    #[serde(rename = "voxfare.partial")]
    Partial {
        /// The caller's item.
        item_id: String,
        /// The guess, unstable words included.
        text: String,
    },
    /// How much of a saying was heard.
    #[serde(rename = "voxfare.playout")]
    Playout {
        /// Voxfare's item.
        item_id: String,
        /// The whole text.
        text: String,
        /// How many of its characters were heard.
        heard_chars: usize,
        /// Whether it goes on.
        state: PlayoutState,
    },
    /// A search, booking or other tool call.
    #[serde(rename = "voxfare.task")]
    Task(Task),
    /// Something to show.
    #[serde(rename = "voxfare.card")]
    Card {
        /// The card, by its `kind`.
        card: Value,
    },
    /// One turn's breakdown.
    #[serde(rename = "voxfare.latency")]
    Latency {
        /// In ms after the last speech sample.
        breakdown_ms: Breakdown,
    },
    /// What the server sees of the link.
    #[serde(rename = "voxfare.network")]
    Network {
        /// Loss towards the server, in percent.
        loss_percent: Option<f64>,
        /// Jitter, in ms.
        jitter_ms: Option<f64>,
        /// There and back, in ms.
        rtt_ms: Option<f64>,
    },
    /// The session is over.
    #[serde(rename = "voxfare.ended")]
    Ended {
        /// Why.
        reason: String,
    },
    /// The server will stop.
    #[serde(rename = "voxfare.draining")]
    Draining {
        /// In how many seconds.
        deadline_s: u64,
    },
}

/// Whether a saying goes on.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum PlayoutState {
    /// It is being heard.
    Playing,
    /// It waits: the caller may be speaking.
    Paused,
    /// It was heard whole.
    Done,
    /// The caller took the floor.
    Interrupted,
}

/// A tool call and how it stands.
#[derive(Clone, Debug, PartialEq, Deserialize)]
pub struct Task {
    /// Its name in this session.
    pub task_id: String,
    /// What is done.
    pub name: String,
    /// `started`, `pending`, `done`, `failed` or `cancelled`.
    pub state: String,
}

/// When what was there of an answer, in ms after the last speech sample; absent where it does not apply.
#[derive(Clone, Copy, Debug, Default, PartialEq, Deserialize)]
#[serde(default)]
pub struct Breakdown {
    /// The turn was certainly over.
    pub endpoint: Option<f64>,
    /// The words were there.
    pub transcript: Option<f64>,
    /// The first word of the answer was there.
    pub first_token: Option<f64>,
    /// The first sound of the answer was made.
    pub first_audio: Option<f64>,
    /// The first sound was sent.
    pub first_packet: Option<f64>,
}

/// The name of an event, if it has one that can be read.
pub(crate) fn id(text: &str) -> Option<String> {
    let Named { event_id } = serde_json::from_str(text).ok()?;
    (!event_id.is_empty()).then(|| event_id.into_owned())
}

/// Reads one message; `None` when it is no event at all.
pub(crate) fn read(text: &str) -> Option<ServerEvent> {
    let Kind { kind } = serde_json::from_str(text).ok()?;
    let known = if kind.starts_with(OURS) {
        serde_json::from_str(text).ok().map(|event| ServerEvent::Voxfare(Box::new(event)))
    } else {
        serde_json::from_str(text).ok().map(|event| ServerEvent::Realtime(Box::new(event)))
    };
    known.or_else(|| {
        let body = serde_json::from_str(text).ok()?;
        Some(ServerEvent::Unknown { kind: kind.into_owned(), body })
    })
}

#[derive(Deserialize)]
struct Kind<'a> {
    #[serde(rename = "type", borrow)]
    kind: Cow<'a, str>,
}

#[derive(Deserialize)]
struct Named<'a> {
    #[serde(borrow)]
    event_id: Cow<'a, str>,
}

/// What our own types begin with.
const OURS: &str = "voxfare.";

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn events_are_read_by_their_kind_and_strangers_are_kept() {
        let ours = read(r#"{"type":"voxfare.partial","event_id":"e","item_id":"i","text":"a fli"}"#);
        let Some(ServerEvent::Voxfare(event)) = ours else { panic!("{ours:?}") };
        assert_eq!(*event, VoxfareEvent::Partial { item_id: "i".to_owned(), text: "a fli".to_owned() });
        let theirs = read(r#"{"type":"input_audio_buffer.cleared","event_id":"e"}"#);
        assert!(matches!(theirs, Some(ServerEvent::Realtime(_))), "{theirs:?}");
        for text in [r#"{"type":"voxfare.later","x":1}"#, r#"{"type":"response.done"}"#, r#"{"type":"a.b"}"#] {
            assert!(matches!(read(text), Some(ServerEvent::Unknown { .. })), "{text}");
        }
        for text in ["", "{", "[]", "7", r#"{"type":7}"#, r#"{"kind":"x"}"#, "\u{0}"] {
            assert!(read(text).is_none(), "{text}");
        }
    }

    #[test]
    fn a_token_is_in_no_debug_output() {
        let text = r#"{"type":"voxfare.session","session_id":"s","resume_token":"rt_very","resume_expires_at":5}"#;
        let event = read(text).expect("it is an event");
        assert!(!format!("{event:?}").contains("rt_very"));
    }
}
