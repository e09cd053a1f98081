// SPDX-License-Identifier: Apache-2.0
pragma solidity 0.8.37;

import {StakingFixture} from "../StakingFixture.sol";

/// @title Attack: many small amounts, each rounded, to take out more than went in or to leave dust that nobody can reach.
contract RoundingAndDustAttack is StakingFixture {
    function test_RoundingAndDust_OneWeiCommissionsLoseNothing() public {
        vm.prank(admin);
        distributor.setClawbackWindow(0);
        _chainOfFour();
        uint256 registryBefore = token.balanceOf(address(registry));
        uint256 daveBefore = token.balanceOf(dave);
        uint256 sum;
        for (uint256 commission = 1; commission <= 60; ++commission) {
            _claim(bytes32(commission), dave, commission);
            sum += commission;
        }
        distributor.payTreasury();
        uint256 paid = token.balanceOf(dave) - daveBefore + token.balanceOf(address(registry)) - registryBefore
            + token.balanceOf(treasury);
        assertEq(paid, sum);
        (uint256 reserved,,) = distributor.funds();
        assertEq(reserved, 0);
    }

    function test_RoundingAndDust_ManySmallExitsPayNoLessPenaltyThanOne() public {
        _stake(alice, 2, 2000e18);
        _stake(bob, 2, 2000e18);
        vm.warp(block.timestamp + 13 days + 7);
        uint256 inOne = _unstake(alice, 2, 1000e18);
        uint256 inMany;
        for (uint256 at = 0; at < 100; ++at) {
            inMany += _unstake(bob, 2, 10e18);
        }
        assertLe(inMany, inOne);
    }

    function test_RoundingAndDust_ExitsOfOneWeiCannotRoundThePenaltyAway() public {
        _stake(alice, 2, 1000e18 + 50);
        uint256 paid;
        for (uint256 at = 0; at < 50; ++at) {
            paid += _unstake(alice, 2, 1);
        }
        assertEq(paid, 0);
    }

    function test_RoundingAndDust_ClaimingEverySecondEarnsNoMoreThanOnce() public {
        _stake(alice, 0, 1e18 + 1);
        _stake(bob, 0, 1e18 + 1);
        _fund(1e18 + 7);
        uint256 before = token.balanceOf(alice);
        for (uint256 at = 0; at < 200; ++at) {
            vm.warp(block.timestamp + 1);
            vm.prank(alice);
            staking.claimYield(0);
        }
        assertLe(token.balanceOf(alice) - before, staking.pendingYield(bob, 0));
    }

    /// The rate's remainder is carried, so that a thousand fundings lose less than a wei each.
    function test_RoundingAndDust_TheStreamLosesNothingOverManyFundings() public {
        _stake(alice, 0, 1e18);
        uint256 funded;
        for (uint256 at = 0; at < 100; ++at) {
            _fund(604_799);
            funded += 604_799;
            vm.warp(block.timestamp + 1 hours);
        }
        vm.warp(block.timestamp + 7 days);
        assertLe(staking.pendingYield(alice, 0), funded);
        assertGe(staking.pendingYield(alice, 0), funded - 2);
    }
}
