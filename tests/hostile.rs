//! Clients that send anything in any order, by the thousand, each from a seed of its own.

pub(crate) mod world;

use crate::protocol::shapes::Shapes;
use agent::dialogue::{Clock, Dialogue, DialogueConfig};
use jiff::Timestamp;
use jiff::tz::TimeZone;
use media::call::{Call, CallConfig};
use media::vad::Detector;
use rand::rngs::StdRng;
use rand::{Rng, SeedableRng};
use serde_json::{Map, Value, json};
use std::time::{Duration, Instant};
use voxfare::session::machine::{Machine, Setup};
use world::{FIELDS, KINDS, WORDS, World};

/// Clients of one run.
const CLIENTS: u64 = 10_000;
/// What one client does, at most.
const DEEDS_MAX: usize = 24;

#[test]
fn ten_thousand_hostile_clients_break_no_rule_of_the_session() {
    agent::concierge::understand::warm();
    let lanes = std::thread::available_parallelism().map_or(1, usize::from) as u64;
    let visits = |lane: u64| {
        let mut shapes = Shapes::default();
        let told = (lane..CLIENTS).step_by(lanes as usize).map(|seed| visit(seed, &mut shapes));
        let told = told.fold((0, 0), |sum, told| (sum.0 + told.0, sum.1 + told.1));
        (told, shapes)
    };
    let (told, shapes) = std::thread::scope(|scope| {
        let lanes: Vec<_> = (0..lanes).map(|lane| scope.spawn(move || visits(lane))).collect();
        let ends = lanes.into_iter().map(|lane| lane.join().expect("a visit broke a rule"));
        ends.reduce(|(a, all), (b, more)| ((a.0 + b.0, a.1 + b.1), all.with(more))).expect("there is a lane")
    });
    println!("{} responses, {} refusals", told.0, told.1);
    // They reach what they are to break.
    assert!(told.0 > CLIENTS / 2 && told.1 > CLIENTS, "{told:?}");
    shapes.are_taken_by_published_clients();
}

/// One client's whole visit, with what it was told; a failure names the seed that does it again.
fn visit(seed: u64, shapes: &mut Shapes) -> (u64, u64) {
    let visit = std::panic::AssertUnwindSafe(|| {
        let mut chance = StdRng::seed_from_u64(seed);
        let mut world = World::new(chance.random(), machine);
        for _ in 0..chance.random_range(1..DEEDS_MAX) {
            deed(&mut world, &mut chance);
        }
        world.ends();
        (world.told, world.shapes)
    });
    let (told, seen) = std::panic::catch_unwind(visit).unwrap_or_else(|panic| {
        eprintln!("seed {seed} breaks a rule");
        std::panic::resume_unwind(panic)
    });
    shapes.take(seen);
    told
}

fn deed(world: &mut World, chance: &mut StdRng) {
    match chance.random_range(0..21) {
        0 => world.says(mutated(chance)),
        1..8 => world.says(event(chance).to_string()),
        8..11 => world.types(chance.random_range(0..8), chance.random_bool(0.8)),
        11..13 => world.sounds(chance.random(), chance.random_range(0..12)),
        13..15 => world.waits(Duration::from_millis(chance.random_range(0..4000))),
        15..19 => drop(world.comes_true(chance.random_bool(0.8), chance.random_range(0..8))),
        19 => world.keys(*b"0123456789*#ABx".get(chance.random_range(0..16)).unwrap_or(&b'2') as char),
        _ => {
            let after = chance.random::<bool>().then(|| chance.random_range(0..60));
            world.comes_back(chance.random(), chance.random(), after);
        }
    }
}

/// An event of a known type: what it needs, likely, and anything else.
fn event(chance: &mut StdRng) -> Value {
    let kind = KINDS[chance.random_range(0..KINDS.len())];
    let mut event = match kind {
        _ if chance.random_bool(0.3) => json!({}),
        "session.update" => json!({ "session": object(chance, 0) }),
        "conversation.item.create" => json!({ "item": object(chance, 0) }),
        "response.create" => json!({ "response": object(chance, 0) }),
        "voxfare.item.heard" => json!({ "item_id": item(chance), "text": WORDS[chance.random_range(0..WORDS.len())] }),
        "conversation.item.truncate" => json!({ "item_id": item(chance), "audio_end_ms": value(chance, 3) }),
        _ => json!({ "item_id": item(chance) }),
    };
    event["type"] = kind.into();
    if chance.random() {
        event["event_id"] = value(chance, 2);
    }
    event
}

/// The text of an event with a piece of it gone, twice there, or turned about.
fn mutated(chance: &mut StdRng) -> String {
    let mut text: Vec<char> = event(chance).to_string().chars().collect();
    let (a, b) = (chance.random_range(0..text.len()), chance.random_range(0..text.len()));
    let piece = a.min(b)..a.max(b);
    match chance.random_range(0..3) {
        0 => drop(text.drain(piece)),
        1 => text.extend_from_within(piece),
        _ => text[piece].reverse(),
    }
    text.into_iter().collect()
}

fn item(chance: &mut StdRng) -> String {
    format!("item_hostile_{}", chance.random_range(0..6))
}

fn object(chance: &mut StdRng, depth: usize) -> Value {
    let fields = chance.random_range(0..5);
    let field =
        |chance: &mut StdRng| (FIELDS[chance.random_range(0..FIELDS.len())].to_owned(), value(chance, depth + 1));
    (0..fields).map(|_| field(chance)).collect::<Map<_, _>>().into()
}

fn value(chance: &mut StdRng, depth: usize) -> Value {
    match chance.random_range(0..if depth < 4 { 8 } else { 6 }) {
        0 => Value::Null,
        1 => chance.random::<bool>().into(),
        2 => chance.random_range(-1e6..1e6).into(),
        3 => chance.random_range(0..2000).into(),
        4 => "\u{0}\u{fffd}x".repeat(chance.random_range(0..40)).into(),
        5 => WORDS[chance.random_range(0..WORDS.len())].into(),
        6 => (0..chance.random_range(0..4)).map(|_| value(chance, depth + 1)).collect::<Vec<_>>().into(),
        _ => object(chance, depth),
    }
}

/// A session's machine with a conversation of its own.
pub(crate) fn machine(setup: Setup, now: Instant) -> Result<Machine, String> {
    let call = Call::new(CallConfig::new(Detector::Energy), now).map_err(|error| error.to_string())?;
    let began = Timestamp::from_millisecond(setup.began_ms).map_err(|error| error.to_string())?;
    let dialogue = Dialogue::new(DialogueConfig::default(), Clock::new(began, TimeZone::UTC));
    Ok(Machine::new(setup, call, dialogue, now))
}
