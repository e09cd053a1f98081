// SPDX-License-Identifier: Apache-2.0
pragma solidity 0.8.37;

import {PausableUpgradeable} from "@openzeppelin/contracts-upgradeable/utils/PausableUpgradeable.sol";
import {IAccessControl} from "@openzeppelin/contracts/access/IAccessControl.sol";
import {ERC1967Proxy} from "@openzeppelin/contracts/proxy/ERC1967/ERC1967Proxy.sol";
import {IERC721} from "@openzeppelin/contracts/token/ERC721/IERC721.sol";
import {ISwapRouter} from "@uniswap/v3-periphery/contracts/interfaces/ISwapRouter.sol";
import {LiquidityManager} from "../src/LiquidityManager.sol";
import {IGoverned} from "../src/interfaces/IGoverned.sol";
import {ILiquidityManager} from "../src/interfaces/ILiquidityManager.sol";
import {IPriceOracle} from "../src/interfaces/IPriceOracle.sol";
import {SystemFixture} from "./SystemFixture.sol";

contract LiquidityManagerTest is SystemFixture {
    int24 internal constant TICK_MAX = 887_220;

    function setUp() public override {
        super.setUp();
        vm.prank(treasury);
        assertTrue(token.transfer(address(liquidity), 100_000e18));
        vm.prank(operator);
        usdc.mint(address(liquidity), 25_000e6);
    }

    function _open() private returns (uint256 id) {
        vm.prank(operator);
        return liquidity.open(-TICK_MAX, TICK_MAX, 40_000e18, 10_000e6, block.timestamp);
    }

    /// Sells or buys TRVL from outside, moving the pool.
    function _swap(address from, address to, uint256 amount) private {
        if (from == address(usdc)) {
            vm.prank(operator);
            usdc.mint(alice, amount);
        } else {
            vm.prank(treasury);
            assertTrue(token.transfer(alice, amount));
        }
        vm.startPrank(alice);
        IApprove(from).approve(system.outside.uniswapRouter, amount);
        ISwapRouter(system.outside.uniswapRouter)
            .exactInputSingle(ISwapRouter.ExactInputSingleParams(from, to, 3000, alice, block.timestamp, amount, 0, 0));
        vm.stopPrank();
    }

    function test_KnowsItsPoolAndItsPrice() public view {
        ILiquidityManager.Neighbours memory near = liquidity.neighbours();
        assertEq(near.pool, system.pool);
        assertEq(near.treasury, treasury);
        assertApproxEqRel(liquidity.spotPrice(), 0.25e18, 0.0001e18);
    }

    function test_OpensAPositionAndLeavesNoAllowance() public {
        uint256 id = _open();
        assertEq(IERC721(system.outside.uniswapPositions).ownerOf(id), address(liquidity));
        assertApproxEqRel(token.balanceOf(address(liquidity)), 60_000e18, 0.001e18);
        assertApproxEqRel(usdc.balanceOf(address(liquidity)), 15_000e6, 0.001e18);
        assertEq(token.allowance(address(liquidity), system.outside.uniswapPositions), 0);
        assertEq(usdc.allowance(address(liquidity), system.outside.uniswapPositions), 0);
    }

    function test_ReducesAndSweepsToTheTreasury() public {
        uint256 id = _open();
        vm.startPrank(operator);
        (uint256 trvl, uint256 dollars) = liquidity.reduce(id, 1e16, 1, 1, block.timestamp);
        assertGt(trvl, 0);
        assertGt(dollars, 0);
        uint256 held = usdc.balanceOf(address(liquidity));
        assertEq(liquidity.sweep(address(usdc)), held);
        assertEq(usdc.balanceOf(treasury), held);
        vm.stopPrank();
    }

    function test_AnybodySendsFeesToTheTreasury() public {
        uint256 id = _open();
        _swap(address(usdc), address(token), 1000e6);
        _swap(address(token), address(usdc), 1000e18);
        uint256 before = usdc.balanceOf(treasury);
        vm.prank(bob);
        (uint256 trvl, uint256 dollars) = liquidity.collectFees(id);
        assertGt(trvl, 0);
        assertGt(dollars, 0);
        assertEq(usdc.balanceOf(treasury) - before, dollars);
        assertEq(token.balanceOf(bob) + usdc.balanceOf(bob), 0);
    }

    function test_BuysBackForTheTreasuryAtAFairPrice() public {
        uint256 before = token.balanceOf(treasury);
        vm.prank(operator);
        uint256 got = liquidity.buyBack(1000e6, 0, block.timestamp);
        assertEq(token.balanceOf(treasury) - before, got);
        assertApproxEqRel(got, 4000e18, 0.02e18);
    }

    function test_RefusesAPriceOutsideTheSlippage() public {
        vm.startPrank(operator);
        vm.expectRevert(bytes("Too little received"));
        liquidity.buyBack(20_000e6, 0, block.timestamp);
        vm.expectRevert(bytes("Too little received"));
        liquidity.buyBack(1000e6, 4000e18, block.timestamp);
        vm.stopPrank();
    }

    function test_OpensNothingWhileThePoolIsOffPrice() public {
        _swap(address(usdc), address(token), 10_000e6);
        vm.prank(operator);
        vm.expectPartialRevert(ILiquidityManager.PoolOffPrice.selector);
        liquidity.open(-TICK_MAX, TICK_MAX, 1e18, 1e6, block.timestamp);
        _swap(address(token), address(usdc), 80_000e18);
        vm.prank(operator);
        vm.expectPartialRevert(ILiquidityManager.PoolOffPrice.selector);
        liquidity.open(-TICK_MAX, TICK_MAX, 1e18, 1e6, block.timestamp);
    }

    function test_TradesNothingWithoutAPrice() public {
        vm.warp(block.timestamp + 2 days);
        vm.startPrank(operator);
        vm.expectPartialRevert(IPriceOracle.StaleFeed.selector);
        liquidity.buyBack(1000e6, 0, block.timestamp);
        vm.expectPartialRevert(IPriceOracle.StaleFeed.selector);
        liquidity.open(-TICK_MAX, TICK_MAX, 1e18, 1e6, block.timestamp);
        vm.stopPrank();
    }

    function test_APauseStopsEntriesButNotTheWayOut() public {
        uint256 id = _open();
        vm.prank(guardian);
        liquidity.pause();
        vm.startPrank(operator);
        vm.expectRevert(PausableUpgradeable.EnforcedPause.selector);
        liquidity.open(-TICK_MAX, TICK_MAX, 1e18, 1e6, block.timestamp);
        vm.expectRevert(PausableUpgradeable.EnforcedPause.selector);
        liquidity.buyBack(1, 0, block.timestamp);
        liquidity.reduce(id, 1e15, 0, 0, block.timestamp);
        assertGt(liquidity.sweep(address(token)), 0);
        vm.stopPrank();
        liquidity.collectFees(id);
    }

    function test_EveryDoorHasItsKey() public {
        uint256 id = _open();
        bytes4 denied = IAccessControl.AccessControlUnauthorizedAccount.selector;
        vm.startPrank(alice);
        vm.expectPartialRevert(denied);
        liquidity.open(0, 60, 1, 1, block.timestamp);
        vm.expectPartialRevert(denied);
        liquidity.reduce(id, 1, 0, 0, block.timestamp);
        vm.expectPartialRevert(denied);
        liquidity.buyBack(1, 0, block.timestamp);
        vm.expectPartialRevert(denied);
        liquidity.sweep(address(token));
        vm.expectPartialRevert(denied);
        liquidity.withdrawPosition(id, alice);
        vm.expectPartialRevert(denied);
        liquidity.setSlippage(1);
        vm.stopPrank();
        vm.startPrank(timelock);
        vm.expectRevert(abi.encodeWithSelector(ILiquidityManager.SlippageTooHigh.selector, 501));
        liquidity.setSlippage(501);
        liquidity.withdrawPosition(id, treasury);
        vm.stopPrank();
        assertEq(IERC721(system.outside.uniswapPositions).ownerOf(id), treasury);
    }

    function test_RefusesAPoolOfOtherTokensAndNoTreasury() public {
        LiquidityManager bare = new LiquidityManager();
        ILiquidityManager.Neighbours memory near = liquidity.neighbours();
        near.token = alice;
        vm.expectRevert(ILiquidityManager.WrongPool.selector);
        new ERC1967Proxy(address(bare), abi.encodeCall(LiquidityManager.initialize, (timelock, near, 1)));
        near.treasury = address(0);
        vm.expectRevert(IGoverned.ZeroAddress.selector);
        new ERC1967Proxy(address(bare), abi.encodeCall(LiquidityManager.initialize, (timelock, near, 1)));
    }
}

interface IApprove {
    function approve(address spender, uint256 amount) external returns (bool);
}
