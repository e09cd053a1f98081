//! Server events on their way out: sent while a control channel is open, and kept in bounds for a client that comes back and says which it has
//! seen. It writes none.

use crate::session::event::Output;
use std::collections::VecDeque;

/// Events kept for a client that comes back; past it the oldest are dropped.
pub(crate) const EVENTS_KEPT_MAX: usize = 512;
/// Bytes of the events kept; past it the oldest are dropped.
pub(crate) const EVENTS_KEPT_BYTES_MAX: usize = 2 * 1024 * 1024;

/// One event as it is written.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Letter {
    /// Its number in the session, from 1; the last part of its `event_id`.
    pub(crate) number: u64,
    /// Of the moment alone, as sound is: who was not there is not told later.
    pub(crate) passing: bool,
    /// The event.
    pub(crate) text: String,
}

/// What a client that came back was told anew.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Replayed {
    /// So many events.
    pub(crate) events: u64,
    /// Nothing that lasts is missing among them.
    pub(crate) complete: bool,
}

/// The events in the order in which they are told. Places are counted over the whole session, from 0.
#[derive(Debug)]
pub(crate) struct Post {
    open: bool,
    opened: bool,
    kept: VecDeque<Letter>,
    bytes: usize,
    /// The place of the first one kept.
    first: u64,
    /// The place of the next one for the channel: behind it are those that were told, and are kept in case they never arrived.
    next: u64,
    /// The place of the first one that was never told.
    fresh: u64,
    /// The highest number that was dropped.
    dropped: u64,
    complete: bool,
}

impl Default for Post {
    fn default() -> Self {
        Self {
            open: false,
            opened: false,
            kept: VecDeque::new(),
            bytes: 0,
            first: 0,
            next: 0,
            fresh: 0,
            dropped: 0,
            complete: true,
        }
    }
}

impl Post {
    /// The control channel is open; true when it is for the first time.
    pub(crate) fn open(&mut self) -> bool {
        self.open = true;
        !std::mem::replace(&mut self.opened, true)
    }

    /// These events go out before all that waits, on the first channel of all.
    pub(crate) fn put_first(&mut self, letters: Vec<Letter>) {
        for letter in letters.into_iter().rev() {
            self.bytes += letter.text.len();
            self.kept.push_front(letter);
        }
    }

    /// There is no control channel.
    pub(crate) fn close(&mut self) {
        self.open = false;
    }

    /// The client has seen the event of this number, and nothing that was told after it.
    pub(crate) fn seen(&mut self, number: u64) {
        let place = self.kept.iter().position(|letter| letter.number == number).map(|at| at + 1);
        // What was of the moment is not kept: then it is all that is newer.
        let newer = || self.kept.iter().position(|letter| letter.number > number).unwrap_or(self.kept.len());
        self.complete &= place.is_some() || number >= self.dropped;
        // Nobody has seen what was never told.
        self.next = self.fresh.min(self.first + place.unwrap_or_else(newer) as u64);
    }

    /// Tells a client that came back what waits for it.
    pub(crate) fn replay(&mut self, out: &mut VecDeque<Output>) -> Replayed {
        let events = self.first + self.kept.len() as u64 - self.next;
        self.flush(out);
        Replayed { events, complete: std::mem::replace(&mut self.complete, true) }
    }

    /// Takes fresh events and puts out what may go.
    pub(crate) fn send(&mut self, letters: Vec<Letter>, out: &mut VecDeque<Output>) {
        self.flush(out);
        for letter in letters {
            if letter.passing {
                if self.open {
                    out.push_back(Output::Control(letter.text));
                }
                continue;
            }
            self.bytes += letter.text.len();
            self.kept.push_back(letter);
            self.flush(out);
        }
        self.bound(out);
    }

    fn flush(&mut self, out: &mut VecDeque<Output>) {
        if !self.open {
            return;
        }
        for letter in self.kept.range((self.next - self.first) as usize..) {
            let text = letter.text.clone();
            out.push_back(if self.next < self.fresh { Output::Again(text) } else { Output::Control(text) });
            self.next += 1;
        }
        self.fresh = self.fresh.max(self.next);
    }

    fn bound(&mut self, out: &mut VecDeque<Output>) {
        while self.kept.len() > EVENTS_KEPT_MAX || self.bytes > EVENTS_KEPT_BYTES_MAX {
            let Some(letter) = self.kept.pop_front() else { return };
            self.bytes -= letter.text.len();
            self.dropped = self.dropped.max(letter.number);
            self.first += 1;
            if self.next < self.first {
                self.complete = false;
                self.next = self.first;
                out.push_back(Output::Count("event_dropped_while_away"));
            }
            self.fresh = self.fresh.max(self.first);
        }
    }
}

#[cfg(test)]
mod tests;
