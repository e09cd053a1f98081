//! What a swap of TRVL and USDC would give, by Uniswap's own quoter and for the deployment's pool. It swaps nothing.

use crate::providers::chain::deploy::Deployment;
use crate::providers::chain::faults::contract;
use crate::session::ports::chain::{ChainFault, Quote, Swap};
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

sol! {
    /// A pool, as far as it is asked here.
    #[sol(rpc)]
    interface IPool {
        function fee() external view returns (uint24);
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
    /// The quoter of a chain, for the tier of its pool; `None` where there is no pool.
    ///
    /// # Errors
    /// The chain does not answer.
    pub async fn open(provider: DynProvider, contracts: &Deployment) -> Result<Option<Self>, ChainFault> {
        let Deployment { quoter, pool, token, usdc, .. } = *contracts;
        if quoter == Address::ZERO || pool == Address::ZERO {
            return Ok(None);
        }
        let fee = IPool::new(pool, &provider).fee().call().await.map_err(contract)?;
        Ok(Some(Self { provider, quoter, token, usdc, fee }))
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
