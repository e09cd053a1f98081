//! What the wallet asks of a chain, and what an embedded chain asks of its store, as async traits. It names no vendor and decides nothing.

use alloy_primitives::{Address, B256, Bytes, U256};
use futures_util::future::BoxFuture;
use serde::{Deserialize, Serialize};
use std::collections::VecDeque;
use wallet::account::signature::{Called, EthCall};
use wallet::nonce::{Block, Fees, Try};
use wallet::rules::Shares;
use wallet::settle::{Call, Event, Goal, OnChain, Progress, Unsent};
use wallet::staking::Tiers;
use wallet::voucher::{Place, Terms};

/// How a chain fails: three ways, each a thing the caller can do. No message holds a key or the secret part of an address.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum ChainFault {
    /// No answer, or one that passes: the same question may be answered later.
    #[error("the chain does not answer: {0}")]
    Transient(String),
    /// The question as it is will never be answered.
    #[error("the chain refused: {0}")]
    Refused(String),
    /// Nothing can be asked until somebody changes the configuration.
    #[error("the chain is set up wrongly: {0}")]
    Misconfigured(String),
}

/// Who and where: fixed from the start on.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct About {
    /// The chain's id and the distributor.
    pub place: Place,
    /// Signs vouchers.
    pub issuer: Address,
    /// Signs and pays for transactions; it may cancel bookings.
    pub sender: Address,
    /// The token.
    pub token: Address,
    /// Locks of the token.
    pub staking: Address,
    /// The referral tree.
    pub referrals: Address,
    /// Coin that a wallet gets for its first fees when it is linked, in wei.
    pub fuel: U256,
    /// The block from which on the contracts have logs.
    pub since: u64,
}

/// The newest block.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Head {
    /// Its number and hash.
    pub block: Block,
    /// Its time, in seconds since 1970.
    pub time: u64,
    /// Its base fee, in wei for each unit of gas.
    pub base_fee: u128,
    /// The sender's transactions in it and before it.
    pub count: u64,
}

/// What an account holds, all at one block; amounts in wei.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Balances {
    /// TRVL in the account.
    pub trvl: U256,
    /// TRVL locked.
    pub staked: U256,
    /// Yield that can be taken out.
    pub earned: U256,
    /// Referral credit that can be taken out.
    pub owed: U256,
    /// The staking level, 0 for none.
    pub level: u8,
    /// The chain's own coin, which pays for gas.
    pub coin: U256,
}

/// What TRVL is worth.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct TokenPrice {
    /// USD for one TRVL, with 18 decimals.
    pub usd: U256,
    /// When that was found, in seconds since 1970.
    pub at: u64,
}

/// A log of the distributor.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct ChainLog {
    /// The booking's id.
    pub id: B256,
    /// What it says.
    pub event: Event,
}

/// A block that was read, with the logs that were taken from it.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct ReadBlock {
    /// Its number and hash.
    pub block: Block,
    /// What was taken from it, in its order.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub logs: Vec<ChainLog>,
}

/// How far a listener has read: the newest blocks, oldest first, at most [`READ_MAX`]. Whoever acts on a [`Batch`] stores its place in the same
/// step; it holds what must be taken back when these blocks leave the chain.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct PlaceOnChain {
    /// The blocks.
    pub blocks: VecDeque<ReadBlock>,
}

/// Blocks in a listener's place: the deepest reorganisation that it follows to the log.
pub const READ_MAX: usize = 128;

/// One log that joined the chain or left it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Heard {
    /// The log.
    pub log: ChainLog,
    /// Its block.
    pub block: Block,
    /// It left.
    pub removed: bool,
}

/// What a listener heard, in order: what left comes first, newest first; then what joined, oldest first.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Batch {
    /// The logs.
    pub logs: Vec<Heard>,
    /// How far that is.
    pub place: PlaceOnChain,
}

/// What the distributor holds and may still give, in TRVL wei.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Funds {
    /// Owed or set aside.
    pub reserved: U256,
    /// The treasury's part of that.
    pub treasury_owed: U256,
    /// Free for new claims.
    pub free: U256,
    /// What may still be given today: the circuit breaker.
    pub today: U256,
    /// New claims are refused.
    pub paused: bool,
}

impl Funds {
    /// What new claims may come to now, in TRVL wei.
    #[must_use]
    pub fn room(&self) -> U256 {
        if self.paused { U256::ZERO } else { self.free.min(self.today) }
    }
}

/// What the contracts' governance has set, as far as people are told of it. By default as the contracts are deployed.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Policy {
    /// Who gets which part of a commission.
    pub shares: Shares,
    /// What a stake means.
    pub tiers: Tiers,
}

/// What is swapped for what.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Swap {
    /// TRVL for USDC.
    Sell,
    /// USDC for TRVL.
    Buy,
}

/// What a swap would give at the newest block.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Quote {
    /// What goes in, raw.
    pub amount_in: U256,
    /// What comes out, raw.
    pub amount_out: U256,
    /// Gas of the swap alone.
    pub gas: u64,
}

impl Quote {
    /// The least that a swap sent now should accept, where the price may move by so many hundredths of a percent.
    #[must_use]
    pub fn at_least(&self, slippage_bps: u16) -> U256 {
        let part = U256::from(WHOLE_BPS - slippage_bps.min(WHOLE_BPS));
        // The whole and the rest apart, so that nothing overflows.
        let (whole, rest) = self.amount_out.div_rem(U256::from(WHOLE_BPS));
        whole * part + rest * part / U256::from(WHOLE_BPS)
    }
}

/// A part of the contracts that can be paused.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Module {
    /// What it is for, in a word.
    pub name: String,
    /// Where it is.
    pub address: Address,
    /// It takes on nothing new.
    pub paused: bool,
}

/// A chain with the contracts on it.
pub trait Chain: Send + Sync {
    /// Who and where.
    fn about(&self) -> About;
    /// Signs a voucher with the issuer's key: 65 bytes.
    fn sign_voucher(&self, terms: Terms) -> BoxFuture<'_, Result<Bytes, ChainFault>>;
    /// Signs a transaction with the sender's key; `at_ms` is when, in ms since 1970. It sends nothing.
    fn sign_tx(&self, nonce: u64, call: Call, fees: Fees, at_ms: u64) -> BoxFuture<'_, Result<Try, ChainFault>>;
    /// Sends a signed transaction.
    fn send(&self, raw: Bytes) -> BoxFuture<'_, Result<(), Unsent>>;
    /// Where one of these transactions is, if any is in a block.
    fn find_tx(&self, hashes: Vec<B256>) -> BoxFuture<'_, Result<Option<Block>, ChainFault>>;
    /// How a booking stands at the newest block.
    fn find_booking(&self, id: B256) -> BoxFuture<'_, Result<OnChain, ChainFault>>;
    /// What is missing for an errand's goal, at the newest block.
    fn missing(&self, goal: Goal) -> BoxFuture<'_, Result<Progress, ChainFault>>;
    /// What can be paused, and whether it is.
    fn modules(&self) -> BoxFuture<'_, Result<Vec<Module>, ChainFault>>;
    /// What governance has set, at the newest block. `Refused` when it is nothing that is known here.
    fn policy(&self) -> BoxFuture<'_, Result<Policy, ChainFault>>;
    /// The newest block.
    fn head(&self) -> BoxFuture<'_, Result<Head, ChainFault>>;
    /// What an account holds at the newest block.
    fn balances(&self, account: Address) -> BoxFuture<'_, Result<Balances, ChainFault>>;
    /// What the distributor holds and may still give.
    fn funds(&self) -> BoxFuture<'_, Result<Funds, ChainFault>>;
    /// What TRVL is worth. `Refused` when there is no price that may be believed.
    fn price(&self) -> BoxFuture<'_, Result<TokenPrice, ChainFault>>;
    /// What a swap of so much, raw, would give at the newest block; `None` where there is no market. `Refused` when the market does not have it.
    fn quote(&self, swap: Swap, amount_in: U256) -> BoxFuture<'_, Result<Option<Quote>, ChainFault>>;
    /// Makes an `eth_call` at the newest block.
    fn call(&self, call: EthCall) -> BoxFuture<'_, Called>;
    /// The address that we keep for an account here; always the same one.
    fn custodial(&self, account: String) -> BoxFuture<'_, Result<Address, ChainFault>>;
    /// Waits until the chain is another one than was read so far, and says what left it and what joined. From nothing it begins with the
    /// contracts' first block. It keeps nothing itself: it may be dropped and asked again at any time, but what it had read by then is read again.
    fn events(&self, from: Option<PlaceOnChain>) -> BoxFuture<'_, Result<Batch, ChainFault>>;
}

/// A block of an embedded chain as it is kept.
#[derive(Clone, PartialEq, Eq)]
pub struct KeptBlock {
    /// Its number.
    pub number: u64,
    /// Everything of it, as JSON.
    pub body: String,
}

/// Everything that is kept of an embedded chain.
#[derive(Clone, Default, PartialEq, Eq)]
pub struct KeptChain {
    /// The number of the block after which the state was kept whole, and the state, as JSON.
    pub snapshot: Option<(u64, String)>,
    /// The blocks, oldest first.
    pub blocks: Vec<KeptBlock>,
    /// Signed transactions that are in no block yet: hash and bytes.
    pub waiting: Vec<(B256, Bytes)>,
    /// What was noted, by name.
    pub notes: Vec<(String, String)>,
}

/// Where an embedded chain is kept. Every call is one transaction, and durable when it is answered.
pub trait ChainStore: Send + Sync {
    /// Everything kept of a chain; nothing for a new one.
    fn load(&self, chain: u64) -> BoxFuture<'_, Result<KeptChain, ChainFault>>;
    /// Drops the blocks from `from` on, adds these, and forgets waiting transactions that are in them or no longer wanted.
    fn append(
        &self,
        chain: u64,
        from: u64,
        blocks: Vec<KeptBlock>,
        gone: Vec<B256>,
    ) -> BoxFuture<'_, Result<(), ChainFault>>;
    /// Keeps a transaction that waits.
    fn wait(&self, chain: u64, hash: B256, raw: Bytes) -> BoxFuture<'_, Result<(), ChainFault>>;
    /// Keeps the whole state after a block, in place of an older one, and drops the blocks below `oldest`.
    fn snapshot(&self, chain: u64, number: u64, state: String, oldest: u64) -> BoxFuture<'_, Result<(), ChainFault>>;
    /// Notes something under a name, in place of what was noted before.
    fn note(&self, chain: u64, name: String, text: String) -> BoxFuture<'_, Result<(), ChainFault>>;
}

/// A whole, in hundredths of a percent.
const WHOLE_BPS: u16 = 10_000;

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn slippage_takes_its_part_and_no_more() {
        let quote = |out| Quote { amount_in: U256::from(1), amount_out: out, gas: 0 };
        assert_eq!(quote(U256::from(10_001)).at_least(200), U256::from(9800));
        assert_eq!(quote(U256::from(7)).at_least(0), U256::from(7));
        assert_eq!(quote(U256::from(7)).at_least(10_000), U256::ZERO);
        assert!(quote(U256::MAX).at_least(1) < U256::MAX);
    }
}
