//! How many sessions one caller may begin in a minute. It counts and refuses; it opens nothing.

use governor::clock::{Clock as _, DefaultClock};
use governor::{DefaultKeyedRateLimiter, Quota, RateLimiter};
use std::num::NonZeroU32;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::time::Duration;

/// Callers are forgotten, where they can be, after so many questions: what is kept is bounded by the callers of a minute.
const SWEEP_EVERY: usize = 1024;

/// Counts beginnings by caller.
#[derive(Debug)]
pub struct Openings {
    limiter: Option<DefaultKeyedRateLimiter<String>>,
    clock: DefaultClock,
    asked: AtomicUsize,
}

impl Openings {
    /// At most `per_minute` of one caller, all at once or spread; 0 for as many as there is room for.
    pub fn new(per_minute: u32) -> Self {
        let limiter = NonZeroU32::new(per_minute).map(|most| RateLimiter::keyed(Quota::per_minute(most)));
        Self { limiter, clock: DefaultClock::default(), asked: AtomicUsize::new(0) }
    }

    /// One more of this caller; nobody in particular is never refused.
    ///
    /// # Errors
    /// How long the caller has to wait for the next.
    pub fn take(&self, caller: Option<&str>) -> Result<(), Duration> {
        let (Some(limiter), Some(caller)) = (&self.limiter, caller) else { return Ok(()) };
        if self.asked.fetch_add(1, Ordering::Relaxed) % SWEEP_EVERY == SWEEP_EVERY - 1 {
            limiter.retain_recent();
        }
        limiter.check_key(&caller.to_owned()).map_err(|not_until| not_until.wait_time_from(self.clock.now()))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn each_caller_has_its_own_minute() {
        let openings = Openings::new(2);
        assert!(openings.take(Some("a")).is_ok() && openings.take(Some("a")).is_ok());
        let wait = openings.take(Some("a")).expect_err("it had its two");
        assert!((Duration::from_secs(20)..=Duration::from_secs(30)).contains(&wait), "{wait:?}");
        assert!(openings.take(Some("b")).is_ok() && openings.take(None).is_ok());
        let open = Openings::new(0);
        assert!((0..1000).all(|_| open.take(Some("a")).is_ok()));
    }
}
