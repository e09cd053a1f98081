//! Records every input of a session with its time, and plays it back to the same bytes. It never runs an effect.

use crate::session::event::{Input, Output};
use crate::session::machine::{Bounds, Machine, Setup};
use serde::{Deserialize, Serialize};
use sha2::{Digest, Sha256};
use std::fmt::Write as _;
use std::io::{BufRead, BufWriter, Write as _};
use std::path::Path;
use std::time::{Duration, Instant};

mod line;
use line::Line;

/// A tape stops growing at this size, in bytes; what came later is not on it, and it says so.
const TAPE_BYTES_MAX: u64 = 256 * 1024 * 1024;
/// Lines between recorder and writer.
const LINES_MAX: usize = 4096;

/// The first line of a tape: all that a machine is made with.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub struct Header {
    /// The format's version.
    pub version: u32,
    /// The session's name.
    pub id: String,
    /// Its number, the seed of its conversation.
    pub number: u64,
    /// How long it outlives its transport, in ms.
    pub resume_within_ms: u64,
    /// How long it may last, in ms.
    pub session_max_ms: u64,
    /// When its resume token expires, Unix seconds.
    pub resume_expires_at: i64,
    /// Voice name.
    pub voice: String,
    /// Language.
    pub language: String,
    /// Hint to the recogniser.
    pub prompt: String,
    /// The server speaks first.
    pub greets: Option<bool>,
    /// What the client has set before it began.
    pub session: Option<serde_json::Value>,
    /// New items are told under their old name as well.
    #[serde(default)]
    pub tells_created: bool,
    /// How much the client may send at once.
    #[serde(default)]
    pub bounds: Bounds,
    /// When it began, Unix ms: the conversation's clock is set by it.
    pub began_ms: i64,
}

impl Header {
    /// What the machine of this tape is made with. The resume token is not on tapes; a word stands for it.
    pub fn setup(&self) -> Setup {
        Setup {
            id: self.id.clone(),
            resume_token: "redacted".to_owned(),
            resume_expires_at: self.resume_expires_at,
            resume_within: Duration::from_millis(self.resume_within_ms),
            session_max: Duration::from_millis(self.session_max_ms),
            voice: self.voice.clone(),
            language: self.language.clone(),
            prompt: self.prompt.clone(),
            greets: self.greets.unwrap_or(true),
            session: self.session.clone(),
            tells_created: self.tells_created,
            bounds: self.bounds,
            began_ms: self.began_ms,
        }
    }
}

/// Writes one session's tape on a thread of its own.
#[derive(Debug)]
pub struct Recorder {
    lines: std::sync::mpsc::SyncSender<String>,
    began: Instant,
    digest: Sha256,
    token: String,
    outputs: u64,
    lost: bool,
}

impl Recorder {
    /// Begins a tape in `folder`; a folder that cannot be written is logged, and the tape is lost.
    pub fn begin(folder: &Path, setup: &Setup, number: u64, now: Instant) -> Self {
        let began_ms = setup.began_ms;
        let (lines, wanted) = std::sync::mpsc::sync_channel::<String>(LINES_MAX);
        let path = folder.join(format!("{began_ms}-{}.tape", setup.id));
        let spawned = std::thread::Builder::new().name("tape".to_owned()).spawn(move || write_lines(&path, &wanted));
        if let Err(error) = spawned {
            tracing::error!(error = %error, "no thread for the tape");
        }
        let header = Header {
            version: 1,
            id: setup.id.clone(),
            number,
            resume_within_ms: setup.resume_within.as_millis() as u64,
            session_max_ms: setup.session_max.as_millis() as u64,
            resume_expires_at: setup.resume_expires_at,
            voice: setup.voice.clone(),
            language: setup.language.clone(),
            prompt: setup.prompt.clone(),
            greets: Some(setup.greets),
            session: setup.session.clone().map(line::hidden),
            tells_created: setup.tells_created,
            bounds: setup.bounds,
            began_ms,
        };
        let mut recorder = Self {
            lines,
            began: now,
            digest: Sha256::new(),
            token: setup.resume_token.clone(),
            outputs: 0,
            lost: false,
        };
        recorder.write(serde_json::to_string(&header).expect("the header is plain data"));
        recorder
    }

    /// Records one input.
    pub fn input(&mut self, now: Instant, input: &Input) {
        let at_ns = now.saturating_duration_since(self.began).as_nanos() as u64;
        let digest = hex(&self.digest.clone().finalize()[..8]);
        let line = Line::of(at_ns, self.outputs, digest, input);
        self.write(serde_json::to_string(&line).expect("tape lines are plain data"));
    }

    /// Takes one output into the running digest, the resume token left out.
    pub fn output(&mut self, output: &Output) {
        self.outputs += 1;
        let told = tell(output, self.began).replace(&self.token, "redacted");
        self.digest.update(told.as_bytes());
    }

    fn write(&mut self, line: String) {
        if self.lines.try_send(line).is_err() && !std::mem::replace(&mut self.lost, true) {
            tracing::error!("the tape's writer is behind; this tape has a hole and cannot be replayed past it");
        }
    }
}

fn write_lines(path: &Path, wanted: &std::sync::mpsc::Receiver<String>) {
    let file = match std::fs::File::create(path) {
        Ok(file) => file,
        Err(error) => {
            tracing::error!(error = %error, "the tape could not be created");
            return;
        }
    };
    let (mut file, mut bytes) = (BufWriter::new(file), 0);
    while let Ok(line) = wanted.recv() {
        bytes += line.len() as u64 + 1;
        if bytes > TAPE_BYTES_MAX || writeln!(file, "{line}").is_err() {
            tracing::error!("the tape is full or its disk is; recording stopped");
            return;
        }
    }
}

/// Why a tape could not be played.
#[derive(Debug, thiserror::Error)]
pub enum TapeError {
    /// It cannot be read.
    #[error("the tape cannot be read: {0}")]
    Io(#[from] std::io::Error),
    /// It is not a tape.
    #[error("line {line} is not a tape's: {why}")]
    Line {
        /// Counted from 1.
        line: usize,
        /// Why.
        why: String,
    },
    /// The machine could not be made.
    #[error("the session could not be made: {0}")]
    Setup(String),
    /// It plays differently from how it was recorded.
    #[error("line {line}: the session does not do again what it did; outputs so far {outputs}")]
    Differs {
        /// Counted from 1.
        line: usize,
        /// Outputs before it.
        outputs: u64,
    },
}

/// What a tape held.
#[derive(Clone, Debug, Serialize)]
pub struct Replay {
    /// The session's name.
    pub id: String,
    /// Inputs played.
    pub inputs: usize,
    /// Outputs made, the same as recorded.
    pub outputs: u64,
    /// How long it lasted, in ms.
    pub lasted_ms: u64,
    /// Every server event, in order.
    #[serde(skip)]
    pub events: Vec<String>,
}

/// Plays a tape through a fresh machine and holds what it does against what was recorded.
///
/// # Errors
/// When the tape cannot be read or plays differently.
pub fn replay(
    tape: impl BufRead,
    start: Instant,
    make: impl FnOnce(&Header, Instant) -> Result<Machine, String>,
) -> Result<Replay, TapeError> {
    let mut lines = tape.lines().enumerate();
    let first = lines.next().ok_or(TapeError::Line { line: 1, why: "it is empty".to_owned() })?.1?;
    let header: Header =
        serde_json::from_str(&first).map_err(|error| TapeError::Line { line: 1, why: error.to_string() })?;
    let mut machine = make(&header, start).map_err(TapeError::Setup)?;
    let mut replay = Replay { id: header.id, inputs: 0, outputs: 0, lasted_ms: 0, events: Vec::new() };
    let mut digest = Sha256::new();
    drain(&mut machine, start, &mut digest, &mut replay);
    for (at, line) in lines {
        let number = at + 1;
        let wrong = |why: String| TapeError::Line { line: number, why };
        let line: Line = serde_json::from_str(&line?).map_err(|error| wrong(error.to_string()))?;
        if line.outputs != replay.outputs || line.digest != hex(&digest.clone().finalize()[..8]) {
            return Err(TapeError::Differs { line: number, outputs: replay.outputs });
        }
        let now = start + Duration::from_nanos(line.at_ns);
        replay.lasted_ms = line.at_ns / 1_000_000;
        replay.inputs += 1;
        machine.handle(now, line.input().map_err(wrong)?);
        drain(&mut machine, start, &mut digest, &mut replay);
    }
    Ok(replay)
}

fn drain(machine: &mut Machine, start: Instant, digest: &mut Sha256, replay: &mut Replay) {
    loop {
        let output = machine.poll();
        replay.outputs += 1;
        digest.update(tell(&output, start).as_bytes());
        match output {
            Output::Timeout(_) => return,
            Output::Control(text) => replay.events.push(text),
            Output::Media(_)
            | Output::Again(_)
            | Output::Run(..)
            | Output::Commit(..)
            | Output::Cancel(_)
            | Output::Measured(_)
            | Output::Count(_)
            | Output::Ended(_) => {}
        }
    }
}

/// An output in words that are the same on every machine: moments are told as distances from the beginning.
pub(crate) fn tell(output: &Output, began: Instant) -> String {
    match output {
        Output::Timeout(at) => {
            format!("timeout {:?}\n", at.map(|at| at.saturating_duration_since(began).as_nanos()))
        }
        Output::Media(packet) => format!("media {} {} {}\n", packet.timestamp, packet.marker, hex(&packet.payload)),
        Output::Run(id, turn, effect) => match effect {
            crate::session::event::Interruptible::Hear { audio, hearing, .. } => {
                format!("run {} {} hear {hearing:?} {}\n", id.0, turn.0, audio.len())
            }
            crate::session::event::Interruptible::Score { audio } => {
                format!("run {} {} score {}\n", id.0, turn.0, audio.len())
            }
            other @ (crate::session::event::Interruptible::Speak { .. }
            | crate::session::event::Interruptible::Ask { .. }
            | crate::session::event::Interruptible::Account { .. }
            | crate::session::event::Interruptible::Follow { .. }
            | crate::session::event::Interruptible::Remote { .. }) => format!("run {} {} {other:?}\n", id.0, turn.0),
        },
        other @ (Output::Control(_)
        | Output::Again(_)
        | Output::Commit(..)
        | Output::Cancel(_)
        | Output::Measured(_)
        | Output::Count(_)
        | Output::Ended(_)) => format!("{other:?}\n"),
    }
}

fn hex(bytes: &[u8]) -> String {
    bytes.iter().fold(String::with_capacity(bytes.len() * 2), |mut text, byte| {
        // Writing to a string cannot fail.
        let _ = write!(text, "{byte:02x}");
        text
    })
}
