//! The silence behind an answer, which calls for another when the client wants that. It reads no clock.

use media::frame::Samples;
use std::time::{Duration, Instant};

/// Since when nobody has the floor, once something was said.
#[derive(Debug, Default)]
pub(crate) struct Idle {
    since: Option<(Instant, Samples)>,
}

impl Idle {
    /// Nobody has the floor from `now` on, or somebody has; `at` is how far the caller's sound has come.
    pub(crate) fn floor(&mut self, now: Instant, taken: bool, at: Samples) {
        self.since = (!taken).then_some((now, at));
    }

    /// When a silence of `wait_ms` is over; never when there is no such wait.
    pub(crate) fn due(&self, wait_ms: Option<u64>) -> Option<Instant> {
        Some(self.since?.0 + Duration::from_millis(wait_ms?))
    }

    /// Where in the caller's sound the silence began, once it has lasted for `wait_ms`; told once.
    pub(crate) fn over(&mut self, now: Instant, wait_ms: Option<u64>) -> Option<Samples> {
        self.due(wait_ms).filter(|due| now >= *due)?;
        self.since.take().map(|(_, at)| at)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn it_is_told_once_and_only_of_a_whole_silence() {
        let (start, mut idle) = (Instant::now(), Idle::default());
        let after = |s: u64| start + Duration::from_secs(s);
        assert_eq!(idle.over(after(99), Some(5000)), None, "nothing was said yet");
        idle.floor(after(1), false, Samples(7));
        assert_eq!(idle.over(after(5), Some(5000)), None);
        assert_eq!(idle.over(after(99), None), None, "nobody wants it");
        assert_eq!(idle.over(after(6), Some(5000)), Some(Samples(7)));
        assert_eq!(idle.over(after(99), Some(5000)), None);
        idle.floor(after(100), false, Samples(8));
        idle.floor(after(101), true, Samples(8));
        assert_eq!(idle.due(Some(5000)), None);
    }
}
