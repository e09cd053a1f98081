//! Reads client events of the Realtime protocol into what the session can do. It answers nothing.

use serde_json::Value;

/// The largest client event that is read, in bytes.
pub(crate) const EVENT_BYTES_MAX: usize = 64 * 1024;
/// The longest typed message, in bytes.
const TYPED_BYTES_MAX: usize = 4 * 1024;

/// What a client asks.
#[derive(Clone, Debug, PartialEq)]
pub(crate) enum Request {
    /// Change the session.
    Update(Update),
    /// Forget the sound of the utterance under way.
    ClearInput,
    /// A typed message of the user joins the conversation.
    Typed {
        /// The words.
        text: String,
        /// The id the client gave it.
        id: Option<String>,
    },
    /// Answer what was typed.
    Respond,
    /// Stop the response under way.
    Cancel,
    /// Stop the sound under way.
    ClearOutput,
    /// Cut an item to what was heard of it.
    Truncate {
        /// The item.
        item: String,
        /// Where the client says it stopped, in ms.
        audio_end_ms: u64,
    },
}

/// A change of session; empty fields stay as they are.
#[derive(Clone, Debug, Default, PartialEq)]
pub(crate) struct Update {
    /// Voice name.
    pub(crate) voice: Option<String>,
    /// Rate of speech, 0.25 to 1.5 as the protocol has it.
    pub(crate) speed: Option<f32>,
    /// Free instructions, kept and shown.
    pub(crate) instructions: Option<String>,
}

/// Why a client event was refused.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Refusal {
    /// A fixed word.
    pub(crate) code: &'static str,
    /// A sentence.
    pub(crate) message: String,
    /// The field at fault.
    pub(crate) param: Option<&'static str>,
}

/// Reads one event: its `event_id` when it has one, and what it asks or why it is refused.
pub(crate) fn read(text: &str) -> (Option<String>, Result<Request, Refusal>) {
    if text.len() > EVENT_BYTES_MAX {
        return (None, refuse("event_too_large", format!("An event may have at most {EVENT_BYTES_MAX} bytes."), None));
    }
    let event: Value = match serde_json::from_str(text) {
        Ok(event) => event,
        Err(error) => return (None, refuse("invalid_json", format!("The event is not JSON: {error}."), None)),
    };
    let id = event.get("event_id").and_then(Value::as_str).map(str::to_owned);
    let Some(kind) = event.get("type").and_then(Value::as_str) else {
        return (id, refuse("missing_type", "An event needs a string `type`.".to_owned(), Some("type")));
    };
    let request = match kind {
        "session.update" => update(&event),
        "input_audio_buffer.clear" => Ok(Request::ClearInput),
        "conversation.item.create" => typed(&event),
        "response.create" => Ok(Request::Respond),
        "response.cancel" => Ok(Request::Cancel),
        "output_audio_buffer.clear" => Ok(Request::ClearOutput),
        "conversation.item.truncate" => truncate(&event),
        "input_audio_buffer.append" | "input_audio_buffer.commit" => {
            refuse("not_on_this_transport", "On WebRTC the sound travels on the media track.".to_owned(), Some("type"))
        }
        _ => {
            let shown: String = kind.chars().take(80).collect();
            refuse("unknown_event", format!("The event type `{shown}` is not known here."), Some("type"))
        }
    };
    (id, request)
}

fn update(event: &Value) -> Result<Request, Refusal> {
    let Some(session) = event.get("session").filter(|session| session.is_object()) else {
        return refuse("missing_session", "`session.update` needs an object `session`.".to_owned(), Some("session"));
    };
    let output = session.pointer("/audio/output");
    let speed = match output.and_then(|output| output.get("speed")) {
        None => None,
        Some(speed) => match speed.as_f64() {
            Some(speed) if (0.25..=1.5).contains(&speed) => Some(speed as f32),
            _ => {
                return refuse(
                    "invalid_speed",
                    "`speed` must be a number from 0.25 to 1.5.".to_owned(),
                    Some("session.audio.output.speed"),
                );
            }
        },
    };
    let voice = match output.and_then(|output| output.get("voice")) {
        None => None,
        Some(voice) => match voice.as_str() {
            Some(voice) if !voice.is_empty() && voice.len() <= 64 => Some(voice.to_owned()),
            _ => {
                return refuse(
                    "invalid_voice",
                    "`voice` must be the name of a voice.".to_owned(),
                    Some("session.audio.output.voice"),
                );
            }
        },
    };
    let instructions = session.get("instructions").and_then(Value::as_str).map(str::to_owned);
    Ok(Request::Update(Update { voice, speed, instructions }))
}

fn typed(event: &Value) -> Result<Request, Refusal> {
    let item = event.get("item").unwrap_or(&Value::Null);
    let is = |field: &str, value: &str| item.get(field).and_then(Value::as_str) == Some(value);
    if !is("type", "message") || !is("role", "user") {
        return refuse("unsupported_item", "Only messages with role `user` can be added.".to_owned(), Some("item"));
    }
    let parts = item.get("content").and_then(Value::as_array);
    let text: Vec<&str> = parts
        .into_iter()
        .flatten()
        .filter(|part| part.get("type").and_then(Value::as_str) == Some("input_text"))
        .filter_map(|part| part.get("text").and_then(Value::as_str))
        .collect();
    let text = text.join(" ").trim().to_owned();
    if text.is_empty() || text.len() > TYPED_BYTES_MAX {
        return refuse(
            "invalid_text",
            format!("The message needs `input_text` of 1 to {TYPED_BYTES_MAX} bytes."),
            Some("item.content"),
        );
    }
    Ok(Request::Typed { text, id: item.get("id").and_then(Value::as_str).map(str::to_owned) })
}

fn truncate(event: &Value) -> Result<Request, Refusal> {
    let Some(item) = event.get("item_id").and_then(Value::as_str) else {
        return refuse("missing_item_id", "`conversation.item.truncate` needs `item_id`.".to_owned(), Some("item_id"));
    };
    let Some(end) = event.get("audio_end_ms").and_then(Value::as_f64) else {
        return refuse(
            "missing_audio_end_ms",
            "`conversation.item.truncate` needs a number `audio_end_ms`.".to_owned(),
            Some("audio_end_ms"),
        );
    };
    Ok(Request::Truncate { item: item.to_owned(), audio_end_ms: end.max(0.0) as u64 })
}

fn refuse(code: &'static str, message: String, param: Option<&'static str>) -> Result<Request, Refusal> {
    Err(Refusal { code, message, param })
}

#[cfg(test)]
mod tests;
