//! Server events that were seen, one of each shape, held against the types of published clients: async-openai's, and the pydantic models of the
//! `openai` package.

use crate::published;
use async_openai::types::realtime::RealtimeServerEvent;
use serde_json::{Map, Value};
use std::collections::{BTreeMap, BTreeSet};
use std::path::Path;
use std::process::Command;

/// Fields whose words make another shape.
const TELLING: [&str; 6] = ["type", "status", "reason", "object", "role", "code"];

/// The beta's, sent to clients that ask for them: async-openai does not know them, `openai` does.
pub(crate) const BETA: [&str; 2] = ["conversation.created", "conversation.item.created"];

/// One event of each shape.
#[derive(Debug, Default)]
pub(crate) struct Shapes(BTreeMap<String, Value>);

impl Shapes {
    /// Keeps the event if none of its shape was seen. Our own events are not the protocol's.
    pub(crate) fn see(&mut self, event: &Value) {
        if event["type"].as_str().is_some_and(|kind| !kind.starts_with("voxfare.")) {
            self.0.entry(shape("", event).to_string()).or_insert_with(|| event.clone());
        }
    }

    /// Takes what others saw.
    pub(crate) fn take(&mut self, more: Self) {
        for (shape, event) in more.0 {
            self.0.entry(shape).or_insert(event);
        }
    }

    /// Both together.
    pub(crate) fn with(mut self, more: Self) -> Self {
        self.take(more);
        self
    }

    /// The types of event among them.
    pub(crate) fn kinds(&self) -> BTreeSet<&str> {
        self.0.values().filter_map(|event| event["type"].as_str()).collect()
    }

    /// How many shapes.
    pub(crate) fn len(&self) -> usize {
        self.0.len()
    }

    /// Both clients' types take them all.
    pub(crate) fn are_taken_by_published_clients(&self) {
        let known = self.0.values().filter(|event| !BETA.iter().any(|kind| event["type"] == *kind));
        let refused = known.filter_map(|event| {
            let parsed = serde_json::from_value::<RealtimeServerEvent>(without_the_clients_own(event));
            parsed.err().map(|error| format!("{error}\n{event}"))
        });
        let refused: Vec<String> = refused.collect();
        assert!(
            refused.is_empty(),
            "{} shapes, of them:\n{}",
            refused.len(),
            refused[..refused.len().min(9)].join("\n")
        );
        let lines: String = self.0.values().map(|event| format!("{event}\n")).collect();
        let file = Path::new(env!("CARGO_TARGET_TMPDIR")).join(format!("events-{}.jsonl", std::process::id()));
        std::fs::write(&file, lines).expect("the folder is ours");
        let python = published::python("openai[realtime]==3.57.0");
        let output = Command::new(python).arg(published::script("validate.py")).arg(&file).output();
        let output = output.expect("Python starts");
        std::fs::remove_file(file).expect("it was written");
        assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
    }
}

/// Without the client's own words that are shown again and that async-openai 0.43 cannot read as the protocol writes them: it wants fields that a
/// client may leave out, and does not know a noise reduction that is set.
fn without_the_clients_own(event: &Value) -> Value {
    let mut event = event.clone();
    if let Some(session) = event.get_mut("session").and_then(Value::as_object_mut) {
        session.retain(|name, _| !["tools", "tool_choice", "tracing", "prompt"].contains(&name.as_str()));
    }
    if let Some(input) = event.pointer_mut("/session/audio/input").and_then(Value::as_object_mut) {
        input.remove("noise_reduction");
    }
    event
}

fn shape(name: &str, value: &Value) -> Value {
    match value {
        Value::String(word) if TELLING.contains(&name) => word.clone().into(),
        Value::Null => Value::Null,
        Value::Bool(_) => "a flag".into(),
        Value::Number(number) => if number.is_f64() { "a number" } else { "an integer" }.into(),
        Value::String(_) => "a text".into(),
        Value::Array(elements) => {
            let mut shapes: Vec<Value> = elements.iter().map(|element| shape("", element)).collect();
            shapes.dedup();
            shapes.into()
        }
        Value::Object(fields) => {
            fields.iter().map(|(name, field)| (name.clone(), shape(name, field))).collect::<Map<_, _>>().into()
        }
    }
}
