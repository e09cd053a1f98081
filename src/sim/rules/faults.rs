//! What was found wrong, rule by rule. It judges nothing.

use std::time::Instant;

/// Faults of one seed that are kept; a world in ruins says no more than its beginning does.
const FAULTS_MAX: usize = 40;

/// The faults of one seed in order.
#[derive(Clone, Debug)]
pub(crate) struct Faults {
    start: Instant,
    now: Instant,
    found: Vec<String>,
}

impl Faults {
    /// A world that began at `start`, in which nothing was found yet.
    pub(crate) fn new(start: Instant) -> Self {
        Self { start, now: start, found: Vec::new() }
    }

    /// What is found from here on is found at `now`.
    pub(crate) fn at(&mut self, now: Instant) {
        self.now = now;
    }

    /// `rule` is broken by `what`.
    pub(crate) fn add(&mut self, rule: &str, what: impl std::fmt::Display) {
        if self.found.len() < FAULTS_MAX {
            let at = self.now.saturating_duration_since(self.start).as_secs_f64();
            self.found.push(format!("{rule}: at {at:.3} s: {what}"));
        }
    }

    /// All of them.
    pub(crate) fn into_list(self) -> Vec<String> {
        self.found
    }
}
