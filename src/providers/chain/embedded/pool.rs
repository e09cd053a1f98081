//! Signed transactions that are in no block yet: one for each nonce of a sender, replaced by one that pays a tenth more. It runs nothing.

use crate::providers::chain::embedded::world::World;
use alloy::consensus::transaction::SignerRecoverable as _;
use alloy::consensus::{Transaction as _, TxEnvelope};
use alloy::eips::eip2718::Decodable2718 as _;
use alloy::primitives::{Address, B256, Bytes, U256};
use std::collections::{BTreeMap, HashMap};

/// Most transactions that wait.
pub(crate) const WAITING_MAX: usize = 4096;
/// Most of one sender.
pub(crate) const WAITING_OF_ONE_MAX: usize = 256;
/// Longest transaction, in bytes, as nodes have it.
const BYTES_MAX: usize = 128 * 1024;
/// What a replacement pays more at least, in percent.
const MORE_PERCENT: u128 = 10;

/// A transaction that waits.
#[derive(Clone, Debug)]
pub(crate) struct Waiting {
    pub(crate) tx: TxEnvelope,
    pub(crate) from: Address,
    /// Earlier ones first, where they pay the same.
    arrived: u64,
}

impl Waiting {
    /// Reads signed bytes.
    pub(crate) fn read(raw: &Bytes) -> Result<Self, Refusal> {
        if raw.len() > BYTES_MAX {
            return Err(Refusal::Oversized);
        }
        let mut rest = raw.as_ref();
        let tx = TxEnvelope::decode_2718(&mut rest).map_err(|_| Refusal::Undecodable)?;
        if !rest.is_empty() {
            return Err(Refusal::Undecodable);
        }
        if tx.is_eip4844() {
            return Err(Refusal::Blobs);
        }
        let from = tx.recover_signer().map_err(|_| Refusal::NoSender)?;
        Ok(Self { tx, from, arrived: 0 })
    }

    /// One that was in a block that left.
    pub(crate) fn again(tx: TxEnvelope, from: Address) -> Self {
        Self { tx, from, arrived: 0 }
    }

    /// Its hash.
    pub(crate) fn hash(&self) -> B256 {
        *self.tx.tx_hash()
    }

    /// What it pays whoever makes the block, where the base fee is this; `None` when it does not pay that.
    pub(crate) fn tip(&self, base_fee: u64) -> Option<u128> {
        self.tx.effective_tip_per_gas(base_fee)
    }

    fn most(&self) -> U256 {
        U256::from(self.tx.max_fee_per_gas())
            .saturating_mul(U256::from(self.tx.gas_limit()))
            .saturating_add(self.tx.value())
    }

    fn replaces(&self, other: &Self) -> bool {
        let more = |ours: u128, theirs: u128| {
            theirs
                .checked_mul(100 + MORE_PERCENT)
                .is_some_and(|least| ours.saturating_mul(100) >= least && ours > theirs)
        };
        let tip = |waiting: &Self| waiting.tx.max_priority_fee_per_gas().unwrap_or(waiting.tx.max_fee_per_gas());
        more(self.tx.max_fee_per_gas(), other.tx.max_fee_per_gas()) && more(tip(self), tip(other))
    }
}

/// Why a transaction is not taken; in the words that nodes use, since clients read them.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub(crate) enum Refusal {
    #[error("failed to decode signed transaction")]
    Undecodable,
    #[error("oversized data: limit {BYTES_MAX} bytes")]
    Oversized,
    #[error("transaction type not supported: blobs")]
    Blobs,
    #[error("invalid sender")]
    NoSender,
    #[error("invalid chain id for signer: have {have} want {want}")]
    OtherChain { have: u64, want: u64 },
    #[error("already known")]
    Known,
    #[error("nonce too low: next nonce {next}, tx nonce {nonce}")]
    NonceSpent { next: u64, nonce: u64 },
    #[error("replacement transaction underpriced")]
    Underpriced,
    #[error("max priority fee per gas higher than max fee per gas")]
    TipAboveFee,
    #[error("insufficient funds for gas * price + value: balance {balance}, tx cost {cost}")]
    Poor { balance: U256, cost: U256 },
    #[error("exceeds block gas limit")]
    TooMuchGas,
    #[error("intrinsic gas too low: gas {gas}, minimum needed {least}")]
    TooLittleGas { gas: u64, least: u64 },
    #[error("txpool is full")]
    Full,
}

/// What a transaction is held against.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Rules {
    pub(crate) chain_id: u64,
    /// The most gas of one transaction.
    pub(crate) gas_max: u64,
}

/// The transactions that wait.
#[derive(Clone, Debug, Default)]
pub(crate) struct Pool {
    of: BTreeMap<Address, BTreeMap<u64, Waiting>>,
    places: HashMap<B256, (Address, u64)>,
    arrivals: u64,
}

impl Pool {
    /// Takes a transaction, and gives the one that it replaces.
    pub(crate) fn add(&mut self, rules: Rules, world: &World, mut waiting: Waiting) -> Result<Option<B256>, Refusal> {
        let (hash, from, nonce) = (waiting.hash(), waiting.from, waiting.tx.nonce());
        if self.places.contains_key(&hash) {
            return Err(Refusal::Known);
        }
        check(rules, world, &waiting)?;
        let theirs = self.of.entry(from).or_default();
        let replaced = match theirs.get(&nonce) {
            Some(old) if !waiting.replaces(old) => return Err(Refusal::Underpriced),
            Some(old) => Some(old.hash()),
            None if theirs.len() >= WAITING_OF_ONE_MAX || self.places.len() >= WAITING_MAX => {
                return Err(Refusal::Full);
            }
            None => None,
        };
        self.arrivals += 1;
        waiting.arrived = self.arrivals;
        theirs.insert(nonce, waiting);
        replaced.map(|old| self.places.remove(&old));
        self.places.insert(hash, (from, nonce));
        Ok(replaced)
    }

    /// The transaction with this hash.
    pub(crate) fn get(&self, hash: B256) -> Option<&Waiting> {
        let (from, nonce) = self.places.get(&hash)?;
        self.of.get(from)?.get(nonce)
    }

    /// Takes one out.
    pub(crate) fn remove(&mut self, hash: B256) {
        let Some((from, nonce)) = self.places.remove(&hash) else { return };
        if let Some(theirs) = self.of.get_mut(&from) {
            theirs.remove(&nonce);
            if theirs.is_empty() {
                self.of.remove(&from);
            }
        }
    }

    /// Takes out what can never be in a block any more, since its nonce is spent, and gives it.
    pub(crate) fn prune(&mut self, world: &World) -> Vec<B256> {
        let spent = |from: &Address| world.holder(*from).map_or(0, |holder| holder.nonce);
        let old =
            self.of.iter().flat_map(|(from, theirs)| theirs.range(..spent(from)).map(|(_, waiting)| waiting.hash()));
        let old: Vec<B256> = old.collect();
        old.iter().for_each(|hash| self.remove(*hash));
        old
    }

    /// How many of a sender's wait one after the other from this nonce on.
    pub(crate) fn run_of(&self, from: Address, nonce: u64) -> u64 {
        let Some(theirs) = self.of.get(&from) else { return 0 };
        (nonce..).take_while(|nonce| theirs.contains_key(nonce)).count() as u64
    }

    /// Everything, each sender's in the order of its nonces.
    pub(crate) fn into_waiting(self) -> impl Iterator<Item = Waiting> {
        self.of.into_values().flat_map(BTreeMap::into_values)
    }

    /// What may go into a block now, best paid first, each sender's in the order of its nonces.
    pub(crate) fn ready<'a>(&'a self, world: &World, base_fee: u64) -> Ready<'a> {
        let mut heads = BTreeMap::new();
        for (from, theirs) in &self.of {
            let nonce = world.holder(*from).map_or(0, |holder| holder.nonce);
            if let Some(waiting) = theirs.get(&nonce)
                && let Some(tip) = waiting.tip(base_fee)
            {
                heads.insert((std::cmp::Reverse(tip), waiting.arrived), waiting);
            }
        }
        Ready { pool: self, base_fee, heads }
    }
}

/// Transactions in the order in which a block takes them.
pub(crate) struct Ready<'a> {
    pool: &'a Pool,
    base_fee: u64,
    heads: BTreeMap<(std::cmp::Reverse<u128>, u64), &'a Waiting>,
}

impl<'a> Ready<'a> {
    /// The next one; the same sender's next follows only when it was [`Self::taken`].
    pub(crate) fn next(&mut self) -> Option<&'a Waiting> {
        self.heads.pop_first().map(|(_, waiting)| waiting)
    }

    /// It is in the block.
    pub(crate) fn taken(&mut self, waiting: &Waiting) {
        let theirs = self.pool.of.get(&waiting.from);
        if let Some(next) = theirs.and_then(|theirs| theirs.get(&(waiting.tx.nonce() + 1)))
            && let Some(tip) = next.tip(self.base_fee)
        {
            self.heads.insert((std::cmp::Reverse(tip), next.arrived), next);
        }
    }
}

fn check(rules: Rules, world: &World, waiting: &Waiting) -> Result<(), Refusal> {
    let tx = &waiting.tx;
    // A transaction without a chain would be good on every chain.
    let have = tx.chain_id().unwrap_or_default();
    if have != rules.chain_id {
        return Err(Refusal::OtherChain { have, want: rules.chain_id });
    }
    if tx.gas_limit() > rules.gas_max {
        return Err(Refusal::TooMuchGas);
    }
    if tx.gas_limit() < GAS_MIN {
        return Err(Refusal::TooLittleGas { gas: tx.gas_limit(), least: GAS_MIN });
    }
    if tx.max_priority_fee_per_gas().is_some_and(|tip| tip > tx.max_fee_per_gas()) {
        return Err(Refusal::TipAboveFee);
    }
    let (next, balance) = world.holder(waiting.from).map_or((0, U256::ZERO), |holder| (holder.nonce, holder.balance));
    if tx.nonce() < next {
        return Err(Refusal::NonceSpent { next, nonce: tx.nonce() });
    }
    let cost = waiting.most();
    if cost > balance {
        return Err(Refusal::Poor { balance, cost });
    }
    Ok(())
}

/// No transaction takes less.
const GAS_MIN: u64 = 21_000;

#[cfg(test)]
mod tests {
    use super::*;
    use crate::providers::chain::embedded::world::{Change, Diff, Holder};
    use alloy::consensus::{SignableTransaction as _, TxEip1559};
    use alloy::eips::eip2718::Encodable2718 as _;
    use alloy::primitives::{TxKind, keccak256};
    use alloy::signers::SignerSync as _;
    use alloy::signers::local::PrivateKeySigner;

    const RULES: Rules = Rules { chain_id: 7, gas_max: 1_000_000 };

    fn key(n: u8) -> PrivateKeySigner {
        PrivateKeySigner::from_bytes(&keccak256([n])).expect("a key")
    }

    fn signed(by: u8, nonce: u64, fee: u128, tip: u128) -> Bytes {
        let tx = TxEip1559 {
            chain_id: RULES.chain_id,
            nonce,
            gas_limit: GAS_MIN,
            max_fee_per_gas: fee,
            max_priority_fee_per_gas: tip,
            to: TxKind::Call(Address::ZERO),
            ..TxEip1559::default()
        };
        let signature = key(by).sign_hash_sync(&tx.signature_hash()).expect("signs");
        TxEnvelope::from(tx.into_signed(signature)).encoded_2718().into()
    }

    fn world(people: &[u8]) -> World {
        let mut world = World::default();
        let rich = Some(Holder::with(U256::from(1_000_000_000_000_u64)));
        let changes =
            people.iter().map(|n| Change { address: key(*n).address(), before: None, after: rich, slots: vec![] });
        world.apply(&Diff { changes: changes.collect(), code: vec![] }).expect("no code");
        world
    }

    fn order(pool: &Pool, world: &World, base_fee: u64) -> Vec<(Address, u64)> {
        let mut ready = pool.ready(world, base_fee);
        let mut order = Vec::new();
        while let Some(waiting) = ready.next() {
            order.push((waiting.from, waiting.tx.nonce()));
            ready.taken(waiting);
        }
        order
    }

    #[test]
    fn a_replacement_pays_a_tenth_more_of_both() {
        let (world, mut pool) = (world(&[1]), Pool::default());
        let mut add = |fee, tip| pool.add(RULES, &world, Waiting::read(&signed(1, 0, fee, tip)).expect("read"));
        assert_eq!(add(1000, 100), Ok(None));
        assert_eq!(add(1000, 100), Err(Refusal::Known));
        for (fee, tip) in [(1099, 110), (1100, 109), (2000, 100), (900, 90)] {
            assert_eq!(add(fee, tip), Err(Refusal::Underpriced));
        }
        assert!(matches!(add(1100, 110), Ok(Some(_))));
        assert_eq!(pool.into_waiting().count(), 1);
    }

    #[test]
    fn the_best_paid_goes_first_and_nonces_stay_in_order() {
        let (world, mut pool) = (world(&[1, 2]), Pool::default());
        for (by, nonce, tip) in [(1, 1, 90), (1, 0, 10), (2, 0, 20), (2, 2, 99)] {
            let waiting = Waiting::read(&signed(by, nonce, 1000, tip)).expect("read");
            assert_eq!(pool.add(RULES, &world, waiting), Ok(None));
        }
        let (a, b) = (key(1).address(), key(2).address());
        assert_eq!(order(&pool, &world, 100), [(b, 0), (a, 0), (a, 1)], "a gap waits");
        assert_eq!(order(&pool, &world, 1001), [], "nobody pays that");
        assert_eq!((pool.run_of(a, 0), pool.run_of(b, 0)), (2, 1));
    }

    #[test]
    fn what_cannot_be_is_refused_in_the_words_of_nodes() {
        let (world, mut pool) = (world(&[1]), Pool::default());
        assert!(matches!(Waiting::read(&Bytes::from_static(&[2, 1])), Err(Refusal::Undecodable)));
        let mut long = signed(1, 0, 1, 1).to_vec();
        long.push(0);
        assert!(matches!(Waiting::read(&long.into()), Err(Refusal::Undecodable)));
        let mut add =
            |raw| pool.add(RULES, &world, Waiting::read(&raw).expect("read")).expect_err("refused").to_string();
        assert!(add(signed(1, 0, u128::MAX, 1)).starts_with("insufficient funds"));
        assert!(add(signed(2, 0, 1, 1)).starts_with("insufficient funds"));
        assert!(add(signed(1, 0, 1, 2)).contains("higher than max fee"));
        let mut spent = world.clone();
        let used = Holder { nonce: 3, ..Holder::with(U256::MAX) };
        let change = Change { address: key(1).address(), before: None, after: Some(used), slots: vec![] };
        spent.apply(&Diff { changes: vec![change], code: vec![] }).expect("no code");
        let refused = pool.add(RULES, &spent, Waiting::read(&signed(1, 2, 1, 1)).expect("read"));
        assert_eq!(refused, Err(Refusal::NonceSpent { next: 3, nonce: 2 }));
        assert_eq!(pool.add(RULES, &world, Waiting::read(&signed(1, 2, 1, 1)).expect("read")), Ok(None));
        assert_eq!(pool.prune(&spent).len(), 1);
    }
}
