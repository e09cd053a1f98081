//! One server event, read once for all rules. It judges nothing.

use serde_json::Value;

/// A server event.
#[derive(Clone, Debug)]
pub(crate) struct Fact {
    /// Its `type`.
    pub(crate) kind: String,
    body: Value,
}

impl Fact {
    /// Reads an event; `None` when it is not JSON or has no type.
    pub(crate) fn read(text: &str) -> Option<Self> {
        let body: Value = serde_json::from_str(text).ok()?;
        let kind = body.get("type")?.as_str()?.to_owned();
        Some(Self { kind, body })
    }

    /// The text at a JSON pointer; empty when there is none.
    pub(crate) fn text(&self, path: &str) -> &str {
        self.body.pointer(path).and_then(Value::as_str).unwrap_or_default()
    }

    /// The whole number at a JSON pointer; 0 when there is none.
    pub(crate) fn number(&self, path: &str) -> u64 {
        self.body.pointer(path).and_then(Value::as_u64).unwrap_or_default()
    }

    /// The value at a JSON pointer.
    pub(crate) fn value(&self, path: &str) -> Option<&Value> {
        self.body.pointer(path)
    }
}
