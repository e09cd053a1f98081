//! How we answer: voice, rate, with sound or without, taken by each response when it begins and kept by it to its end. It makes no sound.

/// Slowest and fastest rate of speech.
const SPEED: (f32, f32) = (0.25, 1.5);

/// The voice and its rate.
#[derive(Clone, Debug, PartialEq)]
pub(crate) struct Manner {
    /// Voice name; empty for the engine's own.
    pub(crate) voice: String,
    /// Rate of speech; 1.0 is natural.
    pub(crate) speed: f32,
    /// In writing alone.
    pub(crate) silent: bool,
}

impl Manner {
    /// This voice at its natural rate.
    pub(crate) fn new(voice: String) -> Self {
        Self { voice, speed: 1.0, silent: false }
    }

    /// Another rate, from the next response on.
    pub(crate) fn pace(&mut self, speed: f32) {
        self.speed = speed.clamp(SPEED.0, SPEED.1);
    }

    /// What the protocol calls it.
    pub(crate) fn modality(&self) -> &'static str {
        if self.silent { "text" } else { "audio" }
    }
}
