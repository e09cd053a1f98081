// SPDX-License-Identifier: Apache-2.0
pragma solidity 0.8.37;

import {IUniswapV3Pool} from "@uniswap/v3-core/contracts/interfaces/IUniswapV3Pool.sol";
import {Test} from "forge-std/Test.sol";
import {PoolPrice} from "../src/libraries/PoolPrice.sol";

/// @title A pool whose counters the test sets.
contract Counters {
    int56[] private ticks;
    uint160[] private perLiquidity;

    function set(int56 then, int56 now_, uint160 liquidityThen, uint160 liquidityNow) external {
        (ticks, perLiquidity) = (new int56[](2), new uint160[](2));
        (ticks[0], ticks[1]) = (then, now_);
        (perLiquidity[0], perLiquidity[1]) = (liquidityThen, liquidityNow);
    }

    function observe(uint32[] calldata) external view returns (int56[] memory, uint160[] memory) {
        return (ticks, perLiquidity);
    }
}

contract PoolPriceTest is Test {
    Counters private pool = new Counters();

    function _consult(uint32 window) private view returns (int24 tick, uint256 liquidity) {
        return PoolPrice.consult(IUniswapV3Pool(address(pool)), window);
    }

    function test_RoundsTheMeanTickDown() public {
        pool.set(0, -7, 0, 1);
        (int24 tick,) = _consult(2);
        assertEq(tick, -4);
        pool.set(0, -8, 0, 1);
        (tick,) = _consult(2);
        assertEq(tick, -4);
        pool.set(0, 7, 0, 1);
        (tick,) = _consult(2);
        assertEq(tick, 3);
    }

    function test_CountersThatWrapAroundAreNoTrouble() public {
        pool.set(0, 0, type(uint160).max - 1, 1);
        (, uint256 liquidity) = _consult(60);
        assertEq(liquidity, (uint256(60) << 128) / 4);
    }

    /// At both ends of the range a price can be read, and its inverse is its inverse.
    function testFuzz_QuotesAtEveryTick(int24 tick) public pure {
        tick = int24(bound(tick, -400_000, 400_000));
        uint256 one = PoolPrice.quoteAt(tick, 1e30, false);
        uint256 back = PoolPrice.quoteAt(tick, 1e30, true);
        if (one > 1e18 && back > 1e18) assertApproxEqRel(one * back / 1e30, 1e30, 1e12);
    }
}
