//! `conversation.item.create`: an item of the client's making. It keeps none.

use crate::session::machine::refusal::{Refusal, identifier};
use base64::Engine as _;
use base64::engine::general_purpose::STANDARD as BASE64;
use serde_json::{Value, json};

/// The longest text of one item, in bytes.
const TEXT_BYTES_MAX: usize = 64 * 1024;
/// The largest picture of a message, as a data URI, in bytes.
const IMAGE_BYTES_MAX: usize = 1024 * 1024;
/// How much is kept of why a client says yes or no, in characters.
const REASON_CHARS_MAX: usize = 1024;
/// The most parts of one message.
const PARTS_MAX: usize = 64;

/// Where an item goes.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum After {
    /// Behind the last one.
    Last,
    /// Before the first one.
    Root,
    /// Behind this one.
    Item(String),
}

/// An item to be added, and where.
#[derive(Clone, Debug, PartialEq)]
pub(crate) struct Created {
    /// Its place.
    pub(crate) after: After,
    /// The id the client gave it.
    pub(crate) id: Option<String>,
    /// What it is.
    pub(crate) item: NewItem,
}

/// What a client may add.
#[derive(Clone, Debug, PartialEq)]
pub(crate) enum NewItem {
    /// A message of anybody: its role, its words, its parts as they are shown.
    Message {
        /// `user`, `assistant` or `system`.
        role: &'static str,
        /// All its words.
        text: String,
        /// The parts.
        content: Value,
        /// Its sound, where that comes without its words, in the format in which the client speaks.
        sound: Vec<u8>,
    },
    /// What was called, told by the client.
    FunctionCall {
        /// The call's id.
        call_id: String,
        /// The function.
        name: String,
        /// JSON, as text.
        arguments: String,
    },
    /// What a function answered.
    FunctionOutput {
        /// The call it answers.
        call_id: String,
        /// The answer.
        output: String,
    },
    /// A yes or no to the call of a server's tool.
    Approval {
        /// The request it answers.
        request: String,
        /// Yes.
        approved: bool,
        /// Why, as the client says.
        reason: Option<String>,
    },
}

impl Created {
    /// Reads the whole event.
    ///
    /// # Errors
    /// What is wrong with it.
    pub(crate) fn read(event: &Value) -> Result<Self, Refusal> {
        let after = match event.get("previous_item_id").filter(|id| !id.is_null()) {
            None => After::Last,
            Some(id) if id == "root" => After::Root,
            Some(id) => After::Item(identifier(id, "previous_item_id")?),
        };
        let Some(item) = event.get("item").filter(|item| item.is_object()) else {
            return Err(Refusal::missing("item", "`conversation.item.create` needs an object `item`."));
        };
        Ok(Self { after, id: name(item, "item")?, item: NewItem::read(item, "item")? })
    }
}

/// The id that a client gives an item.
fn name(item: &Value, path: &str) -> Result<Option<String>, Refusal> {
    let id = item.get("id").filter(|id| !id.is_null());
    id.map(|id| identifier(id, &format!("{path}.id"))).transpose()
}

impl NewItem {
    /// Reads an item that stands at `path`.
    ///
    /// # Errors
    /// What is wrong with it.
    pub(crate) fn read(item: &Value, path: &str) -> Result<Self, Refusal> {
        let field = |name: &str| {
            let value = item.get(name).and_then(Value::as_str).filter(|text| text.len() <= TEXT_BYTES_MAX);
            let must_be = format!("a text of at most {TEXT_BYTES_MAX} bytes");
            value.map(str::to_owned).ok_or_else(|| Refusal::value(&format!("{path}.{name}"), &must_be))
        };
        name(item, path)?;
        match item.get("type").and_then(Value::as_str) {
            Some("message") => message(item, path),
            Some("function_call") => Ok(Self::FunctionCall {
                call_id: if item.get("call_id").is_none() { String::new() } else { field("call_id")? },
                name: field("name")?,
                arguments: field("arguments")?,
            }),
            Some("function_call_output") => {
                Ok(Self::FunctionOutput { call_id: field("call_id")?, output: field("output")? })
            }
            Some("mcp_approval_response") => {
                let approved = item.get("approve").or_else(|| item.get("approved")).and_then(Value::as_bool);
                let reason = match item.get("reason") {
                    None | Some(Value::Null) => None,
                    Some(Value::String(why)) => Some(why.chars().take(REASON_CHARS_MAX).collect()),
                    Some(_) => return Err(Refusal::value(&format!("{path}.reason"), "a text")),
                };
                let path = format!("{path}.approve");
                let approved = approved.ok_or_else(|| Refusal::value(&path, "true or false"))?;
                Ok(Self::Approval { request: field("approval_request_id")?, approved, reason })
            }
            _ => {
                let kinds = "`message`, `function_call`, `function_call_output` or `mcp_approval_response`";
                Err(Refusal::value(&format!("{path}.type"), kinds))
            }
        }
    }

    /// As the protocol shows it.
    pub(crate) fn object(&self, id: &str) -> Value {
        let more = match self {
            Self::Message { role, content, .. } => json!({ "type": "message", "role": role, "content": content }),
            Self::FunctionCall { call_id, name, arguments } => {
                json!({ "type": "function_call", "call_id": call_id, "name": name, "arguments": arguments })
            }
            Self::FunctionOutput { call_id, output } => {
                json!({ "type": "function_call_output", "call_id": call_id, "output": output })
            }
            // Published clients read the one name or the other.
            Self::Approval { request, approved, reason } => json!({
                "type": "mcp_approval_response", "approval_request_id": request, "approve": approved,
                "approved": approved, "reason": reason,
            }),
        };
        let mut object = json!({ "id": id, "object": "realtime.item", "status": "completed" });
        let fields = object.as_object_mut().expect("written as an object above");
        fields.extend(more.as_object().cloned().unwrap_or_default());
        object
    }
}

/// Which part of an item is its sound: the first that is; the first of all where none is.
pub(crate) fn sound_part(item: &Value) -> usize {
    let parts = item["content"].as_array();
    let is_sound = |part: &Value| part["type"].as_str().is_some_and(|kind| kind.ends_with("_audio"));
    parts.and_then(|parts| parts.iter().position(is_sound)).unwrap_or_default()
}

/// A picture is kept and shown again; nobody looks at it here.
fn picture(part: &Value, path: &str) -> Result<Value, Refusal> {
    let url = part.get("image_url").and_then(Value::as_str);
    let is_picture = |url: &&str| {
        url.len() <= IMAGE_BYTES_MAX
            && (url.starts_with("data:image/png;base64,") || url.starts_with("data:image/jpeg;base64,"))
    };
    let must_be = format!("a PNG or JPEG as a data URI of at most {IMAGE_BYTES_MAX} bytes");
    let url = url.filter(is_picture).ok_or_else(|| Refusal::value(&format!("{path}.image_url"), &must_be))?;
    let detail = part.get("detail").filter(|detail| !detail.is_null()).map_or(Some("auto"), Value::as_str);
    let detail = detail.filter(|detail| ["auto", "low", "high"].contains(detail));
    let detail = detail.ok_or_else(|| Refusal::value(&format!("{path}.detail"), "`auto`, `low` or `high`"))?;
    Ok(json!({ "type": "input_image", "image_url": url, "detail": detail }))
}

fn message(item: &Value, path: &str) -> Result<NewItem, Refusal> {
    let role = match item.get("role").and_then(Value::as_str) {
        Some("user") => "user",
        Some("assistant") => "assistant",
        Some("system") => "system",
        _ => return Err(Refusal::value(&format!("{path}.role"), "`user`, `assistant` or `system`")),
    };
    let path = format!("{path}.content");
    let parts = item.get("content").and_then(Value::as_array).filter(|parts| (1..=PARTS_MAX).contains(&parts.len()));
    let parts = parts.ok_or_else(|| Refusal::value(&path, &format!("a list of 1 to {PARTS_MAX} parts")))?;
    let kinds: &[&str] = match role {
        "assistant" => &["output_text", "output_audio"],
        "user" => &["input_text", "input_audio", "input_image"],
        _ => &["input_text"],
    };
    let mut texts = Vec::new();
    let mut shown = Vec::new();
    let mut sound = Vec::new();
    for (at, part) in parts.iter().enumerate() {
        let path = format!("{path}[{at}]");
        let kind = part.get("type").and_then(Value::as_str).filter(|kind| kinds.contains(kind));
        let kind =
            kind.ok_or_else(|| Refusal::value(&format!("{path}.type"), &format!("`{}`", kinds.join("` or `"))))?;
        if kind == "input_image" {
            shown.push(picture(part, &path)?);
            continue;
        }
        if kind == "input_audio" && part.get("transcript").is_none_or(Value::is_null) {
            let audio = part.get("audio").and_then(Value::as_str).filter(|audio| !audio.is_empty());
            let why = "A part needs its words, or its sound.";
            let audio = audio.ok_or_else(|| Refusal::missing(&format!("{path}.transcript"), why))?;
            let bytes = BASE64.decode(audio).map_err(|_| Refusal::value(&format!("{path}.audio"), "base64"))?;
            sound = bytes;
            shown.push(json!({ "type": kind, "transcript": "", "audio": "" }));
            continue;
        }
        // Of sound whose words come with it, the words are taken.
        let name = if kind.ends_with("text") { "text" } else { "transcript" };
        let text = part.get(name).and_then(Value::as_str);
        let text = text.ok_or_else(|| Refusal::missing(&format!("{path}.{name}"), "A part needs its words."))?;
        if text.trim().is_empty() || text.len() > TEXT_BYTES_MAX {
            return Err(Refusal::value(&format!("{path}.{name}"), &format!("1 to {TEXT_BYTES_MAX} bytes of words")));
        }
        texts.push(text);
        let mut part = json!({ "type": kind, name: text });
        if kind == "input_audio" {
            // None is kept; published clients read the field.
            part["audio"] = "".into();
        }
        shown.push(part);
    }
    let sounding = shown.iter().filter(|part| part["type"] == "input_audio").count();
    if !sound.is_empty() && sounding > 1 {
        let why = "A message with sound that is to be recognised has one part of sound.";
        return Err(Refusal::new("one_sound_part", why, Some(&path)));
    }
    let text = texts.join(" ").trim().to_owned();
    if text.len() > TEXT_BYTES_MAX {
        return Err(Refusal::value(&path, &format!("at most {TEXT_BYTES_MAX} bytes of words")));
    }
    Ok(NewItem::Message { role, text, content: shown.into(), sound })
}
