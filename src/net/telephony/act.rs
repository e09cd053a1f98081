//! The words between a carrier's frames and the shell that pumps them. It decides nothing.

use crate::session::event::LegEvent;
use serde_json::Value;

/// What is to be done about a frame of the carrier, or about an event of the session.
#[derive(Clone, Debug)]
pub enum Act {
    /// The call begins: nothing is told to a session before this.
    Begin(Begin),
    /// Tell the session.
    Tell(LegEvent),
    /// Send the carrier this frame.
    Send(String),
    /// The carrier ended the call.
    Over,
    /// The call cannot go on: a sentence for the log.
    Refuse(&'static str),
    /// Something worth a metric happened: a short fixed label.
    Count(&'static str),
}

/// A call as its carrier announces it.
#[derive(Clone, Debug, PartialEq)]
pub struct Begin {
    /// The carrier's name for it.
    pub call: String,
    /// What our answer to the carrier's webhook gave it along; empty when it brings none.
    pub token: String,
    /// The session object it needs.
    pub session: Value,
    /// We speak first, and again when nobody answers.
    pub greets: bool,
}

/// A carrier's protocol as a machine: frames and events in, acts out. It has no socket and no clock.
pub trait Carrier: Send {
    /// A frame of the carrier, as it came.
    fn frame(&mut self, text: &str) -> Vec<Act>;
    /// An event of the session, as it came.
    fn event(&mut self, text: &str) -> Vec<Act>;
    /// What was sent to be heard and may not be heard yet, in ms: as long is a call that we end kept open, unless it is silent sooner.
    fn unheard_ms(&self) -> u64;
    /// The last frame of a call that we end.
    fn goodbye(&self) -> Option<String>;
}

/// A text field, also where a carrier writes a number.
pub(crate) fn text(value: &Value) -> Option<String> {
    match value {
        Value::String(text) => Some(text.clone()),
        Value::Number(number) => Some(number.to_string()),
        Value::Null | Value::Bool(_) | Value::Array(_) | Value::Object(_) => None,
    }
}

/// A whole number, also where a carrier writes a text.
pub(crate) fn number(value: &Value) -> Option<u64> {
    value.as_u64().or_else(|| value.as_str()?.parse().ok())
}

/// The one key of a telephone that a field names.
pub(crate) fn key(value: &Value) -> Option<char> {
    let text = value.as_str()?;
    let mut letters = text.chars();
    letters.next().filter(|_| letters.next().is_none())
}
