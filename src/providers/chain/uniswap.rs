//! What a swap of TRVL and USDC would give, by Uniswap's own quoter. It swaps nothing.

use crate::providers::chain::deploy::Deployment;
use crate::providers::chain::faults::contract;
use crate::session::ports::chain::ChainFault;
use alloy::primitives::aliases::{U24, U160};
use alloy::primitives::{Address, U256};
use alloy::providers::DynProvider;
use alloy::sol;

sol! {
    /// QuoterV2.
    #[sol(rpc)]
    interface IQuoterV2 {
        struct QuoteExactInputSingleParams {
            address tokenIn;
            address tokenOut;
            uint256 amountIn;
            uint24 fee;
            uint160 sqrtPriceLimitX96;
        }

        function quoteExactInputSingle(QuoteExactInputSingleParams params) external returns (uint256 amountOut, uint160 sqrtPriceX96After, uint32 initializedTicksCrossed, uint256 gasEstimate);
    }
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

/// The quoter of one chain.
#[derive(Clone, Debug)]
pub struct Quoter {
    provider: DynProvider,
    quoter: Address,
    token: Address,
    usdc: Address,
    fee: U24,
}

impl Quoter {
    /// The quoter of a chain with a pool of this tier, such as 3000; `None` where there is no pool.
    #[must_use]
    pub fn new(provider: DynProvider, contracts: &Deployment, fee: u32) -> Option<Self> {
        let Deployment { quoter, token, usdc, .. } = *contracts;
        (quoter != Address::ZERO).then_some(Self { provider, quoter, token, usdc, fee: U24::from(fee) })
    }

    /// What this much would give.
    ///
    /// # Errors
    /// `Refused` when the pool does not have it; or the chain does not answer.
    pub async fn quote(&self, swap: Swap, amount_in: U256) -> Result<Quote, ChainFault> {
        let (token_in, token_out) = match swap {
            Swap::Sell => (self.token, self.usdc),
            Swap::Buy => (self.usdc, self.token),
        };
        let params = IQuoterV2::QuoteExactInputSingleParams {
            tokenIn: token_in,
            tokenOut: token_out,
            amountIn: amount_in,
            fee: self.fee,
            sqrtPriceLimitX96: U160::ZERO,
        };
        let quoter = IQuoterV2::new(self.quoter, &self.provider);
        let quoted = quoter.quoteExactInputSingle(params).call().await.map_err(contract)?;
        Ok(Quote { amount_in, amount_out: quoted.amountOut, gas: quoted.gasEstimate.saturating_to() })
    }
}

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
