//! Voxfare: a voice-first travel server. Speak, and be answered within a third of a second.

pub mod models;
#[cfg(feature = "caller")]
pub mod caller;
pub mod net;
pub mod session;
