//! The model files: what they are, where their bytes come from, and their folder. It never runs a model.

pub mod command;
mod ct2;
pub mod error;
mod fetch;
pub mod folder;
mod ggml;
pub(crate) mod half;
pub mod manifest;
pub mod mel;
mod package;
mod progress;
pub mod pull;

pub use error::ModelError;
pub use folder::{Folder, State};
pub use manifest::{Manifest, ModelFile, Set};

/// Speech or not, 32 ms at a time.
pub const SILERO: &str = "silero-vad.onnx";
/// Has the speaker finished?
pub const SMART_TURN: &str = "smart-turn-v3.2.onnx";
/// English speech to text.
pub const WHISPER_ENGLISH: &str = "whisper-tiny.en-q8_0.ggml";
/// Speech to text in 99 languages.
pub const WHISPER_MULTILINGUAL: &str = "whisper-base-q8_0.ggml";
/// The English voice; its data files carry the prefix `hibari-`.
pub const HIBARI: &str = "hibari.onnx";
/// The second English voice; its settings lie beside it with `.json` appended.
pub const PIPER_JOE: &str = "piper-en_US-joe-medium.onnx";
/// onnxruntime's shared library.
pub const ONNXRUNTIME: &str = "libonnxruntime.so";
/// The best voice.
pub const KOKORO: &str = "kokoro-82m-int8.onnx";
