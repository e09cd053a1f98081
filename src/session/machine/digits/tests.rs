//! Keys pressed in a session: what is told, what is answered, and what a number chooses.

use crate::session::event::{EffectId, Input, Interruptible, Outcome, Output, SpeechPiece};
use crate::session::machine::{Bounds, Machine, Setup};
use agent::dialogue::{Clock, Dialogue, DialogueConfig};
use agent::tool::{ToolCall, ToolResult};
use agent::trip::{Cabin, Code3, FareRules, FlightOffer, FlightQuery, Itinerary, Money, Party, Segment, Source};
use media::call::{Call, CallConfig};
use media::vad::Detector;
use serde_json::{Value, json};
use std::time::{Duration, Instant};

struct World {
    now: Instant,
    machine: Machine,
    events: Vec<Value>,
    counted: Vec<&'static str>,
}

impl World {
    /// A session of this kind, greeted or not.
    fn of(session: Value, greets: bool) -> Self {
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
        let mut world = Self { now, machine, events: Vec::new(), counted: Vec::new() };
        world.give(Input::Attached { resumed: false, stream: true, after: None });
        world.give(Input::ControlOpen);
        world
    }

    fn in_writing() -> Self {
        Self::of(json!({ "type": "realtime", "output_modalities": ["text"] }), false)
    }

    fn give(&mut self, input: Input) {
        self.machine.handle(self.now, input);
        let mut asked = Vec::new();
        loop {
            match self.machine.poll() {
                Output::Run(id, _, effect) => asked.push((id, effect)),
                Output::Control(text) | Output::Again(text) => self.told(&text),
                Output::Count(what) => self.counted.push(what),
                Output::Timeout(_) => break,
                Output::Media(_) | Output::Cancel(_) | Output::Commit(..) | Output::Measured(_) | Output::Ended(_) => {}
            }
        }
        for (id, effect) in asked {
            self.answer(id, &effect);
        }
    }

    /// The world speaks a second for every clause, and has three flights.
    fn answer(&mut self, id: EffectId, effect: &Interruptible) {
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
    fn told(&mut self, text: &str) {
        let event: Value = serde_json::from_str(text).expect("JSON");
        if event["type"].as_str().is_some_and(|kind| !kind.starts_with("voxfare.")) {
            let parsed = serde_json::from_str::<async_openai::types::realtime::RealtimeServerEvent>(text);
            assert!(parsed.is_ok(), "{:?}: {text}", parsed.err());
        }
        self.events.push(event);
    }

    fn send(&mut self, event: &Value) {
        self.give(Input::Control(event.to_string()));
    }

    fn types(&mut self, text: &str) {
        let part = json!({ "type": "input_text", "text": text });
        let item = json!({ "type": "message", "role": "user", "content": [part] });
        self.send(&json!({ "type": "conversation.item.create", "item": item }));
        self.send(&json!({ "type": "response.create" }));
    }

    fn keys(&mut self, keys: &str) {
        keys.chars().for_each(|key| self.give(Input::Digit(key)));
    }

    fn passes(&mut self, ms: u64) {
        for _ in 0..ms / 20 {
            self.now += Duration::from_millis(20);
            self.give(Input::Tick);
        }
    }

    /// Events of this type since the last time, in order.
    fn take(&mut self, kind: &str) -> Vec<Value> {
        let (found, kept) = std::mem::take(&mut self.events).into_iter().partition(|event| event["type"] == kind);
        self.events = kept;
        found
    }

    /// The words of the caller that were added as items since the last time.
    fn added(&mut self) -> Vec<String> {
        let items = self.take("conversation.item.added").into_iter();
        let items = items.filter(|event| event["item"]["role"] == "user");
        items.map(|event| event["item"]["content"][0]["text"].as_str().unwrap_or_default().to_owned()).collect()
    }

    fn written(&mut self) -> String {
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

#[test]
fn every_key_is_told_and_what_is_no_key_is_counted() {
    let mut world = World::in_writing();
    world.now += Duration::from_millis(700);
    world.keys("5*0#Dx\u{e9}");
    let told = world.take("input_audio_buffer.dtmf_event_received");
    let keys: Vec<&str> = told.iter().filter_map(|event| event["event"].as_str()).collect();
    assert_eq!(keys, ["5", "*", "0", "#", "D"]);
    assert_eq!(told[0]["received_at"], 1_790_000_001);
    assert_eq!(world.counted, ["digit_unknown"; 2]);
}

#[test]
fn a_key_chooses_an_offer_at_once_as_its_words_do() {
    let (mut keyed, mut typed) = (World::in_writing(), World::in_writing());
    for world in [&mut keyed, &mut typed] {
        world.types("Find me a flight from Boston to Denver tomorrow.");
        assert!(world.written().contains("Denver"), "{:?}", world.events);
        world.added();
    }
    typed.types("The second one.");
    keyed.keys("2");
    assert_eq!(keyed.added(), ["Number 2"]);
    let (by_key, by_word) = (keyed.written(), typed.written());
    assert!(!by_key.is_empty() && by_key == by_word, "{by_key:?} {by_word:?}");
}

#[test]
fn a_number_is_whole_at_the_hash_or_when_no_key_follows() {
    let mut world = World::in_writing();
    world.keys("12");
    world.passes(2000);
    world.keys("3");
    world.passes(2400);
    assert!(world.added().is_empty());
    world.passes(200);
    assert_eq!(world.added(), ["123"]);
    world.keys("45#");
    assert_eq!(world.added(), ["45"]);
    world.keys("9*7A#");
    assert_eq!(world.added(), ["7"], "a star begins anew");
    world.keys("#");
    world.passes(5000);
    assert!(world.added().is_empty(), "there is no number");
    world.keys(&"1".repeat(40));
    world.keys("#");
    assert_eq!((world.added(), world.counted), (vec!["1".repeat(32)], vec!["digits_full"; 8]));
}

#[test]
fn a_key_stops_our_voice_and_the_item_keeps_what_was_heard() {
    let sound = json!({ "format": { "type": "audio/pcmu" } });
    let mut world = World::of(json!({ "type": "realtime", "audio": { "input": sound, "output": sound } }), true);
    world.passes(600);
    assert_eq!(world.take("output_audio_buffer.started").len(), 1);
    world.keys("*");
    assert_eq!(world.take("output_audio_buffer.cleared").len(), 1);
    let cut = world.take("conversation.item.truncated");
    assert!(cut[0]["audio_end_ms"].as_u64().is_some_and(|ms| (400..=600).contains(&ms)), "{cut:?}");
    // The carrier knows better, and the conversation follows it.
    let less = json!({ "type": "conversation.item.truncate", "item_id": cut[0]["item_id"], "content_index": 0, "audio_end_ms": 100 });
    world.send(&less);
    assert_eq!(world.take("conversation.item.truncated")[0]["audio_end_ms"], 100);
    assert!(world.machine.dialogue().history().last_said().is_none(), "no word of it was heard");
}

#[test]
fn what_is_read_aloud_elsewhere_is_cut_to_the_words_that_were_heard() {
    let mut world = World::in_writing();
    world.send(&json!({ "type": "response.create" }));
    let done = world.take("response.output_text.done");
    let text = done[0]["text"].as_str().expect("a greeting").to_owned();
    let heard = |world: &World| world.machine.dialogue().history().last_said().map(|(_, bytes)| bytes);
    assert_eq!(heard(&world), Some(text.len()));
    let words = text.split_whitespace().take(3).collect::<Vec<_>>().join(" ");
    world.send(&json!({ "type": "voxfare.item.heard", "item_id": done[0]["item_id"], "text": words.to_uppercase() }));
    assert_eq!(heard(&world), Some(words.len()));
    assert_eq!(world.take("conversation.item.truncated").len(), 1);
    world.send(&json!({ "type": "conversation.item.retrieve", "item_id": done[0]["item_id"] }));
    assert_eq!(world.take("conversation.item.retrieved")[0]["item"]["content"][0]["text"], words.as_str());
    world.send(&json!({ "type": "voxfare.item.heard", "item_id": "item_none", "text": "x" }));
    world.send(&json!({ "type": "voxfare.item.heard", "item_id": "item_none" }));
    let codes: Vec<Value> = world.take("error").iter().map(|event| event["error"]["code"].clone()).collect();
    assert_eq!(codes, ["item_not_found", "missing_required_parameter"]);
}

#[test]
fn keys_of_a_transcription_are_told_and_answered_by_nobody() {
    // Nor is it greeted.
    let mut world = World::of(json!({ "type": "transcription" }), true);
    world.keys("12#");
    assert_eq!(world.take("input_audio_buffer.dtmf_event_received").len(), 3);
    assert!(world.added().is_empty());
}

#[test]
fn a_client_that_answers_by_itself_finds_the_number_in_what_it_asks_for() {
    let turns = json!({ "input": { "turn_detection": { "type": "semantic_vad", "create_response": false } } });
    let session = json!({ "type": "realtime", "output_modalities": ["text"], "audio": turns });
    let mut world = World::of(session, false);
    world.keys("2#");
    assert_eq!((world.added().len(), world.written()), (1, String::new()));
    world.send(&json!({ "type": "response.create" }));
    assert!(!world.written().is_empty());
}
