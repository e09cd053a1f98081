// SPDX-License-Identifier: Apache-2.0
pragma solidity 0.8.37;

import {RewardDistributor} from "../../src/RewardDistributor.sol";
import {IRewardDistributor} from "../../src/interfaces/IRewardDistributor.sol";
import {Symbolic} from "./Symbolic.sol";

/// @title Proof: a booking that is spent, in whatever state the rest is, is never paid again; and what is promised is held.
contract RewardsProof is Symbolic {
    RewardDistributor internal distributor;

    function setUp() public {
        distributor = new RewardDistributor();
        _anyState(address(distributor), "RewardDistributor");
        uint256 base = _slot("RewardDistributor");
        // No registry and no oracle: what they answer is bounded by the contract, and is tested elsewhere.
        bytes32 second = vm.load(address(distributor), bytes32(base + 1));
        vm.store(address(distributor), bytes32(base + 1), second & ~bytes32(uint256(type(uint160).max)));
        vm.store(address(distributor), bytes32(base + 2), 0);
        _domain();
        vm.warp(1_800_000_000);
    }

    /// The domain's name and version, as short strings are stored: they are set once and never again.
    function _domain() private {
        uint256 at = 0xa16a46d94261c7517cc8ff89f61c0ce93598e3c849801011dee649a6a557d100;
        vm.store(address(distributor), bytes32(at), 0);
        vm.store(address(distributor), bytes32(at + 1), 0);
        vm.store(address(distributor), bytes32(at + 2), bytes32("Voxfare Rewards") | bytes32(uint256(30)));
        vm.store(address(distributor), bytes32(at + 3), bytes32("1") | bytes32(uint256(2)));
    }

    function _state(bytes32 booking) private view returns (uint8) {
        return uint8(distributor.booking(booking).state);
    }

    function _voucher(bytes32 booking) private pure returns (IRewardDistributor.Voucher memory voucher) {
        voucher.booking = booking;
        voucher.traveller = address(uint160(svm.createUint256("traveller")));
        voucher.commission = svm.createUint256("commission");
        voucher.epoch = uint64(svm.createUint256("epoch"));
        voucher.issuedAt = uint64(svm.createUint256("issuedAt"));
        voucher.expiresAt = uint64(svm.createUint256("expiresAt"));
    }

    /// Any voucher, any signature, any caller, any state in which the booking is not new: no claim.
    function check_ASpentBookingIsNeverClaimedByVoucher(bytes32 booking) external {
        vm.assume(_state(booking) != 0);
        bytes memory signature = svm.createBytes(65, "signature");
        (bool done,) = address(distributor).call(abi.encodeCall(distributor.claim, (_voucher(booking), signature)));
        assert(!done);
        assert(ledger.sent() == 0);
    }

    /// The same by any leaf of any epoch with any proof.
    function check_ASpentBookingIsNeverClaimedByLeaf(
        bytes32 booking,
        uint64 epoch,
        address traveller,
        uint256 commission,
        bytes32 sibling
    ) external {
        vm.assume(_state(booking) != 0);
        bytes32[] memory proof = new bytes32[](1);
        proof[0] = sibling;
        (bool done,) = address(distributor)
            .call(abi.encodeCall(distributor.claimFromEpoch, (epoch, booking, traveller, commission, proof)));
        assert(!done);
        assert(ledger.sent() == 0);
    }

    /// A release pays a pending booking, and leaves it settled; so the second release does not.
    function check_AReleaseIsTheLast(bytes32 booking) external {
        uint8 before = _state(booking);
        (bool done,) = address(distributor).call(abi.encodeCall(distributor.release, (booking)));
        if (done) {
            assert(before == uint8(IRewardDistributor.State.Pending));
            assert(_state(booking) == uint8(IRewardDistributor.State.Settled));
        } else {
            assert(_state(booking) == before);
        }
    }

    /// Whatever was paid by a leaf is spent afterwards.
    function check_APaidLeafIsSpent(bytes32 booking, uint64 epoch, address traveller, uint256 commission) external {
        bytes32[] memory proof = new bytes32[](0);
        (bool done,) = address(distributor)
            .call(abi.encodeCall(distributor.claimFromEpoch, (epoch, booking, traveller, commission, proof)));
        vm.assume(done);
        assert(_state(booking) == uint8(IRewardDistributor.State.Settled));
    }

    /// Whatever was claimed by a voucher is spent afterwards, and what is promised in all is held.
    function check_AClaimIsSpentAndHeld(bytes32 booking) external {
        bytes memory signature = svm.createBytes(65, "signature");
        (bool done,) = address(distributor).call(abi.encodeCall(distributor.claim, (_voucher(booking), signature)));
        vm.assume(done);
        assert(_state(booking) != 0);
        // Read from its slot: the view would revert where this must fail.
        uint256 slot = _slot("RewardDistributor") + 4;
        uint256 reserved = uint128(uint256(vm.load(address(distributor), bytes32(slot))));
        assert(reserved <= ledger.held());
    }
}
