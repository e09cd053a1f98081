// SPDX-License-Identifier: Apache-2.0
pragma solidity 0.8.37;

import {StakingFixture} from "../StakingFixture.sol";

/// @title Attack: everything that can be paused is paused, and people are kept from what is theirs.
contract PausedExitsAttack is StakingFixture {
    function setUp() public override {
        super.setUp();
        _chainOfFour();
        _stake(alice, 0, 10e18);
        _stake(bob, 2, 1000e18);
        _fund(700e18);
        _claim("a", dave, 10_000);
        _publish(1, _leaf("b", dave, 20_000), _leaf("c", alice, 1), 20_001);
        vm.warp(block.timestamp + 1 days);
        vm.startPrank(guardian);
        token.pause();
        registry.pause();
        distributor.pause();
        staking.pause();
        vm.stopPrank();
    }

    function test_PausedExits_PrincipalComesOut() public {
        assertEq(_unstake(alice, 0, 10e18), 10e18);
        // Before the end of the lock too, at its usual price.
        uint256 penalty = staking.penaltyOf(bob, 2, 1000e18);
        assertEq(_unstake(bob, 2, 1000e18), 1000e18 - penalty);
    }

    function test_PausedExits_YieldComesOut() public {
        vm.prank(alice);
        assertGt(staking.claimYield(0), 0);
    }

    function test_PausedExits_MaturedRewardsComeOut() public {
        uint256 before = token.balanceOf(dave);
        distributor.release("a");
        distributor.claimFromEpoch(1, "b", dave, 20_000, _proof(_leaf("c", alice, 1)));
        assertEq(token.balanceOf(dave) - before, 21_000);
    }

    function test_PausedExits_ReferralsAndTheTreasuryComeOut() public {
        distributor.release("a");
        vm.prank(carol);
        assertEq(registry.withdraw(carol), 500);
        assertEq(distributor.payTreasury(), 2000);
        _unstake(bob, 2, 1000e18);
        assertGt(staking.payPenalties(), 0);
    }

    /// A guardian cannot make a pause last against the holders: what it cannot undo, the timelock can.
    function test_PausedExits_TheTimelockStartsEverythingAgain() public {
        vm.startPrank(admin);
        token.unpause();
        staking.unpause();
        vm.stopPrank();
        _stake(carol, 0, 1e18);
        assertEq(staking.position(carol, 0).amount, 1e18);
    }
}
