//! One thing that is said, as the outside knows it: its clauses laid out in samples, and how far it was sent. It judges nothing.

use crate::session::clause::clauses;
use crate::sim::speech::{self, SWEEP};

/// A clause laid out in the item.
#[derive(Clone, Debug)]
struct Clause {
    from: u64,
    to: u64,
    /// Words: first and last sample in the item, last byte in the text.
    words: Vec<(u64, u64, usize)>,
}

/// One item of ours.
#[derive(Clone, Debug)]
pub(crate) struct Said {
    /// Its whole text.
    pub(crate) text: String,
    clauses: Vec<Clause>,
    /// The next sample to be sent.
    pub(crate) next: u64,
    /// The furthest sample that was sent.
    pub(crate) sent: u64,
    /// A clause of it failed: it may end anywhere.
    pub(crate) failed: bool,
    /// Its position was found by ear once: it is known to a frame.
    pub(crate) by_ear: bool,
    /// Milliseconds of it that were heard, once that is told.
    pub(crate) heard_ms: Option<u64>,
    /// The client says that it played no more than this of it, in ms.
    pub(crate) claimed_ms: Option<u64>,
}

impl Said {
    /// An item with this text, of which nothing was sent.
    pub(crate) fn new(text: &str) -> Self {
        let mut from = 0;
        let mut laid = Vec::new();
        for range in clauses(text) {
            let Some(clause) = text.get(range.clone()) else { continue };
            let to = from + speech::samples(clause);
            let words = speech::words(clause)
                .iter()
                .map(|word| (from + word.from.0, from + word.to.0, range.start + word.text_to as usize))
                .collect();
            laid.push(Clause { from, to, words });
            from = to;
        }
        let text = text.to_owned();
        Self { text, clauses: laid, next: 0, sent: 0, failed: false, by_ear: false, heard_ms: None, claimed_ms: None }
    }

    /// Its clauses.
    pub(crate) fn clauses(&self) -> impl Iterator<Item = &str> {
        clauses(&self.text).into_iter().filter_map(|range| self.text.get(range))
    }

    /// All samples of it, when no clause fails.
    pub(crate) fn total(&self) -> u64 {
        self.clauses.last().map_or(0, |clause| clause.to)
    }

    /// One frame of it is sent.
    pub(crate) fn send(&mut self, samples: u64) {
        self.next = (self.next + samples).min(self.total());
        self.sent = self.sent.max(self.next);
    }

    /// One frame that was taken for sound was none, and the item is not at its end.
    pub(crate) fn take_back(&mut self, samples: u64) {
        if self.next < self.total() {
            let back = self.next.saturating_sub(samples);
            self.sent = if self.sent == self.next { back } else { self.sent };
            self.next = back;
        }
    }

    /// After a pause it goes on from the start of the word that was cut, or from where it was.
    pub(crate) fn rewind(&mut self) {
        let at = self.next;
        let words = self.clauses.iter().flat_map(|clause| &clause.words);
        self.next = words.filter(|word| word.0 < at && at < word.1).map(|word| word.0).min().unwrap_or(at);
    }

    /// Where within the sweep the frame that begins `back` samples before `next` should be, when that is clear: it
    /// lies whole within one clause, and no sweep starts anew in it.
    pub(crate) fn expected(&self, frame: u64) -> Option<f64> {
        let from = self.next;
        let clause = self.clauses.iter().find(|clause| clause.from <= from && from < clause.to)?;
        let within = (from - clause.from) % SWEEP;
        let clear =
            from >= clause.from + frame && from + frame <= clause.to && within >= frame && within + frame <= SWEEP;
        clear.then_some(within as f64)
    }

    /// Bytes of the text that are heard when this many samples are: words whose middle has passed.
    pub(crate) fn heard_bytes(&self, samples: u64) -> usize {
        let words = self.clauses.iter().flat_map(|clause| &clause.words);
        words
            .filter(|(from, to, _)| samples > 0 && from + (to - from).div_ceil(2) <= samples)
            .map(|&(_, _, byte)| byte)
            .max()
            .unwrap_or(0)
    }
}
