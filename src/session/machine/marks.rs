//! Which event told how much of each saying was heard: what came after the last event that a client has seen, it has not heard either. It
//! judges nothing else.

use std::collections::VecDeque;

/// Marks kept; older ones are of sayings long over.
const MARKS_MAX: usize = 512;

#[derive(Debug)]
struct Mark {
    /// Number of the event.
    event: u64,
    item: String,
    heard_bytes: usize,
}

/// The marks of a session in order.
#[derive(Debug, Default)]
pub(crate) struct Marks {
    marks: VecDeque<Mark>,
}

impl Marks {
    /// The event of this number told that so much of an item was heard.
    pub(crate) fn set(&mut self, event: u64, item: &str, heard_bytes: usize) {
        if self.marks.len() == MARKS_MAX {
            self.marks.pop_front();
        }
        self.marks.push_back(Mark { event, item: item.to_owned(), heard_bytes });
    }

    /// The items that sounded after this event, in order, each with what was told of it until then.
    pub(crate) fn after(&self, event: u64) -> Vec<(String, usize)> {
        let mut items: Vec<(String, usize)> = Vec::new();
        for mark in self.marks.iter().filter(|mark| mark.event > event) {
            if items.iter().all(|(item, _)| *item != mark.item) {
                let known = self.marks.iter().filter(|other| other.event <= event && other.item == mark.item);
                // The last and not the most: what was thought to be heard may have been taken back since.
                let heard = known.last().map_or(0, |mark| mark.heard_bytes);
                items.push((mark.item.clone(), heard));
            }
        }
        items
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_sounded_after_the_last_seen_event_was_heard_up_to_there() {
        let mut marks = Marks::default();
        for (event, item, heard) in
            [(2, "a", 0), (3, "a", 4), (4, "a", 9), (7, "b", 0), (9, "b", 5), (10, "a", 6), (12, "a", 9)]
        {
            marks.set(event, item, heard);
        }
        let after = |event| marks.after(event).into_iter().map(|(item, heard)| format!("{item}{heard}")).collect();
        let told: Vec<Vec<String>> = [0, 3, 4, 8, 10, 12].map(after).into();
        assert_eq!(told, [vec!["a0", "b0"], vec!["a4", "b0"], vec!["b0", "a9"], vec!["b0", "a9"], vec!["a6"], vec![]]);
    }

    #[test]
    fn the_oldest_marks_go_first() {
        let mut marks = Marks::default();
        for event in 0..MARKS_MAX as u64 + 9 {
            marks.set(event, "a", 1);
        }
        assert_eq!(marks.marks.len(), MARKS_MAX);
    }
}
