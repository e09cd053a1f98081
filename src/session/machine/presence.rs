//! Whether the caller is there, and how long the session may go on with or without them. It ends nothing itself.

use crate::session::event::EndReason;
use std::time::{Duration, Instant};

/// The session's life on the clock: born, left, drained.
#[derive(Debug)]
pub(crate) struct Presence {
    born: Instant,
    resume_within: Duration,
    session_max: Duration,
    left: Option<Instant>,
    drain_by: Option<Instant>,
}

impl Presence {
    /// Born at `now`, with nobody attached yet; it outlives its transport for `resume_within` and lasts at most
    /// `session_max`.
    pub(crate) fn new(now: Instant, resume_within: Duration, session_max: Duration) -> Self {
        Self { born: now, resume_within, session_max, left: None, drain_by: None }
    }

    /// Time since it was born.
    pub(crate) fn since(&self, now: Instant) -> Duration {
        now.saturating_duration_since(self.born)
    }

    /// The moment that lies `since` after its birth.
    pub(crate) fn at(&self, since: Duration) -> Instant {
        self.born + since
    }

    /// A transport is there.
    pub(crate) fn came(&mut self) {
        self.left = None;
    }

    /// The transport is gone, if it was not gone already.
    pub(crate) fn went(&mut self, now: Instant) {
        self.left.get_or_insert(now);
    }

    /// The server stops `within`; false when it was told before.
    pub(crate) fn drain(&mut self, now: Instant, within: Duration) -> bool {
        let first = self.drain_by.is_none();
        self.drain_by.get_or_insert(now + within);
        first
    }

    /// Why the session is over by the clock, if it is.
    pub(crate) fn over(&self, now: Instant) -> Option<EndReason> {
        if self.abandoned_at().is_some_and(|at| now >= at) {
            return Some(EndReason::Abandoned);
        }
        if self.drain_by.is_some_and(|at| now >= at) {
            return Some(EndReason::Drained);
        }
        (now >= self.born + self.session_max).then_some(EndReason::TooLong)
    }

    /// When the clock will end it, as things stand.
    pub(crate) fn ends_at(&self) -> Option<Instant> {
        [self.abandoned_at(), self.drain_by, Some(self.born + self.session_max)].into_iter().flatten().min()
    }

    fn abandoned_at(&self) -> Option<Instant> {
        self.left.map(|left| left + self.resume_within)
    }
}
