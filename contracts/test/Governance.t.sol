// SPDX-License-Identifier: Apache-2.0
pragma solidity 0.8.37;

import {IAccessControl} from "@openzeppelin/contracts/access/IAccessControl.sol";
import {IGovernor} from "@openzeppelin/contracts/governance/IGovernor.sol";
import {TimelockController} from "@openzeppelin/contracts/governance/TimelockController.sol";
import {RewardDistributor} from "../src/RewardDistributor.sol";
import {VoxfareGovernor} from "../src/VoxfareGovernor.sol";
import {IEmergencyStop} from "../src/interfaces/IEmergencyStop.sol";
import {IGoverned} from "../src/interfaces/IGoverned.sol";
import {SystemFixture} from "./SystemFixture.sol";

contract GovernanceTest is SystemFixture {
    string internal constant WHY = "because";

    function setUp() public override {
        super.setUp();
        vm.prank(treasury);
        assertTrue(token.transfer(alice, 20_000_000e18));
        vm.prank(alice);
        token.delegate(alice);
        vm.warp(block.timestamp + 1);
    }

    function _call(address target, bytes memory data)
        private
        pure
        returns (address[] memory targets, uint256[] memory values, bytes[] memory datas)
    {
        (targets, values, datas) = (new address[](1), new uint256[](1), new bytes[](1));
        (targets[0], datas[0]) = (target, data);
    }

    function _propose(address target, bytes memory data) private returns (uint256) {
        (address[] memory targets, uint256[] memory values, bytes[] memory datas) = _call(target, data);
        vm.prank(alice);
        return governor.propose(targets, values, datas, WHY);
    }

    function _queue(address target, bytes memory data) private {
        (address[] memory targets, uint256[] memory values, bytes[] memory datas) = _call(target, data);
        governor.queue(targets, values, datas, keccak256(bytes(WHY)));
    }

    function _execute(address target, bytes memory data) private {
        (address[] memory targets, uint256[] memory values, bytes[] memory datas) = _call(target, data);
        governor.execute(targets, values, datas, keccak256(bytes(WHY)));
    }

    function _vote(uint256 id) private {
        vm.warp(governor.proposalSnapshot(id) + 1);
        vm.prank(alice);
        governor.castVote(id, 1);
        vm.warp(governor.proposalDeadline(id) + 1);
    }

    function test_AProposalPassesTheVoteAndTheTimelock() public {
        bytes memory call = abi.encodeCall(RewardDistributor.setShares, (6000, 2000));
        uint256 id = _propose(address(distributor), call);
        assertTrue(governor.proposalNeedsQueuing(id));
        _vote(id);
        _queue(address(distributor), call);
        vm.expectPartialRevert(TimelockController.TimelockUnexpectedOperationState.selector);
        _execute(address(distributor), call);
        vm.warp(block.timestamp + 60);
        _execute(address(distributor), call);
        (uint16 own, uint16 tree,,) = distributor.rules();
        assertEq(own, 6000);
        assertEq(tree, 2000);
        assertEq(uint8(governor.state(id)), uint8(IGovernor.ProposalState.Executed));
    }

    function test_GovernanceUpgradesAModuleAndItself() public {
        address next = address(new RewardDistributor());
        bytes memory call = abi.encodeWithSignature("upgradeToAndCall(address,bytes)", next, "");
        _vote(_propose(address(distributor), call));
        _queue(address(distributor), call);
        vm.warp(block.timestamp + 60);
        _execute(address(distributor), call);
        call = abi.encodeWithSignature("upgradeToAndCall(address,bytes)", address(new VoxfareGovernor()), "");
        _vote(_propose(address(governor), call));
        _queue(address(governor), call);
        vm.warp(block.timestamp + 60);
        _execute(address(governor), call);
        vm.prank(alice);
        vm.expectRevert(abi.encodeWithSelector(IGovernor.GovernorOnlyExecutor.selector, alice));
        governor.upgradeToAndCall(next, "");
    }

    function test_ALateQuorumLengthensTheVote() public {
        uint256 id = _propose(address(token), "");
        uint256 deadline = governor.proposalDeadline(id);
        vm.warp(deadline - 1);
        vm.prank(alice);
        governor.castVote(id, 1);
        assertEq(governor.proposalDeadline(id), deadline - 1 + 120);
        vm.warp(deadline + 1);
        assertEq(uint8(governor.state(id)), uint8(IGovernor.ProposalState.Active));
    }

    function test_WithoutAQuorumNothingPasses() public {
        vm.prank(alice);
        assertTrue(token.transfer(bob, 15_000_000e18));
        vm.warp(block.timestamp + 1);
        uint256 id = _propose(address(token), "");
        _vote(id);
        assertEq(uint8(governor.state(id)), uint8(IGovernor.ProposalState.Defeated));
    }

    function test_WhoHasLittleCannotPropose() public {
        (address[] memory targets, uint256[] memory values, bytes[] memory datas) = _call(address(token), "");
        vm.prank(bob);
        vm.expectRevert(abi.encodeWithSelector(IGovernor.GovernorInsufficientProposerVotes.selector, bob, 0, 1000e18));
        governor.propose(targets, values, datas, WHY);
    }

    function test_TheGuardianCancelsAtAnyStage() public {
        bytes memory call = abi.encodeCall(RewardDistributor.setShares, (0, 0));
        uint256 id = _propose(address(distributor), call);
        _vote(id);
        _queue(address(distributor), call);
        (address[] memory targets, uint256[] memory values, bytes[] memory datas) = _call(address(distributor), call);
        vm.prank(bob);
        vm.expectRevert(abi.encodeWithSelector(IGovernor.GovernorUnableToCancel.selector, id, bob));
        governor.cancel(targets, values, datas, keccak256(bytes(WHY)));
        vm.prank(guardian);
        governor.cancel(targets, values, datas, keccak256(bytes(WHY)));
        assertEq(uint8(governor.state(id)), uint8(IGovernor.ProposalState.Canceled));
        vm.warp(block.timestamp + 60);
        vm.expectPartialRevert(IGovernor.GovernorUnexpectedProposalState.selector);
        _execute(address(distributor), call);
    }

    /// Everything a guardian is not: it holds no role but to pause and to cancel.
    function test_TheGuardianCanOnlyPauseAndCancel() public {
        bytes4 denied = IAccessControl.AccessControlUnauthorizedAccount.selector;
        vm.startPrank(guardian);
        vm.expectPartialRevert(denied);
        token.mint(guardian, 1);
        vm.expectPartialRevert(denied);
        token.unpause();
        vm.expectPartialRevert(denied);
        distributor.withdrawSurplus(guardian, 1);
        vm.expectPartialRevert(denied);
        distributor.upgradeToAndCall(address(token), "");
        vm.expectPartialRevert(denied);
        distributor.grantRole(bytes32(0), guardian);
        vm.expectPartialRevert(denied);
        stop.setModules(new address[](0));
        vm.expectPartialRevert(denied);
        system.timelock.schedule(address(token), 0, "", 0, 0, 60);
        vm.stopPrank();
    }

    function test_OneLeverPausesEveryModule() public {
        assertEq(stop.modules().length, 7);
        vm.prank(guardian);
        staking.pause();
        vm.expectEmit(address(stop));
        emit IEmergencyStop.Stopped(address(token), true);
        vm.expectEmit(address(stop));
        emit IEmergencyStop.Stopped(address(staking), false);
        vm.prank(guardian);
        stop.stopAll();
        address[] memory modules = stop.modules();
        for (uint256 at = 0; at < modules.length; ++at) {
            (, bytes memory answer) = modules[at].staticcall(abi.encodeWithSignature("paused()"));
            assertTrue(abi.decode(answer, (bool)));
            vm.prank(timelock);
            IGoverned(modules[at]).unpause();
        }
    }

    function test_TheLeverIsTheGuardiansAndItsListTheTimelocks() public {
        bytes4 denied = IAccessControl.AccessControlUnauthorizedAccount.selector;
        vm.startPrank(alice);
        vm.expectPartialRevert(denied);
        stop.stopAll();
        vm.expectPartialRevert(denied);
        stop.stop(address(token));
        vm.stopPrank();
        vm.prank(guardian);
        stop.stop(address(token));
        assertTrue(token.paused());
        vm.startPrank(timelock);
        vm.expectRevert(abi.encodeWithSelector(IEmergencyStop.TooManyModules.selector, 17));
        stop.setModules(new address[](17));
        stop.setModules(new address[](0));
        vm.stopPrank();
        assertEq(stop.modules().length, 0);
    }
}
