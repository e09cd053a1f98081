//! Speech recognition: the pool every embedded engine works in, what its text still needs, and the engines.

pub mod pool;
pub mod queue;
pub mod stabilizer;
pub mod text;
#[cfg(feature = "whisper")]
pub mod whisper;
