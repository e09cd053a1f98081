// SPDX-License-Identifier: Apache-2.0
pragma solidity 0.8.37;

import {PausableUpgradeable} from "@openzeppelin/contracts-upgradeable/utils/PausableUpgradeable.sol";
import {IAccessControl} from "@openzeppelin/contracts/access/IAccessControl.sol";
import {IERC20} from "@openzeppelin/contracts/token/ERC20/IERC20.sol";
import {RateLimiter} from "@openzeppelin/contracts/utils/RateLimiter.sol";
import {RewardDistributor} from "../src/RewardDistributor.sol";
import {IGoverned} from "../src/interfaces/IGoverned.sol";
import {IReferralRegistry} from "../src/interfaces/IReferralRegistry.sol";
import {IRewardDistributor} from "../src/interfaces/IRewardDistributor.sol";
import {Fixture} from "./Fixture.sol";

contract RewardDistributorTest is Fixture {
    bytes32 internal constant BOOKING = "booking";

    function _noWindow() private {
        vm.prank(admin);
        distributor.setClawbackWindow(0);
    }

    function _state(bytes32 booking) private view returns (IRewardDistributor.State) {
        return distributor.booking(booking).state;
    }

    /// The bytes that any signer outside must come to; the figures are the wire's, written out by hand.
    function test_TheDigestIsTheOneTheServerSigns() public view {
        IRewardDistributor.Voucher memory voucher = _voucher(BOOKING, alice, 123e18);
        bytes32 domain = keccak256(
            abi.encode(
                keccak256("EIP712Domain(string name,string version,uint256 chainId,address verifyingContract)"),
                keccak256("Voxfare Rewards"),
                keccak256("1"),
                block.chainid,
                address(distributor)
            )
        );
        bytes32 typehash = keccak256(
            "Voucher(bytes32 booking,address traveller,uint256 commission,uint64 epoch,uint64 issuedAt,uint64 expiresAt)"
        );
        bytes32 body = keccak256(
            abi.encode(
                typehash, BOOKING, alice, uint256(123e18), uint256(1), block.timestamp, block.timestamp + 30 days
            )
        );
        bytes32 wanted = keccak256(abi.encodePacked("\x19\x01", domain, body));
        assertEq(distributor.voucherDigest(voucher), wanted);
        assertEq(distributor.VOUCHER_TYPEHASH(), typehash);
        (, string memory name, string memory version, uint256 chainId, address verifying,,) = distributor.eip712Domain();
        assertEq(name, "Voxfare Rewards");
        assertEq(version, "1");
        assertEq(chainId, block.chainid);
        assertEq(verifying, address(distributor));
    }

    function test_PaysAtOnceWhenThereIsNoWindow() public {
        _noWindow();
        vm.expectEmit(address(distributor));
        emit IRewardDistributor.Claimed(BOOKING, alice, 1000, 1, uint40(block.timestamp));
        vm.expectEmit(address(distributor));
        emit IRewardDistributor.Settled(BOOKING, alice, 700, 0, 300);
        _claim(BOOKING, alice, 1000);
        assertEq(token.balanceOf(alice), 700);
        (uint256 reserved, uint256 treasuryOwed, uint256 free) = distributor.funds();
        assertEq(reserved, 300);
        assertEq(treasuryOwed, 300);
        assertEq(free, FUNDED - 1000);
        assertEq(uint8(_state(BOOKING)), uint8(IRewardDistributor.State.Settled));
    }

    function test_WaitsForTheWindowAndThenPaysOnce() public {
        _claim(BOOKING, alice, 1000);
        IRewardDistributor.Booking memory entry = distributor.booking(BOOKING);
        assertEq(entry.traveller, alice);
        assertEq(entry.commission, 1000);
        assertEq(entry.maturesAt, block.timestamp + 1 days);
        assertEq(token.balanceOf(alice), 0);
        vm.expectRevert(abi.encodeWithSelector(IRewardDistributor.NotMatured.selector, BOOKING, entry.maturesAt));
        distributor.release(BOOKING);
        vm.warp(entry.maturesAt);
        vm.prank(bob);
        distributor.release(BOOKING);
        assertEq(token.balanceOf(alice), 700);
        vm.expectRevert(
            abi.encodeWithSelector(IRewardDistributor.NotPending.selector, BOOKING, IRewardDistributor.State.Settled)
        );
        distributor.release(BOOKING);
    }

    function test_PaysTheReferralTreeAndTheTreasury() public {
        _chainOfFour();
        _noWindow();
        _claim(BOOKING, dave, 10_000);
        assertEq(token.balanceOf(dave), 7000);
        assertEq(registry.owed(carol), 500);
        assertEq(registry.owed(bob), 300);
        assertEq(registry.owed(alice), 200);
        assertEq(token.balanceOf(address(registry)), 1000);
        vm.expectEmit(address(distributor));
        emit IRewardDistributor.TreasuryPaid(treasury, 2000);
        assertEq(distributor.payTreasury(), 2000);
        assertEq(token.balanceOf(treasury), 2000);
        assertEq(distributor.payTreasury(), 0);
    }

    function test_ABookingIsClaimedOnce() public {
        _claim(BOOKING, alice, 1000);
        IRewardDistributor.Voucher memory voucher = _voucher(BOOKING, bob, 5);
        bytes memory signature = _sign(voucher);
        vm.expectRevert(
            abi.encodeWithSelector(IRewardDistributor.BookingSpent.selector, BOOKING, IRewardDistributor.State.Pending)
        );
        distributor.claim(voucher, signature);
    }

    function test_RefusesASignatureThatIsNoIssuers() public {
        IRewardDistributor.Voucher memory voucher = _voucher(BOOKING, alice, 1000);
        bytes memory signature = _signAs(0xbad, distributor.voucherDigest(voucher));
        vm.expectRevert(abi.encodeWithSelector(IRewardDistributor.NotAnIssuer.selector, vm.addr(0xbad)));
        distributor.claim(voucher, signature);
    }

    function testFuzz_RefusesAVoucherChangedInAnyField(uint256 field, uint256 change) public {
        IRewardDistributor.Voucher memory voucher = _voucher(BOOKING, alice, 1000);
        bytes memory signature = _sign(voucher);
        field = bound(field, 0, 5);
        change = bound(change, 1, 1000);
        if (field == 0) voucher.booking = bytes32(uint256(voucher.booking) + change);
        if (field == 1) voucher.traveller = address(uint160(voucher.traveller) + uint160(change));
        if (field == 2) voucher.commission += change;
        if (field == 3) voucher.epoch += uint64(change);
        if (field == 4) voucher.issuedAt -= uint64(change);
        if (field == 5) voucher.expiresAt += uint64(change);
        vm.expectPartialRevert(IRewardDistributor.NotAnIssuer.selector);
        distributor.claim(voucher, signature);
    }

    function test_RefusesAVoucherBeforeAndAfterItsTime() public {
        IRewardDistributor.Voucher memory voucher = _voucher(BOOKING, alice, 1000);
        bytes memory signature = _sign(voucher);
        bytes memory outside =
            abi.encodeWithSelector(IRewardDistributor.OutsideValidity.selector, voucher.issuedAt, voucher.expiresAt);
        vm.warp(voucher.issuedAt - 1);
        vm.expectRevert(outside);
        distributor.claim(voucher, signature);
        vm.warp(voucher.expiresAt + 1);
        vm.expectRevert(outside);
        distributor.claim(voucher, signature);
        vm.warp(voucher.expiresAt);
        distributor.claim(voucher, signature);
    }

    function test_RefusesNoCommissionAndOneTooLarge() public {
        IRewardDistributor.Voucher memory voucher = _voucher(BOOKING, alice, 0);
        bytes memory signature = _sign(voucher);
        vm.expectRevert(abi.encodeWithSelector(IRewardDistributor.BadCommission.selector, 0));
        distributor.claim(voucher, signature);
        voucher.commission = uint256(type(uint96).max) + 1;
        signature = _sign(voucher);
        vm.expectRevert(abi.encodeWithSelector(IRewardDistributor.BadCommission.selector, voucher.commission));
        distributor.claim(voucher, signature);
    }

    function test_VoidsOldEpochsForwardsOnly() public {
        IRewardDistributor.Voucher memory voucher = _voucher(BOOKING, alice, 1000);
        bytes memory signature = _sign(voucher);
        vm.startPrank(canceller);
        distributor.setVoucherEpochMin(2);
        vm.expectRevert(abi.encodeWithSelector(IRewardDistributor.EpochMinBelow.selector, 2));
        distributor.setVoucherEpochMin(2);
        vm.stopPrank();
        vm.expectRevert(abi.encodeWithSelector(IRewardDistributor.EpochVoid.selector, 1));
        distributor.claim(voucher, signature);
        (,,, uint64 least) = distributor.rules();
        assertEq(least, 2);
    }

    function test_TheDailyLimitStopsAndRefills() public {
        _claim("a", alice, DAILY);
        assertEq(distributor.dailyAvailable(), 0);
        IRewardDistributor.Voucher memory voucher = _voucher("b", alice, DAILY / 2);
        bytes memory signature = _sign(voucher);
        vm.expectRevert(RateLimiter.RateLimitExceeded.selector);
        distributor.claim(voucher, signature);
        vm.warp(block.timestamp + 12 hours);
        distributor.claim(voucher, signature);
        vm.prank(admin);
        distributor.setDailyLimit(DAILY * 2);
        assertEq(distributor.dailyAvailable(), DAILY);
    }

    function test_NeverPromisesWhatItDoesNotHold() public {
        vm.startPrank(admin);
        distributor.setDailyLimit(type(uint208).max);
        distributor.withdrawSurplus(treasury, FUNDED - 1000);
        vm.stopPrank();
        _claim("a", alice, 600);
        IRewardDistributor.Voucher memory voucher = _voucher("b", alice, 401);
        bytes memory signature = _sign(voucher);
        vm.expectRevert(abi.encodeWithSelector(IRewardDistributor.Unfunded.selector, 401, 400));
        distributor.claim(voucher, signature);
    }

    function test_OnlySurplusCanBeTakenBack() public {
        _claim(BOOKING, alice, 1000);
        vm.startPrank(admin);
        vm.expectRevert(abi.encodeWithSelector(IRewardDistributor.Unfunded.selector, FUNDED - 999, FUNDED - 1000));
        distributor.withdrawSurplus(treasury, FUNDED - 999);
        distributor.withdrawSurplus(treasury, FUNDED - 1000);
        vm.stopPrank();
        vm.warp(block.timestamp + 1 days);
        distributor.release(BOOKING);
        assertEq(token.balanceOf(alice), 700);
    }

    function test_ACancelledBookingIsNeverPaid() public {
        _claim("pending", alice, 1000);
        vm.prank(canceller);
        distributor.cancel(_one("pending"));
        (uint256 reserved,,) = distributor.funds();
        assertEq(reserved, 0);
        vm.warp(block.timestamp + 1 days);
        vm.expectRevert(
            abi.encodeWithSelector(
                IRewardDistributor.NotPending.selector, bytes32("pending"), IRewardDistributor.State.Cancelled
            )
        );
        distributor.release("pending");
        vm.prank(canceller);
        distributor.cancel(_one("unclaimed"));
        IRewardDistributor.Voucher memory voucher = _voucher("unclaimed", alice, 1000);
        bytes memory signature = _sign(voucher);
        vm.expectRevert(
            abi.encodeWithSelector(
                IRewardDistributor.BookingSpent.selector, bytes32("unclaimed"), IRewardDistributor.State.Cancelled
            )
        );
        distributor.claim(voucher, signature);
    }

    function test_AMaturedOrPaidBookingIsTheTravellers() public {
        _claim(BOOKING, alice, 1000);
        vm.warp(block.timestamp + 1 days);
        vm.prank(canceller);
        vm.expectRevert(abi.encodeWithSelector(IRewardDistributor.Matured.selector, BOOKING));
        distributor.cancel(_one(BOOKING));
        distributor.release(BOOKING);
        vm.prank(canceller);
        vm.expectRevert(
            abi.encodeWithSelector(IRewardDistributor.BookingSpent.selector, BOOKING, IRewardDistributor.State.Settled)
        );
        distributor.cancel(_one(BOOKING));
    }

    function test_SanctionsStopTheClaimAndTheRelease() public {
        sanctions.set(alice, true);
        IRewardDistributor.Voucher memory voucher = _voucher(BOOKING, alice, 1000);
        bytes memory signature = _sign(voucher);
        vm.expectRevert(abi.encodeWithSelector(IRewardDistributor.Sanctioned.selector, alice));
        distributor.claim(voucher, signature);
        sanctions.set(alice, false);
        distributor.claim(voucher, signature);
        vm.warp(block.timestamp + 1 days);
        sanctions.set(alice, true);
        vm.expectRevert(abi.encodeWithSelector(IRewardDistributor.Sanctioned.selector, alice));
        distributor.release(BOOKING);
        vm.prank(admin);
        distributor.setNeighbours(treasury, address(registry), address(0));
        distributor.release(BOOKING);
        assertEq(token.balanceOf(alice), 700);
    }

    function test_WorksWithoutARegistry() public {
        _chainOfFour();
        _noWindow();
        vm.prank(admin);
        distributor.setNeighbours(treasury, address(0), address(0));
        _claim(BOOKING, dave, 1000);
        (, uint256 treasuryOwed,) = distributor.funds();
        assertEq(treasuryOwed, 300);
    }

    function test_ARegistryCannotCreditMoreThanItsLeg() public {
        _noWindow();
        vm.mockCall(address(registry), abi.encodeWithSelector(IReferralRegistry.credit.selector), abi.encode(101));
        IRewardDistributor.Voucher memory voucher = _voucher(BOOKING, alice, 1000);
        bytes memory signature = _sign(voucher);
        vm.expectRevert(abi.encodeWithSelector(IRewardDistributor.CreditAboveLeg.selector, 101, 100));
        distributor.claim(voucher, signature);
    }

    function test_NewSharesAreForNewBookings() public {
        _claim("old", alice, 1000);
        vm.prank(admin);
        distributor.setShares(10_000, 0);
        _claim("new", bob, 1000);
        vm.warp(block.timestamp + 1 days);
        distributor.release("old");
        distributor.release("new");
        assertEq(token.balanceOf(alice), 700);
        assertEq(token.balanceOf(bob), 1000);
    }

    function test_RefusesBadRules() public {
        vm.startPrank(admin);
        vm.expectRevert(abi.encodeWithSelector(IRewardDistributor.SharesAboveWhole.selector, 10_001));
        distributor.setShares(9000, 1001);
        vm.expectRevert(abi.encodeWithSelector(IRewardDistributor.WindowTooLong.selector, 30 days + 1));
        distributor.setClawbackWindow(30 days + 1);
        vm.expectRevert(IGoverned.ZeroAddress.selector);
        distributor.setNeighbours(address(0), address(0), address(0));
        vm.stopPrank();
        RewardDistributor bare = new RewardDistributor();
        vm.expectRevert(IGoverned.ZeroAddress.selector);
        _proxy(
            address(bare),
            abi.encodeCall(
                RewardDistributor.initialize, (admin, IERC20(address(0)), treasury, address(registry), DAILY)
            )
        );
    }

    function test_EveryDoorHasItsKey() public {
        bytes4 denied = IAccessControl.AccessControlUnauthorizedAccount.selector;
        vm.startPrank(alice);
        vm.expectPartialRevert(denied);
        distributor.publishEpoch(1, "root", 1, 0);
        vm.expectPartialRevert(denied);
        distributor.cancelEpoch(1);
        vm.expectPartialRevert(denied);
        distributor.cancel(_one(BOOKING));
        vm.expectPartialRevert(denied);
        distributor.setVoucherEpochMin(9);
        vm.expectPartialRevert(denied);
        distributor.setShares(0, 0);
        vm.expectPartialRevert(denied);
        distributor.setClawbackWindow(0);
        vm.expectPartialRevert(denied);
        distributor.setDailyLimit(0);
        vm.expectPartialRevert(denied);
        distributor.setNeighbours(alice, alice, alice);
        vm.expectPartialRevert(denied);
        distributor.withdrawSurplus(alice, 1);
        vm.expectPartialRevert(denied);
        distributor.upgradeToAndCall(address(distributor), "");
        vm.stopPrank();
    }

    function test_APauseStopsClaimsButNeitherReleaseNorTreasury() public {
        _claim("a", alice, 1000);
        IRewardDistributor.Voucher memory voucher = _voucher("b", alice, 1000);
        bytes memory signature = _sign(voucher);
        vm.prank(guardian);
        distributor.pause();
        vm.expectRevert(PausableUpgradeable.EnforcedPause.selector);
        distributor.claim(voucher, signature);
        vm.warp(block.timestamp + 1 days);
        distributor.release("a");
        assertEq(token.balanceOf(alice), 700);
        assertEq(distributor.payTreasury(), 300);
    }

    function testFuzz_EveryWeiOfACommissionHasAnOwner(uint256 commission, uint16 own, uint16 tree) public {
        _chainOfFour();
        commission = bound(commission, 1, DAILY);
        own = uint16(bound(own, 0, 10_000));
        tree = uint16(bound(tree, 0, 10_000 - own));
        vm.startPrank(admin);
        distributor.setShares(own, tree);
        distributor.setClawbackWindow(0);
        vm.stopPrank();
        _claim(BOOKING, dave, commission);
        distributor.payTreasury();
        uint256 paid = token.balanceOf(dave) + token.balanceOf(address(registry)) + token.balanceOf(treasury);
        assertEq(paid, commission);
        assertEq(token.balanceOf(address(distributor)), FUNDED - commission);
        (uint256 reserved,,) = distributor.funds();
        assertEq(reserved, 0);
    }
}
