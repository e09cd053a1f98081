//! `response.create`: what the client wants of one response. It answers nothing.

use crate::session::machine::item::NewItem;
use crate::session::machine::manner::Manner;
use crate::session::machine::refusal::{Refusal, identifier};
use crate::session::machine::remote::Server;
use crate::session::machine::settings::{self, kept};
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
    /// The longest answer, in tokens.
    pub(crate) tokens_max: Option<usize>,
    /// The tools that may be called.
    pub(crate) tools: Option<Vec<Tool>>,
    /// Which of them may or must be.
    pub(crate) tool_choice: Option<Value>,
    /// Several functions may be called at once.
    pub(crate) parallel: Option<bool>,
    /// Shown with the response.
    pub(crate) metadata: Value,
    /// It leaves no trace in the conversation.
    pub(crate) apart: bool,
    /// Its own input, instead of the conversation.
    pub(crate) input: Option<Vec<Given>>,
}

/// One item of a response's own input.
#[derive(Clone, Debug, PartialEq)]
pub(crate) enum Given {
    /// It comes with the event.
    Item(NewItem),
    /// It is in the conversation.
    Reference {
        /// Its id.
        id: String,
        /// Where the event names it.
        path: String,
    },
}

impl Given {
    fn read(item: &Value, path: &str) -> Result<Self, Refusal> {
        if item["type"] == "item_reference" {
            let path = format!("{path}.id");
            return Ok(Self::Reference { id: identifier(&item["id"], &path)?, path });
        }
        match NewItem::read(item, path)? {
            // A response is given at once: it does not wait for what is still to be recognised.
            NewItem::Message { sound, .. } if !sound.is_empty() => {
                let why = "Sound in a response's own input needs its transcript.";
                Err(Refusal::new("sound_needs_words", why, Some(&format!("{path}.content"))))
            }
            item => Ok(Self::Item(item)),
        }
    }
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
            "audio" => self.audio(value, &path)?,
            "tools" => self.tools = Some(tools::read(value, &path)?),
            "tool_choice" => self.tool_choice = Some(tools::choice(value, &path)?),
            "max_output_tokens" => self.tokens_max = Some(settings::tokens_max(value, &path)?),
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
                let read = |(at, item): (usize, &Value)| Given::read(item, &format!("{path}[{at}]"));
                self.input = Some(items.iter().enumerate().map(read).collect::<Result<_, _>>()?);
            }
            "parallel_tool_calls" => self.parallel = Some(settings::flag(value, &path)?),
            "instructions" | "reasoning" | "prompt" => kept::check(name, value, &path)?,
            _ => return Err(Refusal::unknown(&path)),
        }
        Ok(())
    }

    fn audio(&mut self, audio: &Value, path: &str) -> Result<(), Refusal> {
        let field = |object: &Value, name: &str, path: &str| {
            let fields = object.as_object().ok_or_else(|| Refusal::value(path, "an object"))?;
            Ok(fields.get(name).filter(|value| !value.is_null()).cloned())
        };
        let Some(output) = field(audio, "output", path)? else { return Ok(()) };
        let path = format!("{path}.output");
        if let Some(voice) = field(&output, "voice", &path)? {
            self.voice = Some(settings::voice(&voice, &format!("{path}.voice"))?);
        }
        if let Some(format) = field(&output, "format", &path)? {
            settings::format(&format, &format!("{path}.format"))?;
        }
        Ok(())
    }

    /// The servers of tools that it names itself.
    pub(crate) fn servers(&self) -> Vec<&Server> {
        tools::servers(self.tools.as_deref().unwrap_or_default()).collect()
    }

    /// Puts items of the conversation, as `shown`, in the place of their names.
    ///
    /// # Errors
    /// There is none of that name.
    pub(crate) fn resolve(&mut self, shown: impl Fn(&str) -> Option<Value>) -> Result<(), Refusal> {
        for given in self.input.iter_mut().flatten() {
            let Given::Reference { id, path } = given else { continue };
            let why = "There is no such item in this conversation.";
            let item = shown(id).ok_or_else(|| Refusal::new("item_not_found", why, Some(path)))?;
            // What only a server can make (a list of tools, a call of one) holds no words of the user.
            if let Ok(item) = NewItem::read(&item, path) {
                *given = Given::Item(item);
            }
        }
        Ok(())
    }

    /// The user's words in its own input; `None` when it has none.
    pub(crate) fn own_text(&self) -> Option<String> {
        let texts = self.input.iter().flatten().filter_map(|given| match given {
            Given::Item(NewItem::Message { role: "user", text, .. }) => Some(text.as_str()),
            Given::Item(_) | Given::Reference { .. } => None,
        });
        let text = texts.collect::<Vec<_>>().join(" ");
        (!text.is_empty()).then_some(text)
    }

    /// What functions answered, in its own input.
    pub(crate) fn own_outputs(&self) -> Vec<&str> {
        let outputs = self.input.iter().flatten().filter_map(|given| match given {
            Given::Item(NewItem::FunctionOutput { output, .. }) => Some(output.as_str()),
            Given::Item(_) | Given::Reference { .. } => None,
        });
        outputs.collect()
    }

    /// How it is answered, given how the session answers.
    pub(crate) fn manner(&self, session: &Manner) -> Manner {
        Manner {
            voice: self.voice.clone().unwrap_or_else(|| session.voice.clone()),
            silent: self.silent.unwrap_or(session.silent),
            tokens_max: self.tokens_max.unwrap_or(session.tokens_max),
            ..session.clone()
        }
    }
}
