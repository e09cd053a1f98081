//! What the session asks of the world, as async traits. One page; it never names a vendor.

pub mod chain;

use agent::tool::{ToolCall, ToolResult};
use futures_util::future::BoxFuture;
use media::call::Hearing;
use media::transcript::EarAudio;
use std::time::Duration;
use tokio::sync::mpsc;
use tokio_util::sync::CancellationToken;

pub use crate::session::event::{Failure, RemoteServer, RemoteTool, SpeechPiece, Transcript};

/// One recognition job.
#[derive(Clone, Debug)]
pub struct HearJob {
    /// The session, for fairness between sessions in the pool.
    pub session: u64,
    /// The sound, mono at 16 kHz.
    pub audio: EarAudio,
    /// Why it is wanted; partials are shed first.
    pub hearing: Hearing,
    /// BCP 47 tag; `None` lets the engine detect it.
    pub language: Option<String>,
    /// Words likely to occur, as a comma-separated hint.
    pub prompt: String,
    /// Useless after this long from submission: the pool drops it then.
    pub deadline: Duration,
    /// Set when the result is no longer wanted.
    pub cancel: CancellationToken,
}

/// A speech recogniser.
pub trait SpeechToText: Send + Sync {
    /// Recognises one job. `Retry` when it was shed or missed its deadline, `Broken` when the engine failed.
    fn hear(&self, job: HearJob) -> BoxFuture<'_, Result<Transcript, Failure>>;
}

/// A model that scores whether an utterance is complete.
pub trait TurnDetector: Send + Sync {
    /// Probability in 0.0..=1.0 that the speaker has finished, from mono 16 kHz sound (the last 8 s are used).
    fn score(&self, audio: EarAudio, cancel: CancellationToken) -> BoxFuture<'_, Result<f32, Failure>>;
}

/// One clause to be spoken.
#[derive(Clone, Debug)]
pub struct SpeakJob {
    /// The session, for fairness between sessions.
    pub session: u64,
    /// The clause, as written for speech (numbers and prices may still be in digits).
    pub text: String,
    /// Voice name; empty for the engine's own.
    pub voice: String,
    /// Rate of speech: 1.0 is natural, 0.8 slower.
    pub speed: f32,
    /// Set when the clause is no longer wanted; also honoured between pieces.
    pub cancel: CancellationToken,
}

/// A voice.
pub trait TextToSpeech: Send + Sync {
    /// Speaks one clause, piece by piece as it is made; returns after the last piece was sent.
    fn speak(&self, job: SpeakJob, pieces: mpsc::Sender<SpeechPiece>) -> BoxFuture<'_, Result<(), Failure>>;
}

/// Servers of tools elsewhere, which clients bring along.
pub trait RemoteTools: Send + Sync {
    /// The tools a server offers, at most 128.
    fn list(&self, server: RemoteServer) -> BoxFuture<'_, Result<Vec<RemoteTool>, Failure>>;
    /// Runs one with a JSON object of arguments: its output as text, and whether the tool says that it failed. It is sent once.
    fn run(
        &self,
        server: RemoteServer,
        tool: String,
        arguments: String,
    ) -> BoxFuture<'_, Result<(String, bool), Failure>>;
}

/// Travel knowledge and inventory: every tool the conversation may use.
pub trait Travel: Send + Sync {
    /// Answers a tool call. Durable calls carry their idempotency key and are safe to repeat with it.
    fn call(&self, call: ToolCall) -> BoxFuture<'_, Result<ToolResult, Failure>>;
    /// Looks up the outcome of a durable call whose answer was lost; `None` when it never arrived.
    fn outcome(&self, key: agent::trip::IdempotencyKey) -> BoxFuture<'_, Result<Option<ToolResult>, Failure>>;
}
