//! Which events have come, so that none counts twice when a lost line comes back. It reads none.

use std::collections::{BTreeSet, VecDeque};

/// Names that are remembered: twice what the server keeps.
const IDS_MAX: usize = 1024;

/// The events of one session that have come.
#[derive(Debug, Default)]
pub(crate) struct Seen {
    ids: BTreeSet<String>,
    order: VecDeque<String>,
}

impl Seen {
    /// The last new event, by its name.
    pub(crate) fn last(&self) -> Option<&str> {
        self.order.back().map(String::as_str)
    }

    /// False for an event that has come before.
    pub(crate) fn take(&mut self, id: &str) -> bool {
        if !self.ids.insert(id.to_owned()) {
            return false;
        }
        self.order.push_back(id.to_owned());
        if self.order.len() > IDS_MAX
            && let Some(oldest) = self.order.pop_front()
        {
            self.ids.remove(&oldest);
        }
        true
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_event_counts_once_and_the_last_new_one_is_known() {
        let mut seen = Seen::default();
        assert_eq!(seen.last(), None);
        assert!(seen.take("a") && seen.take("b") && !seen.take("a"));
        assert_eq!(seen.last(), Some("b"));
        for n in 0..IDS_MAX * 2 {
            assert!(seen.take(&n.to_string()));
        }
        assert_eq!((seen.ids.len(), seen.order.len()), (IDS_MAX, IDS_MAX));
    }
}
