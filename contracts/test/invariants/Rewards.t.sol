// SPDX-License-Identifier: Apache-2.0
pragma solidity 0.8.37;

import {ReferralRegistry} from "../../src/ReferralRegistry.sol";
import {RewardDistributor} from "../../src/RewardDistributor.sol";
import {TRVLToken} from "../../src/TRVLToken.sol";
import {IRewardDistributor} from "../../src/interfaces/IRewardDistributor.sol";
import {Fixture} from "../Fixture.sol";
import {RewardsHandler} from "./RewardsHandler.sol";

/// @title Whatever anybody does in whatever order, rewards are funded, paid once and paid whole.
contract RewardsInvariants is Fixture {
    RewardsHandler internal handler;

    function setUp() public override {
        super.setUp();
        vm.prank(admin);
        registry.setGuards(1 hours, 1_000_000e18);
        handler = new RewardsHandler(token, registry, distributor, ISSUER_KEY);
        vm.startPrank(admin);
        distributor.grantRole(distributor.CANCELLER_ROLE(), address(handler));
        distributor.grantRole(distributor.PUBLISHER_ROLE(), address(handler));
        distributor.grantRole(bytes32(0), address(handler));
        distributor.grantRole(distributor.GUARDIAN_ROLE(), address(handler));
        registry.grantRole(registry.REGISTRAR_ROLE(), address(handler));
        vm.stopPrank();
        targetContract(address(handler));
    }

    /// The contract holds at least what it owes or has set aside.
    function invariant_TheDistributorIsSolvent() public view {
        (uint256 reserved, uint256 treasuryOwed,) = distributor.funds();
        assertGe(token.balanceOf(address(distributor)), reserved);
        assertGe(reserved, treasuryOwed);
    }

    /// What is set aside is exactly the pending bookings, the open epochs and the treasury's legs.
    function invariant_EveryReservedWeiIsExplained() public view {
        (uint256 reserved, uint256 treasuryOwed,) = distributor.funds();
        assertEq(reserved, handler.pendingSum() + handler.openEpochSum() + treasuryOwed);
    }

    /// All that was ever settled is with the travellers, the tree and the treasury, to the wei.
    function invariant_EverySettledWeiHasAnOwner() public view {
        (, uint256 treasuryOwed,) = distributor.funds();
        uint256 held = token.balanceOf(treasury) + treasuryOwed + token.balanceOf(address(registry));
        for (uint256 at = 0; at < handler.PEOPLE(); ++at) {
            held += token.balanceOf(handler.person(at));
        }
        assertEq(held, handler.settledSum());
    }

    /// Nothing came from nowhere: the distributor's balance fell by what was settled and swept.
    function invariant_NothingIsPaidThatWasNotFunded() public view {
        (, uint256 treasuryOwed,) = distributor.funds();
        uint256 out = handler.settledSum() - treasuryOwed;
        assertEq(token.balanceOf(address(distributor)), FUNDED - out);
    }

    /// No booking was settled twice, whichever ways it was tried.
    function invariant_ABookingIsPaidOnce() public view {
        assertLe(handler.mostPayments(), 1);
    }

    /// The tree holds what it owes.
    function invariant_TheRegistryIsSolvent() public view {
        uint256 sum;
        for (uint256 at = 0; at < handler.PEOPLE(); ++at) {
            sum += registry.owed(handler.person(at));
        }
        assertEq(registry.totalOwed(), sum);
        assertEq(token.balanceOf(address(registry)), sum);
    }

    /// Every referrer joined before whom it refers, so walking up always ends.
    function invariant_TheTreeIsAcyclic() public view {
        for (uint256 at = 0; at < handler.PEOPLE(); ++at) {
            (address referrer,, uint48 ordinal,) = registry.node(handler.person(at));
            if (referrer == address(0)) continue;
            (,, uint48 above,) = registry.node(referrer);
            assertGt(ordinal, above);
            assertGt(above, 0);
        }
    }

    /// The invariants are worth what the handler reaches: over a fixed walk it pays by both ways, closes epochs and fills the tree.
    function test_TheHandlerReachesWhatMatters() public {
        for (uint256 step = 0; step < 3000; ++step) {
            uint256 dice = uint256(keccak256(abi.encode("rewards", step)));
            _act(dice % 10, dice >> 16, dice >> 48, dice >> 80);
        }
        assertGt(handler.claims(), 0);
        assertGt(handler.releases(), 0);
        assertGt(handler.leaves(), 0);
        assertGt(handler.cancellations(), 0);
        assertGt(handler.refusals(), 0);
        assertGt(token.balanceOf(treasury), 0);
        assertGt(handler.withdrawals(), 0);
    }

    function _act(uint256 what, uint256 a, uint256 b, uint256 c) private {
        if (what == 0) handler.claim(a, b, c);
        if (what == 1) handler.release(a);
        if (what == 2 && a % 4 == 0) handler.cancel(b);
        if (what == 3) handler.publish(a, b, c, c >> 8);
        if (what == 4) handler.claimFromEpoch(a);
        if (what == 5 && a % 4 == 0) handler.endEpoch(b);
        if (what == 6) handler.join(a, b, true);
        if (what == 7) handler.withdraw(a);
        if (what == 8) handler.payTreasury();
        if (what == 9) handler.pass(a);
    }
}
