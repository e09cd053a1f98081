//! The vendors and engines behind the session's ports: one vendor, one file or folder. It names them; nothing else does.

#[cfg(feature = "ort")]
pub mod onnxruntime;
pub mod stt;
pub mod travel;
pub mod tts;
pub mod turn;
