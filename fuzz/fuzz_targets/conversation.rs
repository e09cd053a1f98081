//! Any text as a client event: something to do or a refusal with a sentence. It builds the reader alone, not the server.
#![no_main]
#![allow(dead_code)]

#[path = "../../src/session/machine/client.rs"]
mod client;

use libfuzzer_sys::arbitrary::{self, Arbitrary};
use libfuzzer_sys::fuzz_target;

#[derive(Arbitrary, Debug)]
enum Event {
    Any(String),
    /// A known kind with any fields of any JSON.
    Known { kind: u8, fields: Vec<(u8, Json)> },
}

#[derive(Arbitrary, Debug)]
enum Json {
    Null,
    Number(f64),
    Text(String),
    List(Vec<Json>),
    Object(Vec<(u8, Json)>),
}

const KINDS: [&str; 10] = [
    "session.update",
    "input_audio_buffer.clear",
    "conversation.item.create",
    "response.create",
    "response.cancel",
    "output_audio_buffer.clear",
    "conversation.item.truncate",
    "input_audio_buffer.append",
    "input_audio_buffer.commit",
    "unheard.of",
];
const FIELDS: [&str; 16] = [
    "event_id",
    "session",
    "audio",
    "output",
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
    "message",
];

fuzz_target!(|event: Event| {
    let text = match event {
        Event::Any(text) => text,
        Event::Known { kind, fields } => {
            let mut event = object(fields);
            event["type"] = KINDS[usize::from(kind) % KINDS.len()].into();
            event.to_string()
        }
    };
    if let (_, Err(refusal)) = client::read(&text) {
        assert!(refusal.message.ends_with('.'), "{}", refusal.message);
    }
});

fn object(fields: Vec<(u8, Json)>) -> serde_json::Value {
    let name = |field: u8| FIELDS[usize::from(field) % FIELDS.len()].to_owned();
    fields.into_iter().map(|(field, json)| (name(field), value(json))).collect::<serde_json::Map<_, _>>().into()
}

fn value(json: Json) -> serde_json::Value {
    match json {
        Json::Null => serde_json::Value::Null,
        Json::Number(number) => number.into(),
        Json::Text(text) => text.into(),
        Json::List(list) => list.into_iter().map(value).collect::<Vec<_>>().into(),
        Json::Object(fields) => object(fields),
    }
}
