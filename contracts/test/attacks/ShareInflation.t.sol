// SPDX-License-Identifier: Apache-2.0
pragma solidity 0.8.37;

import {IStaking} from "../../src/interfaces/IStaking.sol";
import {StakingFixture} from "../StakingFixture.sol";

/// @title Attack: the first staker puts in one wei and gives a fortune, so that the next one's stake rounds to nothing.
contract ShareInflationAttack is StakingFixture {
    function test_ShareInflation_ADonationChangesNobodysStake() public {
        _stake(alice, 0, 1e18);
        vm.prank(alice);
        assertTrue(token.transfer(address(staking), 500_000e18));
        _stake(bob, 0, 100e18);
        assertEq(staking.position(bob, 0).amount, 100e18);
        assertEq(_unstake(bob, 0, 100e18), 100e18);
        assertEq(_unstake(alice, 0, 1e18), 1e18);
        // The gift is nobody's yield either.
        assertEq(staking.pendingYield(alice, 0) + staking.pendingYield(bob, 0), 0);
    }

    function test_ShareInflation_OneWeiCannotBeStaked() public {
        vm.prank(alice);
        vm.expectRevert(abi.encodeWithSelector(IStaking.BelowMinimum.selector, 1, 1e18));
        staking.stake(0, 1);
    }

    /// The smallest weight and the largest funding there can be: the index grows as fast as it ever will, and nothing overflows.
    function test_ShareInflation_TheSmallestWeightCannotOverflowTheIndex() public {
        _stake(alice, 0, 1e18);
        token.mint(admin, 500_000_000e18);
        _fund(500_000_000e18);
        vm.warp(block.timestamp + 7 days);
        vm.prank(alice);
        assertApproxEqAbs(staking.claimYield(0), 500_000_000e18, 1e6);
        _stake(bob, 3, 1_000_000e18);
        assertEq(staking.pendingYield(bob, 3), 0);
        vm.warp(block.timestamp + 365 days);
        assertEq(_unstake(bob, 3, 1_000_000e18), 1_000_000e18);
    }

    /// A stake made just before a funding and taken out just after earns nothing, since yield is streamed.
    function test_ShareInflation_ASandwichAroundAFundingEarnsNothing() public {
        _stake(alice, 0, 100e18);
        _stake(bob, 0, 900_000e18);
        _fund(700e18);
        _unstake(bob, 0, 900_000e18);
        assertEq(staking.pendingYield(bob, 0), 0);
        vm.warp(block.timestamp + 7 days);
        assertApproxEqAbs(staking.pendingYield(alice, 0), 700e18, 1000);
    }
}
