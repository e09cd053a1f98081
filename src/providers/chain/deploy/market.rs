//! The TRVL/USDC pool of a local chain, on Uniswap's own contracts, with its first liquidity and the oracle over pool and feed. Their code is read
//! from their packages; none of it is in this program.

use crate::providers::chain::bindings::{DevUSDC, IPriceOracle, PriceOracle, TRVLToken};
use crate::providers::chain::deploy::draft::Draft;
use crate::providers::chain::deploy::plan::{Deployment, People, Rules};
use crate::session::ports::chain::ChainFault;
use alloy::primitives::aliases::{I24, U24, U160, U512};
use alloy::primitives::{Address, B256, Bytes, U256, b256, keccak256};
use alloy::sol;
use alloy::sol_types::SolValue as _;
use serde::Deserialize;
use std::path::Path;

sol! {
    struct MintParams {
        address token0;
        address token1;
        uint24 fee;
        int24 tickLower;
        int24 tickUpper;
        uint256 amount0Desired;
        uint256 amount1Desired;
        uint256 amount0Min;
        uint256 amount1Min;
        address recipient;
        uint256 deadline;
    }

    function createAndInitializePoolIfNecessary(address token0, address token1, uint24 fee, uint160 sqrtPriceX96) external payable returns (address pool);
    function mint(MintParams params) external payable returns (uint256 tokenId, uint128 liquidity, uint256 amount0, uint256 amount1);
    function increaseObservationCardinalityNext(uint16 observations) external;
}

/// Uniswap's creation code.
#[derive(Clone, Debug)]
pub struct Uniswap {
    factory: Bytes,
    positions: Bytes,
    quoter: Bytes,
}

#[derive(Deserialize)]
struct Artifact {
    bytecode: Bytes,
}

impl Uniswap {
    /// Reads it from the folder in which their packages are.
    ///
    /// # Errors
    /// `Misconfigured`: a file is missing, or is none of theirs.
    pub fn read(folder: &Path) -> Result<Self, ChainFault> {
        let code = |file: &str| {
            let path = folder.join(file);
            let wrong = |why: String| ChainFault::Misconfigured(format!("{}: {why}", path.display()));
            let text = std::fs::read(&path).map_err(|error| wrong(error.to_string()))?;
            let artifact: Artifact = serde_json::from_slice(&text).map_err(|error| wrong(error.to_string()))?;
            Ok(artifact.bytecode)
        };
        Ok(Self { factory: code(FACTORY)?, positions: code(POSITIONS)?, quoter: code(QUOTER)? })
    }
}

/// TRVL that the pool begins with.
pub(crate) fn seed() -> U256 {
    U256::from(SEED_TOKENS) * U256::from(10).pow(U256::from(18))
}

/// Makes the market; the deployer holds [`seed`] for it, and owns the local dollars.
pub(crate) fn make(draft: &mut Draft, rules: &Rules, people: &People, uniswap: &Uniswap, made: &mut Deployment) {
    let factory = draft.make("uniswap factory", &uniswap.factory, Vec::new());
    // The wrapped coin and the descriptor of pictures are never asked for here; the factory stands in, so that neither is zero.
    let arguments = (factory, factory, factory).abi_encode_params();
    made.positions = draft.make("uniswap positions", &uniswap.positions, arguments);
    made.quoter = draft.make("uniswap quoter", &uniswap.quoter, (factory, factory).abi_encode_params());
    let trvl_first = made.token < made.usdc;
    let (token0, token1) = if trvl_first { (made.token, made.usdc) } else { (made.usdc, made.token) };
    let fee = U24::from(rules.pool_fee);
    made.pool = pool(factory, token0, token1, fee);
    let price = sqrt_price(rules.pool_price, trvl_first);
    let create = createAndInitializePoolIfNecessaryCall { token0, token1, fee, sqrtPriceX96: price };
    draft.call("pool", made.positions, create);
    let observations = rules.observations;
    draft.call("observations", made.pool, increaseObservationCardinalityNextCall { observations });
    let (trvl, usdc) = (seed(), seed() * rules.pool_price / U256::from(10).pow(U256::from(30)));
    draft.call("dollars", made.usdc, DevUSDC::mintCall { to: people.deployer, amount: usdc });
    draft.call("approve", made.usdc, DevUSDC::approveCall { spender: made.positions, value: usdc });
    draft.call("approve", made.token, TRVLToken::approveCall { spender: made.positions, value: trvl });
    let (amount0, amount1) = if trvl_first { (trvl, usdc) } else { (usdc, trvl) };
    let params = MintParams {
        token0,
        token1,
        fee,
        tickLower: -ends(),
        tickUpper: ends(),
        amount0Desired: amount0,
        amount1Desired: amount1,
        amount0Min: U256::ZERO,
        amount1Min: U256::ZERO,
        recipient: people.treasury,
        deadline: U256::MAX,
    };
    draft.call("liquidity", made.positions, mintCall { params });
    let sources_ = IPriceOracle::Sources {
        feed: made.feed,
        heartbeatSeconds: rules.heartbeat_seconds,
        sequencer: Address::ZERO,
        graceSeconds: rules.grace_seconds,
        pool: made.pool,
        windowSeconds: rules.window_seconds,
        liquidityMin: rules.liquidity_min.saturating_to(),
        priceMin: rules.price_min,
        priceMax: rules.price_max,
        deviationMaxBps: rules.deviation_max_bps,
    };
    let initialize = PriceOracle::initializeCall { admin: people.deployer, token: made.token, sources_ };
    made.price_oracle = draft.proxy("oracle", &PriceOracle::BYTECODE, initialize);
}

/// Where the factory puts a pool.
fn pool(factory: Address, token0: Address, token1: Address, fee: U24) -> Address {
    factory.create2(keccak256((token0, token1, fee).abi_encode_params()), POOL_CODE)
}

/// The root of the price as the pool has it, with 96 binary places: `price` is USD per TRVL with 18 decimals, and over 10^30 it is raw USDC per raw
/// TRVL.
fn sqrt_price(price: U256, trvl_first: bool) -> U160 {
    let (price, whole) = (U512::from(price), U512::from(10).pow(U512::from(30)));
    let (up, down) = if trvl_first { (price, whole) } else { (whole, price) };
    let ratio: U512 = (up << 192usize) / down.max(U512::from(1));
    U160::saturating_from(ratio.root(2))
}

/// The last tick of a pool whose ticks are 60 apart, which is the 0.3 % tier: the whole range.
fn ends() -> I24 {
    I24::try_from(887_220).unwrap_or(I24::MAX)
}

const SEED_TOKENS: u64 = 1_000_000;
/// The hash of a pool's creation code.
const POOL_CODE: B256 = b256!("e34f199b19b2b4f47f68442619d555527d244f78a3297ea89325f843f87b8b54");
const FACTORY: &str = "@uniswap/v3-core/artifacts/contracts/UniswapV3Factory.sol/UniswapV3Factory.json";
const POSITIONS: &str =
    "@uniswap/v3-periphery/artifacts/contracts/NonfungiblePositionManager.sol/NonfungiblePositionManager.json";
const QUOTER: &str = "@uniswap/v3-periphery/artifacts/contracts/lens/QuoterV2.sol/QuoterV2.json";
