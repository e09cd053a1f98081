//! Any client events in any order, with engines that answer anything, through a whole session. It builds the session alone, not the server.
#![no_main]
#![allow(dead_code)]

mod protocol {
    pub mod shapes {
        /// The tests hold what is seen against published clients' types; here the rules of the session are what is tried.
        #[derive(Default)]
        pub struct Shapes;

        impl Shapes {
            pub fn see(&mut self, _: &serde_json::Value) {}
        }
    }
}
#[path = "../../src/secret.rs"]
mod secret;
mod session;
#[path = "../../tests/hostile/world.rs"]
mod world;

use libfuzzer_sys::arbitrary::{self, Arbitrary};
use libfuzzer_sys::fuzz_target;
use serde_json::Value;
use std::time::Duration;
use world::{FIELDS, KINDS, WORDS, World};

#[derive(Arbitrary, Debug)]
enum Step {
    /// Any text as an event.
    Any(String),
    /// A known kind with any fields of any JSON.
    Known { kind: u8, fields: Vec<(u8, Json)> },
    /// A typed turn, answered.
    Typed { text: u8, answer: bool },
    /// Sound, loud or silent, a tenth of a second.
    Sound { loud: bool, times: u8 },
    /// A key of a telephone.
    Key(char),
    /// Time goes by.
    Wait { millis: u16 },
    /// The oldest running effect comes back.
    Back { well: bool, text: u8 },
    /// The line drops, and another comes.
    Again { stream: bool, noticed: bool, after: Option<u8> },
}

#[derive(Arbitrary, Debug)]
enum Json {
    Null,
    Yes(bool),
    Number(f64),
    Text(String),
    Word(u8),
    List(Vec<Json>),
    Object(Vec<(u8, Json)>),
}

fuzz_target!(|steps: (bool, Vec<Step>)| {
    let (stream, steps) = steps;
    let mut world = World::new(stream, session::machine);
    for step in steps {
        match step {
            Step::Any(text) => world.says(text),
            Step::Known { kind, fields } => {
                let mut event = object(fields);
                event["type"] = KINDS[usize::from(kind) % KINDS.len()].into();
                world.says(event.to_string());
            }
            Step::Typed { text, answer } => world.types(text.into(), answer),
            Step::Sound { loud, times } => world.sounds(loud, usize::from(times % 12)),
            Step::Key(key) => world.keys(key),
            Step::Wait { millis } => world.waits(Duration::from_millis(millis.into())),
            Step::Back { well, text } => {
                let _ran = world.comes_true(well, text.into());
            }
            Step::Again { stream, noticed, after } => world.comes_back(stream, noticed, after.map(u64::from)),
        }
    }
    world.ends();
});

fn object(fields: Vec<(u8, Json)>) -> Value {
    let name = |field: u8| FIELDS[usize::from(field) % FIELDS.len()].to_owned();
    fields.into_iter().map(|(field, json)| (name(field), value(json))).collect::<serde_json::Map<_, _>>().into()
}

fn value(json: Json) -> Value {
    match json {
        Json::Null => Value::Null,
        Json::Yes(yes) => yes.into(),
        Json::Number(number) => number.into(),
        Json::Text(text) => text.into(),
        Json::Word(word) => WORDS[usize::from(word) % WORDS.len()].into(),
        Json::List(list) => list.into_iter().map(value).collect::<Vec<_>>().into(),
        Json::Object(fields) => object(fields),
    }
}
