// SPDX-License-Identifier: Apache-2.0
pragma solidity 0.8.37;

import {IReferralRegistry} from "../../src/interfaces/IReferralRegistry.sol";
import {Fixture} from "../Fixture.sol";

/// @title Attack: one person with many accounts that refer each other, to earn on their own bookings.
contract SybilReferralRingAttack is Fixture {
    function setUp() public override {
        super.setUp();
        vm.prank(admin);
        distributor.setClawbackWindow(0);
    }

    function test_SybilReferralRing_ARingCannotBeClosed() public {
        vm.prank(alice);
        registry.join(address(0));
        vm.prank(bob);
        registry.join(alice);
        vm.prank(carol);
        registry.join(bob);
        vm.prank(alice);
        vm.expectRevert(abi.encodeWithSelector(IReferralRegistry.AlreadyJoined.selector, alice));
        registry.join(carol);
        vm.prank(dave);
        vm.expectRevert(abi.encodeWithSelector(IReferralRegistry.SelfReferral.selector, dave));
        registry.join(dave);
    }

    /// Ten accounts in a row, none of them a checked person: the whole leg is the treasury's.
    function test_SybilReferralRing_UncheckedAccountsEarnNothing() public {
        address above = address(0);
        for (uint160 at = 1; at <= 10; ++at) {
            vm.prank(address(at + 0xabc0));
            registry.join(above);
            above = address(at + 0xabc0);
        }
        vm.warp(block.timestamp + 1 days);
        _claim("a", above, 10_000);
        assertEq(registry.totalOwed(), 0);
        (, uint256 treasuryOwed,) = distributor.funds();
        assertEq(treasuryOwed, 3000);
    }

    /// One person can check one account, so two of three levels of a ring of their own stay empty.
    function test_SybilReferralRing_OnePersonHoldsOneEarningAccount() public {
        vm.startPrank(registrar);
        registry.joinFor(alice, address(0));
        registry.joinFor(bob, alice);
        registry.joinFor(carol, bob);
        registry.joinFor(dave, carol);
        registry.verify(carol, "one person");
        vm.expectRevert(abi.encodeWithSelector(IReferralRegistry.IdentityTaken.selector, bytes32("one person")));
        registry.verify(bob, "one person");
        vm.stopPrank();
        vm.warp(block.timestamp + 1 days);
        _claim("a", dave, 10_000);
        assertEq(registry.totalOwed(), 500);
    }

    /// Even a person who gets through earns less than the fee that was paid, by any split governance can set.
    function testFuzz_SybilReferralRing_ARebateIsNeverMoreThanTheFee(uint256 commission, uint16 own, uint16 tree)
        public
    {
        _chainOfFour();
        commission = bound(commission, 1, DAILY);
        own = uint16(bound(own, 0, 10_000));
        tree = uint16(bound(tree, 0, 10_000 - own));
        vm.prank(admin);
        distributor.setShares(own, tree);
        _claim("a", dave, commission);
        assertLe(token.balanceOf(dave) + registry.totalOwed(), commission);
    }

    function test_SybilReferralRing_ALinkMadeForABookingEarnsNothing() public {
        _joinVerified(alice, address(0));
        vm.warp(block.timestamp + 10 days);
        vm.prank(bob);
        registry.join(alice);
        _claim("a", bob, 10_000);
        assertEq(registry.totalOwed(), 0);
    }

    function test_SybilReferralRing_TheCapBoundsWhatARingCanTake() public {
        _chainOfFour();
        vm.prank(admin);
        registry.setGuards(1 days, 1000);
        for (uint256 at = 0; at < 20; ++at) {
            _claim(bytes32(at + 1), dave, 10_000);
        }
        assertEq(registry.totalOwed(), 3000);
    }
}
