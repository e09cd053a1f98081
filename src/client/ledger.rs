//! Which saying each played sample belongs to, and so how much of each was heard. It plays nothing: the count of played samples is an argument.

use std::collections::{BTreeSet, VecDeque};

/// The book of what was queued and played; all counts are samples since the beginning.
#[derive(Debug, Default)]
pub(crate) struct Ledger {
    items: VecDeque<Item>,
    queued: u64,
    played: u64,
    cut: BTreeSet<String>,
    cut_order: VecDeque<String>,
    /// The last sayings of which sound came.
    sounded: VecDeque<String>,
}

#[derive(Debug)]
struct Item {
    id: String,
    queued: u64,
    heard: u64,
    /// All its sound was queued.
    whole: bool,
}

/// A saying that was cut: how much of it was heard, of how much.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct CutItem {
    /// The saying.
    pub(crate) id: String,
    /// Samples that were heard.
    pub(crate) heard: u64,
    /// Samples that had come.
    pub(crate) queued: u64,
}

impl Ledger {
    /// So much sound of a saying is queued; false when the saying was cut, and nothing of it may be played any more.
    pub(crate) fn add(&mut self, id: &str, samples: usize) -> bool {
        if self.cut.contains(id) || samples == 0 {
            return false;
        }
        self.queued += samples as u64;
        if self.sounded.back().is_none_or(|last| last != id) {
            self.sounded.push_back(id.to_owned());
            if self.sounded.len() > CUT_MAX {
                self.sounded.pop_front();
            }
        }
        match self.items.back_mut().filter(|item| item.id == id) {
            Some(item) => item.queued += samples as u64,
            None => {
                self.items.push_back(Item { id: id.to_owned(), queued: samples as u64, heard: 0, whole: false });
            }
        }
        true
    }

    /// All sound of a saying has come.
    pub(crate) fn finish(&mut self, id: &str) {
        for item in self.items.iter_mut().filter(|item| item.id == id) {
            item.whole = true;
        }
    }

    /// The saying has sound that was not heard to its end.
    pub(crate) fn holds(&self, id: &str) -> bool {
        self.items.iter().any(|item| item.id == id)
    }

    /// Sound of the saying has come here: nobody knows better how much of it was heard.
    pub(crate) fn knows(&self, id: &str) -> bool {
        self.sounded.iter().any(|sounded| sounded == id)
    }

    /// So much was played since the beginning; answers the sayings that were heard whole by that.
    pub(crate) fn played(&mut self, total: u64) -> Vec<String> {
        let mut fresh = total.clamp(self.played, self.queued) - self.played;
        self.played += fresh;
        for item in &mut self.items {
            let part = fresh.min(item.queued - item.heard);
            item.heard += part;
            fresh -= part;
        }
        let mut whole = Vec::new();
        while let Some(item) = self.items.pop_front_if(|item| item.whole && item.heard == item.queued) {
            whole.push(item.id);
        }
        whole
    }

    /// The sound was stopped after `total`, and what was still queued is gone. Answers each saying that was not heard whole.
    pub(crate) fn cut(&mut self, total: u64) -> Vec<CutItem> {
        self.played(total);
        self.queued = self.played;
        let cut: Vec<CutItem> =
            self.items.drain(..).map(|Item { id, queued, heard, .. }| CutItem { id, heard, queued }).collect();
        for CutItem { id, .. } in &cut {
            if self.cut.insert(id.clone()) {
                self.cut_order.push_back(id.clone());
            }
        }
        while self.cut_order.len() > CUT_MAX
            && let Some(id) = self.cut_order.pop_front()
        {
            self.cut.remove(&id);
        }
        cut
    }

    /// There is sound that was not heard yet.
    pub(crate) fn sounding(&self) -> bool {
        self.queued > self.played
    }
}

/// Sayings that were cut and are remembered; sound of older ones no longer comes.
const CUT_MAX: usize = 64;

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_played_belongs_to_the_sayings_in_their_order() {
        let mut ledger = Ledger::default();
        assert!(ledger.add("a", 100) && ledger.add("a", 50) && ledger.add("b", 100));
        ledger.finish("a");
        assert!(ledger.played(120).is_empty());
        assert_eq!(ledger.played(150), ["a"]);
        assert!(ledger.sounding());
        let cut = ledger.cut(180);
        assert_eq!(cut, [CutItem { id: "b".to_owned(), heard: 30, queued: 100 }]);
        assert!(!ledger.sounding());
        assert!(!ledger.add("b", 10), "what was cut stays silent");
        assert!(ledger.add("c", 10));
        ledger.finish("c");
        assert_eq!(ledger.played(190), ["c"]);
    }

    #[test]
    fn a_saying_that_ran_dry_is_cut_too() {
        let mut ledger = Ledger::default();
        ledger.add("a", 100);
        assert!(ledger.played(100).is_empty());
        assert!(!ledger.sounding() && ledger.holds("a"));
        assert_eq!(ledger.cut(100), [CutItem { id: "a".to_owned(), heard: 100, queued: 100 }]);
    }

    #[test]
    fn a_wrong_count_is_held_to_what_can_be() {
        let mut ledger = Ledger::default();
        ledger.add("a", 100);
        ledger.played(80);
        ledger.played(10);
        ledger.finish("a");
        assert_eq!(ledger.played(u64::MAX), ["a"]);
        assert!(ledger.cut(u64::MAX).is_empty());
        for n in 0..CUT_MAX + 2 {
            ledger.add(&n.to_string(), 1);
            ledger.cut(u64::MAX);
            assert!(ledger.cut.len() <= CUT_MAX && ledger.sounded.len() <= CUT_MAX);
            assert!(ledger.knows(&n.to_string()) && !ledger.knows("never"));
        }
    }
}
