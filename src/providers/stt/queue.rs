//! Which recognition job is next: final before speculative before partial, sessions in turn. It never waits or reads a clock.

use media::call::Hearing;
use std::collections::{BTreeMap, VecDeque};
use std::time::Instant;

/// Jobs waiting at most.
pub const WAITING_MAX: usize = 256;
/// Sessions whose last turn is remembered.
const REMEMBERED_MAX: usize = 4096;

/// Waiting jobs of type `T`.
#[derive(Debug)]
pub struct Queue<T> {
    waiting: VecDeque<Entry<T>>,
    /// When each session was last served, counted in jobs.
    served: BTreeMap<u64, u64>,
    turn: u64,
}

/// One waiting job.
#[derive(Debug)]
pub struct Entry<T> {
    /// Whose it is.
    pub session: u64,
    /// How urgent it is.
    pub hearing: Hearing,
    /// Useless from then on.
    pub expires: Instant,
    /// The job.
    pub job: T,
}

impl<T> Default for Queue<T> {
    fn default() -> Self {
        Self { waiting: VecDeque::new(), served: BTreeMap::new(), turn: 0 }
    }
}

impl<T> Queue<T> {
    /// Adds a job and returns those that are shed for it, perhaps the job itself.
    ///
    /// A session's newer partial replaces its older one. In a full queue partials go first, then speculative jobs.
    pub fn push(&mut self, entry: Entry<T>) -> Vec<T> {
        let mut shed = Vec::new();
        if entry.hearing == Hearing::Partial {
            self.take_all(&mut shed, |other| other.hearing == Hearing::Partial && other.session == entry.session);
        }
        if self.waiting.len() >= WAITING_MAX && !self.make_room(entry.hearing, &mut shed) {
            shed.push(entry.job);
            return shed;
        }
        self.waiting.push_back(entry);
        shed
    }

    /// Takes the most urgent job of the session that has waited longest for its turn, and every job that has expired.
    pub fn pop(&mut self, now: Instant) -> (Option<Entry<T>>, Vec<T>) {
        let mut expired = Vec::new();
        self.take_all(&mut expired, |entry| entry.expires <= now);
        let next = (0..self.waiting.len()).min_by_key(|at| {
            let entry = &self.waiting[*at];
            (urgency(entry.hearing), self.served.get(&entry.session).copied().unwrap_or(0), *at)
        });
        let next = next.and_then(|at| self.waiting.remove(at));
        if let Some(entry) = &next {
            self.remember(entry.session);
        }
        (next, expired)
    }

    /// Takes every waiting partial.
    pub fn shed_partials(&mut self) -> Vec<T> {
        let mut shed = Vec::new();
        self.take_all(&mut shed, |entry| entry.hearing == Hearing::Partial);
        shed
    }

    /// Jobs waiting that are not partials.
    pub fn urgent(&self) -> usize {
        self.waiting.iter().filter(|entry| entry.hearing != Hearing::Partial).count()
    }

    /// Jobs waiting.
    pub fn len(&self) -> usize {
        self.waiting.len()
    }

    /// Is nothing waiting?
    pub fn is_empty(&self) -> bool {
        self.waiting.is_empty()
    }

    /// Drops the oldest of the least urgent jobs that are less urgent than `than`.
    fn make_room(&mut self, than: Hearing, shed: &mut Vec<T>) -> bool {
        let less_urgent = |at: &usize| urgency(self.waiting[*at].hearing) > urgency(than);
        let victim = (0..self.waiting.len())
            .filter(less_urgent)
            .min_by_key(|at| (std::cmp::Reverse(urgency(self.waiting[*at].hearing)), *at));
        let taken = victim.and_then(|at| self.waiting.remove(at));
        let made = taken.is_some();
        shed.extend(taken.map(|entry| entry.job));
        made
    }

    fn take_all(&mut self, into: &mut Vec<T>, which: impl Fn(&Entry<T>) -> bool) {
        let (taken, kept) = std::mem::take(&mut self.waiting).into_iter().partition::<Vec<_>, _>(|entry| which(entry));
        self.waiting = kept.into();
        into.extend(taken.into_iter().map(|entry| entry.job));
    }

    fn remember(&mut self, session: u64) {
        self.turn += 1;
        self.served.insert(session, self.turn);
        if self.served.len() > REMEMBERED_MAX {
            let oldest = self.served.iter().min_by_key(|(_, turn)| **turn).map(|(session, _)| *session);
            oldest.map(|session| self.served.remove(&session));
        }
    }
}

fn urgency(hearing: Hearing) -> u8 {
    match hearing {
        Hearing::Final => 0,
        Hearing::Speculative => 1,
        Hearing::Partial => 2,
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::time::Duration;

    fn entry(now: Instant, session: u64, hearing: Hearing, job: &'static str) -> Entry<&'static str> {
        Entry { session, hearing, expires: now + Duration::from_secs(1), job }
    }

    fn order(queue: &mut Queue<&'static str>, now: Instant) -> Vec<&'static str> {
        std::iter::from_fn(|| queue.pop(now).0.map(|entry| entry.job)).collect()
    }

    #[test]
    fn final_comes_before_speculative_before_partial() {
        let (mut queue, now) = (Queue::default(), Instant::now());
        for (hearing, job) in [(Hearing::Partial, "p"), (Hearing::Speculative, "s"), (Hearing::Final, "f")] {
            assert!(queue.push(entry(now, 1, hearing, job)).is_empty());
        }
        assert_eq!(order(&mut queue, now), ["f", "s", "p"]);
    }

    #[test]
    fn a_busy_session_does_not_starve_a_quiet_one() {
        let (mut queue, now) = (Queue::default(), Instant::now());
        for job in ["a1", "a2", "a3"] {
            queue.push(entry(now, 1, Hearing::Final, job));
        }
        queue.push(entry(now, 2, Hearing::Final, "b1"));
        queue.push(entry(now, 2, Hearing::Final, "b2"));
        assert_eq!(order(&mut queue, now), ["a1", "b1", "a2", "b2", "a3"]);
    }

    #[test]
    fn a_newer_partial_replaces_the_sessions_older_one() {
        let (mut queue, now) = (Queue::default(), Instant::now());
        queue.push(entry(now, 1, Hearing::Partial, "old"));
        queue.push(entry(now, 2, Hearing::Partial, "other"));
        assert_eq!(queue.push(entry(now, 1, Hearing::Partial, "new")), ["old"]);
        assert_eq!(order(&mut queue, now), ["other", "new"]);
    }

    #[test]
    fn an_expired_job_is_handed_back() {
        let (mut queue, now) = (Queue::default(), Instant::now());
        queue.push(entry(now, 1, Hearing::Final, "late"));
        let (next, expired) = queue.pop(now + Duration::from_secs(1));
        assert!(next.is_none());
        assert_eq!(expired, ["late"]);
    }

    #[test]
    fn a_full_queue_sheds_partials_first_and_refuses_what_is_not_more_urgent() {
        let (mut queue, now) = (Queue::default(), Instant::now());
        queue.push(entry(now, 0, Hearing::Partial, "partial"));
        for session in 1..WAITING_MAX as u64 {
            queue.push(entry(now, session, Hearing::Final, "final"));
        }
        assert_eq!(queue.push(entry(now, 999, Hearing::Final, "more")), ["partial"]);
        assert_eq!(queue.push(entry(now, 999, Hearing::Final, "too many")), ["too many"]);
        assert_eq!(queue.len(), WAITING_MAX);
    }
}
