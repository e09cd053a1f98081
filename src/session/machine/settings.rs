//! The session object of the Realtime protocol: what a client may set, checked, and what follows from it for ear and voice. It does nothing.

pub(crate) mod kept;

use crate::session::machine::conversation::Truncation;
use crate::session::machine::manner::Manner;
use crate::session::machine::refusal::Refusal;
use crate::session::machine::remote::Server;
use crate::session::machine::setup::{Bounds, SESSION_PREFIX, Setup};
use crate::session::machine::tools::{self, Tool};
use media::call::{Input as Ear, Listen};
use media::leg::stream::Format;
use media::noise::Field;
use media::turn::TurnConfig;
use serde_json::{Map, Value, json};

/// Silence that server turn detection waits for, in ms.
const SILENCE_MS_MAX: u64 = 10_000;
/// Longest padding before the onset, in ms.
const PREFIX_MS_MAX: u64 = 5_000;
/// Most tokens after the instructions that a truncation may keep.
const TRUNCATION_TOKENS_MAX: u64 = 1_000_000;
/// The idle time-out may be set within these, in ms.
const IDLE_MS: std::ops::RangeInclusive<u64> = 5_000..=30_000;
/// Most words, or languages, that a transcription may be told to expect.
const KEYWORDS_MAX: usize = 100;
/// How long a transcription may take for being better; ours is as good as it gets at once.
const DELAYS: [&str; 5] = ["minimal", "low", "medium", "high", "xhigh"];
/// What is a voice within speech lies this much below what begins speech.
const HYSTERESIS: f32 = 0.15;

/// What the session is for.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
enum Purpose {
    /// A conversation.
    #[default]
    Conversation,
    /// Transcripts alone: nothing is ever answered.
    Transcription,
}

/// How turns are found.
#[derive(Clone, Debug, PartialEq)]
pub(crate) enum Detection {
    /// By silence of a fixed length.
    Server {
        /// Voice probability that begins speech.
        threshold: f32,
        /// Sound kept before the onset, in ms.
        prefix_ms: u64,
        /// Silence that ends the turn, in ms.
        silence_ms: u64,
        /// Silence after an answer that calls for another, in ms.
        idle_ms: Option<u64>,
    },
    /// By words, sound and what was asked.
    Semantic {
        /// `low`, `medium`, `high` or `auto`.
        eagerness: &'static str,
    },
}

/// Turn detection with what follows from a turn.
#[derive(Clone, Debug, PartialEq)]
pub(crate) struct Turns {
    /// How they are found.
    pub(crate) detection: Detection,
    /// Each is answered at once.
    pub(crate) create_response: bool,
    /// Who speaks over an answer stops it.
    pub(crate) interrupt_response: bool,
}

/// Everything a client may set.
#[derive(Clone, Debug, PartialEq)]
pub(crate) struct Settings {
    /// What it is for.
    purpose: Purpose,
    /// The model's name, as the client gave it.
    pub(crate) model: String,
    /// Voice, rate, and whether there is any sound.
    pub(crate) manner: Manner,
    /// Sound towards us.
    pub(crate) hears: Format,
    /// Sound from us.
    pub(crate) speaks: Format,
    /// Turn detection; none when the client commits by itself.
    pub(crate) turns: Option<Turns>,
    /// BCP 47 tag of the language spoken.
    pub(crate) language: String,
    /// Words likely to occur.
    prompt: String,
    /// Further ones, each by itself.
    keywords: Vec<String>,
    /// Tools the client offers.
    pub(crate) tools: Vec<Tool>,
    /// Which of them may or must be called.
    pub(crate) tool_choice: Value,
    /// Several functions may be called at once.
    pub(crate) parallel: bool,
    instructions: String,
    transcribes: bool,
    transcriber: String,
    noise_reduction: Value,
    truncation: Value,
    /// Kept and shown, of no consequence here.
    others: Map<String, Value>,
}

impl Settings {
    /// What a session begins with.
    pub(crate) fn new(setup: &Setup) -> Self {
        Self {
            purpose: Purpose::Conversation,
            model: "voxfare-concierge".to_owned(),
            manner: Manner::new(setup.voice.clone()),
            hears: Format::Pcm,
            speaks: Format::Pcm,
            turns: Some(Turns {
                detection: Detection::Semantic { eagerness: "auto" },
                create_response: true,
                interrupt_response: true,
            }),
            language: setup.language.clone(),
            prompt: setup.prompt.clone(),
            keywords: Vec::new(),
            tools: Vec::new(),
            tool_choice: "auto".into(),
            parallel: true,
            instructions: String::new(),
            transcribes: true,
            transcriber: "whisper-1".to_owned(),
            noise_reduction: Value::Null,
            truncation: "auto".into(),
            others: Map::new(),
        }
    }

    /// What this session begins with: what the client has set before is in it.
    pub(crate) fn of(setup: &Setup) -> Self {
        let usual = Self::new(setup);
        setup.session.as_ref().and_then(|session| usual.updated(session).ok()).unwrap_or(usual)
    }

    /// The settings with `session` of a `session.update` in them; fields that are not named stay.
    ///
    /// # Errors
    /// What is wrong with the first field that is.
    pub(crate) fn updated(&self, session: &Value) -> Result<Self, Refusal> {
        let Some(fields) = session.as_object() else {
            return Err(Refusal::missing("session", "`session.update` needs an object `session`."));
        };
        let mut new = self.clone();
        for (name, value) in fields {
            new.set(name, value)?;
        }
        tools::offered(&new.tools, &new.tool_choice, "session.tool_choice")?;
        Ok(new)
    }

    fn set(&mut self, name: &str, value: &Value) -> Result<(), Refusal> {
        let path = format!("session.{name}");
        match name {
            "type" => match value.as_str() {
                // So async-openai writes it, of a call that is placed or accepted with a session.
                Some("realtime" | "Realtime") => self.purpose = Purpose::Conversation,
                Some("transcription") => self.purpose = Purpose::Transcription,
                _ => return Err(Refusal::value(&path, "`realtime` or `transcription`")),
            },
            "model" => self.model = text(value, &path, 256)?,
            "output_modalities" => self.manner.silent = modalities(value, &path)?,
            "instructions" => self.instructions = text(value, &path, kept::INSTRUCTIONS_BYTES_MAX)?,
            "audio" => self.audio(value)?,
            "tools" => self.tools = tools::read(value, &path)?,
            "tool_choice" => self.tool_choice = tools::choice(value, &path)?,
            "parallel_tool_calls" => self.parallel = value.is_null() || flag(value, &path)?,
            "max_output_tokens" => {
                self.manner.tokens_max = tokens_max(value, &path)?;
            }
            "truncation" => {
                self.truncation = truncation(value).map(|_| value.clone()).ok_or_else(|| {
                    Refusal::value(
                        &path,
                        "`auto`, `disabled`, or `retention_ratio` with a ratio from 0 to 1 and at most 1000000 tokens",
                    )
                })?;
            }
            // What a client read of us and sends back.
            "id" | "object" | "expires_at" => {}
            _ => {
                kept::check(name, value, &path)?;
                self.others.insert(name.to_owned(), value.clone());
            }
        }
        Ok(())
    }

    fn audio(&mut self, audio: &Value) -> Result<(), Refusal> {
        for (side, settings) in object(audio, "session.audio")? {
            let path = format!("session.audio.{side}");
            for (name, value) in object(settings, &path)? {
                let path = format!("{path}.{name}");
                match (side.as_str(), name.as_str()) {
                    ("input", "format") => self.hears = format(value, &path)?,
                    ("input", "transcription") => self.transcription(value, &path)?,
                    ("input", "noise_reduction") => {
                        let allowed = value.is_null() || value["type"] == "near_field" || value["type"] == "far_field";
                        self.noise_reduction = allowed
                            .then(|| value.clone())
                            .ok_or_else(|| Refusal::value(&path, "null, or of type `near_field` or `far_field`"))?;
                    }
                    ("input", "turn_detection") => self.turns = detection(value, &path, self.turns.as_ref())?,
                    ("output", "format") => self.speaks = format(value, &path)?,
                    ("output", "voice") => self.manner.voice = voice(value, &path)?,
                    ("output", "speed") => self.manner.pace(speed(value, &path)?),
                    _ => return Err(Refusal::unknown(&path)),
                }
            }
        }
        Ok(())
    }

    fn transcription(&mut self, value: &Value, path: &str) -> Result<(), Refusal> {
        self.transcribes = !value.is_null();
        if value.is_null() {
            return Ok(());
        }
        let fields = object(value, path)?;
        let value_of = |name: &str| fields.get(name).cloned().unwrap_or_default();
        for (name, value) in fields {
            let path = format!("{path}.{name}");
            match name.as_str() {
                "language" if !value.is_null() => self.language = text(value, &path, 35)?,
                "prompt" if !value.is_null() => self.prompt = text(value, &path, 4096)?,
                "model" if !value.is_null() => self.transcriber = text(value, &path, 64)?,
                "languages" if !value.is_null() => {
                    let first = texts(value, &path)?.into_iter().next();
                    // One language is heard at a time: the likeliest, unless another is named.
                    if let Some(first) = first.filter(|_| value_of("language").is_null()) {
                        self.language = text(&first.into(), &path, 35)?;
                    }
                }
                "keywords" if !value.is_null() => self.keywords = texts(value, &path)?,
                "delay" if !value.is_null() && !DELAYS.iter().any(|delay| value == delay) => {
                    return Err(Refusal::value(&path, "`minimal`, `low`, `medium`, `high` or `xhigh`"));
                }
                "model" | "language" | "prompt" | "languages" | "keywords" | "delay" => {}
                _ => return Err(Refusal::unknown(&path)),
            }
        }
        Ok(())
    }

    /// What the recogniser is told of words that are likely to occur.
    pub(crate) fn hint(&self) -> String {
        let words = (!self.keywords.is_empty()).then(|| self.keywords.join(", "));
        [Some(self.prompt.clone()).filter(|prompt| !prompt.is_empty()), words]
            .into_iter()
            .flatten()
            .collect::<Vec<_>>()
            .join(" ")
    }

    /// The client is told what was said.
    pub(crate) fn tells_transcripts(&self) -> bool {
        self.transcribes
    }

    /// It is also told how sure the recogniser was of each token.
    pub(crate) fn tells_logprobs(&self) -> bool {
        self.others.get("include").and_then(Value::as_array).is_some_and(|list| !list.is_empty())
    }

    /// It is a conversation, and not for transcripts alone.
    pub(crate) fn converses(&self) -> bool {
        self.purpose == Purpose::Conversation
    }

    /// Transcripts are also told in segments with their speaker, as by models that tell speakers apart.
    pub(crate) fn tells_segments(&self) -> bool {
        self.transcribes && self.transcriber.contains("diarize")
    }

    /// A turn is answered without being asked.
    pub(crate) fn answers_turns(&self) -> bool {
        self.converses() && self.turns.as_ref().is_some_and(|turns| turns.create_response)
    }

    /// What makes room in a long conversation.
    pub(crate) fn truncation(&self) -> Truncation {
        truncation(&self.truncation).unwrap_or_default()
    }

    /// The servers of tools that the client named.
    pub(crate) fn servers(&self) -> Vec<&Server> {
        tools::servers(&self.tools).collect()
    }

    /// Silence after an answer that calls for another, in ms.
    pub(crate) fn idle_ms(&self) -> Option<u64> {
        match self.turns.as_ref().map(|turns| &turns.detection) {
            Some(Detection::Server { idle_ms, .. }) => *idle_ms,
            Some(Detection::Semantic { .. }) | None => None,
        }
    }

    /// What the ear is told of them.
    pub(crate) fn ears(&self) -> [Ear; 3] {
        let listen = match &self.turns {
            None => Listen::Gather,
            Some(turns) => Listen::Turns { config: numbers(&turns.detection), interrupts: turns.interrupt_response },
        };
        let noise = match self.noise_reduction["type"].as_str() {
            Some("near_field") => Some(Field::Near),
            Some(_) => Some(Field::Far),
            None => None,
        };
        [Ear::Format(self.hears), Ear::Listen(listen), Ear::Noise(noise)]
    }

    /// The session object of the protocol.
    pub(crate) fn object(&self, setup: &Setup) -> Value {
        let mut transcription = json!({ "model": self.transcriber, "language": self.language, "prompt": self.prompt });
        if !self.keywords.is_empty() {
            transcription["keywords"] = self.keywords.clone().into();
        }
        let input = json!({
            "format": format_object(self.hears), "noise_reduction": self.noise_reduction,
            "transcription": if self.transcribes { transcription } else { Value::Null },
            "turn_detection": self.turns.as_ref().map(turns_object),
        });
        let mut session = json!({
            "id": format!("{SESSION_PREFIX}{}", setup.id), "object": "realtime.session", "type": "realtime",
            "expires_at": setup.resume_expires_at, "audio": { "input": input },
        });
        if !self.converses() {
            session["type"] = "transcription".into();
            session["object"] = "realtime.transcription_session".into();
            if let Some(include) = self.others.get("include") {
                session["include"] = include.clone();
            }
            return session;
        }
        session["audio"]["output"] = json!({
            "format": format_object(self.speaks), "voice": self.manner.voice, "speed": (f64::from(self.manner.speed) * 1000.0).round() / 1000.0,
        });
        let more = json!({
            "model": self.model, "output_modalities": [self.manner.modality()], "instructions": self.instructions,
            "tools": self.tools.iter().map(Tool::declared).collect::<Vec<_>>(), "tool_choice": self.tool_choice,
            "parallel_tool_calls": self.parallel,
            "max_output_tokens": tokens_object(self.manner.tokens_max), "truncation": self.truncation,
        });
        let fields = session.as_object_mut().expect("written as an object above");
        fields.extend(more.as_object().cloned().unwrap_or_default());
        fields.extend(self.others.clone());
        session
    }
}

/// The session object that `session` comes to.
///
/// # Errors
/// What is wrong with it, as a sentence.
pub fn session_object(session: &Value) -> Result<Value, String> {
    let setup = Setup {
        id: String::new(),
        resume_token: String::new(),
        resume_expires_at: 0,
        resume_within: std::time::Duration::ZERO,
        session_max: std::time::Duration::ZERO,
        voice: String::new(),
        language: "en".to_owned(),
        prompt: String::new(),
        greets: false,
        session: None,
        tells_created: false,
        bounds: Bounds::default(),
        began_ms: 0,
    };
    let settings = Settings::new(&setup).updated(session).map_err(|refusal| refusal.message)?;
    let mut object = settings.object(&setup);
    if let Some(fields) = object.as_object_mut() {
        fields.remove("id");
        fields.remove("expires_at");
    }
    Ok(object)
}

/// `["text"]` means that there is no sound.
pub(crate) fn modalities(value: &Value, path: &str) -> Result<bool, Refusal> {
    match value.as_array().map(Vec::as_slice) {
        Some([one]) if one == "audio" => Ok(false),
        Some([one]) if one == "text" => Ok(true),
        _ => Err(Refusal::value(path, "[\"audio\"] or [\"text\"]")),
    }
}

/// The longest answer as the protocol writes it.
pub(crate) fn tokens_object(most: usize) -> Value {
    match most {
        usize::MAX => "inf".into(),
        tokens => Value::from(tokens),
    }
}

/// The longest answer; `inf` is no bound.
pub(crate) fn tokens_max(value: &Value, path: &str) -> Result<usize, Refusal> {
    if value == "inf" {
        return Ok(usize::MAX);
    }
    let tokens = value.as_u64().filter(|tokens| (1..=4096).contains(tokens));
    tokens.map(|tokens| tokens as usize).ok_or_else(|| Refusal::value(path, "an integer from 1 to 4096, or `inf`"))
}

/// The name of a voice: a string, or an object with an id.
pub(crate) fn voice(value: &Value, path: &str) -> Result<String, Refusal> {
    let name = value.as_str().or_else(|| value.get("id").and_then(Value::as_str));
    let name = name.filter(|name| !name.is_empty() && name.len() <= 64);
    name.map(str::to_owned).ok_or_else(|| Refusal::value(path, "the name of a voice"))
}

fn speed(value: &Value, path: &str) -> Result<f32, Refusal> {
    let speed = value.as_f64().filter(|speed| (0.25..=1.5).contains(speed));
    speed.map(|speed| speed as f32).ok_or_else(|| Refusal::value(path, "a number from 0.25 to 1.5"))
}

/// The format of a stream's sound.
pub(crate) fn format(value: &Value, path: &str) -> Result<Format, Refusal> {
    let rate_fits = value.get("rate").is_none_or(|rate| rate.is_null() || rate == 24_000);
    match value.get("type").and_then(Value::as_str) {
        Some("audio/pcm") if rate_fits => Ok(Format::Pcm),
        Some("audio/pcmu") => Ok(Format::Pcmu),
        Some("audio/pcma") => Ok(Format::Pcma),
        _ => Err(Refusal::value(path, "of type `audio/pcm` (rate 24000), `audio/pcmu` or `audio/pcma`")),
    }
}

/// The format as the protocol writes it.
pub(crate) fn format_object(format: Format) -> Value {
    match format {
        Format::Pcm => json!({ "type": "audio/pcm", "rate": 24_000 }),
        Format::Pcmu => json!({ "type": "audio/pcmu" }),
        Format::Pcma => json!({ "type": "audio/pcma" }),
    }
}

fn detection(value: &Value, path: &str, before: Option<&Turns>) -> Result<Option<Turns>, Refusal> {
    if value.is_null() {
        return Ok(None);
    }
    let fields = object(value, path)?;
    let kind = fields.get("type");
    if kind.is_none() && fields.keys().any(|name| name != "create_response" && name != "interrupt_response") {
        return Err(Refusal::missing(
            &format!("{path}.type"),
            "What belongs to one kind of turn detection needs its `type`.",
        ));
    }
    let same = |known: &str| kind.is_none_or(|kind| kind == known);
    let before = before.cloned().filter(|turns| match turns.detection {
        Detection::Server { .. } => same("server_vad"),
        Detection::Semantic { .. } => same("semantic_vad"),
    });
    let mut turns = match (before, kind.map_or(Some("server_vad"), Value::as_str)) {
        (Some(before), _) => before,
        (None, Some("server_vad")) => Turns {
            detection: Detection::Server { threshold: 0.5, prefix_ms: 300, silence_ms: 500, idle_ms: None },
            create_response: true,
            interrupt_response: true,
        },
        (None, Some("semantic_vad")) => Turns {
            detection: Detection::Semantic { eagerness: "auto" },
            create_response: true,
            interrupt_response: true,
        },
        (None, _) => return Err(Refusal::value(&format!("{path}.type"), "`server_vad` or `semantic_vad`")),
    };
    for (name, value) in fields {
        turns.set(name, value, &format!("{path}.{name}"))?;
    }
    Ok(Some(turns))
}

impl Turns {
    fn set(&mut self, name: &str, value: &Value, path: &str) -> Result<(), Refusal> {
        let within = |range: std::ops::RangeInclusive<u64>| {
            let ms = value.as_u64().filter(|ms| range.contains(ms));
            ms.ok_or_else(|| Refusal::value(path, &format!("whole ms from {} to {}", range.start(), range.end())))
        };
        match (name, &mut self.detection) {
            ("type", _) => {}
            ("create_response", _) => self.create_response = flag(value, path)?,
            ("interrupt_response", _) => self.interrupt_response = flag(value, path)?,
            ("threshold", Detection::Server { threshold, .. }) => {
                let number = value.as_f64().filter(|number| (0.0..=1.0).contains(number));
                *threshold = number.ok_or_else(|| Refusal::value(path, "a number from 0 to 1"))? as f32;
            }
            ("prefix_padding_ms", Detection::Server { prefix_ms, .. }) => *prefix_ms = within(0..=PREFIX_MS_MAX)?,
            ("silence_duration_ms", Detection::Server { silence_ms, .. }) => *silence_ms = within(0..=SILENCE_MS_MAX)?,
            ("idle_timeout_ms", Detection::Server { idle_ms, .. }) => {
                *idle_ms = if value.is_null() { None } else { Some(within(IDLE_MS)?) };
            }
            ("eagerness", Detection::Semantic { eagerness }) => {
                let known = ["low", "medium", "high", "auto"].into_iter().find(|known| value == known);
                *eagerness = known.ok_or_else(|| Refusal::value(path, "`low`, `medium`, `high` or `auto`"))?;
            }
            // The other kind's field with nothing in it, as clients send it that write every field.
            (
                "threshold" | "prefix_padding_ms" | "silence_duration_ms" | "idle_timeout_ms" | "eagerness",
                Detection::Server { .. } | Detection::Semantic { .. },
            ) if value.is_null() => {}
            _ => return Err(Refusal::unknown(path)),
        }
        Ok(())
    }
}

fn turns_object(turns: &Turns) -> Value {
    let mut object = match &turns.detection {
        Detection::Server { threshold, prefix_ms, silence_ms, idle_ms } => json!({
            "type": "server_vad", "threshold": threshold, "prefix_padding_ms": prefix_ms,
            "silence_duration_ms": silence_ms, "idle_timeout_ms": idle_ms,
        }),
        Detection::Semantic { eagerness } => json!({ "type": "semantic_vad", "eagerness": eagerness }),
    };
    object["create_response"] = turns.create_response.into();
    object["interrupt_response"] = turns.interrupt_response.into();
    object
}

/// The numbers of turn-taking for a way of finding turns.
fn numbers(detection: &Detection) -> TurnConfig {
    let usual = TurnConfig::default();
    match *detection {
        Detection::Server { threshold, prefix_ms, silence_ms, .. } => TurnConfig {
            voice_threshold: threshold,
            hush_threshold: (threshold - HYSTERESIS).max(0.0),
            prefix_ms,
            fixed_silence_ms: Some(silence_ms),
            ..usual
        },
        Detection::Semantic { eagerness: "low" } => usual.patient(200),
        Detection::Semantic { eagerness: "high" } => usual.patient(70),
        Detection::Semantic { .. } => usual,
    }
}

/// What makes room in a long conversation; `None` when it is none of the ways to say so.
fn truncation(value: &Value) -> Option<Truncation> {
    match value.as_str() {
        Some("auto") => return Some(Truncation::Auto),
        Some("disabled") => return Some(Truncation::Disabled),
        Some(_) => return None,
        None => {}
    }
    let ratio = value.get("retention_ratio").and_then(Value::as_f64).filter(|ratio| (0.0..=1.0).contains(ratio));
    let ratio = ratio.filter(|_| value["type"] == "retention_ratio")?;
    let tokens_max = match value.get("token_limits") {
        None => None,
        Some(limits) => Some(limits["post_instructions"].as_u64().filter(|tokens| *tokens <= TRUNCATION_TOKENS_MAX)?),
    };
    Some(Truncation::Retention { ratio, tokens_max })
}

fn object<'a>(value: &'a Value, path: &str) -> Result<&'a Map<String, Value>, Refusal> {
    value.as_object().ok_or_else(|| Refusal::value(path, "an object"))
}

/// True or false.
pub(crate) fn flag(value: &Value, path: &str) -> Result<bool, Refusal> {
    value.as_bool().ok_or_else(|| Refusal::value(path, "true or false"))
}

fn text(value: &Value, path: &str, bytes_max: usize) -> Result<String, Refusal> {
    let text = value.as_str().filter(|text| text.len() <= bytes_max);
    text.map(str::to_owned).ok_or_else(|| Refusal::value(path, &format!("a text of at most {bytes_max} bytes")))
}

/// A short list of short texts.
fn texts(value: &Value, path: &str) -> Result<Vec<String>, Refusal> {
    let list = value.as_array().filter(|list| list.len() <= KEYWORDS_MAX);
    let list = list.ok_or_else(|| Refusal::value(path, &format!("a list of at most {KEYWORDS_MAX} texts")))?;
    list.iter().enumerate().map(|(at, one)| text(one, &format!("{path}[{at}]"), 64)).collect()
}

#[cfg(test)]
mod tests;
