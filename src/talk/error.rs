//! Why a talk came to nothing, each a sentence that says what to do. It prints nothing.

use crate::caller::VoiceError;
use crate::client::ClientError;

/// Why a talk came to nothing, or to less than was asked.
#[derive(Debug, thiserror::Error)]
pub enum TalkError {
    /// There is no session.
    #[error(transparent)]
    Client(#[from] ClientError),
    /// A recording cannot be spoken.
    #[error(transparent)]
    Voice(#[from] VoiceError),
    /// There is no microphone.
    #[error("no microphone: {why}; speak recordings with --wav FILE..., or see --devices")]
    NoMicrophone {
        /// What the system said.
        why: String,
    },
    /// There is no speaker.
    #[error("no speaker: {why}; write what is heard with --out FILE.wav, or see --devices")]
    NoSpeaker {
        /// What the system said.
        why: String,
    },
    /// The file for the sound cannot be written.
    #[error("{path} cannot be written: {why}")]
    File {
        /// The file.
        path: String,
        /// What the system said.
        why: String,
    },
    /// The terminal cannot be used.
    #[error("the terminal cannot be used: {why}; --plain prints line by line")]
    Terminal {
        /// What the system said.
        why: String,
    },
    /// Nobody answered.
    #[error("no answer to {spoken:?} within {seconds} s")]
    NoAnswer {
        /// The recording.
        spoken: String,
        /// How long was waited.
        seconds: u64,
    },
    /// The other side ended it.
    #[error("the session has ended: {why}")]
    Ended {
        /// Why.
        why: String,
    },
}
