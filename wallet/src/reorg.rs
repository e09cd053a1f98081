//! Which blocks are the chain: follows headers, and says which blocks left it and which joined when it turns out to be another one. It asks nobody.

use alloy_primitives::B256;
use serde::{Deserialize, Serialize};
use std::collections::BTreeMap;

/// Blocks kept: the deepest reorganisation that is followed block by block.
pub const BLOCKS_MAX: usize = 256;

/// One block's head.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Header {
    /// Its number.
    pub number: u64,
    /// Its hash.
    pub hash: B256,
    /// The hash of the block before it.
    pub parent: B256,
}

/// What a header makes of the chain.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Step {
    /// It was known.
    Known,
    /// It joins at the end, after these left, newest first.
    Joined {
        /// Blocks that are no longer of the chain.
        left: Vec<Header>,
    },
    /// What is before it is not known: the header with this number is needed first, and this one again after it.
    Needs(u64),
    /// It belongs to a chain that parts from ours before the oldest block kept: all of these left, and everything from the number on is to be
    /// read anew.
    Lost {
        /// Every block that was kept, newest first.
        left: Vec<Header>,
        /// Where to begin.
        from: u64,
    },
}

/// The end of a chain.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Chain {
    blocks: BTreeMap<u64, Header>,
}

impl Chain {
    /// The newest block.
    #[must_use]
    pub fn head(&self) -> Option<Header> {
        self.blocks.last_key_value().map(|(_, header)| *header)
    }

    /// The block with this number, if it is kept.
    #[must_use]
    pub fn block(&self, number: u64) -> Option<Header> {
        self.blocks.get(&number).copied()
    }

    /// Takes the header that a node gave for its newest block, or for one that was needed.
    pub fn take(&mut self, header: Header) -> Step {
        if self.blocks.get(&header.number).is_some_and(|known| known.hash == header.hash) {
            return Step::Known;
        }
        let Some(oldest) = self.blocks.first_key_value().map(|(number, _)| *number) else {
            self.blocks.insert(header.number, header);
            return Step::Joined { left: Vec::new() };
        };
        let before = header.number.checked_sub(1).and_then(|number| self.blocks.get(&number));
        if before.is_some_and(|before| before.hash == header.parent) {
            let left = self.cut(header.number);
            self.blocks.insert(header.number, header);
            self.trim();
            return Step::Joined { left };
        }
        if header.number <= oldest {
            let left = self.cut(0);
            self.blocks.insert(header.number, header);
            return Step::Lost { left, from: header.number };
        }
        Step::Needs(header.number - 1)
    }

    fn cut(&mut self, from: u64) -> Vec<Header> {
        let left = self.blocks.split_off(&from);
        left.into_values().rev().collect()
    }

    fn trim(&mut self) {
        while self.blocks.len() > BLOCKS_MAX {
            self.blocks.pop_first();
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use alloy_primitives::keccak256;
    use proptest::prelude::*;

    /// A node's chain: `fork` makes other hashes.
    fn grow(node: &mut Vec<Header>, fork: u8) {
        let number = node.len() as u64;
        let parent = node.last().map_or(B256::ZERO, |last| last.hash);
        node.push(Header { number, hash: keccak256([parent.as_slice(), &[fork]].concat()), parent });
    }

    /// Follows a node to its newest block; answers what left and what joined.
    fn follow(chain: &mut Chain, node: &[Header]) -> (Vec<u64>, Vec<u64>) {
        let (mut left, mut joined) = (Vec::new(), Vec::new());
        let mut wanted = vec![node.len() as u64 - 1];
        while let Some(number) = wanted.last().copied() {
            let header = node[number as usize];
            match chain.take(header) {
                Step::Known => drop(wanted.pop()),
                Step::Joined { left: gone } | Step::Lost { left: gone, .. } => {
                    left.extend(gone.iter().map(|header| header.number));
                    joined.push(number);
                    wanted.pop();
                }
                Step::Needs(number) => wanted.push(number),
            }
        }
        (left, joined)
    }

    #[test]
    fn what_left_comes_newest_first_and_what_joins_oldest_first() {
        let (mut chain, mut node) = (Chain::default(), Vec::new());
        for _ in 0..10 {
            grow(&mut node, 0);
            follow(&mut chain, &node);
        }
        node.truncate(6);
        for _ in 0..6 {
            grow(&mut node, 1);
        }
        assert_eq!(follow(&mut chain, &node), (vec![9, 8, 7, 6], vec![6, 7, 8, 9, 10, 11]));
        assert_eq!(follow(&mut chain, &node), (vec![], vec![]));
    }

    #[test]
    fn a_chain_that_parts_before_all_that_is_kept_is_read_anew() {
        let (mut chain, mut node) = (Chain::default(), Vec::new());
        for _ in 0..BLOCKS_MAX + 50 {
            grow(&mut node, 0);
            follow(&mut chain, &node);
        }
        let oldest = node.len() as u64 - BLOCKS_MAX as u64;
        let mut other = Vec::new();
        for _ in 0..node.len() + 1 {
            grow(&mut other, 1);
        }
        let (left, joined) = follow(&mut chain, &other);
        assert_eq!((left.len(), joined.first(), joined.len()), (BLOCKS_MAX, Some(&oldest), BLOCKS_MAX + 1));
        assert_eq!(chain.head(), other.last().copied());
    }

    proptest! {
        #[test]
        fn after_any_reorganisations_it_is_the_nodes_chain(steps in prop::collection::vec((1..65_usize, 1..70_usize), 1..12)) {
            let (mut chain, mut node) = (Chain::default(), Vec::new());
            let mut counted = BTreeMap::new();
            for (fork, (depth, more)) in steps.into_iter().enumerate() {
                let stays = node.len().saturating_sub(depth).max(usize::from(!node.is_empty()));
                node.truncate(stays);
                for _ in 0..more {
                    grow(&mut node, fork as u8);
                }
                let (left, joined) = follow(&mut chain, &node);
                for number in left {
                    prop_assert!(counted.remove(&number).is_some(), "a block leaves once");
                }
                for number in joined {
                    prop_assert!(counted.insert(number, node[number as usize].hash).is_none(), "a block joins once");
                }
                prop_assert_eq!(chain.head(), node.last().copied());
                for (number, hash) in &counted {
                    if let Some(header) = node.get(*number as usize) {
                        prop_assert_eq!(header.hash, *hash);
                    }
                }
            }
        }
    }
}
