//! Clients whose line dies in silence: what they missed, they are told in order and once; what they did not hear was not heard.

use crate::session::event::{EffectId, Input, Interruptible, Outcome, Output, SpeechPiece};
use crate::session::machine::{Bounds, Machine, Setup, event_number};
use agent::dialogue::{Clock, Dialogue, DialogueConfig};
use media::call::{Call, CallConfig};
use media::frame::Samples;
use media::transcript::WordSpan;
use media::vad::Detector;
use serde_json::{Value, json};
use std::collections::VecDeque;
use std::time::{Duration, Instant};

/// A session and its client, whose line can be dead without anybody's knowing.
struct World {
    now: Instant,
    machine: Machine,
    running: VecDeque<(EffectId, String)>,
    wakes: Option<Instant>,
    stream: bool,
    dead: bool,
    /// Everything that was told for the first time, whoever was there.
    all: Vec<Value>,
    /// What reached the client.
    seen: Vec<Value>,
    /// Sound packets that reached the client.
    packets: usize,
}

impl World {
    fn new(stream: bool) -> Self {
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
            greets: false,
            session: None,
            tells_created: false,
            bounds: Bounds::default(),
            began_ms: 1_790_000_000_000,
        };
        let call = Call::new(CallConfig::new(Detector::Energy), now).expect("a codec");
        let began = jiff::Timestamp::from_millisecond(setup.began_ms).expect("a time");
        let dialogue = Dialogue::new(DialogueConfig::default(), Clock::new(began, jiff::tz::TimeZone::UTC));
        let machine = Machine::new(setup, call, dialogue, now);
        let (running, all, seen) = (VecDeque::new(), Vec::new(), Vec::new());
        let mut world = Self { now, machine, running, wakes: None, stream, dead: false, all, seen, packets: 0 };
        world.give(Input::Attached { resumed: false, stream, after: None });
        world.give(Input::ControlOpen);
        world
    }

    fn give(&mut self, input: Input) {
        self.machine.handle(self.now, input);
        loop {
            match self.machine.poll() {
                Output::Run(id, _, Interruptible::Speak { text, .. }) => self.running.push_back((id, text)),
                Output::Cancel(id) => self.running.retain(|(running, _)| *running != id),
                Output::Control(text) => {
                    self.all.push(serde_json::from_str(&text).expect("JSON"));
                    self.hears(&text);
                }
                Output::Again(text) => self.hears(&text),
                Output::Media(_) => self.packets += usize::from(!self.dead),
                Output::Timeout(at) => return self.wakes = at,
                Output::Run(..) | Output::Commit(..) | Output::Measured(_) | Output::Count(_) | Output::Ended(_) => {}
            }
        }
    }

    fn hears(&mut self, text: &str) {
        if !self.dead {
            self.seen.push(serde_json::from_str(text).expect("JSON"));
        }
    }

    /// Time goes by, and the voice makes every clause at once.
    fn waits(&mut self, time: Duration) {
        let until = self.now + time;
        loop {
            if let Some((id, text)) = self.running.pop_front() {
                let (pcm, words) = voice(&text);
                self.give(Input::Effect { id, outcome: Outcome::Piece(SpeechPiece { pcm, words }) });
                self.give(Input::Effect { id, outcome: Outcome::Spoken(Ok(())) });
                continue;
            }
            match self.wakes.filter(|at| *at <= until) {
                Some(at) => self.now = self.now.max(at),
                None => break,
            }
            self.give(Input::Tick);
        }
        self.now = until;
        self.give(Input::Tick);
    }

    fn types(&mut self, text: &str) {
        let item = json!({ "type": "message", "role": "user", "content": [{ "type": "input_text", "text": text }] });
        self.give(Input::Control(json!({ "type": "conversation.item.create", "item": item }).to_string()));
        self.give(Input::Control(json!({ "type": "response.create" }).to_string()));
    }

    /// The client is back, and says what it has seen last.
    fn back(&mut self) {
        let last = self.seen.last().and_then(|event| event["event_id"].as_str()).expect("it has seen something");
        let after = event_number(last);
        assert!(after.is_some(), "{last}");
        self.dead = false;
        self.give(Input::Attached { resumed: true, stream: self.stream, after });
        assert_eq!(self.seen.last().and_then(|event| event["event_id"].as_str().and_then(event_number)), after);
        self.give(Input::ControlOpen);
    }

    fn of(&self, kind: &str) -> Vec<&Value> {
        self.seen.iter().filter(|event| event["type"] == kind).collect()
    }

    /// The client has seen every event once and in order; but for what is of the moment.
    fn has_missed_nothing(&self) {
        let lasting = |event: &&Value| event["type"] != "response.output_audio.delta";
        let ids = |events: &[Value]| events.iter().filter(lasting).map(|e| e["event_id"].clone()).collect::<Vec<_>>();
        assert_eq!(ids(&self.seen), ids(&self.all));
    }
}

/// A tenth of a second of sound for each word.
fn voice(text: &str) -> (Vec<i16>, Vec<WordSpan>) {
    let (mut words, mut at) = (Vec::new(), 0);
    for (n, word) in text.split_inclusive(' ').enumerate() {
        let (from, to) = (Samples::from_ms(n as u64 * 100), Samples::from_ms((n as u64 + 1) * 100));
        words.push(WordSpan { text_from: at, text_to: at + word.trim_end().len() as u32, from, to });
        at += word.len() as u32;
    }
    (vec![900; words.len() * 2400], words)
}

#[test]
fn an_answer_into_a_dead_line_is_told_in_order_and_said_again() {
    for (stream, noticed) in [(false, false), (false, true), (true, false), (true, true)] {
        let mut world = World::new(stream);
        world.types("what can you do?");
        world.dead = true;
        world.waits(Duration::from_secs(20));
        if noticed {
            world.give(Input::Detached);
        }
        world.waits(Duration::from_secs(10));
        let what = format!("stream {stream}, noticed {noticed}");
        assert!(world.of("response.done").is_empty() && world.packets == 0, "{what}: the line was dead");
        world.back();
        world.has_missed_nothing();
        let answer = world.of("response.done")[0]["response"]["output"][0].clone();
        let words = answer["content"][0]["transcript"].as_str().expect("it was said").to_owned();
        // Nobody heard it: it is no item any more, and is said again, where it can be heard.
        assert_eq!(world.of("conversation.item.deleted")[0]["item_id"], answer["id"], "{what}");
        let resumed = world.of("voxfare.resumed")[0].clone();
        assert_eq!(
            (&resumed["complete"], world.of("voxfare.session")[1]["resumed"].clone()),
            (&json!(true), json!(true))
        );
        assert!(resumed["missed"].as_u64() >= resumed["replayed"].as_u64(), "{resumed}");
        let unheard = resumed["unheard_ms"].as_u64().expect("a number");
        let whole = words.split(' ').count() as u64 * 100;
        assert!((whole - 100..=whole).contains(&unheard), "{what}: {unheard} of {whole} ms");
        world.waits(Duration::from_secs(20));
        world.has_missed_nothing();
        let said = world.of("response.done").iter().map(|e| e["response"]["output"][0].clone()).collect::<Vec<_>>();
        let texts: Vec<&str> = said.iter().filter_map(|item| item["content"][0]["transcript"].as_str()).collect();
        assert_eq!(texts[1..], ["Welcome back.", &format!("You missed this: {words}")], "{what}");
        let done = world.seen.iter().rev().find(|event| event["type"] == "voxfare.playout").expect("it sounded");
        assert_eq!((&done["state"], &done["item_id"]), (&json!("done"), &said[2]["id"]), "{what}");
        let history = world.machine.dialogue().history();
        let whole = agent::history::Turn::Assistant {
            id: agent::dialogue::SayId(3),
            text: texts[2].to_owned(),
            heard_bytes: Some(texts[2].len()),
            kind: agent::dialogue::SayKind::Result,
        };
        assert!(history.turns().any(|turn| *turn == whole), "{what}: {history:?}");
        assert!(history.turns().all(|turn| !format!("{turn:?}").contains("SayId(1)")), "{what}: {history:?}");
    }
}

#[test]
fn an_answer_that_was_cut_by_the_dead_line_goes_on_where_it_was_heard() {
    let mut world = World::new(false);
    world.types("what can you do?");
    world.waits(Duration::from_millis(900));
    let heard = world.of("voxfare.playout").last().expect("it sounds")["heard_chars"].as_u64();
    world.dead = true;
    world.waits(Duration::from_millis(1500));
    world.packets = 0;
    world.back();
    let unheard = world.of("voxfare.resumed")[0]["unheard_ms"].as_u64().expect("a number");
    assert!((1300..=1700).contains(&unheard), "{unheard} ms");
    world.waits(Duration::from_secs(20));
    world.has_missed_nothing();
    let first = world.of("response.created")[0]["response"]["id"].clone();
    let stopped: Vec<_> = world.of("output_audio_buffer.stopped").iter().map(|e| e["response_id"].clone()).collect();
    assert_eq!(stopped[0], first, "it was heard to its end");
    assert!(world.of("conversation.item.truncated").is_empty() && world.of("conversation.item.deleted").is_empty());
    let item = world.of("response.output_item.added")[0]["item"]["id"].clone();
    let playouts = world.of("voxfare.playout").into_iter().filter(|event| event["item_id"] == item);
    let lowest =
        playouts.skip_while(|event| event["state"] != "paused").skip(1).map(|e| e["heard_chars"].as_u64()).min();
    assert!(lowest.flatten() <= heard.map(|heard| heard + 12), "it goes back to what was heard: {lowest:?}, {heard:?}");
}

#[test]
fn a_client_that_saw_the_end_hears_nothing_twice() {
    for stream in [false, true] {
        let mut world = World::new(stream);
        world.types("what can you do?");
        world.waits(Duration::from_secs(20));
        world.dead = true;
        world.waits(Duration::from_secs(5));
        world.back();
        world.has_missed_nothing();
        world.waits(Duration::from_secs(20));
        let said = world.of("response.output_audio_transcript.done");
        assert_eq!(said.len(), 2, "the answer and a welcome: {said:?}");
        assert_eq!(world.of("voxfare.resumed")[0]["unheard_ms"], 0);
    }
}

#[test]
fn a_second_return_is_as_good_as_the_first() {
    let mut world = World::new(true);
    world.types("what can you do?");
    world.dead = true;
    world.waits(Duration::from_secs(20));
    world.back();
    // The replay is lost too, but for its first event.
    let at = world.seen.iter().position(|event| event["type"] == "response.created").expect("it was replayed");
    world.seen.truncate(at + 1);
    world.dead = true;
    world.waits(Duration::from_secs(3));
    world.back();
    world.has_missed_nothing();
    world.waits(Duration::from_secs(30));
    let said = world.of("response.output_audio_transcript.done");
    let said =
        said.iter().filter(|event| event["transcript"].as_str().is_some_and(|text| text.starts_with("You missed")));
    assert!(said.count() >= 1, "it is told in the end");
    let last = world.of("voxfare.playout").last().map(|event| event["state"].clone());
    assert_eq!(last, Some(json!("done")));
}

#[test]
fn an_event_id_has_its_number_at_its_end() {
    assert_eq!(event_number("event_a1B2_17"), Some(17));
    for id in
        ["", "event_", "event_17", "event_s_", "event_s_+1", "event_s_1x", "item_s_1", "event_s_99999999999999999999"]
    {
        assert_eq!(event_number(id), None, "{id}");
    }
}
