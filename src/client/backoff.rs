//! How long to wait before the next attempt to come back. It reads no clock and throws no dice.

use std::time::Duration;

/// The wait before attempt `attempt` (from 0): 300 ms, 600 ms, 1.2 s and so on to 10 s, and up to a fifth more by `dice` in 0..1, so that
/// the callers of a restarted server do not all return at once; never less than the server asked for.
pub(crate) fn delay(attempt: u32, dice: f64, asked: Option<Duration>) -> Duration {
    let plain = FIRST.saturating_mul(1 << attempt.min(DOUBLINGS_MAX)).min(LONGEST);
    plain.max(asked.unwrap_or_default().min(ASKED_MAX)).mul_f64(1.0 + SPREAD * dice.clamp(0.0, 1.0))
}

/// A lost line is given up after this time.
pub(crate) const GIVE_UP_AFTER: Duration = Duration::from_secs(60);
const FIRST: Duration = Duration::from_millis(300);
const LONGEST: Duration = Duration::from_secs(10);
/// No server makes a client wait longer.
const ASKED_MAX: Duration = Duration::from_secs(30);
const DOUBLINGS_MAX: u32 = 10;
const SPREAD: f64 = 0.2;

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn waits_double_up_to_a_bound_and_are_spread() {
        let ms = |attempt, dice| delay(attempt, dice, None).as_millis();
        assert_eq!(
            [ms(0, 0.0), ms(1, 0.0), ms(2, 0.0), ms(9, 0.0), ms(u32::MAX, 0.0)],
            [300, 600, 1200, 10_000, 10_000]
        );
        assert_eq!((ms(0, 1.0), ms(0, 7.0)), (360, 360));
        assert_eq!(delay(0, 0.0, Some(Duration::from_secs(5))), Duration::from_secs(5));
        assert_eq!(delay(0, 0.0, Some(Duration::MAX)), ASKED_MAX);
    }
}
