// SPDX-License-Identifier: Apache-2.0
pragma solidity 0.8.37;

import {PausableUpgradeable} from "@openzeppelin/contracts-upgradeable/utils/PausableUpgradeable.sol";
import {IUniswapV3Pool} from "@uniswap/v3-core/contracts/interfaces/IUniswapV3Pool.sol";
import {ISwapRouter} from "@uniswap/v3-periphery/contracts/interfaces/ISwapRouter.sol";
import {IReferralRegistry} from "../../src/interfaces/IReferralRegistry.sol";
import {INonfungiblePositionManager} from "../../src/interfaces/IUniswapV3.sol";
import {SystemFixture} from "../SystemFixture.sol";
import {PoolCaller} from "../doubles/PoolCaller.sol";

/// Uniswap's record of a position. A struct, because twelve values do not fit on the stack.
struct Position {
    uint96 nonce;
    address operator;
    address token0;
    address token1;
    uint24 fee;
    int24 tickLower;
    int24 tickUpper;
    uint128 liquidity;
    uint256 growth0;
    uint256 growth1;
    uint128 owed0;
    uint128 owed1;
}

interface IPositions is INonfungiblePositionManager {
    function positions(uint256 tokenId) external view returns (Position memory);
}

/// @title Attack: everything is paused, and liquidity is kept in; or, because it is not, somebody sells or borrows.
contract PausedLiquidityAttack is SystemFixture {
    int24 private constant TICK_MAX = 887_200;

    IUniswapV3Pool internal pool;
    IPositions internal positions;
    ISwapRouter internal router;
    PoolCaller internal caller;
    // The first liquidity of the deployment, more of the manager's, and an outsider's.
    uint256 internal constant SEED = 1;
    uint256 internal ours;
    uint256 internal theirs;

    function setUp() public override {
        super.setUp();
        pool = IUniswapV3Pool(system.pool);
        positions = IPositions(system.outside.uniswapPositions);
        router = ISwapRouter(system.outside.uniswapRouter);
        caller = new PoolCaller();
        vm.startPrank(treasury);
        assertTrue(token.transfer(address(liquidity), 40_000e18));
        assertTrue(token.transfer(alice, 200_000e18));
        assertTrue(token.transfer(address(caller), 1000e18));
        vm.stopPrank();
        vm.startPrank(operator);
        usdc.mint(address(liquidity), 10_000e6);
        usdc.mint(alice, 50_000e6);
        usdc.mint(address(caller), 10_000e6);
        ours = liquidity.open(-887_220, 887_220, 40_000e18, 10_000e6, block.timestamp);
        vm.stopPrank();
        _approveAll(alice);
        _approveAll(bob);
        theirs = _give(3000, 887_220, 100_000e18, 25_000e6);
        // Both ways, so that there are fees of both tokens.
        _swap(alice, address(usdc), 5000e6);
        _swap(alice, address(token), 20_000e18);
    }

    function _approveAll(address account) private {
        vm.startPrank(account);
        token.approve(address(positions), type(uint256).max);
        usdc.approve(address(positions), type(uint256).max);
        token.approve(address(router), type(uint256).max);
        usdc.approve(address(router), type(uint256).max);
        vm.stopPrank();
    }

    /// Alice, who is nobody here, gives liquidity.
    function _give(uint24 fee, int24 ends, uint256 trvl, uint256 dollars) private returns (uint256 id) {
        bool first = address(token) < address(usdc);
        INonfungiblePositionManager.MintParams memory params;
        (params.token0, params.token1) = first ? (address(token), address(usdc)) : (address(usdc), address(token));
        (params.amount0Desired, params.amount1Desired) = first ? (trvl, dollars) : (dollars, trvl);
        (params.tickLower, params.tickUpper, params.fee) = (-ends, ends, fee);
        (params.recipient, params.deadline) = (alice, block.timestamp);
        vm.prank(alice);
        (id,,,) = positions.mint(params);
    }

    function _swap(address who, address paid, uint256 amount) private returns (uint256) {
        address got = paid == address(usdc) ? address(token) : address(usdc);
        vm.prank(who);
        return router.exactInputSingle(
            ISwapRouter.ExactInputSingleParams(paid, got, 3000, who, block.timestamp, amount, 0, 0)
        );
    }

    function _stopAll() private {
        vm.prank(guardian);
        stop.stopAll();
        address[] memory modules = stop.modules();
        assertEq(modules.length, 7);
        for (uint256 at = 0; at < modules.length; ++at) {
            assertTrue(PausableUpgradeable(modules[at]).paused());
        }
    }

    function _liquidityOf(uint256 id) private view returns (uint128) {
        return positions.positions(id).liquidity;
    }

    /// All of the outsider's liquidity and fees, to an account that had nothing.
    function _takeTheirs() private returns (uint256 trvl, uint256 dollars) {
        vm.startPrank(alice);
        INonfungiblePositionManager.DecreaseLiquidityParams memory less;
        (less.tokenId, less.liquidity, less.deadline) = (theirs, _liquidityOf(theirs), block.timestamp);
        positions.decreaseLiquidity(less);
        address to = makeAddr("taken");
        positions.collect(INonfungiblePositionManager.CollectParams(theirs, to, type(uint128).max, type(uint128).max));
        vm.stopPrank();
        assertEq(_liquidityOf(theirs), 0);
        return (token.balanceOf(to), usdc.balanceOf(to));
    }

    /// All of the manager's, to the treasury.
    function _takeOurs() private returns (uint256 trvl, uint256 dollars) {
        (trvl, dollars) = (token.balanceOf(treasury), usdc.balanceOf(treasury));
        vm.startPrank(operator);
        liquidity.reduce(SEED, _liquidityOf(SEED), 1, 1, block.timestamp);
        liquidity.reduce(ours, _liquidityOf(ours), 1, 1, block.timestamp);
        liquidity.sweep(address(token));
        liquidity.sweep(address(usdc));
        vm.stopPrank();
        assertEq(token.balanceOf(address(liquidity)) + usdc.balanceOf(address(liquidity)), 0);
        return (token.balanceOf(treasury) - trvl, usdc.balanceOf(treasury) - dollars);
    }

    /// An outsider gets the same as without a pause, to the wei.
    function test_PausedLiquidity_AnOutsidersPositionComesOut() public {
        uint256 before = vm.snapshotState();
        (uint256 trvl, uint256 dollars) = _takeTheirs();
        assertGt(trvl, 99_000e18);
        assertGt(dollars, 24_000e6);
        vm.revertToState(before);
        _stopAll();
        (uint256 trvlPaused, uint256 dollarsPaused) = _takeTheirs();
        assertEq(trvlPaused, trvl);
        assertEq(dollarsPaused, dollars);
    }

    /// So does the manager, and through it the treasury.
    function test_PausedLiquidity_TheManagersPositionsComeOutToTheTreasury() public {
        uint256 before = vm.snapshotState();
        (uint256 trvl, uint256 dollars) = _takeOurs();
        assertGt(trvl, 1_030_000e18);
        assertGt(dollars, 250_000e6);
        vm.revertToState(before);
        _stopAll();
        (uint256 trvlPaused, uint256 dollarsPaused) = _takeOurs();
        assertEq(trvlPaused, trvl);
        assertEq(dollarsPaused, dollars);
    }

    /// When all have left, only what Uniswap rounds down lies in the pool.
    function test_PausedLiquidity_NothingIsLeftInThePool() public {
        _stopAll();
        _takeTheirs();
        _takeOurs();
        assertLt(token.balanceOf(address(pool)), 10);
        assertLt(usdc.balanceOf(address(pool)), 10);
    }

    function test_PausedLiquidity_FeesComeOutToTheTreasury() public {
        _stopAll();
        (uint256 trvl, uint256 dollars) = (token.balanceOf(treasury), usdc.balanceOf(treasury));
        vm.prank(bob);
        (uint256 trvlFees, uint256 dollarFees) = liquidity.collectFees(SEED);
        assertGt(trvlFees, 0);
        assertGt(dollarFees, 0);
        assertEq(token.balanceOf(treasury) - trvl, trvlFees);
        assertEq(usdc.balanceOf(treasury) - dollars, dollarFees);
    }

    /// TRVL can be bought, and then its buyer can neither sell it, nor send it, nor give it as liquidity.
    function test_PausedLiquidity_WhatIsBoughtStaysWithItsBuyer() public {
        vm.prank(operator);
        usdc.mint(bob, 2000e6);
        _stopAll();
        uint256 price = liquidity.spotPrice();
        uint256 got = _swap(bob, address(usdc), 1000e6);
        assertEq(token.balanceOf(bob), got);
        assertApproxEqRel(got, 4000e18, 0.05e18);
        assertGt(liquidity.spotPrice(), price);
        vm.prank(bob);
        vm.expectRevert(PausableUpgradeable.EnforcedPause.selector);
        // forge-lint: disable-next-line(erc20-unchecked-transfer)
        token.transfer(alice, 1);
        address[2] memory sellers = [alice, bob];
        for (uint256 at = 0; at < 2; ++at) {
            vm.expectRevert(bytes("STF"));
            this.sell(sellers[at], 1e18);
        }
        vm.expectRevert(bytes("STF"));
        this.give(1e18, 1e6);
    }

    /// Nor does it help to do without the router: the pool asks for TRVL, and the token refuses it.
    function test_PausedLiquidity_NobodySellsToThePoolItself() public {
        _stopAll();
        caller.swap(pool, address(caller), address(usdc), 1000e6);
        assertGt(token.balanceOf(address(caller)), 4800e18);
        vm.expectRevert(PausableUpgradeable.EnforcedPause.selector);
        caller.swap(pool, address(caller), address(token), 1e18);
    }

    /// The loan goes out, and cannot come back: so there is none.
    function test_PausedLiquidity_NobodyBorrows() public {
        uint256 before = vm.snapshotState();
        caller.flash(pool, address(caller), address(token), 10_000e18, true);
        vm.revertToState(before);
        _stopAll();
        vm.expectRevert(PausableUpgradeable.EnforcedPause.selector);
        caller.flash(pool, address(caller), address(token), 10_000e18, true);
        bytes memory unpaid = pool.token0() == address(token) ? bytes("F0") : bytes("F1");
        vm.expectRevert(unpaid);
        caller.flash(pool, address(caller), address(token), 10_000e18, false);
        // Not even a loan that never leaves, because its fee is missing.
        vm.expectRevert(unpaid);
        caller.flash(pool, address(pool), address(token), 10_000e18, false);
    }

    /// While the token alone is paused, the manager can still give: the lever stops the manager as well.
    function test_PausedLiquidity_TheLeverStopsTheManagersGiving() public {
        vm.prank(treasury);
        assertTrue(token.transfer(address(liquidity), 1000e18));
        vm.prank(operator);
        usdc.mint(address(liquidity), 250e6);
        vm.prank(guardian);
        token.pause();
        vm.prank(operator);
        liquidity.open(-887_220, 887_220, 500e18, 125e6, block.timestamp);
        _stopAll();
        vm.prank(operator);
        vm.expectRevert(PausableUpgradeable.EnforcedPause.selector);
        liquidity.open(-887_220, 887_220, 400e18, 100e6, block.timestamp);
    }

    /// What is bought can be paid to another pool in the same transaction. That takes TRVL from one pool to another, which keeps it.
    function test_PausedLiquidity_AnotherPoolTakesOnlyWhatThisOneSells() public {
        IUniswapV3Pool other = _anotherPool();
        uint256 kept = _give(10_000, TICK_MAX, 40_000e18, 20_000e6);
        _stopAll();
        uint256 held = token.balanceOf(address(caller));
        vm.expectRevert(PausableUpgradeable.EnforcedPause.selector);
        caller.swap(other, address(caller), address(token), 100e18);
        caller.buyFrom(pool);
        caller.swap(other, address(caller), address(token), 100e18);
        assertEq(token.balanceOf(address(caller)), held);
        // It has no EXIT_ROLE, so nothing comes out of it before the pause is over.
        caller.buyFrom(IUniswapV3Pool(address(0)));
        vm.expectRevert(bytes("TF"));
        caller.swap(other, address(caller), address(usdc), 1e6);
        vm.prank(alice);
        vm.expectRevert(bytes("TF"));
        positions.collect(INonfungiblePositionManager.CollectParams(kept, alice, type(uint128).max, type(uint128).max));
    }

    /// The registry pays a referrer's earnings to whom the referrer names, so they, and no more, can be sold straight out of it.
    function test_PausedLiquidity_AReferrerSellsNoMoreThanItEarned() public {
        uint256 earned = _earn(address(caller));
        _stopAll();
        uint256 held = token.balanceOf(address(caller));
        caller.payFrom(system.registry);
        vm.expectRevert(bytes("IIA"));
        caller.swap(pool, address(caller), address(token), int256(earned + 1));
        caller.swap(pool, address(caller), address(token), int256(earned));
        assertEq(token.balanceOf(address(caller)), held);
        vm.expectRevert(abi.encodeWithSelector(IReferralRegistry.NothingOwed.selector, address(caller)));
        caller.swap(pool, address(caller), address(token), 1e18);
    }

    function _earn(address referrer) private returns (uint256 earned) {
        vm.startPrank(network.people.registrar);
        system.registry.joinFor(referrer, address(0));
        system.registry.verify(referrer, "somebody");
        system.registry.joinFor(bob, referrer);
        vm.stopPrank();
        vm.warp(block.timestamp + 30 days);
        vm.startPrank(address(distributor));
        earned = system.registry.credit("a booking", bob, 100e18);
        assertTrue(token.transfer(address(system.registry), earned));
        vm.stopPrank();
        assertGt(earned, 0);
    }

    /// Another pool of the same tokens, in which TRVL is worth twice as much.
    function _anotherPool() private returns (IUniswapV3Pool) {
        (uint160 root,,,,,,) = pool.slot0();
        bool first = address(token) < address(usdc);
        uint256 other = first ? uint256(root) * 1414 / 1000 : uint256(root) * 1000 / 1414;
        return IUniswapV3Pool(
            positions.createAndInitializePoolIfNecessary(pool.token0(), pool.token1(), 10_000, uint160(other))
        );
    }

    function sell(address who, uint256 amount) external {
        _swap(who, address(token), amount);
    }

    function give(uint256 trvl, uint256 dollars) external {
        _give(3000, 887_220, trvl, dollars);
    }
}
