// SPDX-License-Identifier: Apache-2.0
pragma solidity 0.8.37;

import {PausableUpgradeable} from "@openzeppelin/contracts-upgradeable/utils/PausableUpgradeable.sol";
import {RateLimiter} from "@openzeppelin/contracts/utils/RateLimiter.sol";
import {IRewardDistributor} from "../src/interfaces/IRewardDistributor.sol";
import {Fixture} from "./Fixture.sol";

contract RewardEpochsTest is Fixture {
    bytes32 internal left;
    bytes32 internal right;

    function setUp() public override {
        super.setUp();
        left = _leaf("a", alice, 1000);
        right = _leaf("b", bob, 3000);
    }

    function _open() private {
        _publish(7, left, right, 4000);
        vm.warp(block.timestamp + 1 days);
    }

    function test_SetsTheTotalAsideAndPaysEachLeafOnce() public {
        vm.expectEmit(address(distributor));
        emit IRewardDistributor.EpochPublished(
            7, _pair(left, right), 4000, uint40(block.timestamp + 1 days), uint40(block.timestamp + 200 days)
        );
        _open();
        (uint256 reserved,,) = distributor.funds();
        assertEq(reserved, 4000);
        distributor.claimFromEpoch(7, "a", alice, 1000, _proof(right));
        distributor.claimFromEpoch(7, "b", bob, 3000, _proof(left));
        assertEq(token.balanceOf(alice), 700);
        assertEq(token.balanceOf(bob), 2100);
        assertEq(distributor.epochInfo(7).remaining, 0);
        (reserved,,) = distributor.funds();
        assertEq(reserved, 1200);
        vm.expectRevert(
            abi.encodeWithSelector(
                IRewardDistributor.BookingSpent.selector, bytes32("a"), IRewardDistributor.State.Settled
            )
        );
        distributor.claimFromEpoch(7, "a", alice, 1000, _proof(right));
    }

    function test_ABookingIsPaidOnceAcrossBothWays() public {
        _claim("a", alice, 1000);
        _open();
        vm.expectRevert(
            abi.encodeWithSelector(
                IRewardDistributor.BookingSpent.selector, bytes32("a"), IRewardDistributor.State.Pending
            )
        );
        distributor.claimFromEpoch(7, "a", alice, 1000, _proof(right));
        distributor.claimFromEpoch(7, "b", bob, 3000, _proof(left));
        IRewardDistributor.Voucher memory voucher = _voucher("b", bob, 3000);
        bytes memory signature = _sign(voucher);
        vm.expectRevert(
            abi.encodeWithSelector(
                IRewardDistributor.BookingSpent.selector, bytes32("b"), IRewardDistributor.State.Settled
            )
        );
        distributor.claim(voucher, signature);
    }

    function test_RefusesClaimsBeforeTheWindowHasPassed() public {
        _publish(7, left, right, 4000);
        vm.warp(block.timestamp + 1 days - 1);
        vm.expectRevert(abi.encodeWithSelector(IRewardDistributor.EpochNotOpen.selector, 7));
        distributor.claimFromEpoch(7, "a", alice, 1000, _proof(right));
        vm.expectRevert(abi.encodeWithSelector(IRewardDistributor.EpochNotOpen.selector, 8));
        distributor.claimFromEpoch(8, "a", alice, 1000, _proof(right));
    }

    function test_RefusesWhatTheRootDoesNotHold() public {
        _open();
        vm.expectRevert(IRewardDistributor.BadProof.selector);
        distributor.claimFromEpoch(7, "a", alice, 1001, _proof(right));
        vm.expectRevert(IRewardDistributor.BadProof.selector);
        distributor.claimFromEpoch(7, "a", carol, 1000, _proof(right));
        vm.expectRevert(abi.encodeWithSelector(IRewardDistributor.BadCommission.selector, 0));
        distributor.claimFromEpoch(7, "a", alice, 0, _proof(right));
    }

    function test_ARootCannotPayMoreThanItsTotal() public {
        _publish(7, left, right, 3999);
        vm.warp(block.timestamp + 1 days);
        distributor.claimFromEpoch(7, "b", bob, 3000, _proof(left));
        vm.expectRevert(abi.encodeWithSelector(IRewardDistributor.EpochExhausted.selector, 7, 999));
        distributor.claimFromEpoch(7, "a", alice, 1000, _proof(right));
    }

    function test_ACancelledBookingLeavesItsLeafUnpaid() public {
        _open();
        vm.prank(canceller);
        distributor.cancel(_one("a"));
        vm.expectRevert(
            abi.encodeWithSelector(
                IRewardDistributor.BookingSpent.selector, bytes32("a"), IRewardDistributor.State.Cancelled
            )
        );
        distributor.claimFromEpoch(7, "a", alice, 1000, _proof(right));
    }

    function test_AnEpochCanBeTakenBackOnlyInItsWindow() public {
        _publish(7, left, right, 4000);
        vm.prank(canceller);
        distributor.cancelEpoch(7);
        (uint256 reserved,,) = distributor.funds();
        assertEq(reserved, 0);
        vm.warp(block.timestamp + 1 days);
        vm.expectRevert(abi.encodeWithSelector(IRewardDistributor.EpochNotOpen.selector, 7));
        distributor.claimFromEpoch(7, "a", alice, 1000, _proof(right));
        vm.prank(publisher);
        vm.expectRevert(abi.encodeWithSelector(IRewardDistributor.BadEpoch.selector, 7));
        distributor.publishEpoch(7, "root", 1, uint40(block.timestamp + 200 days));
        _publish(8, left, right, 4000);
        vm.warp(block.timestamp + 1 days);
        vm.prank(canceller);
        vm.expectRevert(abi.encodeWithSelector(IRewardDistributor.EpochNotOpen.selector, 8));
        distributor.cancelEpoch(8);
    }

    function test_ClosingFreesWhatIsLeftAndOnlyAfterItsTime() public {
        _open();
        distributor.claimFromEpoch(7, "a", alice, 1000, _proof(right));
        vm.expectRevert(abi.encodeWithSelector(IRewardDistributor.EpochNotOpen.selector, 7));
        distributor.closeEpoch(7);
        vm.warp(uint256(distributor.epochInfo(7).closesAt) + 1);
        vm.expectEmit(address(distributor));
        emit IRewardDistributor.EpochClosed(7, 3000);
        distributor.closeEpoch(7);
        (uint256 reserved,,) = distributor.funds();
        assertEq(reserved, 300);
        vm.expectRevert(abi.encodeWithSelector(IRewardDistributor.EpochNotOpen.selector, 7));
        distributor.closeEpoch(7);
        vm.expectRevert(abi.encodeWithSelector(IRewardDistributor.EpochNotOpen.selector, 7));
        distributor.claimFromEpoch(7, "b", bob, 3000, _proof(left));
    }

    function test_RefusesAnEmptyRootAShortLifeAndTooMuch() public {
        uint40 late = uint40(block.timestamp + 200 days);
        vm.startPrank(publisher);
        vm.expectRevert(abi.encodeWithSelector(IRewardDistributor.BadEpoch.selector, 7));
        distributor.publishEpoch(7, 0, 1, late);
        vm.expectRevert(abi.encodeWithSelector(IRewardDistributor.EpochNotOpen.selector, 7));
        distributor.publishEpoch(7, "root", 1, uint40(block.timestamp + 91 days - 1));
        vm.expectRevert(RateLimiter.RateLimitExceeded.selector);
        distributor.publishEpoch(7, "root", uint256(DAILY) + 1, late);
        vm.expectRevert(abi.encodeWithSelector(IRewardDistributor.Unfunded.selector, FUNDED + 1, FUNDED));
        distributor.publishEpoch(7, "root", FUNDED + 1, late);
        vm.stopPrank();
    }

    function test_APauseStopsPublishingButNotClaiming() public {
        _open();
        vm.prank(guardian);
        distributor.pause();
        vm.prank(publisher);
        vm.expectRevert(PausableUpgradeable.EnforcedPause.selector);
        distributor.publishEpoch(9, "root", 1, uint40(block.timestamp + 200 days));
        distributor.claimFromEpoch(7, "a", alice, 1000, _proof(right));
        assertEq(token.balanceOf(alice), 700);
    }

    function test_SanctionsStopALeaf() public {
        _open();
        sanctions.set(alice, true);
        vm.expectRevert(abi.encodeWithSelector(IRewardDistributor.Sanctioned.selector, alice));
        distributor.claimFromEpoch(7, "a", alice, 1000, _proof(right));
        distributor.claimFromEpoch(7, "b", bob, 3000, _proof(left));
    }

    function test_AnEpochKeepsTheSharesItWasPublishedWith() public {
        _open();
        vm.prank(admin);
        distributor.setShares(0, 0);
        distributor.claimFromEpoch(7, "a", alice, 1000, _proof(right));
        assertEq(token.balanceOf(alice), 700);
    }

    function test_ManyClaimsGoAtOnceOrNotAtAll() public {
        _open();
        bytes[] memory calls = new bytes[](2);
        calls[0] = abi.encodeCall(distributor.claimFromEpoch, (7, "a", alice, 1000, _proof(right)));
        calls[1] = abi.encodeCall(distributor.claimFromEpoch, (7, "b", bob, 3001, _proof(left)));
        vm.expectRevert(IRewardDistributor.BadProof.selector);
        distributor.multicall(calls);
        assertEq(token.balanceOf(alice), 0);
        calls[1] = abi.encodeCall(distributor.claimFromEpoch, (7, "b", bob, 3000, _proof(left)));
        distributor.multicall(calls);
        assertEq(token.balanceOf(alice), 700);
        assertEq(token.balanceOf(bob), 2100);
        calls[1] = calls[0];
        vm.expectRevert(
            abi.encodeWithSelector(
                IRewardDistributor.BookingSpent.selector, bytes32("a"), IRewardDistributor.State.Settled
            )
        );
        distributor.multicall(calls);
    }
}
