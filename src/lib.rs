//! Voxfare: a voice-first travel server. Speak, and be answered within a third of a second.

pub mod ask;
#[cfg(feature = "caller")]
pub mod caller;
pub mod client;
pub mod config;
pub mod keys;
pub mod models;
pub mod net;
pub mod platform;
pub mod providers;
pub mod replay;
pub mod secret;
pub mod serve;
pub mod session;
pub mod sim;
pub mod store;
#[cfg(feature = "talk")]
pub mod talk;
pub mod telemetry;
#[cfg(feature = "whisper")]
pub mod transcribe;
