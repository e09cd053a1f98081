//! What every voice offers to the pool: phonemes in, timing and sound out. It names no engine.

use crate::providers::tts::pronounce::Phone;
use std::ops::Range;
use std::sync::{Arc, Mutex, PoisonError};
use tokio_util::sync::CancellationToken;

/// A speaking engine with one voice; runs on the pool's threads.
pub trait Voice: Send + Sync {
    /// Speaks one run of phonemes of at most [`Voice::phones_max`], at `speed` (1.0 natural), telling `listener` as it goes.
    fn utter(&self, phones: &[Phone], speed: f32, stop: &Stop, listener: &mut dyn Listener) -> Result<(), VoiceError>;

    /// The longest run it takes in one go.
    fn phones_max(&self) -> usize;

    /// What its samples are multiplied by to reach the house's loudness.
    fn gain(&self) -> f32;
}

/// Hears a voice at work.
pub trait Listener {
    /// The samples (24 kHz) of each phone, before any sound; the ranges follow each other.
    fn timed(&mut self, spans: &[Range<usize>]);
    /// More sound, from the start of the run without a gap; `false` when no more is wanted.
    fn heard(&mut self, samples: &[f32]) -> bool;
}

/// Why a voice could not speak.
#[derive(Debug, thiserror::Error)]
pub enum VoiceError {
    /// The engine failed.
    #[error("{0}")]
    Engine(String),
    /// The model answered in a shape its signal part does not know.
    #[error("the model answered with {0}")]
    Shape(String),
}

/// Tells a run to stop: asked between pieces, or interrupting the engine where it can be interrupted.
#[derive(Clone, Default)]
pub struct Stop {
    token: CancellationToken,
    interrupt: Arc<Mutex<Option<Interrupt>>>,
}

type Interrupt = Arc<dyn Fn() + Send + Sync>;

impl Stop {
    /// A stop that also obeys `parent`.
    pub fn under(parent: &CancellationToken) -> Self {
        Self { token: parent.child_token(), interrupt: Arc::default() }
    }

    /// Whether the run is no longer wanted.
    pub fn is_stopped(&self) -> bool {
        self.token.is_cancelled()
    }

    /// Stops the run now.
    pub fn stop(&self) {
        self.token.cancel();
        let interrupt = self.interrupt.lock().unwrap_or_else(PoisonError::into_inner).clone();
        if let Some(interrupt) = interrupt {
            interrupt();
        }
    }

    /// Waits until the run is no longer wanted.
    pub async fn stopped(&self) {
        self.token.cancelled().await;
    }

    /// Runs `work`, which `interrupt` ends early from another thread.
    pub fn interruptible<T>(&self, interrupt: Interrupt, work: impl FnOnce() -> T) -> T {
        self.set(Some(interrupt));
        let done = work();
        self.set(None);
        done
    }

    fn set(&self, interrupt: Option<Interrupt>) {
        *self.interrupt.lock().unwrap_or_else(PoisonError::into_inner) = interrupt;
    }
}
