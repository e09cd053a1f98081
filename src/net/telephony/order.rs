//! Pieces of sound that may arrive out of order, put in order within a bound. It knows no sound.

use std::collections::BTreeMap;

/// Pieces that wait for one before them: 100 ms; past it that one is lost.
const WAITING_MAX: usize = 5;

/// What is next, and what waits.
#[derive(Debug, Default)]
pub(crate) struct Order {
    next: Option<u64>,
    waiting: BTreeMap<u64, String>,
}

impl Order {
    /// Takes a piece with its number; answers all that can go on now, in order, or `Err` for one whose turn is past.
    pub(crate) fn put(&mut self, number: u64, piece: String) -> Result<Vec<String>, ()> {
        let next = *self.next.get_or_insert(number);
        if number < next {
            return Err(());
        }
        self.waiting.insert(number, piece);
        if self.waiting.len() > WAITING_MAX {
            // What is missing does not come any more.
            self.next = self.waiting.keys().next().copied();
        }
        let mut ready = Vec::new();
        while let Some(piece) = self.next.and_then(|next| self.waiting.remove(&next)) {
            ready.push(piece);
            self.next = self.next.map(|next| next.saturating_add(1));
        }
        Ok(ready)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn run(numbers: &[u64]) -> Vec<String> {
        let mut order = Order::default();
        numbers
            .iter()
            .map(|n| order.put(*n, n.to_string()).map_or_else(|()| "late".to_owned(), |ready| ready.join(",")))
            .collect()
    }

    #[test]
    fn pieces_come_out_in_order_and_a_lost_one_is_given_up() {
        assert_eq!(run(&[7, 8, 9]), ["7", "8", "9"]);
        assert_eq!(run(&[1, 3, 2, 4]), ["1", "", "2,3", "4"]);
        assert_eq!(run(&[1, 3, 4, 5, 6, 7, 8, 2]), ["1", "", "", "", "", "", "3,4,5,6,7,8", "late"]);
        assert_eq!(run(&[2, 1, 2, 3]), ["2", "late", "late", "3"]);
        assert_eq!(run(&[u64::MAX - 1, u64::MAX]).len(), 2);
    }
}
