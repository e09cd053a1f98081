//! Keeps one turn's times from the end of speech to the first packet. It reads no clock.

use crate::session::event::{Breakdown, Turn};
use std::time::Instant;

/// The times of the turn being answered.
#[derive(Debug, Default)]
pub(crate) struct TurnTimes {
    turn: Turn,
    speech_end: Option<Instant>,
    endpoint: Option<Instant>,
    transcript: Option<Instant>,
    first_token: Option<Instant>,
    first_audio: Option<Instant>,
    speculative: bool,
}

impl TurnTimes {
    /// The endpoint of `turn` was committed at `now` for speech that ended at `speech_end`.
    pub(crate) fn endpoint(&mut self, turn: Turn, speech_end: Instant, now: Instant) {
        self.turn = turn;
        self.speech_end = Some(speech_end);
        self.endpoint = Some(now);
    }

    /// A transcript that may stand arrived; a later one replaces it and everything after it.
    pub(crate) fn transcript(&mut self, now: Instant, speculative: bool) {
        *self = Self {
            turn: self.turn,
            speech_end: self.speech_end,
            endpoint: self.endpoint,
            transcript: Some(now),
            speculative,
            ..Self::default()
        };
    }

    /// Words of the answer are there.
    pub(crate) fn token(&mut self, now: Instant) {
        self.first_token.get_or_insert(now);
    }

    /// Sound of the answer is there.
    pub(crate) fn audio(&mut self, now: Instant) {
        self.first_audio.get_or_insert(now);
    }

    /// The first packet left at `now`: the turn's breakdown, once.
    pub(crate) fn packet(&mut self, now: Instant) -> Option<Breakdown> {
        let zero = self.speech_end.take()?;
        let after = |at: Option<Instant>| {
            u64::try_from(at.unwrap_or(now).saturating_duration_since(zero).as_millis()).unwrap_or(u64::MAX)
        };
        let breakdown = Breakdown {
            turn: self.turn.0,
            endpoint_ms: after(self.endpoint),
            transcript_ms: after(self.transcript),
            first_token_ms: after(self.first_token),
            first_audio_ms: after(self.first_audio),
            first_packet_ms: after(Some(now)),
            speculative: self.speculative,
        };
        *self = Self::default();
        Some(breakdown)
    }

    /// The turn came to nothing.
    pub(crate) fn clear(&mut self) {
        *self = Self::default();
    }
}
