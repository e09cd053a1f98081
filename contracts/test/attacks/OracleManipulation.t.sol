// SPDX-License-Identifier: Apache-2.0
pragma solidity 0.8.37;

import {IERC20} from "@openzeppelin/contracts/token/ERC20/IERC20.sol";
import {ISwapRouter} from "@uniswap/v3-periphery/contracts/interfaces/ISwapRouter.sol";
import {ILiquidityManager} from "../../src/interfaces/ILiquidityManager.sol";
import {IPriceOracle} from "../../src/interfaces/IPriceOracle.sol";
import {SystemFixture} from "../SystemFixture.sol";

/// @title Attack: the price is moved, in the pool or in the feed, before something is done at it.
contract OracleManipulationAttack is SystemFixture {
    function setUp() public override {
        super.setUp();
        vm.startPrank(operator);
        usdc.mint(address(liquidity), 10_000e6);
        usdc.mint(alice, 10_000_000e6);
        vm.stopPrank();
    }

    function _pump(uint256 amount) private returns (uint256 got) {
        vm.startPrank(alice);
        usdc.approve(system.outside.uniswapRouter, amount);
        got = ISwapRouter(system.outside.uniswapRouter)
            .exactInputSingle(
                ISwapRouter.ExactInputSingleParams(
                    address(usdc), address(token), 3000, alice, block.timestamp, amount, 0, 0
                )
            );
        vm.stopPrank();
    }

    /// Within one block the average does not move at all, whatever the pool does.
    function test_OracleManipulation_AFlashLoanDoesNotMoveTheAverage() public {
        uint256 before = oracle.poolPrice();
        _pump(1_000_000e6);
        assertGt(liquidity.spotPrice(), 4 * before);
        assertEq(oracle.poolPrice(), before);
    }

    /// Held long enough the average moves, the sources disagree, and everything that needs a price stops.
    function test_OracleManipulation_APriceHeldForTheWindowStopsEverything() public {
        _pump(2_000_000e6);
        vm.warp(block.timestamp + 60);
        vm.expectPartialRevert(IPriceOracle.OutOfBounds.selector);
        oracle.price();
        vm.prank(operator);
        vm.expectPartialRevert(IPriceOracle.OutOfBounds.selector);
        liquidity.buyBack(100e6, 0, block.timestamp);
    }

    function test_OracleManipulation_ASmallerPushIsADisagreement() public {
        _pump(20_000e6);
        vm.warp(block.timestamp + 60);
        vm.expectPartialRevert(IPriceOracle.SourcesDisagree.selector);
        oracle.price();
    }

    /// The sandwich: the pool is pushed, the manager is to buy at the top, the attacker sells.
    function test_OracleManipulation_ASandwichedBuyBackFails() public {
        _pump(50_000e6);
        vm.prank(operator);
        vm.expectRevert(bytes("Too little received"));
        liquidity.buyBack(1000e6, 0, block.timestamp);
    }

    function test_OracleManipulation_LiquidityIsNotGivenAtAPushedPrice() public {
        vm.prank(treasury);
        assertTrue(token.transfer(address(liquidity), 1000e18));
        _pump(50_000e6);
        vm.prank(operator);
        vm.expectPartialRevert(ILiquidityManager.PoolOffPrice.selector);
        liquidity.open(-887_220, 887_220, 1000e18, 250e6, block.timestamp);
    }

    /// A feed that somebody took over alone cannot set the price either.
    function test_OracleManipulation_TheFeedAloneCannotSetThePrice() public {
        vm.prank(operator);
        feed.set(2.5e8);
        vm.expectPartialRevert(IPriceOracle.SourcesDisagree.selector);
        oracle.price();
        assertEq(IERC20(address(token)).balanceOf(address(liquidity)), 0);
    }
}
