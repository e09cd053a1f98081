//! A session with a world behind it, for the tests of its parts. Tests alone use it.

use crate::session::event::{EffectId, Input, Interruptible, Outcome, Output, SpeechPiece};
use crate::session::machine::{Bounds, Machine, Setup};
use agent::dialogue::{Clock, Dialogue, DialogueConfig};
use agent::tool::{ToolCall, ToolResult};
use agent::trip::{Cabin, Code3, FareRules, FlightOffer, FlightQuery, Itinerary, Money, Party, Segment, Source};
use media::call::{Call, CallConfig};
use media::vad::Detector;
use serde_json::{Value, json};
use std::time::{Duration, Instant};

/// A session whose world has three flights.
pub(crate) struct World {
    pub(crate) now: Instant,
    pub(crate) machine: Machine,
    pub(crate) events: Vec<Value>,
    pub(crate) counted: Vec<&'static str>,
    /// Acts that must happen.
    pub(crate) committed: Vec<ToolCall>,
}

impl World {
    /// A session of this kind, greeted or not.
    pub(crate) fn of(session: Value, greets: bool) -> Self {
        let now = Instant::now();
        let setup = Setup {
            id: "s".to_owned(),
            resume_token: "token".to_owned(),
            resume_expires_at: 2_000_000_000,
            resume_within: Duration::from_secs(60),
            session_max: Duration::from_secs(7200),
            voice: String::new(),
            language: "en".to_owned(),
            prompt: String::new(),
            greets,
            session: Some(session),
            tells_created: false,
            bounds: Bounds::default(),
            began_ms: 1_790_000_000_500,
        };
        let call = Call::new(CallConfig::new(Detector::Energy), now).expect("a codec");
        let began = jiff::Timestamp::from_millisecond(setup.began_ms).expect("a time");
        let dialogue = Dialogue::new(DialogueConfig::default(), Clock::new(began, jiff::tz::TimeZone::UTC));
        let machine = Machine::new(setup, call, dialogue, now);
        let mut world = Self { now, machine, events: Vec::new(), counted: Vec::new(), committed: Vec::new() };
        world.give(Input::Attached { resumed: false, stream: true, after: None });
        world.give(Input::ControlOpen);
        world
    }

    pub(crate) fn in_writing() -> Self {
        Self::of(json!({ "type": "realtime", "output_modalities": ["text"] }), false)
    }

    pub(crate) fn give(&mut self, input: Input) {
        self.machine.handle(self.now, input);
        let mut asked = Vec::new();
        loop {
            match self.machine.poll() {
                Output::Run(id, _, effect) => asked.push((id, effect)),
                Output::Control(text) | Output::Again(text) => self.told(&text),
                Output::Count(what) => self.counted.push(what),
                Output::Timeout(_) => break,
                Output::Commit(_, act) => self.committed.push(act.tool),
                Output::Media(_) | Output::Cancel(_) | Output::Measured(_) | Output::Ended(_) => {}
            }
        }
        for (id, effect) in asked {
            self.answer(id, &effect);
        }
    }

    /// The world speaks a second for every clause, and has three flights.
    pub(crate) fn answer(&mut self, id: EffectId, effect: &Interruptible) {
        match effect {
            Interruptible::Speak { .. } => {
                let piece = SpeechPiece { pcm: vec![1000; 24_000], words: Vec::new() };
                self.give(Input::Effect { id, outcome: Outcome::Piece(piece) });
                self.give(Input::Effect { id, outcome: Outcome::Spoken(Ok(())) });
            }
            Interruptible::Ask { tool: ToolCall::SearchFlights(query) } => {
                let offers = (1..=3).map(|n| offer(query, n)).collect();
                let result = ToolResult::Flights { offers, nearest_day: None };
                self.give(Input::Effect { id, outcome: Outcome::Answered(Ok(result)) });
            }
            other => panic!("nobody asks for {other:?}"),
        }
    }

    /// Every event of the protocol is one that a published client's types take.
    pub(crate) fn told(&mut self, text: &str) {
        let event: Value = serde_json::from_str(text).expect("JSON");
        if event["type"].as_str().is_some_and(|kind| !kind.starts_with("voxfare.")) {
            let parsed = serde_json::from_str::<async_openai::types::realtime::RealtimeServerEvent>(text);
            assert!(parsed.is_ok(), "{:?}: {text}", parsed.err());
        }
        self.events.push(event);
    }

    pub(crate) fn send(&mut self, event: &Value) {
        self.give(Input::Control(event.to_string()));
    }

    pub(crate) fn types(&mut self, text: &str) {
        let part = json!({ "type": "input_text", "text": text });
        let item = json!({ "type": "message", "role": "user", "content": [part] });
        self.send(&json!({ "type": "conversation.item.create", "item": item }));
        self.send(&json!({ "type": "response.create" }));
    }

    pub(crate) fn keys(&mut self, keys: &str) {
        keys.chars().for_each(|key| self.give(Input::Digit(key)));
    }

    pub(crate) fn passes(&mut self, ms: u64) {
        for _ in 0..ms / 20 {
            self.now += Duration::from_millis(20);
            self.give(Input::Tick);
        }
    }

    /// Events of this type since the last time, in order.
    pub(crate) fn take(&mut self, kind: &str) -> Vec<Value> {
        let (found, kept) = std::mem::take(&mut self.events).into_iter().partition(|event| event["type"] == kind);
        self.events = kept;
        found
    }

    /// The words of the caller that were added as items since the last time.
    pub(crate) fn added(&mut self) -> Vec<String> {
        let items = self.take("conversation.item.added").into_iter();
        let items = items.filter(|event| event["item"]["role"] == "user");
        items.map(|event| event["item"]["content"][0]["text"].as_str().unwrap_or_default().to_owned()).collect()
    }

    pub(crate) fn written(&mut self) -> String {
        let done = self.take("response.output_text.done");
        done.iter().filter_map(|event| event["text"].as_str()).collect::<Vec<_>>().join(" ")
    }
}

fn offer(query: &FlightQuery, n: i8) -> FlightOffer {
    let leg = query.legs[0];
    let at = leg.date.from.at(7 + n, 0, 0, 0);
    let code = |place: agent::trip::Place| match place {
        agent::trip::Place::City(code) | agent::trip::Place::Airport(code) => code,
    };
    let segment = Segment {
        airline: "UA".to_owned(),
        airline_name: "United".to_owned(),
        number: 1523,
        origin: code(leg.origin),
        destination: code(leg.destination),
        departs: at,
        arrives: leg.date.from.at(11 + n, 0, 0, 0),
        departs_at: jiff::Timestamp::UNIX_EPOCH,
        arrives_at: jiff::Timestamp::from_second(4 * 3600).expect("a time"),
        aircraft: "a Boeing 737".to_owned(),
    };
    FlightOffer {
        id: format!("o{n}"),
        legs: vec![Itinerary { segments: vec![segment] }],
        party: Party::default(),
        cabin: Cabin::Economy,
        total: Money { minor: 30_000 + 1000 * i64::from(n), currency: Code3::USD },
        seats_left: 4,
        rules: FareRules {
            brand: "Economy".to_owned(),
            cabin_bags: 1,
            checked_bags: 0,
            change_fee: None,
            refund_fee: None,
        },
        source: Source::Synthetic,
    }
}
