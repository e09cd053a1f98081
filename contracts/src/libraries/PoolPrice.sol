// SPDX-License-Identifier: Apache-2.0
pragma solidity 0.8.37;

import {Math} from "@openzeppelin/contracts/utils/math/Math.sol";
import {IUniswapV3Pool} from "@uniswap/v3-core/contracts/interfaces/IUniswapV3Pool.sol";
import {TickMath} from "@uniswap/v4-core/src/libraries/TickMath.sol";

/// @title Reads prices out of a Uniswap V3 pool.
/// @dev It knows nothing of tokens' decimals: prices are raw units of the one per raw units of the other.
library PoolPrice {
    /// The time-weighted mean tick and the harmonic mean of the liquidity over the last `window` seconds.
    function consult(IUniswapV3Pool pool, uint32 window) internal view returns (int24 tick, uint256 liquidity) {
        uint32[] memory ago = new uint32[](2);
        ago[0] = window;
        (int56[] memory ticks, uint160[] memory perLiquidity) = pool.observe(ago);
        int56 moved = ticks[1] - ticks[0];
        int56 span = int56(uint56(window));
        tick = int24(moved / span);
        // Towards minus infinity, as the pool itself rounds.
        if (moved < 0 && moved % span != 0) --tick;
        // The pool's counters wrap around, and so does their difference.
        uint160 delta;
        unchecked {
            delta = perLiquidity[1] - perLiquidity[0];
        }
        liquidity = (uint256(window) << 128) / (uint256(delta) + 1);
    }

    /// What `amount` of token0 is worth in token1 at a square-root price, rounded down; or of token1 in token0 if `inverse`.
    function quote(uint160 sqrtPriceX96, uint256 amount, bool inverse) internal pure returns (uint256) {
        // Squared and brought to 128 bits behind the point, so that it fits for every price there is.
        uint256 ratioX128 = Math.mulDiv(sqrtPriceX96, sqrtPriceX96, 1 << 64);
        return inverse ? Math.mulDiv(1 << 128, amount, ratioX128) : Math.mulDiv(ratioX128, amount, 1 << 128);
    }

    /// The same at a tick.
    function quoteAt(int24 tick, uint256 amount, bool inverse) internal pure returns (uint256) {
        return quote(TickMath.getSqrtPriceAtTick(tick), amount, inverse);
    }
}
