//! How many responses a client may ask for: a bucket that fills with time. It reads no clock.

use std::time::{Duration, Instant};

/// Responses a client may ask for in a minute, at once or spread; those that follow from speech are not counted.
pub(crate) const RESPONSES_PER_MINUTE_MAX: u32 = 120;
/// Time in which the bucket gains one.
const GAIN: Duration = Duration::from_millis(60_000 / RESPONSES_PER_MINUTE_MAX as u64);

/// The bucket, as the moment at which it is full again.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Allowance {
    full_at: Instant,
}

impl Allowance {
    /// A full one.
    pub(crate) fn new(now: Instant) -> Self {
        Self { full_at: now }
    }

    /// What is left in it.
    pub(crate) fn left(&self, now: Instant) -> u32 {
        let taken = self.fills_in(now).as_millis().div_ceil(GAIN.as_millis());
        RESPONSES_PER_MINUTE_MAX - u32::try_from(taken).unwrap_or(u32::MAX).min(RESPONSES_PER_MINUTE_MAX)
    }

    /// Takes one out.
    pub(crate) fn take(&mut self, now: Instant) {
        self.full_at = self.full_at.max(now) + GAIN;
    }

    /// Until it is full again.
    pub(crate) fn fills_in(&self, now: Instant) -> Duration {
        self.full_at.saturating_duration_since(now)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn it_empties_and_fills() {
        let start = Instant::now();
        let mut allowance = Allowance::new(start);
        for taken in 0..RESPONSES_PER_MINUTE_MAX {
            assert_eq!(allowance.left(start), RESPONSES_PER_MINUTE_MAX - taken);
            allowance.take(start);
        }
        assert_eq!((allowance.left(start), allowance.fills_in(start)), (0, Duration::from_secs(60)));
        assert_eq!(allowance.left(start + GAIN), 1);
        assert_eq!(allowance.left(start + Duration::from_secs(90)), RESPONSES_PER_MINUTE_MAX);
    }
}
