// SPDX-License-Identifier: Apache-2.0
pragma solidity 0.8.37;

import {DevUSDC} from "../../local/DevUSDC.sol";
import {PaymentDesk} from "../../src/PaymentDesk.sol";
import {Fixture} from "../Fixture.sol";

/// @title Attack: a receiver that cannot be paid stands in everybody else's way.
contract GriefingReceiverAttack is Fixture {
    /// A sanctioned traveller, a sanctioned referrer and a contract that refuses every call: the others are paid all the same.
    function test_GriefingReceiver_OnesRefusalIsNobodyElses() public {
        _chainOfFour();
        sanctions.set(carol, true);
        _claim("dave", dave, 10_000);
        _claim("alice", alice, 10_000);
        vm.warp(block.timestamp + 1 days);
        sanctions.set(alice, true);
        distributor.release("dave");
        assertEq(token.balanceOf(dave), 7000);
        assertEq(registry.owed(carol), 500);
        vm.prank(bob);
        assertEq(registry.withdraw(bob), 300);
        assertEq(distributor.payTreasury(), 2000);
    }

    function test_GriefingReceiver_AContractThatRevertsIsPaidLikeAnybody() public {
        address refuser = address(new Refuser());
        vm.prank(admin);
        distributor.setClawbackWindow(0);
        _claim("a", refuser, 1000);
        assertEq(token.balanceOf(refuser), 700);
    }

    function test_GriefingReceiver_ABrokenSanctionsOracleStopsNoPrincipalAndNoTreasury() public {
        _claim("a", alice, 1000);
        vm.warp(block.timestamp + 1 days);
        vm.prank(admin);
        distributor.setClawbackWindow(0);
        _claim("b", alice, 1000);
        sanctions.setBroken(true);
        assertEq(distributor.payTreasury(), 300);
        vm.expectRevert();
        distributor.release("a");
        vm.prank(admin);
        distributor.setNeighbours(treasury, address(registry), address(0));
        distributor.release("a");
    }

    function test_GriefingReceiver_ABlacklistedPayerWaitsAlone() public {
        DevUSDC usdc = new DevUSDC(address(this));
        PaymentDesk desk = PaymentDesk(
            _proxy(address(new PaymentDesk()), abi.encodeCall(PaymentDesk.initialize, (admin, usdc, treasury)))
        );
        vm.startPrank(admin);
        desk.grantRole(desk.REFUNDER_ROLE(), treasury);
        vm.stopPrank();
        address[2] memory payers = [alice, bob];
        for (uint256 at = 0; at < 2; ++at) {
            usdc.mint(payers[at], 100);
            vm.startPrank(payers[at]);
            usdc.approve(address(desk), 100);
            desk.pay("trip", 100);
            vm.stopPrank();
        }
        vm.startPrank(treasury);
        usdc.approve(address(desk), 200);
        desk.refund("trip", alice, 100);
        desk.refund("trip", bob, 100);
        vm.stopPrank();
        usdc.setBlacklisted(alice, true);
        vm.expectRevert(abi.encodeWithSelector(DevUSDC.Blacklisted.selector, alice));
        desk.takeRefund(alice, alice);
        assertEq(desk.takeRefund(bob, bob), 100);
        vm.prank(alice);
        assertEq(desk.takeRefund(alice, carol), 100);
    }
}

/// @title A contract that takes no call.
contract Refuser {
    error No();

    fallback() external payable {
        revert No();
    }
}
