//! The audio words of the house: rates, frames and positions. It never touches a codec or a clock.

/// The one inner sample rate in Hz: what the voice is made at and what Opus decodes to directly.
pub const INNER_RATE_HZ: u32 = 24_000;
/// The rate in Hz that the listening models (voice activity, turn, recognition) expect.
pub const EAR_RATE_HZ: u32 = 16_000;
/// One frame in milliseconds.
pub const FRAME_MS: u64 = 20;
/// Samples in one frame at the inner rate.
pub const FRAME_SAMPLES: usize = (INNER_RATE_HZ as usize * FRAME_MS as usize) / 1000;

/// A position or length in samples at [`INNER_RATE_HZ`]; audio time, never mixed with deadlines.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Samples(pub u64);

impl Samples {
    /// The length of `ms` milliseconds of audio.
    pub const fn from_ms(ms: u64) -> Self {
        Self(ms * INNER_RATE_HZ as u64 / 1000)
    }

    /// This position in whole milliseconds, rounded down.
    pub const fn as_ms(self) -> u64 {
        self.0 * 1000 / INNER_RATE_HZ as u64
    }

    /// The distance from `earlier`, zero when it lies ahead.
    pub const fn since(self, earlier: Self) -> Self {
        Self(self.0.saturating_sub(earlier.0))
    }
}

impl std::ops::Add for Samples {
    type Output = Self;
    fn add(self, other: Self) -> Self {
        Self(self.0 + other.0)
    }
}

/// Twenty milliseconds of mono sound at the inner rate, as 16-bit samples.
#[derive(Clone, PartialEq, Eq)]
pub struct Frame(pub [i16; FRAME_SAMPLES]);

impl Frame {
    /// A frame of digital silence.
    pub const SILENCE: Self = Self([0; FRAME_SAMPLES]);
}

impl std::fmt::Debug for Frame {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        let peak = self.0.iter().map(|s| s.unsigned_abs()).max().unwrap_or(0);
        write!(f, "Frame(peak {peak})")
    }
}
