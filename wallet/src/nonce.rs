//! The nonces of one signer on one chain: each given out once, in order, and kept until its transaction is deep enough; fees that rise until it is
//! taken. It signs and sends nothing.

use alloy_primitives::B256;
use serde::{Deserialize, Serialize};
use std::collections::BTreeMap;

/// Most transactions in no block at once: below what nodes keep for one account.
pub const FLIGHTS_MAX: usize = 16;
/// Most versions of one transaction: after these the fee has risen eightfold, and somebody should look.
pub const TRIES_MAX: usize = 18;

/// What a transaction pays for each unit of gas, in wei (EIP-1559).
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Fees {
    /// The most in all.
    pub max: u128,
    /// The part for whoever makes the block.
    pub priority: u128,
}

impl Fees {
    /// What a chain with this base fee takes: room for it to double, and a tip.
    #[must_use]
    pub fn over(base: u128, priority: u128) -> Self {
        Self { max: base.saturating_mul(2).saturating_add(priority), priority }
    }

    /// What replaces a transaction with these fees: an eighth more of both, rounded up (pools ask for a tenth), and no less than the `market`.
    #[must_use]
    pub fn bumped(self, market: Self) -> Self {
        let more = |fee: u128| fee.saturating_add(fee.div_ceil(8)).max(fee.saturating_add(1));
        Self { max: more(self.max).max(market.max), priority: more(self.priority).max(market.priority) }
    }
}

/// One signed version of a transaction.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Try {
    /// Its hash.
    pub hash: B256,
    /// The signed bytes, as they are sent.
    pub raw: alloy_primitives::Bytes,
    /// What it pays.
    pub fees: Fees,
    /// When it was signed, in ms since 1970.
    pub at_ms: u64,
}

/// A block that a transaction is in.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Block {
    /// Its number.
    pub number: u64,
    /// Its hash.
    pub hash: B256,
}

/// One nonce under way.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Flight {
    /// What it is for.
    pub id: String,
    /// Its versions, oldest first; any of them may be taken, and only one can be.
    pub tries: Vec<Try>,
    /// Where it is, while it is anywhere.
    pub mined: Option<Block>,
}

/// The nonces of one signer on one chain.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Lane {
    next: u64,
    flights: BTreeMap<u64, Flight>,
}

impl Lane {
    /// A signer whose next transaction has this nonce.
    #[must_use]
    pub fn starting_at(next: u64) -> Self {
        Self { next, flights: BTreeMap::new() }
    }

    /// The next nonce, for `id`; `None` when too much is under way, or `id` is already.
    pub fn take(&mut self, id: &str) -> Option<u64> {
        if self.in_the_air() >= FLIGHTS_MAX || self.by_id(id).is_some() {
            return None;
        }
        let nonce = self.next;
        self.next += 1;
        self.flights.insert(nonce, Flight { id: id.to_owned(), tries: Vec::new(), mined: None });
        Some(nonce)
    }

    /// How many transactions are in no block.
    #[must_use]
    pub fn in_the_air(&self) -> usize {
        self.flights.values().filter(|flight| flight.mined.is_none()).count()
    }

    /// A version was signed. It must be stored before it is sent.
    pub fn signed(&mut self, nonce: u64, version: Try) {
        if let Some(flight) = self.flights.get_mut(&nonce)
            && flight.tries.len() < TRIES_MAX
            && flight.tries.iter().all(|other| other.hash != version.hash)
        {
            flight.tries.push(version);
        }
    }

    /// The flight of a nonce.
    #[must_use]
    pub fn get(&self, nonce: u64) -> Option<&Flight> {
        self.flights.get(&nonce)
    }

    /// The flight for `id`.
    #[must_use]
    pub fn by_id(&self, id: &str) -> Option<(u64, &Flight)> {
        self.flights.iter().find(|(_, flight)| flight.id == id).map(|(nonce, flight)| (*nonce, flight))
    }

    /// Everything under way, lowest nonce first.
    pub fn flights(&self) -> impl Iterator<Item = (u64, &Flight)> {
        self.flights.iter().map(|(nonce, flight)| (*nonce, flight))
    }

    /// Where a nonce's transaction is now; `None` when it is nowhere (any more).
    pub fn found(&mut self, nonce: u64, block: Option<Block>) {
        if let Some(flight) = self.flights.get_mut(&nonce) {
            flight.mined = block;
        }
    }

    /// A nonce is spent for good: its block is deep enough, or the chain has gone past it.
    pub fn spent(&mut self, nonce: u64) -> Option<Flight> {
        self.flights.remove(&nonce)
    }

    /// The chain has taken every nonce below `count`, and none from there on: one that we never gave out is given out no more, and a transaction
    /// that was in a block and is above is in none any more.
    pub fn counted(&mut self, count: u64) {
        self.next = self.next.max(count);
        self.flights.range_mut(count..).for_each(|(_, flight)| flight.mined = None);
    }

    /// The nonce that the chain waits for, when it was given out and is under way no more: it was let go, and a reorganisation has freed it. It is
    /// given out once more, for nothing, or all that is above it would wait for ever.
    pub fn fill(&mut self, count: u64) -> Option<u64> {
        let missing = count < self.next && !self.flights.contains_key(&count);
        missing.then(|| {
            self.flights.insert(count, Flight { id: format!("void:{count}"), tries: Vec::new(), mined: None });
            count
        })
    }

    /// The next nonce to be given out.
    #[must_use]
    pub fn next(&self) -> u64 {
        self.next
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    fn version(n: u8) -> Try {
        Try { hash: B256::repeat_byte(n), raw: vec![n].into(), fees: Fees::default(), at_ms: 0 }
    }

    #[test]
    fn each_nonce_is_given_once_and_one_thing_has_one() {
        let mut lane = Lane::starting_at(7);
        assert_eq!((lane.take("a"), lane.take("b"), lane.take("a")), (Some(7), Some(8), None));
        lane.signed(7, version(1));
        lane.signed(7, version(1));
        assert_eq!(lane.get(7).map(|flight| flight.tries.len()), Some(1));
        assert!(lane.spent(7).is_some() && lane.spent(7).is_none());
        assert_eq!(lane.take("a"), Some(9), "never the same again");
        lane.counted(20);
        assert_eq!(lane.take("c"), Some(20));
        for n in 0..20 {
            lane.take(&n.to_string());
        }
        assert_eq!(lane.flights().count(), FLIGHTS_MAX);
    }

    proptest! {
        #[test]
        fn a_replacement_pays_an_eighth_more_and_what_the_market_asks(max: u64, priority: u64, base: u64) {
            let fees = Fees { max: u128::from(max), priority: u128::from(priority) };
            let market = Fees::over(u128::from(base), 1);
            let more = fees.bumped(market);
            prop_assert!(more.max * 1000 >= fees.max * 1125 && more.priority * 1000 >= fees.priority * 1125);
            prop_assert!(more.max > fees.max && more.priority > fees.priority);
            prop_assert!(more.max >= market.max && more.priority >= market.priority);
        }
    }
}
