//! How long one caller may be in conversations: so many minutes in an hour, which come back as time goes by. It ends nothing itself.

use std::collections::BTreeMap;
use std::time::{Duration, Instant};

const HOUR: Duration = Duration::from_secs(3600);
/// A conversation that would be shorter is not begun.
const STAY_MIN: Duration = Duration::from_secs(60);

/// What each caller has used, as the moment at which all of it is there again.
#[derive(Debug, Default)]
pub(crate) struct Minutes {
    whole_at: BTreeMap<String, Instant>,
}

impl Minutes {
    /// How long a new conversation of this caller may last, when `running` is what those under way may use; `None` for as long as it likes.
    ///
    /// # Errors
    /// How long the caller has to wait for the next minute.
    pub(crate) fn left(
        &mut self,
        per_hour: u32,
        caller: Option<&str>,
        running: Duration,
        now: Instant,
    ) -> Result<Option<Duration>, Duration> {
        self.whole_at.retain(|_, at| *at > now);
        let Some(caller) = caller.filter(|_| per_hour > 0) else { return Ok(None) };
        let all = Duration::from_secs(60) * per_hour;
        let returns_in = self.whole_at.get(caller).map_or(Duration::ZERO, |at| at.saturating_duration_since(now));
        let used = returns_in.mul_f64(rate(per_hour)) + running;
        let left = all.saturating_sub(used);
        if left >= STAY_MIN {
            return Ok(Some(left));
        }
        Err((used + STAY_MIN - all).div_f64(rate(per_hour)))
    }

    /// A conversation of this caller has lasted so long.
    pub(crate) fn spend(&mut self, per_hour: u32, caller: String, lasted: Duration, now: Instant) {
        if per_hour > 0 {
            let at = self.whole_at.entry(caller).or_insert(now);
            *at = (*at).max(now) + lasted.div_f64(rate(per_hour));
        }
    }
}

/// Seconds of conversation that come back in a second.
fn rate(per_hour: u32) -> f64 {
    f64::from(per_hour) * 60.0 / HOUR.as_secs_f64()
}

#[cfg(test)]
mod tests {
    use super::*;

    const MINUTE: Duration = Duration::from_secs(60);

    #[test]
    fn minutes_are_used_and_come_back() {
        let start = Instant::now();
        let mut minutes = Minutes::default();
        let left = |minutes: &mut Minutes, running, after| minutes.left(10, Some("a"), running, start + after);
        assert_eq!(left(&mut minutes, Duration::ZERO, Duration::ZERO), Ok(Some(MINUTE * 10)));
        assert_eq!(
            left(&mut minutes, MINUTE * 4, Duration::ZERO),
            Ok(Some(MINUTE * 6)),
            "what those under way may use is theirs"
        );
        assert_eq!(left(&mut minutes, MINUTE * 10, Duration::ZERO), Err(MINUTE * 6), "so is all of it");
        minutes.spend(10, "a".to_owned(), MINUTE * 10, start);
        assert_eq!(left(&mut minutes, Duration::ZERO, Duration::ZERO), Err(MINUTE * 6), "one minute is back after six");
        assert_eq!(left(&mut minutes, Duration::ZERO, MINUTE * 30), Ok(Some(MINUTE * 5)));
        assert_eq!(left(&mut minutes, Duration::ZERO, MINUTE * 60), Ok(Some(MINUTE * 10)));
        assert!(minutes.whole_at.is_empty(), "who owes nothing is forgotten");
    }

    #[test]
    fn what_was_used_too_much_is_waited_for() {
        let start = Instant::now();
        let mut minutes = Minutes::default();
        minutes.spend(60, "a".to_owned(), MINUTE * 90, start);
        assert_eq!(minutes.left(60, Some("a"), Duration::ZERO, start), Err(MINUTE * 31));
        assert_eq!(minutes.left(60, Some("b"), Duration::ZERO, start), Ok(Some(MINUTE * 60)));
        assert_eq!(minutes.left(60, None, Duration::ZERO, start), Ok(None));
        assert_eq!(minutes.left(0, Some("a"), Duration::ZERO, start), Ok(None));
    }
}
