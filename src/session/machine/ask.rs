//! `response.create`: what the client wants of one response. It answers nothing.

use crate::session::machine::item::NewItem;
use crate::session::machine::manner::Manner;
use crate::session::machine::refusal::Refusal;
use crate::session::machine::settings;
use crate::session::machine::tools::{self, Tool};
use serde_json::Value;

/// Most items that a response may be given as its own input.
const INPUT_MAX: usize = 64;
/// Most pairs of a response's metadata.
const METADATA_MAX: usize = 16;

/// One response as it is asked for; what is not said is as in the session.
#[derive(Clone, Debug, Default, PartialEq)]
pub(crate) struct Ask {
    /// In writing alone, or with sound.
    pub(crate) silent: Option<bool>,
    /// The voice.
    pub(crate) voice: Option<String>,
    /// The tools that may be called.
    pub(crate) tools: Option<Vec<Tool>>,
    /// Which of them may or must be.
    pub(crate) tool_choice: Option<Value>,
    /// Shown with the response.
    pub(crate) metadata: Value,
    /// It leaves no trace in the conversation.
    pub(crate) apart: bool,
    /// Its own input, instead of the conversation.
    pub(crate) input: Option<Vec<NewItem>>,
}

impl Ask {
    /// Reads the field `response` of the event.
    ///
    /// # Errors
    /// What is wrong with it.
    pub(crate) fn read(response: Option<&Value>) -> Result<Self, Refusal> {
        let mut ask = Self::default();
        let Some(response) = response.filter(|response| !response.is_null()) else { return Ok(ask) };
        let Some(fields) = response.as_object() else { return Err(Refusal::value("response", "an object")) };
        for (name, value) in fields.iter().filter(|(_, value)| !value.is_null()) {
            ask.set(name, value)?;
        }
        Ok(ask)
    }

    fn set(&mut self, name: &str, value: &Value) -> Result<(), Refusal> {
        let path = format!("response.{name}");
        match name {
            "output_modalities" => self.silent = Some(settings::modalities(value, &path)?),
            "audio" => {
                if let Some(voice) = value.pointer("/output/voice").filter(|voice| !voice.is_null()) {
                    self.voice = Some(settings::voice(voice, "response.audio.output.voice")?);
                }
                if let Some(format) = value.pointer("/output/format").filter(|format| !format.is_null()) {
                    settings::format(format, "response.audio.output.format")?;
                }
            }
            "tools" => self.tools = Some(tools::read(value, &path)?),
            "tool_choice" => self.tool_choice = Some(tools::choice(value, &path)?),
            "metadata" => {
                let fits = value.as_object().is_some_and(|pairs| {
                    let short = |(key, value): (&String, &Value)| {
                        key.len() <= 64 && value.as_str().is_some_and(|value| value.len() <= 512)
                    };
                    pairs.len() <= METADATA_MAX && pairs.iter().all(short)
                });
                self.metadata = fits
                    .then(|| value.clone())
                    .ok_or_else(|| Refusal::value(&path, &format!("at most {METADATA_MAX} pairs of short texts")))?;
            }
            "conversation" => {
                self.apart = match value.as_str() {
                    Some("auto") => false,
                    Some("none") => true,
                    _ => return Err(Refusal::value(&path, "`auto` or `none`")),
                };
            }
            "input" => {
                let items = value.as_array().filter(|items| items.len() <= INPUT_MAX);
                let items =
                    items.ok_or_else(|| Refusal::value(&path, &format!("a list of at most {INPUT_MAX} items")))?;
                let read = |(at, item): (usize, &Value)| NewItem::read(item, &format!("{path}[{at}]"));
                self.input = Some(items.iter().enumerate().map(read).collect::<Result<_, _>>()?);
            }
            // Taken, and of no consequence for the built-in concierge.
            "instructions" | "max_output_tokens" | "parallel_tool_calls" | "reasoning" | "prompt" => {}
            _ => return Err(Refusal::unknown(&path)),
        }
        Ok(())
    }

    /// The user's words in its own input; `None` when it has none.
    pub(crate) fn own_text(&self) -> Option<String> {
        let texts = self.input.iter().flatten().filter_map(|item| match item {
            NewItem::Message { role: "user", text, .. } => Some(text.as_str()),
            NewItem::Message { .. }
            | NewItem::FunctionCall { .. }
            | NewItem::FunctionOutput { .. }
            | NewItem::Approval { .. } => None,
        });
        let text = texts.collect::<Vec<_>>().join(" ");
        (!text.is_empty()).then_some(text)
    }

    /// How it is answered, given how the session answers.
    pub(crate) fn manner(&self, session: &Manner) -> Manner {
        Manner {
            voice: self.voice.clone().unwrap_or_else(|| session.voice.clone()),
            silent: self.silent.unwrap_or(session.silent),
            ..session.clone()
        }
    }
}
