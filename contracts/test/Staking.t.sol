// SPDX-License-Identifier: Apache-2.0
pragma solidity 0.8.37;

import {PausableUpgradeable} from "@openzeppelin/contracts-upgradeable/utils/PausableUpgradeable.sol";
import {IAccessControl} from "@openzeppelin/contracts/access/IAccessControl.sol";
import {IERC20Errors} from "@openzeppelin/contracts/interfaces/draft-IERC6093.sol";
import {IERC20} from "@openzeppelin/contracts/token/ERC20/IERC20.sol";
import {Staking} from "../src/Staking.sol";
import {IGoverned} from "../src/interfaces/IGoverned.sol";
import {IStaking} from "../src/interfaces/IStaking.sol";
import {StakingFixture} from "./StakingFixture.sol";

contract StakingTest is StakingFixture {
    function test_LocksByTierAndGivesALevel() public {
        assertEq(staking.vipLevel(alice), 0);
        vm.expectEmit(address(staking));
        emit IStaking.Staked(alice, 1, 100e18, uint40(block.timestamp + 30 days));
        _stake(alice, 1, 100e18);
        assertEq(staking.vipLevel(alice), 2);
        IStaking.Position memory held = staking.position(alice, 1);
        assertEq(held.amount, 100e18);
        assertEq(held.weight, 125e18);
        assertEq(held.unlocksAt, block.timestamp + 30 days);
        _stake(alice, 0, 1e18);
        assertEq(staking.vipLevel(alice), 2);
        vm.warp(block.timestamp + 30 days);
        assertEq(staking.vipLevel(alice), 1);
    }

    function test_StakingMoreLocksAnew() public {
        _stake(alice, 1, 100e18);
        vm.warp(block.timestamp + 20 days);
        _stake(alice, 1, 50e18);
        IStaking.Position memory held = staking.position(alice, 1);
        assertEq(held.amount, 150e18);
        assertEq(held.unlocksAt, block.timestamp + 30 days);
    }

    function test_StreamsEvenlyOverSevenDays() public {
        _stake(alice, 0, 10e18);
        _fund(700e18);
        vm.warp(block.timestamp + 1 days);
        assertApproxEqAbs(staking.pendingYield(alice, 0), 100e18, 100);
        vm.warp(block.timestamp + 30 days);
        assertApproxEqAbs(staking.pendingYield(alice, 0), 700e18, 100);
        vm.prank(alice);
        uint256 paid = staking.claimYield(0);
        assertApproxEqAbs(paid, 700e18, 100);
        assertLe(paid, 700e18);
        assertEq(staking.pendingYield(alice, 0), 0);
    }

    function test_SharesByBoostedWeight() public {
        _stake(alice, 0, 100e18);
        _stake(bob, 3, 100e18);
        _fund(700e18);
        vm.warp(block.timestamp + 7 days);
        assertApproxEqAbs(staking.pendingYield(alice, 0) * 2, staking.pendingYield(bob, 3), 1000);
    }

    function test_TheStreamStandsStillWhileNobodyStakes() public {
        _fund(700e18);
        vm.warp(block.timestamp + 100 days);
        _stake(alice, 0, 10e18);
        assertEq(staking.pendingYield(alice, 0), 0);
        vm.warp(block.timestamp + 7 days);
        assertApproxEqAbs(staking.pendingYield(alice, 0), 700e18, 100);
    }

    function test_TheStreamStandsStillInTheMiddleToo() public {
        _stake(alice, 0, 10e18);
        _fund(700e18);
        vm.warp(block.timestamp + 1 days);
        _unstake(alice, 0, 10e18);
        vm.warp(block.timestamp + 50 days);
        _stake(bob, 0, 10e18);
        vm.warp(block.timestamp + 6 days);
        assertApproxEqAbs(staking.pendingYield(alice, 0), 100e18, 100);
        assertApproxEqAbs(staking.pendingYield(bob, 0), 600e18, 100);
    }

    function test_FundingAgainAddsToWhatIsLeft() public {
        _stake(alice, 0, 10e18);
        _fund(700e18);
        vm.warp(block.timestamp + 3 days);
        _fund(300e18);
        vm.warp(block.timestamp + 7 days);
        assertApproxEqAbs(staking.pendingYield(alice, 0), 1000e18, 100);
    }

    function test_WhoComesLateEarnsNothingOfBefore() public {
        _stake(alice, 0, 10e18);
        _fund(700e18);
        vm.warp(block.timestamp + 7 days);
        _stake(bob, 0, 1000e18);
        assertEq(staking.pendingYield(bob, 0), 0);
        _unstake(bob, 0, 1000e18);
        assertApproxEqAbs(staking.pendingYield(alice, 0), 700e18, 100);
    }

    function test_LeavingEarlyCostsLessAndLess() public {
        _stake(alice, 2, 1000e18);
        assertEq(staking.penaltyOf(alice, 2, 1000e18), 200e18);
        vm.warp(block.timestamp + 45 days);
        assertEq(staking.penaltyOf(alice, 2, 1000e18), 100e18);
        uint256 before = token.balanceOf(alice);
        assertEq(_unstake(alice, 2, 1000e18), 900e18);
        assertEq(token.balanceOf(alice) - before, 900e18);
        (uint256 staked, uint256 weight,, uint256 penalties,) = staking.totals();
        assertEq(staked + weight, 0);
        assertEq(penalties, 100e18);
        vm.expectEmit(address(staking));
        emit IStaking.PenaltiesPaid(treasury, 100e18);
        assertEq(staking.payPenalties(), 100e18);
        assertEq(token.balanceOf(treasury), 100e18);
    }

    function test_LeavingInTimeCostsNothing() public {
        _stake(alice, 3, 100e18);
        vm.warp(block.timestamp + 365 days);
        assertEq(_unstake(alice, 3, 100e18), 100e18);
    }

    function test_LeavingInPartKeepsTheBoostAndTheMinimum() public {
        _stake(alice, 1, 300e18);
        vm.warp(block.timestamp + 30 days);
        _unstake(alice, 1, 100e18);
        assertEq(staking.position(alice, 1).weight, 250e18);
        vm.prank(alice);
        vm.expectRevert(abi.encodeWithSelector(IStaking.BelowMinimum.selector, 99e18, 100e18));
        staking.unstake(1, 101e18);
    }

    function test_RefusesMoreThanIsThereAndNothing() public {
        _stake(alice, 0, 10e18);
        vm.startPrank(alice);
        vm.expectRevert(abi.encodeWithSelector(IStaking.AboveStake.selector, 10e18 + 1, 10e18));
        staking.unstake(0, 10e18 + 1);
        vm.expectRevert(abi.encodeWithSelector(IStaking.AboveStake.selector, 0, 10e18));
        staking.unstake(0, 0);
        vm.expectRevert(abi.encodeWithSelector(IStaking.BadAmount.selector, 0));
        staking.stake(0, 0);
        vm.expectRevert(abi.encodeWithSelector(IStaking.BadAmount.selector, 1 << 96));
        staking.stake(0, 1 << 96);
        vm.expectRevert(abi.encodeWithSelector(IStaking.BelowMinimum.selector, 1, 100e18));
        staking.stake(1, 1);
        vm.expectRevert(abi.encodeWithSelector(IStaking.NoTier.selector, 4));
        staking.stake(4, 1e18);
        vm.stopPrank();
        vm.startPrank(admin);
        vm.expectRevert(abi.encodeWithSelector(IStaking.BadAmount.selector, 0));
        staking.fund(0);
        vm.expectRevert(abi.encodeWithSelector(IStaking.BadAmount.selector, 1 << 96));
        staking.fund(1 << 96);
        vm.stopPrank();
    }

    function test_AnybodyTakesAnEndedBoost() public {
        _stake(alice, 3, 100e18);
        vm.expectRevert(IStaking.NotExpired.selector);
        staking.expire(alice, 3);
        vm.warp(block.timestamp + 365 days);
        vm.prank(bob);
        staking.expire(alice, 3);
        assertEq(staking.position(alice, 3).weight, 100e18);
        vm.expectRevert(IStaking.NotExpired.selector);
        staking.expire(alice, 3);
        (, uint256 weight,,,) = staking.totals();
        assertEq(weight, 100e18);
    }

    function test_StakesByPermit() public {
        (address owner, uint256 key) = makeAddrAndKey("permitter");
        token.mint(owner, 5e18);
        (uint8 v, bytes32 r, bytes32 s) = _permit(key, owner, 5e18);
        vm.prank(owner);
        staking.stakeWithPermit(0, 5e18, block.timestamp, v, r, s);
        assertEq(staking.position(owner, 0).amount, 5e18);
    }

    function test_ABadPermitWithoutAllowanceFails() public {
        (address owner, uint256 key) = makeAddrAndKey("permitter");
        token.mint(owner, 5e18);
        (uint8 v, bytes32 r, bytes32 s) = _permit(key, owner, 4e18);
        vm.prank(owner);
        vm.expectRevert(
            abi.encodeWithSelector(IERC20Errors.ERC20InsufficientAllowance.selector, address(staking), 0, 5e18)
        );
        staking.stakeWithPermit(0, 5e18, block.timestamp, v, r, s);
    }

    function test_PositionsKeepTheRulesTheyWereMadeWith() public {
        _stake(alice, 1, 100e18);
        vm.prank(admin);
        staking.setTier(1, IStaking.Tier(60 days, 40_000, 5000, 100e18));
        assertEq(staking.penaltyOf(alice, 1, 100e18), 10e18);
        assertEq(staking.position(alice, 1).weight, 125e18);
        _stake(bob, 1, 100e18);
        assertEq(staking.penaltyOf(bob, 1, 100e18), 50e18);
    }

    function test_TiersAreBounded() public {
        vm.startPrank(admin);
        for (uint8 tier = 4; tier < 8; ++tier) {
            staking.setTier(tier, IStaking.Tier(1 days, 10_000, 0, 1e18));
        }
        assertEq(staking.tierCount(), 8);
        vm.expectRevert(abi.encodeWithSelector(IStaking.NoTier.selector, 8));
        staking.setTier(8, IStaking.Tier(1 days, 10_000, 0, 1e18));
        vm.expectRevert(abi.encodeWithSelector(IStaking.NoTier.selector, 9));
        staking.setTier(9, IStaking.Tier(1 days, 10_000, 0, 1e18));
        _refuse(IStaking.Tier(4 * 365 days + 1, 10_000, 0, 1e18));
        _refuse(IStaking.Tier(1 days, 9999, 0, 1e18));
        _refuse(IStaking.Tier(1 days, 40_001, 0, 1e18));
        _refuse(IStaking.Tier(1 days, 10_000, 5001, 1e18));
        _refuse(IStaking.Tier(1 days, 10_000, 0, 1e18 - 1));
        vm.stopPrank();
        assertEq(staking.tierRules(3).boostBps, 20_000);
        vm.expectRevert(abi.encodeWithSelector(IStaking.NoTier.selector, 8));
        staking.tierRules(8);
    }

    function _refuse(IStaking.Tier memory rules) private {
        vm.expectRevert(IStaking.BadTier.selector);
        staking.setTier(0, rules);
    }

    function test_EveryDoorHasItsKey() public {
        bytes4 denied = IAccessControl.AccessControlUnauthorizedAccount.selector;
        vm.startPrank(alice);
        vm.expectPartialRevert(denied);
        staking.fund(1);
        vm.expectPartialRevert(denied);
        staking.setTier(0, IStaking.Tier(1 days, 10_000, 0, 1e18));
        vm.expectPartialRevert(denied);
        staking.setTreasury(alice);
        vm.expectPartialRevert(denied);
        staking.upgradeToAndCall(address(staking), "");
        vm.stopPrank();
        vm.startPrank(admin);
        vm.expectRevert(IGoverned.ZeroAddress.selector);
        staking.setTreasury(address(0));
        staking.setTreasury(bob);
        vm.stopPrank();
    }

    function test_RefusesATokenThatIsNone() public {
        Staking bare = new Staking();
        IStaking.Tier[] memory tiers = new IStaking.Tier[](0);
        vm.expectRevert(IGoverned.ZeroAddress.selector);
        _proxy(address(bare), abi.encodeCall(Staking.initialize, (admin, IERC20(address(0)), treasury, tiers)));
    }

    function test_APauseStopsStakingAndNothingElse() public {
        _stake(alice, 0, 10e18);
        _stake(alice, 1, 100e18);
        _fund(700e18);
        vm.warp(block.timestamp + 30 days);
        vm.startPrank(guardian);
        staking.pause();
        token.pause();
        vm.stopPrank();
        vm.startPrank(alice);
        vm.expectRevert(PausableUpgradeable.EnforcedPause.selector);
        staking.stake(0, 1e18);
        vm.expectRevert(PausableUpgradeable.EnforcedPause.selector);
        staking.stakeWithPermit(0, 1e18, 0, 0, 0, 0);
        assertGt(staking.claimYield(0), 0);
        assertEq(staking.unstake(0, 10e18), 10e18);
        assertEq(staking.unstake(1, 100e18), 100e18);
        vm.stopPrank();
    }

    function testFuzz_PrincipalComesBackWhole(uint96 amount, uint8 tier, uint32 later) public {
        tier = uint8(bound(tier, 0, 3));
        amount = uint96(bound(amount, staking.tierRules(tier).minimum, 10_000e18));
        _stake(alice, tier, amount);
        uint256 unlocksAt = staking.position(alice, tier).unlocksAt;
        vm.warp(block.timestamp + later);
        uint256 penalty = staking.penaltyOf(alice, tier, amount);
        uint256 paid = _unstake(alice, tier, amount);
        assertEq(paid + penalty, amount);
        if (block.timestamp >= unlocksAt) assertEq(penalty, 0);
        assertLe(penalty, uint256(amount) * staking.tierRules(tier).penaltyBps / 10_000 + 1);
    }
}
