//! A session with nobody well-meaning around it: any events, engines that answer anything, lines that come and go. It holds what must hold
//! whatever happens: one end to every response, nothing of a response outside it, errors in sentences, a bounded answer to one input.

use crate::protocol::shapes::Shapes;
use crate::session::event::{
    Earning, EffectId, Failure, Input, Interruptible, News, Outcome, Output, RemoteAnswer, RemoteAsk, RemoteTool,
    SpeechPiece, Standing, Token, Transcript,
};
use crate::session::machine::{Bounds, Machine, Setup};
use base64::Engine as _;
use serde_json::{Value, json};
use std::collections::{BTreeSet, VecDeque};
use std::time::{Duration, Instant};
use wallet::money::Wei;
use wallet::settle::Stage;

/// Event types a client may send, and one it may not.
pub(crate) const KINDS: [&str; 13] = [
    "session.update",
    "input_audio_buffer.append",
    "input_audio_buffer.commit",
    "input_audio_buffer.clear",
    "conversation.item.create",
    "conversation.item.retrieve",
    "conversation.item.delete",
    "conversation.item.truncate",
    "response.create",
    "response.cancel",
    "output_audio_buffer.clear",
    "voxfare.item.heard",
    "unheard.of",
];
/// Names of fields, of all events together.
pub(crate) const FIELDS: [&str; 40] = [
    "event_id",
    "session",
    "audio",
    "output",
    "input",
    "voice",
    "speed",
    "instructions",
    "item",
    "item_id",
    "type",
    "role",
    "content",
    "text",
    "audio_end_ms",
    "id",
    "format",
    "turn_detection",
    "threshold",
    "silence_duration_ms",
    "prefix_padding_ms",
    "create_response",
    "interrupt_response",
    "idle_timeout_ms",
    "eagerness",
    "tools",
    "tool_choice",
    "parameters",
    "name",
    "description",
    "response",
    "conversation",
    "metadata",
    "output_modalities",
    "previous_item_id",
    "call_id",
    "arguments",
    "transcript",
    "max_output_tokens",
    "content_index",
];
/// Values that mean something somewhere.
pub(crate) const WORDS: [&str; 28] = [
    "realtime",
    "transcription",
    "message",
    "user",
    "assistant",
    "system",
    "input_text",
    "output_text",
    "function",
    "function_call",
    "function_call_output",
    "audio/pcm",
    "audio/pcmu",
    "server_vad",
    "semantic_vad",
    "low",
    "high",
    "none",
    "auto",
    "required",
    "text",
    "audio",
    "object",
    "root",
    "mcp",
    "mcp_approval_response",
    "https://tools.example/mcp",
    "never",
];
/// What is said.
pub(crate) const TEXTS: [&str; 8] = [
    "Find me a flight from Boston to Denver tomorrow.",
    "The second one, please.",
    "Yes.",
    "No, Dallas.",
    "What can you do?",
    "Stop.",
    "Goodbye.",
    "points of member 4711",
];

/// One session and what is known of it.
pub(crate) struct World {
    now: Instant,
    machine: Machine,
    running: VecDeque<(EffectId, Interruptible)>,
    responses: BTreeSet<String>,
    /// Responses that were given, and events that were refused.
    pub(crate) told: (u64, u64),
    ended: bool,
    heard: Vec<Value>,
    /// One event of each shape that came.
    pub(crate) shapes: Shapes,
}

impl World {
    /// A session on a WebSocket, or on a call, made by `make`.
    pub(crate) fn new(stream: bool, make: impl FnOnce(Setup, Instant) -> Result<Machine, String>) -> Self {
        Self::with(stream, false, make)
    }

    /// A session on a WebSocket of a client that was written for the protocol's beta.
    pub(crate) fn of_the_beta(make: impl FnOnce(Setup, Instant) -> Result<Machine, String>) -> Self {
        Self::with(true, true, make)
    }

    fn with(stream: bool, tells_created: bool, make: impl FnOnce(Setup, Instant) -> Result<Machine, String>) -> Self {
        let now = Instant::now();
        let setup = Setup {
            id: "hostile".to_owned(),
            resume_token: "token".to_owned(),
            resume_expires_at: 2_000_000_000,
            resume_within: Duration::from_secs(60),
            session_max: Duration::from_secs(7200),
            voice: "hibari".to_owned(),
            language: "en".to_owned(),
            prompt: String::new(),
            greets: !stream,
            session: None,
            tells_created,
            bounds: Bounds::default(),
            began_ms: 1_790_000_000_000,
        };
        let machine = make(setup, now).expect("the settings are valid");
        let mut world = Self {
            now,
            machine,
            running: VecDeque::new(),
            responses: BTreeSet::new(),
            told: (0, 0),
            ended: false,
            heard: Vec::new(),
            shapes: Shapes::default(),
        };
        world.give(Input::Attached { resumed: false, stream, after: None });
        world.give(Input::ControlOpen);
        world
    }

    /// Any text as an event.
    pub(crate) fn says(&mut self, text: String) {
        self.give(Input::Control(text));
    }

    /// Any text as an event, and every event that comes back at once.
    pub(crate) fn asks(&mut self, text: &str) -> Vec<Value> {
        self.says(text.to_owned());
        self.heard()
    }

    /// Every event that came since that was asked last.
    pub(crate) fn heard(&mut self) -> Vec<Value> {
        std::mem::take(&mut self.heard)
    }

    /// Somebody said goodbye, and it is over.
    pub(crate) fn is_over(&self) -> bool {
        self.ended
    }

    /// A typed turn, answered or not.
    pub(crate) fn types(&mut self, text: usize, answered: bool) {
        let content = json!([{ "type": "input_text", "text": TEXTS[text % TEXTS.len()] }]);
        let item = json!({ "type": "message", "role": "user", "content": content });
        self.says(json!({ "type": "conversation.item.create", "item": item }).to_string());
        if answered {
            self.says(json!({ "type": "response.create" }).to_string());
        }
    }

    /// Tenths of a second of sound.
    pub(crate) fn sounds(&mut self, loud: bool, tenths: usize) {
        let tone = (0..2400_u32).map(|n| if loud { ((n % 80) as i16 - 40) * 200 } else { 0 });
        let bytes: Vec<u8> = tone.flat_map(i16::to_le_bytes).collect();
        let audio = base64::engine::general_purpose::STANDARD.encode(bytes);
        for _ in 0..tenths {
            self.now += Duration::from_millis(100);
            self.says(json!({ "type": "input_audio_buffer.append", "audio": audio }).to_string());
        }
    }

    /// A key of the telephone, or what is none.
    pub(crate) fn keys(&mut self, key: char) {
        self.give(Input::Digit(key));
    }

    /// Time goes by.
    pub(crate) fn waits(&mut self, time: Duration) {
        self.now += time;
        self.give(Input::Tick);
    }

    /// The line drops, noticed or not, and another comes, whose client says what it likes of what it has seen.
    pub(crate) fn comes_back(&mut self, stream: bool, noticed: bool, after: Option<u64>) {
        if noticed {
            self.give(Input::Detached);
        }
        self.give(Input::Attached { resumed: true, stream, after });
        self.give(Input::ControlOpen);
    }

    /// The session ends; nothing may be left open.
    pub(crate) fn ends(&mut self) {
        self.give(Input::HangUp);
        assert!(self.responses.is_empty(), "open at the end: {:?}", self.responses);
    }

    /// The oldest running effect comes back, well or not; false when there is none.
    pub(crate) fn comes_true(&mut self, well: bool, text: usize) -> bool {
        let text = TEXTS[text % TEXTS.len()];
        let Some((id, effect)) = self.running.pop_front() else { return false };
        let broken = || Failure::Broken { why: "no reason".to_owned() };
        let outcome = match effect {
            Interruptible::Hear { .. } if well => Outcome::Heard(Ok(Transcript {
                text: text.to_owned(),
                language: "en".to_owned(),
                tokens: vec![Token { bytes: text.as_bytes().to_vec(), logprob: -0.25 }],
                ..Transcript::default()
            })),
            Interruptible::Hear { .. } => Outcome::Heard(Err(broken())),
            Interruptible::Score { .. } => Outcome::Scored(if well { Ok(0.9) } else { Err(broken()) }),
            Interruptible::Speak { .. } => {
                if well {
                    let piece = SpeechPiece { pcm: vec![500; 4800], words: Vec::new() };
                    self.give(Input::Effect { id, outcome: Outcome::Piece(piece) });
                }
                Outcome::Spoken(if well { Ok(()) } else { Err(broken()) })
            }
            Interruptible::Ask { .. } => Outcome::Answered(Err(broken())),
            Interruptible::Account { .. } => {
                Outcome::Account(Box::new(if well { Ok(standing()) } else { Err(broken()) }))
            }
            Interruptible::Follow { .. } => {
                let earning = standing().last.expect("it has one");
                self.give(Input::Effect { id, outcome: Outcome::News(Box::new(News::Earning(earning))) });
                Outcome::News(Box::new(News::Standing(standing())))
            }
            Interruptible::Remote { ask: RemoteAsk::Tools, .. } if well => {
                Outcome::Remote(Ok(RemoteAnswer::Tools(tools())))
            }
            Interruptible::Remote { .. } if well => {
                Outcome::Remote(Ok(RemoteAnswer::Called { output: text.to_owned(), failed: false }))
            }
            Interruptible::Remote { .. } => Outcome::Remote(Err(broken())),
        };
        self.give(Input::Effect { id, outcome });
        true
    }

    fn give(&mut self, input: Input) {
        self.heard.clear();
        self.machine.handle(self.now, input);
        for outputs in 0.. {
            assert!(outputs < 100_000, "one step says a bounded amount");
            match self.machine.poll() {
                Output::Timeout(_) => break,
                Output::Control(text) => self.event(&text),
                Output::Run(id, _, effect) => self.running.push_back((id, effect)),
                Output::Ended(_) => assert!(!std::mem::replace(&mut self.ended, true), "a session ends once"),
                Output::Media(_)
                | Output::Again(_)
                | Output::Commit(..)
                | Output::Cancel(_)
                | Output::Measured(_)
                | Output::Count(_) => {}
            }
        }
        while self.running.len() > 64 {
            self.running.pop_front();
        }
    }

    fn event(&mut self, text: &str) {
        let event: Value = serde_json::from_str(text).expect("events are JSON");
        let kind = event["type"].as_str().expect("events have a type");
        match kind {
            "response.created" => {
                let id = event["response"]["id"].as_str().expect("responses have an id").to_owned();
                assert!(self.responses.insert(id), "{event}");
                self.told.0 += 1;
            }
            "response.done" => {
                let id = event["response"]["id"].as_str().expect("responses have an id");
                assert!(self.responses.remove(id), "{event}");
            }
            "error" => {
                let message = event["error"]["message"].as_str().expect("errors have a message");
                assert!(message.ends_with('.'), "{message}");
                self.told.1 += 1;
            }
            // The call of a server's tool may outlast its response.
            _ if kind.starts_with("response.") && !kind.starts_with("response.mcp_call.") => {
                let id = event["response_id"].as_str().expect("parts name their response");
                assert!(self.responses.contains(id), "outside its response: {event}");
            }
            _ => {}
        }
        self.shapes.see(&event);
        self.heard.push(event);
    }
}

/// What a server of tools offers: something that fits whatever is said.
fn tools() -> Vec<RemoteTool> {
    let description = "Anything about flights, Denver, hotels and days".to_owned();
    let input_schema = json!({ "type": "object", "properties": {} });
    vec![RemoteTool { name: "find_flights".to_owned(), description, input_schema, annotations: Value::Null }]
}

/// An account with a reward in it.
fn standing() -> Standing {
    let wei = Wei::from(15_460_000_000_000_000_000_u128);
    let earning = Earning {
        booking: "booking-1".to_owned(),
        reference: "XY7Z2A".to_owned(),
        stage: Stage::Settled,
        wei,
        commission_minor: 552,
        currency: "USD".to_owned(),
        share_bps: 7000,
        why: "70% of the 5.52 USD commission on booking XY7Z2A.".to_owned(),
    };
    Standing {
        account: "acct_1".to_owned(),
        own: false,
        address: "0x00000000000000000000000000000000000000AA".to_owned(),
        balance: wei,
        pending: Wei::ZERO,
        owing: Wei::ZERO,
        staked: Wei::ZERO,
        level: 0,
        code: "AB12CD34".to_owned(),
        last: Some(earning),
    }
}
