//! An epoch's bookings under one root: OpenZeppelin's StandardMerkleTree over `(bytes32 booking, address traveller, uint256 commission)`.

use crate::money::Wei;
use alloy_primitives::{Address, B256, keccak256};
use alloy_sol_types::SolValue;

/// One booking of an epoch.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Leaf {
    /// The booking, by [`crate::voucher::booking_id`].
    pub booking: B256,
    /// Who earns.
    pub traveller: Address,
    /// All three legs together.
    pub commission: Wei,
}

impl Leaf {
    /// Its hash, taken twice so that no inner node can be passed off as a leaf.
    #[must_use]
    pub fn hash(&self) -> B256 {
        keccak256(keccak256((self.booking, self.traveller, self.commission.0).abi_encode_params()))
    }
}

/// The tree of an epoch: leaves sorted by hash, node `n` above `2n + 1` and `2n + 2`.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Tree {
    nodes: Vec<B256>,
    /// Where in `nodes` each leaf stands, in the order they were given.
    places: Vec<usize>,
}

impl Tree {
    /// The tree over `leaves`; `None` when there are none.
    #[must_use]
    pub fn new(leaves: &[Leaf]) -> Option<Self> {
        let mut sorted: Vec<(B256, usize)> = leaves.iter().enumerate().map(|(at, leaf)| (leaf.hash(), at)).collect();
        sorted.sort();
        let size = (2 * leaves.len()).checked_sub(1)?;
        let (mut nodes, mut places) = (vec![B256::ZERO; size], vec![0; leaves.len()]);
        for (rank, (hash, at)) in sorted.into_iter().enumerate() {
            let place = size - 1 - rank;
            (nodes[place], places[at]) = (hash, place);
        }
        for at in (0..size - leaves.len()).rev() {
            nodes[at] = pair(nodes[2 * at + 1], nodes[2 * at + 2]);
        }
        Some(Self { nodes, places })
    }

    /// The root.
    #[must_use]
    pub fn root(&self) -> B256 {
        self.nodes[0]
    }

    /// The proof of the leaf that was given `at` this place; `None` when there was none.
    #[must_use]
    pub fn proof(&self, at: usize) -> Option<Vec<B256>> {
        let mut place = *self.places.get(at)?;
        let mut proof = Vec::new();
        while place > 0 {
            proof.push(self.nodes[if place % 2 == 1 { place + 1 } else { place - 1 }]);
            place = (place - 1) / 2;
        }
        Some(proof)
    }
}

/// What a proof makes of a leaf: the root, if both are right.
#[must_use]
pub fn root_of(leaf: &Leaf, proof: &[B256]) -> B256 {
    proof.iter().fold(leaf.hash(), |node, other| pair(node, *other))
}

/// The smaller one first, so that a proof needs no directions.
fn pair(a: B256, b: B256) -> B256 {
    let (low, high) = if a < b { (a, b) } else { (b, a) };
    keccak256([low.as_slice(), high.as_slice()].concat())
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    fn leaf(n: u64) -> Leaf {
        let booking = keccak256(n.to_be_bytes());
        Leaf { booking, traveller: Address::from_word(booking), commission: Wei::from(u128::from(n) + 1) }
    }

    /// Made with @openzeppelin/merkle-tree 1.0.8 over three leaves; see `contracts/test/hardhat`.
    #[test]
    fn the_javascript_library_agrees() {
        let vector: serde_json::Value = serde_json::from_str(include_str!("../tests/merkle.json")).expect("JSON");
        let text = |value: &serde_json::Value| value.as_str().expect("text").to_owned();
        let leaves: Vec<Leaf> = vector["leaves"]
            .as_array()
            .expect("a list")
            .iter()
            .map(|leaf| Leaf {
                booking: text(&leaf[0]).parse().expect("32 bytes"),
                traveller: text(&leaf[1]).parse().expect("an address"),
                commission: text(&leaf[2]).parse().expect("wei"),
            })
            .collect();
        let tree = Tree::new(&leaves).expect("there are leaves");
        assert_eq!(tree.root().to_string(), text(&vector["root"]));
        for (at, proof) in vector["proofs"].as_array().expect("a list").iter().enumerate() {
            let proof: Vec<B256> =
                proof.as_array().expect("a list").iter().map(|node| text(node).parse().expect("32 bytes")).collect();
            assert_eq!(tree.proof(at), Some(proof));
        }
    }

    #[test]
    fn there_is_no_tree_over_nothing() {
        assert_eq!(Tree::new(&[]), None);
        assert_eq!(Tree::new(&[leaf(1)]).expect("one").proof(1), None);
    }

    proptest! {
        #[test]
        fn every_leaf_has_a_proof_and_no_other_has(count in 1..70_u64, other in 70..400_u64) {
            let leaves: Vec<Leaf> = (0..count).map(leaf).collect();
            let tree = Tree::new(&leaves).unwrap();
            for (at, one) in leaves.iter().enumerate() {
                let proof = tree.proof(at).unwrap();
                prop_assert_eq!(root_of(one, &proof), tree.root());
                prop_assert_ne!(root_of(&leaf(other), &proof), tree.root());
            }
        }
    }
}
