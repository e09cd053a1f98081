//! What a decode is asked and what it gives, whichever engine does it. It does nothing.

use crate::session::event::Token;
use media::call::Hearing;
use std::time::Duration;

/// One decode to do.
#[derive(Clone, Copy)]
pub(super) struct Request<'a> {
    /// Mono sound at 16 kHz.
    pub(super) audio: &'a [f32],
    /// Encoder positions.
    pub(super) context: usize,
    /// Whisper's name of the language; `None` lets the model detect it.
    pub(super) language: Option<&'a str>,
    /// Words likely to occur; empty for none.
    pub(super) hint: &'a str,
    /// Cores it may use.
    pub(super) free: usize,
    /// Why it is wanted.
    pub(super) hearing: Hearing,
}

/// What a decode gave.
pub(super) struct Decoded {
    /// The raw text.
    pub(super) text: String,
    /// Its tokens.
    pub(super) tokens: Vec<Token>,
    /// Mean log probability of its tokens.
    pub(super) mean_logprob: f32,
    /// Probability that there was no speech.
    pub(super) no_speech: f32,
    /// Whisper's name of the language.
    pub(super) language: String,
    /// How long it took.
    pub(super) took: Duration,
}
