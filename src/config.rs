//! Reads flags, environment and file into one configuration, and checks it. Nothing else reads either.

use crate::net::limits;
use crate::net::telephony::{self, signature};
use crate::secret::Secret;
use crate::session::machine::Bounds;
use serde::Deserialize;
use std::net::{IpAddr, SocketAddr};
use std::path::{Path, PathBuf};
use std::time::Duration;

mod layers;
mod wallet;
pub use layers::{Environment, Process};
pub use wallet::Wallet;

/// Exit code for a configuration that cannot be used (`EX_USAGE` of sysexits.h).
pub const EXIT_USAGE: u8 = 64;

/// What is wrong with a configuration: one sentence that names the key.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("configuration: {0}")]
pub struct ConfigError(pub String);

/// The whole configuration.
#[derive(Clone, Debug, Default, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct Config {
    /// The web side.
    pub server: Server,
    /// The media side.
    pub webrtc: Webrtc,
    /// Conversations.
    pub session: Session,
    /// Model files.
    pub models: Models,
    /// Speech recognition.
    pub stt: Stt,
    /// Voices.
    pub tts: Tts,
    /// The travel world.
    pub travel: Travel,
    /// Where bookings are kept.
    pub store: Store,
    /// Tool servers that clients bring along.
    pub mcp: Mcp,
    /// Telephone carriers.
    pub telephony: Telephony,
    /// Accounts and rewards.
    pub wallet: Wallet,
    /// Logs, metrics and traces.
    pub telemetry: Telemetry,
}

/// The web side.
#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct Server {
    /// Where HTTP is served.
    pub listen: SocketAddr,
    /// `auto` (HTTPS off localhost), `on` or `off`.
    pub https: Https,
    /// A PEM certificate chain; without one a self-signed certificate is made.
    pub certificate: Option<PathBuf>,
    /// The PEM private key of `certificate`.
    pub private_key: Option<PathBuf>,
    /// Seconds a stopping server waits for its calls.
    pub drain_s: u64,
    /// Other origins whose pages may call the API; empty for none.
    pub allow_origins: Vec<String>,
    /// `auto` (anybody, on this machine alone), `open` (anybody) or `keys` (who has an API key).
    pub access: AccessMode,
    /// Sessions of one caller at once: of a key, or of an address off this machine; 0 for as many as there is room for.
    pub sessions_per_caller: usize,
    /// Sessions and secrets that one caller may begin in a minute; 0 for as many as there is room for.
    pub openings_per_minute: u32,
    /// Minutes of one caller in an hour, over all its sessions; 0 for as many as it likes.
    pub minutes_per_hour: u32,
    /// Events that one caller may send in a second, over all its sessions; faster ones wait; 0 for no bound.
    pub events_per_second: u32,
    /// KiB of events, sound included, that one caller may send in a second; faster ones wait; 0 for no bound.
    pub upload_kib_per_second: u32,
}

/// Who may open a session.
#[derive(Clone, Copy, Debug, Default, Deserialize, PartialEq, Eq)]
#[serde(rename_all = "lowercase")]
pub enum AccessMode {
    /// Anybody while only this machine is listened to; elsewhere it has to be said.
    #[default]
    Auto,
    /// Anybody.
    Open,
    /// Who has an API key or a client secret.
    Keys,
}

/// When HTTPS is spoken.
#[derive(Clone, Copy, Debug, Default, Deserialize, PartialEq, Eq)]
#[serde(rename_all = "lowercase")]
pub enum Https {
    /// Off localhost, where browsers give no microphone to plain HTTP.
    #[default]
    Auto,
    /// Always.
    On,
    /// Never: something in front of us does it.
    Off,
}

/// The media side.
#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct Webrtc {
    /// One UDP port (and the same TCP port as a fallback) for all calls.
    pub listen: SocketAddr,
    /// Addresses that callers reach us by, when they are not those of our interfaces.
    pub public_addresses: Vec<IpAddr>,
    /// Offer ICE over TCP too.
    pub tcp: bool,
}

/// Conversations.
#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct Session {
    /// Conversations at once.
    pub sessions_max: usize,
    /// Seconds a conversation outlives its transport.
    pub resume_s: u64,
    /// Seconds a conversation may last.
    pub length_max_s: u64,
    /// Bytes of sound that a client may append at once.
    pub append_bytes_max: usize,
    /// Bytes of one item that a client adds to a conversation.
    pub item_bytes_max: usize,
    /// IATA code of the city that flights start from when the caller names none; said aloud before it is used.
    pub home: Option<String>,
    /// ISO 4217 code of amounts said without a currency.
    pub currency: String,
    /// IANA time zone of "tomorrow"; the home city's when empty.
    pub time_zone: String,
    /// A folder for tapes (whole recordings of sessions, voices included); none without it.
    pub tapes: Option<PathBuf>,
}

/// Model files.
#[derive(Clone, Debug, Default, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct Models {
    /// The folder; the user's cache folder when empty.
    pub folder: Option<PathBuf>,
    /// libonnxruntime; the one in the folder when empty and there.
    pub onnxruntime: Option<PathBuf>,
}

/// Speech recognition.
#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct Stt {
    /// BCP 47 tag of the language spoken.
    pub language: String,
    /// Decodes at once; 0 sizes it to the cores.
    pub workers: usize,
    /// Threads of one decode: onnxruntime uses all of them, whisper.cpp those whose cores are free; 0 sizes it to the cores.
    pub threads: usize,
    /// Words likely to occur.
    pub prompt: String,
}

/// Voices.
#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct Tts {
    /// `hibari`, `piper` or `kokoro`.
    pub voice: String,
    /// Threads of one synthesis.
    pub threads: usize,
}

/// The travel world.
#[derive(Clone, Debug, Default, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct Travel {
    /// The embedded world answers a search this much later, in ms: for demonstrations of how a slow partner is borne.
    pub delay_ms: u64,
}

/// Where bookings are kept.
#[derive(Clone, Debug, Default, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct Store {
    /// `sqlite:PATH` or `postgres://...`; a file in the user's data folder when empty.
    pub url: Option<String>,
}

/// Tool servers that clients bring along (Model Context Protocol).
#[derive(Clone, Debug, Default, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct Mcp {
    /// Addresses below which they may lie; `*` for any. Without it: any where only this machine is listened to and no key is needed, else none.
    pub allow: Option<Vec<String>>,
}

/// Telephone carriers.
#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct Telephony {
    /// Where carriers reach us, as `https://voice.example`; by the request's host when empty.
    pub public_url: String,
    /// Auth tokens of Twilio accounts; without one Twilio is not let in.
    pub twilio_auth_tokens: Vec<Secret>,
    /// Public keys of Telnyx accounts, base64; without one Telnyx is not let in.
    pub telnyx_public_keys: Vec<String>,
    /// The id of the API key that may listen to these calls and steer them.
    pub key_id: String,
    /// `at_once`, or `when_accepted`: a call waits until whoever is told of it by the webhook accepts it.
    pub answer: Answer,
    /// Seconds that such a call rings, 1 to 14: carriers wait 15 for the answer of a webhook.
    pub ring_s: u64,
    /// Where a call that waits is told of.
    pub webhook_url: String,
    /// What that is signed with, as `whsec_` and base64.
    pub webhook_secret: Option<Secret>,
    /// Where calls may be transferred: beginnings of numbers (`tel:+1415`), SIP addresses (`sip:desk@pbx.example`, `sip:*@pbx.example`); none: nowhere.
    pub refer_allow: Vec<String>,
}

/// When a telephone call is taken.
#[derive(Clone, Copy, Debug, Default, Deserialize, PartialEq, Eq)]
#[serde(rename_all = "snake_case")]
pub enum Answer {
    /// As it comes.
    #[default]
    AtOnce,
    /// Once somebody accepts it.
    WhenAccepted,
}

/// Logs, metrics and traces.
#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct Telemetry {
    /// A filter as `tracing` has it: `info`, `voxfare=debug,info`.
    pub log: String,
    /// `text` or `json`.
    pub format: LogFormat,
    /// An OTLP/HTTP endpoint for traces; none without it.
    pub otlp: Option<String>,
    /// Anyone may read `/metrics`, not only this machine.
    pub metrics_public: bool,
}

/// The form of log lines.
#[derive(Clone, Copy, Debug, Default, Deserialize, PartialEq, Eq)]
#[serde(rename_all = "lowercase")]
pub enum LogFormat {
    /// For people.
    #[default]
    Text,
    /// For machines.
    Json,
}

impl Default for Server {
    fn default() -> Self {
        Self {
            listen: SocketAddr::from(([127, 0, 0, 1], 8080)),
            https: Https::Auto,
            certificate: None,
            private_key: None,
            drain_s: 30,
            allow_origins: Vec::new(),
            access: AccessMode::Auto,
            sessions_per_caller: 16,
            openings_per_minute: 60,
            minutes_per_hour: 0,
            events_per_second: 1000,
            upload_kib_per_second: 4096,
        }
    }
}

impl Default for Telephony {
    fn default() -> Self {
        Self {
            public_url: String::new(),
            twilio_auth_tokens: Vec::new(),
            telnyx_public_keys: Vec::new(),
            key_id: String::new(),
            answer: Answer::AtOnce,
            ring_s: 12,
            webhook_url: String::new(),
            webhook_secret: None,
            refer_allow: Vec::new(),
        }
    }
}

impl Default for Webrtc {
    fn default() -> Self {
        Self { listen: SocketAddr::from(([127, 0, 0, 1], 8189)), public_addresses: Vec::new(), tcp: true }
    }
}

impl Default for Session {
    fn default() -> Self {
        Self {
            sessions_max: 32,
            resume_s: 120,
            length_max_s: 3600,
            append_bytes_max: Bounds::default().append_bytes_max,
            item_bytes_max: Bounds::default().item_bytes_max,
            home: Some("BOS".to_owned()),
            currency: "USD".to_owned(),
            time_zone: String::new(),
            tapes: None,
        }
    }
}

impl Default for Stt {
    fn default() -> Self {
        Self { language: "en".to_owned(), workers: 0, threads: 2, prompt: String::new() }
    }
}

impl Default for Tts {
    fn default() -> Self {
        Self { voice: "hibari".to_owned(), threads: 1 }
    }
}

impl Default for Telemetry {
    fn default() -> Self {
        Self {
            // Whatever newer browsers offer besides is no reason to warn, some fifteen times a call.
            log: "info,voxfare=info,rmcp=off,rtc_dtls::handshake::handshake_message_client_hello=error".to_owned(),
            format: LogFormat::Text,
            otlp: None,
            metrics_public: false,
        }
    }
}

impl Config {
    /// Reads the file (when given, or `voxfare.toml` where it is there), then `VOXFARE_…` of the environment, then
    /// `--set key=value`; later ones win.
    ///
    /// # Errors
    /// One sentence naming the key that is wrong.
    pub fn load(file: Option<&Path>, sets: &[String], environment: &dyn Environment) -> Result<Self, ConfigError> {
        let config: Self = layers::load(file, sets, environment)?;
        config.check()?;
        Ok(config)
    }

    /// The folder of model files.
    pub fn models_folder(&self, environment: &dyn Environment) -> PathBuf {
        self.models.folder.clone().unwrap_or_else(|| models_folder(environment))
    }

    /// Where bookings are kept.
    pub fn store_url(&self, environment: &dyn Environment) -> String {
        let usual = || format!("sqlite:{}", data_folder(environment).join("voxfare.db").display());
        self.store.url.clone().unwrap_or_else(usual)
    }

    /// The file of the server's keys.
    pub fn keystore(&self, environment: &dyn Environment) -> PathBuf {
        self.wallet.keystore.clone().unwrap_or_else(|| data_folder(environment).join("keys.json"))
    }

    /// HTTPS is to be spoken.
    pub fn https(&self) -> bool {
        match self.server.https {
            Https::On => true,
            Https::Off => false,
            Https::Auto => self.server.certificate.is_some() || !self.server.listen.ip().is_loopback(),
        }
    }

    /// Anybody may open a session, without a key.
    pub fn is_open(&self) -> bool {
        match self.server.access {
            AccessMode::Auto => self.server.listen.ip().is_loopback(),
            AccessMode::Open => true,
            AccessMode::Keys => false,
        }
    }

    /// Addresses of the tool servers that sessions may use.
    pub fn mcp_allow(&self) -> Vec<String> {
        let own = self.is_open() && self.server.listen.ip().is_loopback();
        self.mcp.allow.clone().unwrap_or_else(|| if own { vec!["*".to_owned()] } else { Vec::new() })
    }

    /// The part that telephone carriers need.
    pub fn telephony(&self) -> telephony::Config {
        let Telephony {
            public_url, twilio_auth_tokens, telnyx_public_keys, key_id, answer, ring_s, refer_allow, ..
        } = self.telephony.clone();
        telephony::Config {
            asks: answer == Answer::WhenAccepted,
            rings_for: Duration::from_secs(ring_s),
            refer_allow,
            public_url,
            twilio_auth_tokens,
            telnyx_public_keys: telnyx_public_keys.iter().filter_map(|key| signature::public_key(key)).collect(),
            key_id,
        }
    }

    /// The bytes that calls are told of with.
    pub fn webhook_secret(&self) -> Option<Vec<u8>> {
        self.telephony.webhook_secret.as_ref().and_then(|secret| crate::providers::webhook::secret(&secret.0))
    }

    /// What one caller may do in a time.
    pub fn limits(&self) -> limits::Bounds {
        limits::Bounds {
            openings_per_minute: self.server.openings_per_minute,
            events_per_second: self.server.events_per_second,
            bytes_per_second: u64::from(self.server.upload_kib_per_second) * 1024,
        }
    }

    /// The part the registry owns.
    pub fn registry(&self) -> crate::session::registry::Config {
        crate::session::registry::Config {
            sessions_max: self.session.sessions_max,
            sessions_per_caller: self.server.sessions_per_caller,
            resume_within: Duration::from_secs(self.session.resume_s),
            session_max: Duration::from_secs(self.session.length_max_s),
            voice: self.tts.voice.clone(),
            language: self.stt.language.clone(),
            prompt: self.stt.prompt.clone(),
            bounds: Bounds {
                append_bytes_max: self.session.append_bytes_max,
                item_bytes_max: self.session.item_bytes_max,
            },
            minutes_per_hour: self.server.minutes_per_hour,
            tapes: self.session.tapes.clone(),
        }
    }

    fn check(&self) -> Result<(), ConfigError> {
        let wrong = |sentence: &str| Err(ConfigError(sentence.to_owned()));
        if !(1..=100_000).contains(&self.session.sessions_max) {
            return wrong("`session.sessions_max` must be from 1 to 100000.");
        }
        if !(1024..=Bounds::MOST.append_bytes_max).contains(&self.session.append_bytes_max) {
            return wrong("`session.append_bytes_max` must be from 1024 to 15728640 bytes.");
        }
        if !(1024..=Bounds::MOST.item_bytes_max).contains(&self.session.item_bytes_max) {
            return wrong("`session.item_bytes_max` must be from 1024 to 4194304 bytes.");
        }
        if !(10..=86_400).contains(&self.session.length_max_s) {
            return wrong("`session.length_max_s` must be from 10 to 86400 seconds.");
        }
        if self.session.resume_s > 3600 {
            return wrong("`session.resume_s` must be at most 3600 seconds.");
        }
        if self.server.drain_s > 3600 {
            return wrong("`server.drain_s` must be at most 3600 seconds.");
        }
        if self.server.access == AccessMode::Auto && !self.server.listen.ip().is_loopback() {
            return wrong(
                "`server.access` must be said when `server.listen` is more than this machine: `keys` (`voxfare keys \
                 create` makes one) or `open` (anybody may call).",
            );
        }
        if self.server.certificate.is_some() != self.server.private_key.is_some() {
            return wrong("`server.certificate` and `server.private_key` belong together: give both or none.");
        }
        if self.travel.delay_ms > 60_000 {
            return wrong("`travel.delay_ms` must be at most 60000 ms.");
        }
        if !["hibari", "piper", "kokoro"].contains(&self.tts.voice.as_str()) {
            return wrong("`tts.voice` must be `hibari`, `piper` or `kokoro`.");
        }
        if agent::trip::Code3::parse(&self.session.currency).is_none() {
            return wrong("`session.currency` must be a three-letter ISO 4217 code.");
        }
        if let Some(home) = &self.session.home
            && agent::trip::Code3::parse(home).and_then(agent::places::city).is_none()
        {
            return wrong("`session.home` must be the IATA code of a city, such as `BOS`.");
        }
        if !self.session.time_zone.is_empty() && jiff::tz::TimeZone::get(&self.session.time_zone).is_err() {
            return wrong("`session.time_zone` must be an IANA name, such as `America/New_York`.");
        }
        if let Some(url) = &self.store.url
            && !url.starts_with("sqlite:")
            && !url.starts_with("postgres:")
            && !url.starts_with("postgresql:")
        {
            return wrong("`store.url` must begin with `sqlite:` or `postgres:`.");
        }
        let public = &self.telephony.public_url;
        if !public.is_empty() && !public.starts_with("https://") && !public.starts_with("http://") {
            return wrong("`telephony.public_url` must begin with `https://`.");
        }
        let asks = self.telephony.answer == Answer::WhenAccepted;
        let hooked =
            self.telephony.webhook_url.starts_with("http://") || self.telephony.webhook_url.starts_with("https://");
        if asks && !hooked {
            return wrong(
                "`telephony.webhook_url` must say where calls that wait are told of, as `https://desk.example/calls`.",
            );
        }
        if !(1..=14).contains(&self.telephony.ring_s) {
            return wrong("`telephony.ring_s` must be from 1 to 14 seconds.");
        }
        if asks && self.webhook_secret().is_none() {
            return wrong("`telephony.webhook_secret` must be `whsec_` and 16 to 64 bytes in base64.");
        }
        if !self.telephony.refer_allow.iter().all(|rule| telephony::switchboard::is_rule(rule)) {
            return wrong(
                "`telephony.refer_allow` must hold beginnings of numbers, or addresses, as `tel:+1415` or `sip:*@pbx.example`.",
            );
        }
        if asks && !self.is_open() && self.telephony.key_id.is_empty() {
            return wrong("`telephony.key_id` must name the key that may accept calls: without it nobody could.");
        }
        if self.telephony.twilio_auth_tokens.iter().any(|token| token.0.is_empty()) {
            return wrong("`telephony.twilio_auth_tokens` must hold no empty token: anybody could sign with it.");
        }
        if self.telephony.telnyx_public_keys.iter().any(|key| signature::public_key(key).is_none()) {
            return wrong(
                "`telephony.telnyx_public_keys` must be Ed25519 public keys in base64, as Telnyx shows them.",
            );
        }
        self.wallet.check().map_err(ConfigError)?;
        if tracing_subscriber::EnvFilter::try_new(&self.telemetry.log).is_err() {
            return wrong("`telemetry.log` is not a log filter, such as `info` or `voxfare=debug,info`.");
        }
        Ok(())
    }
}

/// Where the user's data are.
fn data_folder(environment: &dyn Environment) -> PathBuf {
    let data = environment
        .get("XDG_DATA_HOME")
        .map(PathBuf::from)
        .unwrap_or_else(|| environment.get("HOME").map_or_else(std::env::temp_dir, PathBuf::from).join(".local/share"));
    data.join("voxfare")
}

/// The folder of model files when none is configured: `$VOXFARE_MODELS`, or the user's cache folder.
pub fn models_folder(environment: &dyn Environment) -> PathBuf {
    crate::models::folder::place(
        environment.get("VOXFARE_MODELS").map(PathBuf::from),
        environment.get("XDG_CACHE_HOME").map(PathBuf::from),
        environment.get("HOME").map(PathBuf::from),
    )
}
