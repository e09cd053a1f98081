//! The voices: text in, sound at 24 kHz out, each word tied to its samples. It never decides what is said.

pub mod accent;
pub mod cache;
pub mod hibari;
pub mod kokoro;
pub mod letters;
pub mod lexicon;
pub mod network;
pub mod normal;
pub mod part;
pub mod piper;
pub mod pool;
pub mod pronounce;
pub mod rate;
pub mod say;
pub mod setup;
pub mod shape;
pub mod signal;
pub mod voice;
pub mod voices;

pub use setup::{Config, SetupError};
pub use voices::build;
