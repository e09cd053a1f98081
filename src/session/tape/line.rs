//! One line of a tape: an input with its time, as plain data. It decides nothing.

use crate::session::event::{
    EffectId, Failure, Input, Link, News, Outcome, RemoteAnswer, SpeechPiece, Standing, Token, Transcript,
};
use agent::tool::ToolResult;
use base64::Engine as _;
use base64::engine::general_purpose::STANDARD as BASE64;
use media::codec::opus::Effort;
use media::frame::Samples;
use media::packet::Packet;
use media::transcript::WordSpan;
use serde::{Deserialize, Serialize};
use serde_json::Value;
use sha2::{Digest as _, Sha256};
use std::time::Duration;

/// A line: when, how much had come out by then and its digest, and what came in.
#[derive(Debug, Serialize, Deserialize)]
pub(crate) struct Line {
    /// Nanoseconds since the session began.
    pub(crate) at_ns: u64,
    /// Outputs before this input.
    pub(crate) outputs: u64,
    /// First bytes of the digest of those outputs.
    pub(crate) digest: String,
    entry: Entry,
}

#[derive(Debug, Serialize, Deserialize)]
#[serde(rename_all = "snake_case", tag = "kind")]
enum Entry {
    Attached {
        resumed: bool,
        stream: Option<bool>,
        after: Option<u64>,
    },
    ControlOpen,
    Detached,
    Media {
        sequence: u16,
        timestamp: u32,
        marker: bool,
        payload: String,
    },
    Control {
        text: String,
    },
    Digit {
        key: char,
    },
    Effort {
        spare: bool,
    },
    Link {
        loss_percent: f32,
        jitter_ms: f32,
        rtt_ms: f32,
        peer_loss_percent: Option<f32>,
    },
    Heard {
        id: u64,
        text: String,
        language: String,
        #[serde(default, skip_serializing_if = "Vec::is_empty")]
        tokens: Vec<Token>,
        failure: Option<Failed>,
    },
    Scored {
        id: u64,
        probability: f32,
        failure: Option<Failed>,
    },
    Piece {
        id: u64,
        pcm: String,
        words: Vec<(u32, u32, u64, u64)>,
    },
    Spoken {
        id: u64,
        failure: Option<Failed>,
    },
    Answered {
        id: u64,
        result: Option<ToolResult>,
        failure: Option<Failed>,
    },
    Remote {
        id: u64,
        answer: Option<RemoteAnswer>,
        failure: Option<Failed>,
    },
    Account {
        id: u64,
        standing: Option<Standing>,
        failure: Option<Failed>,
    },
    News {
        id: u64,
        news: News,
    },
    Drain {
        within_ms: u64,
    },
    HangUp,
    Tick,
}

#[derive(Debug, Serialize, Deserialize)]
#[serde(rename_all = "snake_case", tag = "failed")]
enum Failed {
    Retry { after_ms: u64 },
    Refused { say: String },
    Broken { why: String },
}

impl Line {
    /// The line of an input.
    pub(crate) fn of(at_ns: u64, outputs: u64, digest: String, input: &Input) -> Self {
        Self { at_ns, outputs, digest, entry: entry(input) }
    }

    /// The input of a line; fails with a sentence.
    pub(crate) fn input(self) -> Result<Input, String> {
        Ok(match self.entry {
            Entry::Attached { resumed, stream, after } => {
                Input::Attached { resumed, stream: stream.unwrap_or_default(), after }
            }
            Entry::ControlOpen => Input::ControlOpen,
            Entry::Detached => Input::Detached,
            Entry::Media { sequence, timestamp, marker, payload } => {
                Input::Media(Packet { sequence, timestamp, marker, payload: decode(&payload)?.into() })
            }
            Entry::Control { text } => Input::Control(text),
            Entry::Digit { key } => Input::Digit(key),
            Entry::Effort { spare } => Input::Effort(if spare { Effort::Spare } else { Effort::Usual }),
            Entry::Link { loss_percent, jitter_ms, rtt_ms, peer_loss_percent } => {
                Input::Link(Link { loss_percent, jitter_ms, rtt_ms, peer_loss_percent })
            }
            Entry::Heard { id, text, language, tokens, failure } => {
                let transcript = Transcript { text, language, tokens, ..Transcript::default() };
                effect(id, Outcome::Heard(result(transcript, failure)))
            }
            Entry::Scored { id, probability, failure } => effect(id, Outcome::Scored(result(probability, failure))),
            Entry::Piece { id, pcm, words } => effect(id, Outcome::Piece(piece(&pcm, &words)?)),
            Entry::Spoken { id, failure } => effect(id, Outcome::Spoken(result((), failure))),
            Entry::Answered { id, result: Some(answer), failure } => {
                effect(id, Outcome::Answered(result(answer, failure)))
            }
            Entry::Answered { id, result: None, failure } => {
                effect(id, Outcome::Answered(result(ToolResult::Failed, failure)))
            }
            Entry::Remote { id, answer, failure } => {
                let nothing = RemoteAnswer::Tools(Vec::new());
                effect(id, Outcome::Remote(result(answer.unwrap_or(nothing), failure)))
            }
            Entry::Account { id, standing, failure } => {
                let answer = match (standing, failure) {
                    (Some(standing), _) => Ok(standing),
                    (None, failure) => {
                        result((), failure).and(Err(Failure::Broken { why: "the tape does not say".to_owned() }))
                    }
                };
                effect(id, Outcome::Account(Box::new(answer)))
            }
            Entry::News { id, news } => effect(id, Outcome::News(Box::new(news))),
            Entry::Drain { within_ms } => Input::Drain { within: Duration::from_millis(within_ms) },
            Entry::HangUp => Input::HangUp,
            Entry::Tick => Input::Tick,
        })
    }
}

fn entry(input: &Input) -> Entry {
    match input {
        Input::Attached { resumed, stream, after } => {
            Entry::Attached { resumed: *resumed, stream: Some(*stream), after: *after }
        }
        Input::ControlOpen => Entry::ControlOpen,
        Input::Detached => Entry::Detached,
        Input::Media(packet) => Entry::Media {
            sequence: packet.sequence,
            timestamp: packet.timestamp,
            marker: packet.marker,
            payload: BASE64.encode(&packet.payload),
        },
        Input::Control(text) => Entry::Control { text: without_secrets(text) },
        Input::Digit(key) => Entry::Digit { key: *key },
        Input::Effort(effort) => Entry::Effort { spare: *effort == Effort::Spare },
        Input::Link(Link { loss_percent, jitter_ms, rtt_ms, peer_loss_percent }) => Entry::Link {
            loss_percent: *loss_percent,
            jitter_ms: *jitter_ms,
            rtt_ms: *rtt_ms,
            peer_loss_percent: *peer_loss_percent,
        },
        Input::Effect { id, outcome } => outcome_entry(id.0, outcome),
        Input::Drain { within } => Entry::Drain { within_ms: within.as_millis() as u64 },
        Input::HangUp => Entry::HangUp,
        Input::Tick => Entry::Tick,
    }
}

fn outcome_entry(id: u64, outcome: &Outcome) -> Entry {
    match outcome {
        Outcome::Heard(Ok(heard)) => {
            let (text, language, tokens) = (heard.text.clone(), heard.language.clone(), heard.tokens.clone());
            Entry::Heard { id, text, language, tokens, failure: None }
        }
        Outcome::Heard(Err(error)) => Entry::Heard {
            id,
            text: String::new(),
            language: String::new(),
            tokens: Vec::new(),
            failure: Some(failed(error)),
        },
        Outcome::Scored(result) => Entry::Scored {
            id,
            probability: *result.as_ref().unwrap_or(&0.0),
            failure: result.as_ref().err().map(failed),
        },
        Outcome::Piece(piece) => Entry::Piece {
            id,
            pcm: BASE64.encode(piece.pcm.iter().flat_map(|sample| sample.to_le_bytes()).collect::<Vec<u8>>()),
            words: piece.words.iter().map(|word| (word.text_from, word.text_to, word.from.0, word.to.0)).collect(),
        },
        Outcome::Spoken(result) => Entry::Spoken { id, failure: result.as_ref().err().map(failed) },
        Outcome::Answered(result) => {
            Entry::Answered { id, result: result.as_ref().ok().cloned(), failure: result.as_ref().err().map(failed) }
        }
        Outcome::Account(result) => {
            let result = result.as_ref().as_ref();
            Entry::Account { id, standing: result.ok().cloned(), failure: result.err().map(failed) }
        }
        Outcome::News(news) => Entry::News { id, news: (**news).clone() },
        Outcome::Remote(result) => {
            Entry::Remote { id, answer: result.as_ref().ok().cloned(), failure: result.as_ref().err().map(failed) }
        }
    }
}

/// An event without what opens other people's servers; it is played back all the same, for nothing shows it.
fn without_secrets(text: &str) -> String {
    let named = text.contains("authorization") || text.contains("headers") || text.contains("voxfare.account.use");
    let event = named.then(|| serde_json::from_str(text).ok()).flatten();
    event.map_or_else(|| text.to_owned(), |event| hidden(event).to_string())
}

/// A value whose servers of tools, or whose account, have lost what opens them.
pub(crate) fn hidden(value: Value) -> Value {
    match value {
        Value::Object(mut fields) if fields.get("type").is_some_and(|kind| kind == "voxfare.account.use") => {
            if let Some(Value::String(token)) = fields.get_mut("token") {
                *token = mark(token);
            }
            Value::Object(fields)
        }
        Value::Object(mut fields) if fields.get("type").is_some_and(|kind| kind == "mcp") => {
            if let Some(Value::String(token)) = fields.get_mut("authorization") {
                *token = mark(token);
            }
            if let Some(Value::Object(headers)) = fields.get_mut("headers") {
                for value in headers.values_mut() {
                    if let Value::String(secret) = value {
                        *secret = mark(secret);
                    }
                }
            }
            Value::Object(fields)
        }
        Value::Object(fields) => fields.into_iter().map(|(name, value)| (name, hidden(value))).collect(),
        Value::Array(values) => values.into_iter().map(hidden).collect(),
        other => other,
    }
}

/// Stands for a secret: two that differ nearly always do so here too, as a server named with another one is asked anew; two bytes of a
/// digest lead nobody back.
fn mark(secret: &str) -> String {
    let digest = Sha256::digest(secret);
    format!("redacted-{:02x}{:02x}", digest[0], digest[1])
}

fn effect(id: u64, outcome: Outcome) -> Input {
    Input::Effect { id: EffectId(id), outcome }
}

fn result<T>(value: T, failure: Option<Failed>) -> Result<T, Failure> {
    match failure {
        None => Ok(value),
        Some(Failed::Retry { after_ms }) => Err(Failure::Retry { after: Duration::from_millis(after_ms) }),
        Some(Failed::Refused { say }) => Err(Failure::Refused { say }),
        Some(Failed::Broken { why }) => Err(Failure::Broken { why }),
    }
}

fn failed(failure: &Failure) -> Failed {
    match failure {
        Failure::Retry { after } => Failed::Retry { after_ms: after.as_millis() as u64 },
        Failure::Refused { say } => Failed::Refused { say: say.clone() },
        Failure::Broken { why } => Failed::Broken { why: why.clone() },
    }
}

fn piece(pcm: &str, words: &[(u32, u32, u64, u64)]) -> Result<SpeechPiece, String> {
    let pcm = decode(pcm)?.chunks_exact(2).map(|pair| i16::from_le_bytes([pair[0], pair[1]])).collect();
    let words = words
        .iter()
        .map(|&(text_from, text_to, from, to)| WordSpan { text_from, text_to, from: Samples(from), to: Samples(to) })
        .collect();
    Ok(SpeechPiece { pcm, words })
}

fn decode(text: &str) -> Result<Vec<u8>, String> {
    BASE64.decode(text).map_err(|error| error.to_string())
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    #[test]
    fn what_opens_a_server_is_not_on_the_tape_and_nothing_else_is_missing() {
        let server = |token: &str| json!({ "type": "mcp", "server_label": "s", "authorization": token, "headers": { "x-key": token } });
        // A function may have arguments of these names.
        let function = json!({ "type": "function", "name": "f", "parameters": { "headers": { "type": "object" } } });
        let event =
            |token: &str| json!({ "type": "session.update", "session": { "tools": [server(token), function] } });
        let Entry::Control { text } = entry(&Input::Control(event("hush").to_string())) else { panic!("no event") };
        assert_eq!(serde_json::from_str::<Value>(&text).expect("JSON"), event(&mark("hush")));
        assert!(!text.contains("hush") && mark("hush") != mark("other"), "{text}");
        let other = "no JSON, though it says authorization";
        assert!(matches!(entry(&Input::Control(other.to_owned())), Entry::Control { text } if text == other));
    }
}
