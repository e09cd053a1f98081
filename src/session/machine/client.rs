//! Reads client events of the Realtime protocol into what the session can do. It answers nothing.

use crate::secret::Secret;
use crate::session::machine::ask::Ask;
use crate::session::machine::item::Created;
use crate::session::machine::refusal::{Refusal, identifier};
use crate::session::machine::setup::Bounds;
use base64::Engine as _;
use base64::engine::general_purpose::STANDARD as BASE64;
use serde_json::Value;

/// The largest client event that is read, in bytes: 15 MiB of sound is what the protocol allows one append, in base64 and with what is around it.
pub(crate) const EVENT_BYTES_MAX: usize = (20 * 1024 + 64) * 1024;
/// The longest name a client may give an event, in characters.
const EVENT_ID_CHARS_MAX: usize = 512;
/// The longest token of an account, in characters.
const TOKEN_CHARS_MAX: usize = 512;
/// The longest words that were heard, in characters.
const HEARD_LETTERS_MAX: usize = 65_536;

/// What a client asks.
#[derive(Clone, Debug, PartialEq)]
pub(crate) enum Request {
    /// Change the session: its fields as they came.
    Update(Value),
    /// Sound of the caller, in the session's format.
    Append(Vec<u8>),
    /// What was appended is the caller's turn.
    Commit,
    /// Forget the sound of the utterance under way.
    ClearInput,
    /// An item joins the conversation.
    Create(Created),
    /// Show an item.
    Retrieve(String),
    /// An item leaves the conversation.
    Delete(String),
    /// Cut an item to what was heard of it.
    Truncate {
        /// The item.
        item: String,
        /// Where the client says it stopped, in ms.
        audio_end_ms: u64,
    },
    /// Of an item that the client read aloud by itself, these words were heard.
    Heard {
        /// The item.
        item: String,
        /// The words, from its beginning.
        words: String,
    },
    /// Bookings earn for the account of this token.
    Account(Option<Secret>),
    /// Answer.
    Respond(Box<Ask>),
    /// Stop the response under way, or this one.
    Cancel(Option<String>),
    /// Stop the sound under way.
    ClearOutput,
}

/// Reads one event: its `event_id` when it has one, and what it asks or why it is refused.
pub(crate) fn read(text: &str, bounds: &Bounds) -> (Option<String>, Result<Request, Refusal>) {
    if text.len() > EVENT_BYTES_MAX {
        let why = format!("An event may have at most {EVENT_BYTES_MAX} bytes.");
        return (None, Err(Refusal::new("event_too_large", why, None)));
    }
    let event: Value = match serde_json::from_str(text) {
        Ok(event) => event,
        Err(error) => {
            let why = format!("The event is not JSON: {error}.");
            return (None, Err(Refusal::new("invalid_json", why, None)));
        }
    };
    match event.get("event_id").filter(|id| !id.is_null()) {
        None => (None, request(event, bounds)),
        Some(Value::String(id)) if id.chars().count() <= EVENT_ID_CHARS_MAX => {
            (Some(id.clone()), request(event, bounds))
        }
        Some(_) => {
            (None, Err(Refusal::value("event_id", &format!("a text of at most {EVENT_ID_CHARS_MAX} characters"))))
        }
    }
}

fn request(mut event: Value, bounds: &Bounds) -> Result<Request, Refusal> {
    let Some(kind) = event.get("type").and_then(Value::as_str) else {
        return Err(Refusal::missing("type", "An event needs a string `type`."));
    };
    match kind {
        "session.update" => match event.get_mut("session").map(Value::take) {
            Some(session) if session.is_object() => Ok(Request::Update(session)),
            _ => Err(Refusal::missing("session", "`session.update` needs an object `session`.")),
        },
        "input_audio_buffer.append" => append(&event, bounds.append_bytes_max),
        "input_audio_buffer.commit" => Ok(Request::Commit),
        "input_audio_buffer.clear" => Ok(Request::ClearInput),
        "conversation.item.create" if event["item"].to_string().len() > bounds.item_bytes_max => {
            Err(Refusal::value("item", &format!("at most {} bytes of JSON", bounds.item_bytes_max)))
        }
        "conversation.item.create" => Created::read(&event).map(Request::Create),
        "conversation.item.retrieve" => item_id(&event).map(Request::Retrieve),
        "conversation.item.delete" => item_id(&event).map(Request::Delete),
        "conversation.item.truncate" => truncate(&event),
        "voxfare.account.use" => account(&event),
        "voxfare.item.heard" => heard(&event),
        "response.create" => Ask::read(event.get("response")).map(|ask| Request::Respond(Box::new(ask))),
        "response.cancel" => match event.get("response_id").filter(|id| !id.is_null()) {
            None => Ok(Request::Cancel(None)),
            Some(id) => identifier(id, "response_id").map(|id| Request::Cancel(Some(id))),
        },
        "output_audio_buffer.clear" => Ok(Request::ClearOutput),
        _ => {
            let shown: String = kind.chars().take(80).collect();
            Err(Refusal::new("unknown_event", format!("The event type `{shown}` is not known here."), Some("type")))
        }
    }
}

fn append(event: &Value, bytes_max: usize) -> Result<Request, Refusal> {
    let Some(audio) = event.get("audio").and_then(Value::as_str) else {
        return Err(Refusal::missing("audio", "`input_audio_buffer.append` needs base64 `audio`."));
    };
    let bytes = BASE64.decode(audio).map_err(|_| Refusal::value("audio", "base64"))?;
    if bytes.len() > bytes_max {
        return Err(Refusal::value("audio", &format!("at most {bytes_max} bytes of sound")));
    }
    Ok(Request::Append(bytes))
}

fn truncate(event: &Value) -> Result<Request, Refusal> {
    let item = item_id(event)?;
    let Some(end) = event.get("audio_end_ms").and_then(Value::as_f64) else {
        return Err(Refusal::missing("audio_end_ms", "`conversation.item.truncate` needs a number `audio_end_ms`."));
    };
    if event.get("content_index").is_some_and(|index| !index.as_u64().is_some_and(|index| index < 1024)) {
        return Err(Refusal::value("content_index", "an integer from 0 to 1023"));
    }
    Ok(Request::Truncate { item, audio_end_ms: end.max(0.0) as u64 })
}

fn heard(event: &Value) -> Result<Request, Refusal> {
    let item = item_id(event)?;
    match event.get("text").and_then(Value::as_str) {
        Some(words) if words.chars().count() > HEARD_LETTERS_MAX => {
            Err(Refusal::value("text", &format!("a text of at most {HEARD_LETTERS_MAX} characters")))
        }
        Some(words) => Ok(Request::Heard { item, words: words.to_owned() }),
        None => Err(Refusal::missing("text", "`voxfare.item.heard` needs a string `text`: the words that were heard.")),
    }
}

fn account(event: &Value) -> Result<Request, Refusal> {
    let Some(token) = event.get("token") else {
        return Err(Refusal::missing("token", "`voxfare.account.use` needs a string `token`, or null."));
    };
    if token.is_null() {
        return Ok(Request::Account(None));
    }
    let fits = token.as_str().filter(|token| (1..=TOKEN_CHARS_MAX).contains(&token.chars().count()));
    let kind = format!("a text of 1 to {TOKEN_CHARS_MAX} characters, or null");
    let token = fits.ok_or_else(|| Refusal::value("token", &kind))?;
    Ok(Request::Account(Some(Secret(token.to_owned()))))
}

fn item_id(event: &Value) -> Result<String, Refusal> {
    match event.get("item_id") {
        None => Err(Refusal::missing("item_id", "This event needs `item_id`.")),
        Some(id) => identifier(id, "item_id"),
    }
}

#[cfg(test)]
mod tests;
