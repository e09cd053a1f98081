// SPDX-License-Identifier: Apache-2.0
pragma solidity 0.8.37;

import {IGovernor} from "@openzeppelin/contracts/governance/IGovernor.sol";
import {RewardDistributor} from "../../src/RewardDistributor.sol";
import {SystemFixture} from "../SystemFixture.sol";

/// @title Attack: votes are borrowed for one transaction, or bought at the last moment.
contract FlashLoanVotingAttack is SystemFixture {
    uint256 internal id;

    function setUp() public override {
        super.setUp();
        vm.prank(treasury);
        assertTrue(token.transfer(alice, 1_000_000e18));
        vm.prank(alice);
        token.delegate(alice);
        vm.warp(block.timestamp + 1);
        address[] memory targets = new address[](1);
        bytes[] memory datas = new bytes[](1);
        (targets[0], datas[0]) = (address(distributor), abi.encodeCall(RewardDistributor.setShares, (0, 0)));
        vm.prank(alice);
        id = governor.propose(targets, new uint256[](1), datas, "take it all");
    }

    /// The whole treasury, borrowed when voting is open, is worth no vote.
    function test_FlashLoanVoting_BorrowedTokensDoNotVote() public {
        vm.warp(governor.proposalSnapshot(id) + 1);
        vm.prank(treasury);
        assertTrue(token.transfer(bob, 300_000_000e18));
        vm.startPrank(bob);
        token.delegate(bob);
        assertEq(token.getVotes(bob), 300_000_000e18);
        governor.castVote(id, 1);
        assertTrue(token.transfer(treasury, 300_000_000e18));
        vm.stopPrank();
        (, uint256 inFavour,) = governor.proposalVotes(id);
        assertEq(inFavour, 0);
        vm.warp(governor.proposalDeadline(id) + 1);
        assertEq(uint8(governor.state(id)), uint8(IGovernor.ProposalState.Defeated));
    }

    /// Borrowed in the very block of the snapshot, before it is over: the past cannot be voted by until it is past.
    function test_FlashLoanVoting_TheSnapshotsOwnMomentCannotBeUsed() public {
        vm.warp(governor.proposalSnapshot(id));
        vm.prank(treasury);
        assertTrue(token.transfer(bob, 300_000_000e18));
        vm.startPrank(bob);
        token.delegate(bob);
        vm.expectPartialRevert(IGovernor.GovernorUnexpectedProposalState.selector);
        governor.castVote(id, 1);
        assertTrue(token.transfer(treasury, 300_000_000e18));
        vm.stopPrank();
        vm.warp(block.timestamp + 1);
        vm.prank(bob);
        governor.castVote(id, 1);
        (, uint256 inFavour,) = governor.proposalVotes(id);
        assertEq(inFavour, 0);
    }

    function test_FlashLoanVoting_BorrowedTokensDoNotPropose() public {
        vm.prank(treasury);
        assertTrue(token.transfer(bob, 300_000_000e18));
        vm.startPrank(bob);
        token.delegate(bob);
        vm.expectPartialRevert(IGovernor.GovernorInsufficientProposerVotes.selector);
        governor.propose(new address[](1), new uint256[](1), new bytes[](1), "now");
        vm.stopPrank();
    }

    /// Who holds enough and waits for the last second gives the others time to answer, and is outvoted.
    function test_FlashLoanVoting_ALastMinuteQuorumCanBeAnswered() public {
        vm.startPrank(treasury);
        assertTrue(token.transfer(bob, 20_000_000e18));
        token.delegate(treasury);
        vm.stopPrank();
        vm.prank(bob);
        token.delegate(bob);
        vm.warp(governor.proposalDeadline(id) - 1);
        vm.prank(bob);
        governor.castVote(id, 1);
        vm.warp(block.timestamp + 60);
        vm.prank(treasury);
        governor.castVote(id, 0);
        vm.warp(governor.proposalDeadline(id) + 1);
        assertEq(uint8(governor.state(id)), uint8(IGovernor.ProposalState.Defeated));
    }
}
