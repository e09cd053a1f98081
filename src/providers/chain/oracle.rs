//! What TRVL is worth: of the oracle that compares a feed with a pool where there is one, or of a feed in Chainlink's shape. A price that is old,
//! of the future or out of bounds is none.

use crate::providers::chain::bindings::{DevFeed as Aggregator, PriceOracle};
use crate::providers::chain::faults::{contract, transport};
use crate::session::ports::chain::{ChainFault, TokenPrice};
use alloy::eips::BlockId;
use alloy::network::BlockResponse as _;
use alloy::primitives::{Address, U256};
use alloy::providers::{DynProvider, Provider};

/// When a feed's price is believed.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct OracleConfig {
    /// An answer older than this is stale, in seconds.
    pub heartbeat_seconds: u64,
    /// The least USD for a TRVL, with 18 decimals.
    pub usd_min: U256,
    /// The most.
    pub usd_max: U256,
}

impl Default for OracleConfig {
    fn default() -> Self {
        let cents = |cents: u64| U256::from(cents) * U256::from(10_u64.pow(16));
        Self { heartbeat_seconds: 86_400, usd_min: cents(1), usd_max: cents(1000) }
    }
}

/// A client of the oracle.
pub(crate) struct Oracle {
    provider: DynProvider,
    feed: Address,
    oracle: Address,
    config: OracleConfig,
}

impl Oracle {
    pub(crate) fn new(provider: DynProvider, feed: Address, oracle: Address, config: OracleConfig) -> Self {
        Self { provider, feed, oracle, config }
    }

    /// The price now.
    pub(crate) async fn price(&self) -> Result<TokenPrice, ChainFault> {
        let none = || ChainFault::Transient("the node has no newest block".to_owned());
        let block = self.provider.get_block(BlockId::latest()).await.map_err(transport)?.ok_or_else(none)?;
        let now = block.header().timestamp;
        if self.oracle != Address::ZERO {
            let usd = PriceOracle::new(self.oracle, &self.provider).price().call().await.map_err(contract)?;
            return Ok(TokenPrice { usd, at: now });
        }
        if self.feed == Address::ZERO {
            return Err(ChainFault::Refused("there is no price on this chain".to_owned()));
        }
        self.of_feed(now).await
    }

    async fn of_feed(&self, now: u64) -> Result<TokenPrice, ChainFault> {
        let feed = Aggregator::new(self.feed, &self.provider);
        let decimals = feed.decimals().call().await.map_err(contract)?;
        let round = feed.latestRoundData().call().await.map_err(contract)?;
        let refused = |why: &str| Err(ChainFault::Refused(format!("the price of TRVL {why}")));
        let (answer, at) = (round._1, round._3);
        let Ok(at) = u64::try_from(at) else { return refused("is of no time") };
        if at == 0 || round._4 < round._0 {
            return refused("is of a round that is not finished");
        }
        if at > now.saturating_add(SKEW_SECONDS) {
            return refused("is of the future");
        }
        if now.saturating_sub(at) > self.config.heartbeat_seconds {
            return refused("is stale");
        }
        let scale = 18_u8.checked_sub(decimals).map(|more| U256::from(10).pow(U256::from(more)));
        let usd = U256::try_from(answer).ok().zip(scale).and_then(|(answer, scale)| answer.checked_mul(scale));
        match usd {
            Some(usd) if usd >= self.config.usd_min && usd <= self.config.usd_max => Ok(TokenPrice { usd, at }),
            _ => refused("is out of bounds"),
        }
    }
}

/// How far a feed's clock may be before the newest block's.
const SKEW_SECONDS: u64 = 60;
