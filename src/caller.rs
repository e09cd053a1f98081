//! The headless caller: speaks recordings to a Voxfare server over WebRTC and measures the answers on the sound itself. It never shares code with the server's leg.
//!
//! Times are taken at the caller: a spoken sample's time is its capture (a packet leaves when its 20 ms are full), a received sample's time is
//! the arrival of its packet plus its offset in it. So nothing the server believes about itself enters a figure.

pub(crate) mod args;
mod clock;
mod conversation;
mod dialogue;
mod ear;
mod journal;
mod link;
mod mouth;
pub mod peer;
mod recording;
mod report;
mod signal;
pub(crate) mod voice;

pub use args::{CallArgs, Turn, TurnArgs};
pub use report::{Report, TurnReport};
pub use signal::SignalError;
pub use voice::VoiceError;

use conversation::{Conversation, Ending, Line, Manner, Script};
use journal::Journal;
use peer::{Peer, PeerConfig};
use signal::Signal;
use std::path::PathBuf;
use std::time::Duration;

/// One call to be made.
#[derive(Clone, Debug)]
pub struct CallOptions {
    /// http(s)://host:port, or the whole URL of the server's calls.
    pub url: String,
    /// What to say, in order.
    pub turns: Vec<Turn>,
    /// Where to record.
    pub record: Option<PathBuf>,
    /// Record the server's side alone.
    pub record_mono: bool,
    /// Where to write the events.
    pub events: Option<PathBuf>,
    /// Emulated loss in both directions, in percent.
    pub loss: f32,
    /// Emulated jitter in both directions, in ms.
    pub jitter: u32,
    /// Seed of the emulated network.
    pub seed: u64,
    /// Silence between a reply and the next turn.
    pub silence: Duration,
    /// How long to stay on the line after the last reply.
    pub hold: Duration,
    /// Longest wait for a reply to begin.
    pub patience: Duration,
    /// Session to come back to.
    pub resume: Option<String>,
    /// Key to authenticate with.
    pub key: Option<String>,
    /// Accept self-signed certificates.
    pub insecure: bool,
    /// Carry media over TCP alone.
    pub tcp: bool,
    /// Send nothing while there is nothing to say.
    pub muted: bool,
    /// Leave without hanging up, so that the session can be resumed.
    pub no_hang_up: bool,
}

impl CallOptions {
    /// A call with everything at its default.
    pub fn to(url: &str, turns: Vec<Turn>) -> Self {
        Self {
            url: url.to_owned(),
            turns,
            record: None,
            record_mono: false,
            events: None,
            loss: 0.0,
            jitter: 0,
            seed: 1,
            silence: Duration::from_millis(600),
            hold: Duration::ZERO,
            patience: Duration::from_secs(20),
            resume: None,
            key: None,
            insecure: false,
            tcp: false,
            muted: false,
            no_hang_up: false,
        }
    }
}

impl From<CallArgs> for CallOptions {
    fn from(args: CallArgs) -> Self {
        let seconds = |value: f64| Duration::try_from_secs_f64(value).unwrap_or(Duration::ZERO).min(WAIT_MAX);
        Self {
            url: args.url.or(args.url_option).unwrap_or_default(),
            turns: args.turns.turns,
            record: args.record,
            record_mono: args.record_mono,
            events: args.events,
            loss: args.loss,
            jitter: args.jitter,
            seed: args.seed,
            silence: Duration::from_millis(args.silence_ms).min(WAIT_MAX),
            hold: seconds(args.hold),
            patience: seconds(args.patience),
            resume: args.resume,
            key: args.key,
            insecure: args.insecure,
            tcp: args.tcp,
            muted: args.muted,
            no_hang_up: args.no_hang_up,
        }
    }
}

/// Why a call came to nothing, or to less than was asked; each is a sentence for a person at a terminal.
#[derive(Debug, thiserror::Error)]
pub enum CallError {
    /// A recording cannot be spoken.
    #[error(transparent)]
    Voice(#[from] VoiceError),
    /// The call could not be placed.
    #[error(transparent)]
    Signal(#[from] SignalError),
    /// The server's SDP answer does not fit our offer.
    #[error("the server's SDP answer cannot be used: {why}")]
    BadAnswer {
        /// What the WebRTC stack said.
        why: String,
    },
    /// Our own end failed.
    #[error("the caller's own end failed: {why}")]
    Own {
        /// What failed.
        why: String,
    },
    /// ICE or DTLS did not come up.
    #[error(
        "the server answered, but no media connection came up within {seconds} s; is its media port reachable from here?"
    )]
    NeverConnected {
        /// How long was waited.
        seconds: u64,
    },
    /// The server ended the call, or the connection was lost.
    #[error("the call ended before it was over")]
    HungUp {
        /// What was measured until then.
        report: Box<Report>,
    },
    /// Nobody said anything.
    #[error("no reply to {spoken:?} began within {seconds} s")]
    NoAnswer {
        /// The file or text that stayed without a reply.
        spoken: String,
        /// How long was waited.
        seconds: f64,
        /// What was measured until then.
        report: Box<Report>,
    },
    /// A result cannot be written.
    #[error("{path} cannot be written: {why}")]
    File {
        /// The file.
        path: String,
        /// What the system said.
        why: String,
    },
}

impl CallError {
    /// What was measured before the call failed, if it came that far.
    pub fn report(&self) -> Option<&Report> {
        match self {
            Self::HungUp { report } | Self::NoAnswer { report, .. } => Some(report),
            Self::Voice(_)
            | Self::Signal(_)
            | Self::BadAnswer { .. }
            | Self::Own { .. }
            | Self::NeverConnected { .. }
            | Self::File { .. } => None,
        }
    }
}

/// Makes one call and answers what was measured. Recording and events are written even when the call fails on the way.
///
/// # Errors
/// See [`CallError`].
pub async fn run(options: CallOptions) -> Result<Report, CallError> {
    let script = conversation::prepare(&options.turns)?;
    let journal = Journal::open(options.events.as_deref())
        .map_err(|error| CallError::File { path: error.path, why: error.why })?;
    let signal = Signal::new(&options.url, options.resume.as_deref(), options.key.clone(), options.insecure)?;
    let began = clock::now();
    let (peer, offer, heard) = Peer::offer(peer_config(options.tcp)?).await.map_err(own)?;
    let answered = match signal.call(offer).await {
        Ok(answered) => answered,
        Err(error) => {
            peer.close().await;
            return Err(error.into());
        }
    };
    let outcome = match peer.answered(&answered.sdp).await {
        Ok(()) => talk(&options, script, Line { peer: &peer, heard, began }, journal).await,
        Err(error) => Err(CallError::BadAnswer { why: error.to_string() }),
    };
    if !options.no_hang_up {
        signal.hang_up(&answered).await;
    }
    peer.close().await;
    outcome
}

/// `voxfare call`: makes the call and prints the one JSON object, also what was measured of a call that failed on the way.
///
/// # Errors
/// See [`CallError`].
pub async fn command(args: CallArgs, out: &mut dyn std::io::Write) -> Result<bool, CallError> {
    let outcome = run(args.into()).await;
    let measured = match &outcome {
        Ok(report) => Some(report),
        Err(error) => error.report(),
    };
    if let Some(report) = measured {
        let text = serde_json::to_string(report).expect("a report is plain data");
        writeln!(out, "{text}").map_err(own)?;
    }
    outcome.map(|_| true)
}

async fn talk(options: &CallOptions, script: Script, line: Line<'_>, journal: Journal) -> Result<Report, CallError> {
    let mut conversation = Conversation::new(manner(options), line, journal).map_err(own)?;
    let ending = conversation.run(script).await;
    let report = conversation.report();
    if let Some(path) = &options.record {
        let written = conversation.recording().write(path, options.record_mono);
        written.map_err(|error| CallError::File { path: path.display().to_string(), why: error.to_string() })?;
    }
    match ending {
        Ok(()) => Ok(report),
        Err(Ending::Own(why)) => Err(CallError::Own { why }),
        Err(Ending::NeverConnected { seconds }) => Err(CallError::NeverConnected { seconds }),
        Err(Ending::HungUp) => Err(CallError::HungUp { report: Box::new(report) }),
        Err(Ending::NoAnswer { spoken, seconds }) => {
            Err(CallError::NoAnswer { spoken, seconds, report: Box::new(report) })
        }
    }
}

fn manner(options: &CallOptions) -> Manner {
    let CallOptions { loss, jitter, seed, silence, hold, patience, muted, .. } = options;
    let (silence, hold, patience, muted) = (*silence, *hold, *patience, *muted);
    Manner { loss: *loss, jitter: *jitter, seed: *seed, silence, hold, patience, muted }
}

fn peer_config(tcp: bool) -> Result<PeerConfig, CallError> {
    if tcp { PeerConfig::tcp_only().map_err(own) } else { Ok(PeerConfig::default()) }
}

fn own(error: impl std::fmt::Display) -> CallError {
    CallError::Own { why: error.to_string() }
}

/// Longest wait anyone may ask for.
const WAIT_MAX: Duration = Duration::from_secs(3600);
