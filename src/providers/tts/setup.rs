//! What the voices need to start, and why they may not. It loads nothing.

use std::path::PathBuf;

/// What the voices need to start.
#[derive(Clone, Debug)]
pub struct Config {
    /// The default voice: `hibari`, `piper` or `kokoro`.
    pub voice: String,
    /// Where the model files are.
    pub models_dir: PathBuf,
    /// Clauses spoken at the same time by the default voice, each on one thread.
    pub threads: usize,
    /// onnxruntime's shared library, which only kokoro needs.
    pub ort_library: Option<PathBuf>,
}

/// Why the voices cannot start.
#[derive(Debug, thiserror::Error)]
pub enum SetupError {
    /// The configuration names a voice there is not.
    #[error("there is no voice {name:?}: choose hibari, piper or kokoro")]
    UnknownVoice {
        /// The name given.
        name: String,
    },
    /// The default voice's model cannot be loaded.
    #[error("the voice {voice} cannot start: {why}")]
    Voice {
        /// The voice.
        voice: &'static str,
        /// What is missing, and how to get it.
        why: String,
    },
    /// The threads cannot be started.
    #[error("no threads for the voices: {0}")]
    Threads(#[from] std::io::Error),
}
