//! What a process says, line by line, and waiting for what it should say. It never waits without a deadline.

use std::io::{BufRead, BufReader, Read};
use std::sync::{Arc, Condvar, Mutex, MutexGuard, PoisonError};
use std::time::{Duration, Instant};

/// The lines of a stream so far; cheap to clone.
#[derive(Clone, Default)]
pub(crate) struct Lines {
    shared: Arc<(Mutex<Said>, Condvar)>,
}

#[derive(Default)]
struct Said {
    lines: Vec<String>,
    over: bool,
}

impl Lines {
    /// Reads `source` to its end, on a thread of its own.
    pub(crate) fn of(source: impl Read + Send + 'static) -> Self {
        let lines = Self::default();
        let kept = lines.clone();
        std::thread::spawn(move || {
            let mut source = BufReader::new(source);
            let mut line = Vec::new();
            while source.read_until(b'\n', &mut line).is_ok_and(|read| read > 0) {
                let text = String::from_utf8_lossy(&line).trim_end().to_owned();
                kept.locked().lines.push(text);
                kept.shared.1.notify_all();
                line.clear();
            }
            kept.locked().over = true;
            kept.shared.1.notify_all();
        });
        lines
    }

    /// All lines so far.
    pub(crate) fn all(&self) -> Vec<String> {
        self.locked().lines.clone()
    }

    /// All lines so far as one text.
    pub(crate) fn text(&self) -> String {
        self.all().join("\n")
    }

    /// The first line from number `from` on that `wanted` makes something of, and the number after it. `None` when there is none within the
    /// time, or the stream has ended without it.
    pub(crate) fn find<T>(
        &self,
        from: usize,
        within: Duration,
        wanted: impl Fn(&str) -> Option<T>,
    ) -> Option<(usize, T)> {
        let deadline = Instant::now() + within;
        let mut said = self.locked();
        let mut next = from;
        loop {
            while let Some(line) = said.lines.get(next) {
                next += 1;
                if let Some(found) = wanted(line) {
                    return Some((next, found));
                }
            }
            let left = deadline.checked_duration_since(Instant::now()).filter(|_| !said.over)?;
            said = self.shared.1.wait_timeout(said, left).unwrap_or_else(PoisonError::into_inner).0;
        }
    }

    /// Waits for the end of the stream, which is the end of its process; false when it does not come in time.
    pub(crate) fn ends(&self, within: Duration) -> bool {
        let said = self.locked();
        let waited = self.shared.1.wait_timeout_while(said, within, |said| !said.over);
        waited.unwrap_or_else(PoisonError::into_inner).0.over
    }

    fn locked(&self) -> MutexGuard<'_, Said> {
        self.shared.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}
