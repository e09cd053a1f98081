// SPDX-License-Identifier: Apache-2.0
pragma solidity 0.8.37;

import {StakingFixture} from "../StakingFixture.sol";

/// @title What staking costs in gas.
contract StakingGas is StakingFixture {
    function test_gas_Staking() public {
        _fund(700e18);
        _stake(bob, 0, 10e18);
        vm.prank(alice);
        staking.stake(1, 100e18);
        vm.snapshotGasLastCall("staking", "first stake in a tier");
        vm.warp(block.timestamp + 1 days);
        vm.prank(alice);
        staking.stake(1, 100e18);
        vm.snapshotGasLastCall("staking", "further stake");
        vm.warp(block.timestamp + 1 days);
        vm.prank(alice);
        staking.claimYield(1);
        vm.snapshotGasLastCall("staking", "claim of yield");
        vm.warp(block.timestamp + 30 days);
        vm.prank(alice);
        staking.unstake(1, 200e18);
        vm.snapshotGasLastCall("staking", "unstake of everything");
        vm.prank(admin);
        staking.fund(700e18);
        vm.snapshotGasLastCall("staking", "funding");
    }

    function test_gas_Token() public {
        vm.prank(alice);
        assertTrue(token.transfer(bob, 1e18));
        vm.snapshotGasLastCall("token", "transfer");
        vm.prank(alice);
        token.delegate(alice);
        vm.snapshotGasLastCall("token", "delegation");
        vm.prank(alice);
        assertTrue(token.transfer(bob, 1e18));
        vm.snapshotGasLastCall("token", "transfer by who has delegated");
    }
}
