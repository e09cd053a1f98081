// SPDX-License-Identifier: Apache-2.0
pragma solidity 0.8.37;

import {PausableUpgradeable} from "@openzeppelin/contracts-upgradeable/utils/PausableUpgradeable.sol";
import {IAccessControl} from "@openzeppelin/contracts/access/IAccessControl.sol";
import {IERC20} from "@openzeppelin/contracts/token/ERC20/IERC20.sol";
import {ReferralRegistry} from "../src/ReferralRegistry.sol";
import {IGoverned} from "../src/interfaces/IGoverned.sol";
import {IReferralRegistry} from "../src/interfaces/IReferralRegistry.sol";
import {Fixture} from "./Fixture.sol";

contract ReferralRegistryTest is Fixture {
    bytes32 internal constant BOOKING = "booking";

    function _credit(address traveller, uint256 amount) private returns (uint256 credited) {
        vm.startPrank(address(distributor));
        credited = registry.credit(BOOKING, traveller, amount);
        assertTrue(token.transfer(address(registry), credited));
        vm.stopPrank();
    }

    function test_JoinsOnceUnderSomebodyWhoJoinedBefore() public {
        vm.prank(alice);
        registry.join(address(0));
        vm.expectEmit(address(registry));
        emit IReferralRegistry.Joined(bob, alice, 2);
        vm.prank(bob);
        registry.join(alice);
        (address referrer, uint40 joinedAt, uint48 ordinal, bool verified) = registry.node(bob);
        assertEq(referrer, alice);
        assertEq(joinedAt, block.timestamp);
        assertEq(ordinal, 2);
        assertFalse(verified);
        vm.prank(bob);
        vm.expectRevert(abi.encodeWithSelector(IReferralRegistry.AlreadyJoined.selector, bob));
        registry.join(address(0));
    }

    function test_RefusesOneselfAndStrangers() public {
        vm.startPrank(alice);
        vm.expectRevert(abi.encodeWithSelector(IReferralRegistry.SelfReferral.selector, alice));
        registry.join(alice);
        vm.expectRevert(abi.encodeWithSelector(IReferralRegistry.NotJoined.selector, bob));
        registry.join(bob);
        vm.stopPrank();
    }

    function test_OnlyTheRegistrarJoinsOthers() public {
        bytes32 role = registry.REGISTRAR_ROLE();
        vm.prank(alice);
        vm.expectRevert(abi.encodeWithSelector(IAccessControl.AccessControlUnauthorizedAccount.selector, alice, role));
        registry.joinFor(bob, address(0));
        vm.startPrank(registrar);
        vm.expectRevert(IGoverned.ZeroAddress.selector);
        registry.joinFor(address(0), address(0));
        registry.joinFor(bob, address(0));
        vm.stopPrank();
        (,, uint48 ordinal,) = registry.node(bob);
        assertEq(ordinal, 1);
    }

    function test_APauseStopsJoiningButNotCreditNorWithdrawal() public {
        _chainOfFour();
        vm.prank(guardian);
        registry.pause();
        vm.expectRevert(PausableUpgradeable.EnforcedPause.selector);
        registry.join(address(0));
        vm.prank(registrar);
        vm.expectRevert(PausableUpgradeable.EnforcedPause.selector);
        registry.joinFor(makeAddr("late"), alice);
        assertEq(_credit(dave, 100), 100);
        vm.prank(carol);
        assertEq(registry.withdraw(carol), 50);
        assertEq(registry.withdrawFor(bob), 30);
    }

    function test_OneIdentityHasOneAccount() public {
        vm.startPrank(registrar);
        registry.joinFor(alice, address(0));
        registry.joinFor(bob, address(0));
        vm.expectRevert(IReferralRegistry.NoIdentity.selector);
        registry.verify(alice, bytes32(0));
        vm.expectRevert(abi.encodeWithSelector(IReferralRegistry.NotJoined.selector, carol));
        registry.verify(carol, "id");
        registry.verify(alice, "id");
        vm.expectRevert(abi.encodeWithSelector(IReferralRegistry.IdentityTaken.selector, bytes32("id")));
        registry.verify(bob, "id");
        vm.expectRevert(abi.encodeWithSelector(IReferralRegistry.IdentityTaken.selector, bytes32("other")));
        registry.verify(alice, "other");
        registry.revoke(alice);
        registry.verify(bob, "id");
        vm.expectRevert(IReferralRegistry.NoIdentity.selector);
        registry.revoke(alice);
        vm.stopPrank();
        (,,, bool verified) = registry.node(bob);
        assertTrue(verified);
    }

    function test_OnlyTheRegistrarVerifiesAndRevokes() public {
        bytes32 role = registry.REGISTRAR_ROLE();
        vm.startPrank(alice);
        vm.expectRevert(abi.encodeWithSelector(IAccessControl.AccessControlUnauthorizedAccount.selector, alice, role));
        registry.verify(alice, "id");
        vm.expectRevert(abi.encodeWithSelector(IAccessControl.AccessControlUnauthorizedAccount.selector, alice, role));
        registry.revoke(alice);
        vm.stopPrank();
    }

    function test_CreditsThreeLevelsNearestFirst() public {
        _chainOfFour();
        assertEq(_credit(dave, 1000), 1000);
        assertEq(registry.owed(carol), 500);
        assertEq(registry.owed(bob), 300);
        assertEq(registry.owed(alice), 200);
        assertEq(registry.totalOwed(), 1000);
    }

    function test_AFourthAncestorEarnsNothing() public {
        _chainOfFour();
        address erin = makeAddr("erin");
        _joinVerified(erin, dave);
        vm.warp(block.timestamp + 1 days);
        _credit(erin, 1000);
        assertEq(registry.owed(alice), 0);
        assertEq(registry.owed(bob), 200);
    }

    function test_WhatHasNoTakerIsNotCredited() public {
        vm.prank(alice);
        registry.join(address(0));
        _joinVerified(bob, alice);
        _joinVerified(carol, bob);
        vm.warp(block.timestamp + 1 days);
        // Bob is verified, alice is not, and there is no third.
        assertEq(_credit(carol, 1000), 500);
        assertEq(_credit(makeAddr("stranger"), 1000), 0);
        assertEq(_credit(alice, 1000), 0);
    }

    function test_AYoungLinkEarnsNothing() public {
        _joinVerified(alice, address(0));
        _joinVerified(bob, alice);
        vm.warp(block.timestamp + 1 days - 1);
        assertEq(_credit(bob, 1000), 0);
        vm.warp(block.timestamp + 1);
        assertEq(_credit(bob, 1000), 500);
    }

    function test_ThePeriodCapHoldsAndEndsWithThePeriod() public {
        _joinVerified(alice, address(0));
        _joinVerified(bob, alice);
        vm.warp(block.timestamp + 1 days);
        vm.prank(admin);
        registry.setGuards(1 days, 600);
        assertEq(_credit(bob, 1000), 500);
        assertEq(_credit(bob, 1000), 100);
        assertEq(_credit(bob, 1000), 0);
        vm.prank(admin);
        registry.setGuards(1 days, 100);
        assertEq(_credit(bob, 1000), 0);
        vm.warp(block.timestamp + 30 days);
        assertEq(_credit(bob, 1000), 100);
        assertEq(registry.owed(alice), 700);
    }

    function test_OnlyTheCreditorCredits() public {
        bytes32 role = registry.CREDITOR_ROLE();
        vm.prank(alice);
        vm.expectRevert(abi.encodeWithSelector(IAccessControl.AccessControlUnauthorizedAccount.selector, alice, role));
        registry.credit(BOOKING, alice, 1);
    }

    function test_WithdrawsOnceToWhereverTheOwnerSays() public {
        _chainOfFour();
        _credit(dave, 1000);
        vm.startPrank(carol);
        vm.expectEmit(address(registry));
        emit IReferralRegistry.Withdrawn(carol, bob, 500);
        assertEq(registry.withdraw(bob), 500);
        vm.expectRevert(abi.encodeWithSelector(IReferralRegistry.NothingOwed.selector, carol));
        registry.withdraw(bob);
        vm.stopPrank();
        assertEq(token.balanceOf(bob), 500);
        assertEq(registry.totalOwed(), 500);
    }

    function test_AnybodyMayHaveAnAccountPaidButToItselfAlone() public {
        _chainOfFour();
        _credit(dave, 1000);
        vm.expectEmit(address(registry));
        emit IReferralRegistry.Withdrawn(carol, carol, 500);
        vm.prank(makeAddr("anybody"));
        assertEq(registry.withdrawFor(carol), 500);
        assertEq(token.balanceOf(carol), 500);
        assertEq(registry.totalOwed(), 500);
        vm.expectRevert(abi.encodeWithSelector(IReferralRegistry.NothingOwed.selector, carol));
        registry.withdrawFor(carol);
        sanctions.set(bob, true);
        vm.expectRevert(abi.encodeWithSelector(IReferralRegistry.Sanctioned.selector, bob));
        registry.withdrawFor(bob);
    }

    function test_AnIdentityHasOneAccountThatCanBeAskedFor() public {
        vm.startPrank(registrar);
        registry.joinFor(alice, address(0));
        assertEq(registry.accountOf("id"), address(0));
        registry.verify(alice, "id");
        assertEq(registry.accountOf("id"), alice);
        registry.revoke(alice);
        assertEq(registry.accountOf("id"), address(0));
        vm.stopPrank();
    }

    function test_SanctionsStopBothEndsOfAWithdrawalAndNobodyElse() public {
        _chainOfFour();
        _credit(dave, 1000);
        sanctions.set(carol, true);
        vm.prank(carol);
        vm.expectRevert(abi.encodeWithSelector(IReferralRegistry.Sanctioned.selector, carol));
        registry.withdraw(carol);
        vm.prank(bob);
        vm.expectRevert(abi.encodeWithSelector(IReferralRegistry.Sanctioned.selector, carol));
        registry.withdraw(carol);
        vm.prank(bob);
        assertEq(registry.withdraw(bob), 300);
        vm.prank(admin);
        registry.setSanctionsOracle(address(0));
        vm.prank(carol);
        assertEq(registry.withdraw(carol), 500);
    }

    function test_OnlyTheAdminSetsRules() public {
        bytes memory denied =
            abi.encodeWithSelector(IAccessControl.AccessControlUnauthorizedAccount.selector, alice, bytes32(0));
        vm.startPrank(alice);
        vm.expectRevert(denied);
        registry.setLevels([uint16(1), 1, 1]);
        vm.expectRevert(denied);
        registry.setGuards(0, 0);
        vm.expectRevert(denied);
        registry.setSanctionsOracle(alice);
        vm.expectRevert(denied);
        registry.upgradeToAndCall(address(registry), "");
        vm.stopPrank();
        vm.startPrank(admin);
        vm.expectRevert(abi.encodeWithSelector(IReferralRegistry.LevelsAboveWhole.selector, 10_001));
        registry.setLevels([uint16(5000), 5000, 1]);
        registry.setLevels([uint16(10_000), 0, 0]);
        vm.stopPrank();
    }

    function test_RefusesATokenThatIsNone() public {
        ReferralRegistry bare = new ReferralRegistry();
        vm.expectRevert(IGoverned.ZeroAddress.selector);
        _proxy(
            address(bare),
            abi.encodeCall(ReferralRegistry.initialize, (admin, IERC20(address(0)), [uint16(1), 1, 1], 0, 0))
        );
    }

    function testFuzz_NeverCreditsMoreThanTheLeg(uint256 amount, uint16 a, uint16 b, uint16 c) public {
        _chainOfFour();
        amount = bound(amount, 0, 1_000_000e18);
        a = uint16(bound(a, 0, 10_000));
        b = uint16(bound(b, 0, 10_000 - a));
        c = uint16(bound(c, 0, 10_000 - a - b));
        vm.prank(admin);
        registry.setLevels([a, b, c]);
        uint256 credited = _credit(dave, amount);
        assertLe(credited, amount);
        assertEq(registry.owed(alice) + registry.owed(bob) + registry.owed(carol), credited);
    }
}
