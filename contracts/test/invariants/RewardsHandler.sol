// SPDX-License-Identifier: Apache-2.0
pragma solidity 0.8.37;

import {CommonBase} from "forge-std/Base.sol";
import {StdUtils} from "forge-std/StdUtils.sol";
import {ReferralRegistry} from "../../src/ReferralRegistry.sol";
import {RewardDistributor} from "../../src/RewardDistributor.sol";
import {TRVLToken} from "../../src/TRVLToken.sol";
import {IRewardDistributor} from "../../src/interfaces/IRewardDistributor.sol";

/// @title Does to the rewards whatever anybody could, and keeps its own books.
/// @dev Every call it makes must succeed, or is one that must fail: it looks first, by its own books and never by asking whether it reverts.
contract RewardsHandler is CommonBase, StdUtils {
    uint256 public constant PEOPLE = 8;
    uint256 private constant BOOKINGS = 24;
    uint256 private constant COMMISSION_MAX = 20_000e18;

    struct Epoch {
        bytes32 other;
        bytes32 booking;
        address traveller;
        uint256 commission;
        uint256 remaining;
        bool open;
    }

    TRVLToken private immutable token;
    ReferralRegistry private immutable registry;
    RewardDistributor private immutable distributor;
    uint256 private immutable key;

    uint256 public pendingSum;
    uint256 public settledSum;
    uint256 public mostPayments;
    uint64 public epochs;
    uint256 public claims;
    uint256 public releases;
    uint256 public leaves;
    uint256 public cancellations;
    uint256 public withdrawals;
    uint256 public refusals;
    mapping(bytes32 booking => uint256) private payments;
    mapping(bytes32 booking => uint256) private commissions;
    mapping(uint64 id => Epoch) private published;

    error MustHaveFailed(string what);

    constructor(TRVLToken token_, ReferralRegistry registry_, RewardDistributor distributor_, uint256 key_) {
        (token, registry, distributor, key) = (token_, registry_, distributor_, key_);
    }

    function person(uint256 at) public pure returns (address) {
        return address(uint160(0x5eed00 + at));
    }

    function openEpochSum() external view returns (uint256 sum) {
        for (uint64 id = 1; id <= epochs; ++id) {
            sum += published[id].remaining;
        }
    }

    function claim(uint256 booking, uint256 who, uint256 commission) external {
        bytes32 id = _booking(booking);
        IRewardDistributor.Voucher memory voucher = _voucher(id, person(who % PEOPLE), commission);
        bytes memory signature = _sign(voucher);
        if (_state(id) != IRewardDistributor.State.None) {
            _mustFail(abi.encodeCall(distributor.claim, (voucher, signature)), "a second claim");
            return;
        }
        if (!_canReserve(voucher.commission)) return;
        (,, uint40 window,) = distributor.rules();
        distributor.claim(voucher, signature);
        ++claims;
        if (window == 0) {
            _paid(id, voucher.commission);
        } else {
            pendingSum += voucher.commission;
            commissions[id] = voucher.commission;
        }
    }

    function release(uint256 booking) external {
        bytes32 id = _booking(booking);
        IRewardDistributor.Booking memory entry = distributor.booking(id);
        if (entry.state != IRewardDistributor.State.Pending || block.timestamp < entry.maturesAt) {
            _mustFail(abi.encodeCall(distributor.release, (id)), "an early or second release");
            return;
        }
        distributor.release(id);
        ++releases;
        pendingSum -= commissions[id];
        _paid(id, commissions[id]);
    }

    function cancel(uint256 booking) external {
        bytes32 id = _booking(booking);
        bytes32[] memory list = new bytes32[](1);
        list[0] = id;
        IRewardDistributor.Booking memory entry = distributor.booking(id);
        bool late = entry.state == IRewardDistributor.State.Pending && block.timestamp >= entry.maturesAt;
        if (late || uint8(entry.state) >= uint8(IRewardDistributor.State.Settled)) {
            _mustFail(abi.encodeCall(distributor.cancel, (list)), "a late cancellation");
            return;
        }
        distributor.cancel(list);
        ++cancellations;
        if (entry.state == IRewardDistributor.State.Pending) pendingSum -= commissions[id];
    }

    function publish(uint256 booking, uint256 who, uint256 commission, uint256 spare) external {
        Epoch memory made;
        made.booking = _booking(booking);
        made.traveller = person(who % PEOPLE);
        made.commission = bound(commission, 1, COMMISSION_MAX);
        made.other = keccak256(abi.encode("the rest of the tree", epochs));
        // A total that is too small must not be exceeded, and one that is too large must come back.
        made.remaining = bound(spare, 1, 2 * made.commission);
        made.open = true;
        if (!_canReserve(made.remaining)) return;
        bytes32 leaf = keccak256(bytes.concat(keccak256(abi.encode(made.booking, made.traveller, made.commission))));
        bytes32 root =
            leaf < made.other ? keccak256(bytes.concat(leaf, made.other)) : keccak256(bytes.concat(made.other, leaf));
        distributor.publishEpoch(++epochs, root, made.remaining, uint40(block.timestamp + 100 days));
        published[epochs] = made;
    }

    function claimFromEpoch(uint256 which) external {
        if (epochs == 0) return;
        uint64 id = uint64(bound(which, 1, epochs));
        Epoch storage made = published[id];
        bytes32[] memory proof = new bytes32[](1);
        proof[0] = made.other;
        bytes memory call =
            abi.encodeCall(distributor.claimFromEpoch, (id, made.booking, made.traveller, made.commission, proof));
        bool fits = made.open && block.timestamp >= distributor.epochInfo(id).claimableAt
            && _state(made.booking) == IRewardDistributor.State.None && made.commission <= made.remaining;
        if (!fits) {
            _mustFail(call, "a claim outside an epoch's rules");
            return;
        }
        distributor.claimFromEpoch(id, made.booking, made.traveller, made.commission, proof);
        ++leaves;
        made.remaining -= made.commission;
        _paid(made.booking, made.commission);
    }

    function endEpoch(uint256 which) external {
        if (epochs == 0) return;
        uint64 id = uint64(bound(which, 1, epochs));
        IRewardDistributor.Epoch memory info = distributor.epochInfo(id);
        if (published[id].open && block.timestamp < info.claimableAt) {
            distributor.cancelEpoch(id);
        } else if (published[id].open && block.timestamp > info.closesAt) {
            distributor.closeEpoch(id);
        } else {
            _mustFail(abi.encodeCall(distributor.closeEpoch, (id)), "an early or second close");
            return;
        }
        (published[id].open, published[id].remaining) = (false, 0);
    }

    function join(uint256 who, uint256 under, bool verified) external {
        address account = person(who % PEOPLE);
        address referrer = person(under % PEOPLE);
        (,, uint48 mine,) = registry.node(account);
        (,, uint48 theirs,) = registry.node(referrer);
        if (mine != 0) {
            vm.prank(account);
            (bool done,) = address(registry).call(abi.encodeCall(registry.join, (referrer)));
            if (done) revert MustHaveFailed("a second join");
            return;
        }
        vm.prank(account);
        registry.join(theirs == 0 ? address(0) : referrer);
        if (verified) registry.verify(account, keccak256(abi.encode(account)));
    }

    function withdraw(uint256 who) external {
        address account = person(who % PEOPLE);
        if (registry.owed(account) == 0) return;
        if (who % 2 == 0) {
            registry.withdrawFor(account);
        } else {
            vm.prank(account);
            registry.withdraw(account);
        }
        ++withdrawals;
    }

    function payTreasury() external {
        distributor.payTreasury();
    }

    function setRules(uint16 own, uint16 tree, uint40 window) external {
        own = uint16(bound(own, 0, 10_000));
        distributor.setShares(own, uint16(bound(tree, 0, 10_000 - own)));
        distributor.setClawbackWindow(uint40(bound(window, 0, 3)) * 12 hours);
    }

    function pauseAndUnpause() external {
        if (distributor.paused()) distributor.unpause();
        else distributor.pause();
    }

    function pass(uint256 time) external {
        vm.warp(block.timestamp + bound(time, 1 hours, 30 days));
    }

    function _paid(bytes32 id, uint256 commission) private {
        settledSum += commission;
        if (++payments[id] > mostPayments) mostPayments = payments[id];
    }

    function _mustFail(bytes memory call, string memory what) private {
        (bool done,) = address(distributor).call(call);
        if (done) revert MustHaveFailed(what);
        ++refusals;
    }

    function _voucher(bytes32 id, address traveller, uint256 commission)
        private
        view
        returns (IRewardDistributor.Voucher memory)
    {
        uint64 time = uint64(block.timestamp);
        return IRewardDistributor.Voucher(id, traveller, bound(commission, 1, COMMISSION_MAX), 1, time, time);
    }

    function _sign(IRewardDistributor.Voucher memory voucher) private view returns (bytes memory) {
        (uint8 v, bytes32 r, bytes32 s) = vm.sign(key, distributor.voucherDigest(voucher));
        return abi.encodePacked(r, s, v);
    }

    function _canReserve(uint256 amount) private view returns (bool) {
        (,, uint256 free) = distributor.funds();
        return !distributor.paused() && amount <= free && amount <= distributor.dailyAvailable();
    }

    function _state(bytes32 id) private view returns (IRewardDistributor.State) {
        return distributor.booking(id).state;
    }

    function _booking(uint256 number) private pure returns (bytes32) {
        return keccak256(abi.encode("booking", number % BOOKINGS));
    }
}
