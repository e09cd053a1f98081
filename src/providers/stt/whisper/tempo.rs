//! How many threads the next decode gets, from how the last ones went. It never reads a clock.
//!
//! whisper.cpp's threads wait for each other spinning: two on free cores are almost twice as fast as one, two on a busy
//! machine can be ten times slower than one. So several threads are used while they pay, and tried again more and more
//! rarely, on partials only, after they did not.

use media::call::Hearing;
use std::time::Duration;

/// Several threads that need longer than this share of one thread's time do not pay.
const WORTH: f64 = 1.2;
/// Share of the newest decode in the mean.
const NEWEST: f64 = 0.3;
/// Decodes on one thread between two trials at most.
const PAUSE_MAX: u32 = 64;
/// What a token of text costs, in encoder positions.
const TOKEN: f64 = 20.0;

/// The tempo of one worker's decodes on one model.
#[derive(Clone, Debug, Default)]
pub(super) struct Tempo {
    /// Seconds for a position on one thread; 0.0 before the first decode.
    single: f64,
    /// Decodes left on one thread before several are tried again.
    left: u32,
    /// How long the next pause is.
    pause: u32,
}

impl Tempo {
    /// Threads for the next decode, when `free` cores could be used.
    pub(super) fn threads(&mut self, free: usize, hearing: Hearing) -> usize {
        if free <= 1 {
            return 1;
        }
        if self.left == 0 {
            return if self.pause == 0 || hearing == Hearing::Partial { free } else { 1 };
        }
        self.left -= 1;
        1
    }

    /// Takes note of a decode of `positions` and `tokens` that `threads` threads needed `took` for.
    pub(super) fn note(&mut self, threads: usize, positions: usize, tokens: usize, took: Duration) {
        let rate = took.as_secs_f64() / (positions as f64 + tokens as f64 * TOKEN).max(1.0);
        if threads == 1 {
            self.single = if self.single == 0.0 { rate } else { self.single + NEWEST * (rate - self.single) };
        } else if self.single > 0.0 && rate > self.single * WORTH {
            self.pause = (self.pause * 2).clamp(4, PAUSE_MAX);
            self.left = self.pause;
        } else {
            self.pause = 0;
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const QUICK: Duration = Duration::from_millis(100);
    const SLOW: Duration = Duration::from_millis(1000);

    fn calm() -> Tempo {
        let mut tempo = Tempo::default();
        tempo.note(1, 384, 10, QUICK * 2);
        tempo
    }

    #[test]
    fn free_cores_are_used_while_they_pay() {
        let mut tempo = calm();
        for _ in 0..10 {
            assert_eq!(tempo.threads(2, Hearing::Final), 2);
            tempo.note(2, 384, 10, QUICK);
        }
        assert_eq!(tempo.threads(1, Hearing::Final), 1);
    }

    #[test]
    fn a_collapse_is_tried_again_on_a_partial_only() {
        let mut tempo = calm();
        assert_eq!(tempo.threads(2, Hearing::Final), 2);
        tempo.note(2, 384, 10, SLOW);
        for _ in 0..4 {
            assert_eq!(tempo.threads(2, Hearing::Partial), 1);
        }
        assert_eq!(tempo.threads(2, Hearing::Final), 1);
        assert_eq!(tempo.threads(2, Hearing::Partial), 2);
        tempo.note(2, 384, 10, QUICK);
        assert_eq!(tempo.threads(2, Hearing::Final), 2);
    }

    #[test]
    fn trials_become_rarer_to_a_limit() {
        let mut tempo = calm();
        for _ in 0..20 {
            tempo.note(2, 384, 10, SLOW);
        }
        assert_eq!(tempo.left, PAUSE_MAX);
    }
}
