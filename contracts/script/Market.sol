// SPDX-License-Identifier: Apache-2.0
pragma solidity 0.8.37;

import {Math} from "@openzeppelin/contracts/utils/math/Math.sol";
import {IUniswapV3Pool} from "@uniswap/v3-core/contracts/interfaces/IUniswapV3Pool.sol";
import {DevUSDC} from "../local/DevUSDC.sol";
import {LiquidityManager} from "../src/LiquidityManager.sol";
import {PriceOracle} from "../src/PriceOracle.sol";
import {ILiquidityManager} from "../src/interfaces/ILiquidityManager.sol";
import {IPriceOracle} from "../src/interfaces/IPriceOracle.sol";
import {INonfungiblePositionManager} from "../src/interfaces/IUniswapV3.sol";
import {Deployment} from "./Deployment.sol";

/// @title The TRVL/USDC pool, the oracle over it, and the liquidity manager.
/// @dev On a local chain it also gives the pool its first liquidity; elsewhere the treasury does.
abstract contract Market is Deployment {
    // The whole range of a pool whose ticks are 60 apart, which is the 0.3 % tier.
    int24 private constant TICK_MAX = 887_220;
    uint256 private constant SEED_TRVL = 1_000_000e18;

    function _deployMarket(Network memory chain, System memory system, address deployer) internal {
        system.pool = _pool(chain, system);
        system.oracle = PriceOracle(
            _proxy(
                _make("PriceOracle", ""),
                abi.encodeCall(PriceOracle.initialize, (deployer, address(system.token), _sources(chain, system)))
            )
        );
        system.liquidity = LiquidityManager(
            _proxy(
                _make("LiquidityManager", ""),
                abi.encodeCall(
                    LiquidityManager.initialize, (deployer, _around(system), uint16(_rule(chain, "slippageBps")))
                )
            )
        );
    }

    /// The deployer holds SEED_TRVL for this on a local chain.
    function _seedPool(Network memory chain, System memory system, address deployer) internal {
        uint256 usdc = Math.mulDiv(SEED_TRVL, _rule(chain, "poolPrice"), 1e30);
        DevUSDC(system.outside.usdc).mint(deployer, usdc);
        system.token.approve(system.outside.uniswapPositions, SEED_TRVL);
        DevUSDC(system.outside.usdc).approve(system.outside.uniswapPositions, usdc);
        bool trvlFirst = address(system.token) < system.outside.usdc;
        INonfungiblePositionManager.MintParams memory params;
        params.token0 = trvlFirst ? address(system.token) : system.outside.usdc;
        params.token1 = trvlFirst ? system.outside.usdc : address(system.token);
        params.fee = uint24(_rule(chain, "poolFee"));
        (params.tickLower, params.tickUpper) = (-TICK_MAX, TICK_MAX);
        (params.amount0Desired, params.amount1Desired) = trvlFirst ? (SEED_TRVL, usdc) : (usdc, SEED_TRVL);
        params.recipient = address(system.liquidity);
        params.deadline = block.timestamp + 1 days;
        INonfungiblePositionManager(system.outside.uniswapPositions).mint(params);
    }

    function _seed(Network memory chain) internal pure returns (uint256) {
        return chain.local ? SEED_TRVL : 0;
    }

    function _pool(Network memory chain, System memory system) private returns (address pool) {
        bool trvlFirst = address(system.token) < system.outside.usdc;
        uint256 price = _rule(chain, "poolPrice");
        // USD per TRVL with 18 decimals over 10^30 is raw USDC per raw TRVL.
        (uint256 up, uint256 down) = trvlFirst ? (price, uint256(1e30)) : (uint256(1e30), price);
        pool = INonfungiblePositionManager(system.outside.uniswapPositions)
            .createAndInitializePoolIfNecessary(
                trvlFirst ? address(system.token) : system.outside.usdc,
                trvlFirst ? system.outside.usdc : address(system.token),
                uint24(_rule(chain, "poolFee")),
                uint160(Math.sqrt(Math.mulDiv(up, 1 << 192, down)))
            );
        IUniswapV3Pool(pool).increaseObservationCardinalityNext(uint16(_rule(chain, "observations")));
    }

    function _sources(Network memory chain, System memory system) private pure returns (IPriceOracle.Sources memory) {
        return IPriceOracle.Sources({
            feed: system.outside.feed,
            heartbeatSeconds: uint32(_rule(chain, "heartbeatSeconds")),
            sequencer: system.outside.sequencer,
            graceSeconds: uint32(_rule(chain, "graceSeconds")),
            pool: system.pool,
            windowSeconds: uint32(_rule(chain, "windowSeconds")),
            liquidityMin: uint128(_rule(chain, "liquidityMin")),
            priceMin: _rule(chain, "priceMin"),
            priceMax: _rule(chain, "priceMax"),
            deviationMaxBps: uint16(_rule(chain, "deviationMaxBps"))
        });
    }

    function _around(System memory system) private pure returns (ILiquidityManager.Neighbours memory) {
        return ILiquidityManager.Neighbours({
            token: address(system.token),
            usdc: system.outside.usdc,
            pool: system.pool,
            positions: system.outside.uniswapPositions,
            router: system.outside.uniswapRouter,
            oracle: address(system.oracle),
            treasury: system.treasury
        });
    }
}
