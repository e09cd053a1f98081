//! How much one caller may do in a time: begin sessions, send events, send bytes. It counts and says how long to wait; it opens and reads nothing.

use governor::clock::{Clock as _, DefaultClock};
use governor::{DefaultKeyedRateLimiter, Quota, RateLimiter};
use std::collections::BTreeMap;
use std::num::NonZeroU32;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::{Arc, Mutex, PoisonError};
use std::time::{Duration, Instant};

/// Callers are forgotten, where they can be, after so many questions: what is kept is bounded by the callers of a minute.
const SWEEP_EVERY: usize = 1024;
/// What a caller may send at once when it has sent nothing before: as much as in this time.
const BURST: Duration = Duration::from_secs(5);

/// What one caller may do, over all its sessions; 0 for no bound.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Bounds {
    /// Sessions and secrets that it may begin in a minute.
    pub openings_per_minute: u32,
    /// Events that it may send in a second.
    pub events_per_second: u32,
    /// Bytes of events that it may send in a second.
    pub bytes_per_second: u64,
}

/// Counts by caller.
#[derive(Debug)]
pub struct Limits {
    bounds: Bounds,
    openings: Option<DefaultKeyedRateLimiter<String>>,
    clock: DefaultClock,
    asked: AtomicUsize,
    paces: Mutex<BTreeMap<String, Arc<Mutex<Flow>>>>,
}

impl Limits {
    /// Nobody has done anything yet.
    pub fn new(bounds: Bounds) -> Self {
        let openings = NonZeroU32::new(bounds.openings_per_minute);
        Self {
            bounds,
            openings: openings.map(|most| RateLimiter::keyed(Quota::per_minute(most))),
            clock: DefaultClock::default(),
            asked: AtomicUsize::new(0),
            paces: Mutex::default(),
        }
    }

    /// One more beginning of this caller; nobody in particular is never refused.
    ///
    /// # Errors
    /// How long the caller has to wait for the next.
    pub fn begin(&self, caller: Option<&str>) -> Result<(), Duration> {
        let (Some(limiter), Some(caller)) = (&self.openings, caller) else { return Ok(()) };
        if self.asked.fetch_add(1, Ordering::Relaxed) % SWEEP_EVERY == SWEEP_EVERY - 1 {
            limiter.retain_recent();
        }
        limiter.check_key(&caller.to_owned()).map_err(|not_until| not_until.wait_time_from(self.clock.now()))
    }

    /// The pace that a line of this caller has to keep, together with its other lines; nobody in particular keeps none.
    pub fn pace(&self, caller: Option<&str>) -> Option<Pace> {
        let caller = caller.filter(|_| self.bounds.events_per_second > 0 || self.bounds.bytes_per_second > 0)?;
        let now = Instant::now();
        let mut paces = self.paces.lock().unwrap_or_else(PoisonError::into_inner);
        // Who has no line any more and owes nothing is forgotten.
        paces.retain(|_, flow| Arc::strong_count(flow) > 1 || locked(flow).owes(now));
        let flow = paces.entry(caller.to_owned()).or_insert_with(|| Arc::new(Mutex::new(Flow::new(now)))).clone();
        Some(Pace { bounds: self.bounds, flow })
    }
}

/// What a caller has sent, as the moments at which it owes nothing for it.
#[derive(Debug)]
struct Flow {
    events: Instant,
    bytes: Instant,
}

impl Flow {
    const fn new(now: Instant) -> Self {
        Self { events: now, bytes: now }
    }

    fn owes(&self, now: Instant) -> bool {
        self.events > now || self.bytes > now
    }
}

fn locked(flow: &Mutex<Flow>) -> std::sync::MutexGuard<'_, Flow> {
    flow.lock().unwrap_or_else(PoisonError::into_inner)
}

/// One line's share in what its caller may send. An event that is larger than a burst is taken all the same, and waited for afterwards: nothing
/// is ever lost, which is why no limiter is used here that would refuse it.
#[derive(Clone, Debug)]
pub struct Pace {
    bounds: Bounds,
    flow: Arc<Mutex<Flow>>,
}

impl Pace {
    /// An event of so many bytes came at `now`; answers until when the line is not to be read, if it must wait.
    pub fn took(&self, bytes: usize, now: Instant) -> Option<Instant> {
        let mut flow = locked(&self.flow);
        let later = |at: &mut Instant, amount: f64, per_second: f64| {
            if per_second > 0.0 {
                *at = (*at).max(now) + Duration::from_secs_f64(amount / per_second);
            }
            at.checked_sub(BURST).filter(|until| *until > now)
        };
        let events = later(&mut flow.events, 1.0, f64::from(self.bounds.events_per_second));
        let bytes = later(&mut flow.bytes, bytes as f64, self.bounds.bytes_per_second as f64);
        events.max(bytes)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const BOUNDS: Bounds = Bounds { openings_per_minute: 2, events_per_second: 10, bytes_per_second: 1000 };

    #[test]
    fn each_caller_has_its_own_minute() {
        let limits = Limits::new(BOUNDS);
        assert!(limits.begin(Some("a")).is_ok() && limits.begin(Some("a")).is_ok());
        let wait = limits.begin(Some("a")).expect_err("it had its two");
        assert!((Duration::from_secs(20)..=Duration::from_secs(30)).contains(&wait), "{wait:?}");
        assert!(limits.begin(Some("b")).is_ok() && limits.begin(None).is_ok());
        let open = Limits::new(Bounds { openings_per_minute: 0, ..BOUNDS });
        assert!((0..1000).all(|_| open.begin(Some("a")).is_ok()));
    }

    #[test]
    fn all_lines_of_a_caller_keep_one_pace() {
        let limits = Limits::new(BOUNDS);
        let (one, other) = (limits.pace(Some("a")).expect("a pace"), limits.pace(Some("a")).expect("a pace"));
        let now = Instant::now();
        assert!((0..25).all(|_| one.took(1, now).is_none() && other.took(1, now).is_none()), "five seconds at once");
        let until = one.took(1, now).expect("it waits") - now;
        assert_eq!(until.as_millis(), 100);
        assert_eq!(limits.pace(Some("b")).expect("a pace").took(1, now), None);
        assert!(limits.pace(None).is_none(), "who uses the machine itself has none");
        // What it owes is there again after a while.
        assert_eq!(one.took(1, now + Duration::from_secs(1)), None);
    }

    #[test]
    fn bytes_are_waited_for_and_never_refused() {
        let pace = Limits::new(BOUNDS).pace(Some("a")).expect("a pace");
        let now = Instant::now();
        let until = pace.took(20_000, now).expect("it waits") - now;
        assert_eq!(until.as_secs(), 15);
    }

    #[test]
    fn who_owes_nothing_is_forgotten() {
        let limits = Limits::new(BOUNDS);
        drop(limits.pace(Some("a")));
        let pace = limits.pace(Some("b")).expect("a pace");
        assert_eq!(pace.took(1, Instant::now() + Duration::from_secs(60)), None);
        drop(pace);
        drop(limits.pace(Some("c")));
        let kept: Vec<String> = limits.paces.lock().expect("whole").keys().cloned().collect();
        assert_eq!(kept, ["b", "c"], "who still owes is kept");
    }
}
