// SPDX-License-Identifier: Apache-2.0
pragma solidity 0.8.37;

/// @title Pays each booking's commission, once, to those it belongs to.
/// @notice A commission in TRVL wei is split among the traveller, the referral tree and the treasury. It is paid by pull, in two ways: by a
/// voucher that the server signed for one booking, or by a Merkle root over an epoch's bookings. Each booking is paid once at most, whichever
/// way it comes. Many claims go in one transaction by `multicall`; there, one that fails takes the others with it.
/// @dev Assumptions: the token is TRVL (no fee, no hooks). It pays only what it was sent before: it cannot mint. Commissions fit 96 bits.
///
/// Dangers:
/// - An issuer's stolen key can make claims up to the daily limit. They can be cancelled for as long as the clawback window lasts; the
///   window counts from the claim on chain, so a backdated voucher gains nothing.
/// - A published root can pay what its total says, and no more. It can be cancelled until its window has passed.
/// - While the sanctions oracle reverts, travellers' payouts wait.
interface IRewardDistributor {
    /// @notice What the server signs: EIP-712, domain "Voxfare Rewards", version "1", this chain, this contract.
    /// @param booking the booking's id; a hash, so that it says nothing about the traveller.
    /// @param traveller who earns, and where the traveller's leg goes whoever sends the transaction.
    /// @param commission TRVL wei in all three legs together.
    /// @param epoch the reward epoch of the booking; epochs below `voucherEpochMin` are void.
    /// @param issuedAt seconds since 1970; not valid before.
    /// @param expiresAt seconds since 1970; not valid after.
    struct Voucher {
        bytes32 booking;
        address traveller;
        uint256 commission;
        uint64 epoch;
        uint64 issuedAt;
        uint64 expiresAt;
    }

    /// @notice A booking's life: None -> Pending -> Settled, or None or Pending -> Cancelled. It never goes back.
    enum State {
        None,
        Pending,
        Settled,
        Cancelled
    }

    /// @notice A booking that came by voucher. One that came by Merkle leaf has only its state.
    struct Booking {
        address traveller;
        uint96 commission;
        uint40 maturesAt;
        uint16 travellerBps;
        uint16 referralBps;
        State state;
    }

    /// @notice An epoch's root and what is left of its budget, in TRVL wei.
    struct Epoch {
        bytes32 root;
        uint128 remaining;
        uint40 claimableAt;
        uint40 closesAt;
        uint16 travellerBps;
        uint16 referralBps;
    }

    /// @notice A voucher was accepted; its legs are paid from `maturesAt` on.
    event Claimed(
        bytes32 indexed booking, address indexed traveller, uint256 commission, uint64 epoch, uint40 maturesAt
    );
    /// @notice A booking was paid. The three legs are the whole commission.
    event Settled(
        bytes32 indexed booking,
        address indexed traveller,
        uint256 travellerLeg,
        uint256 referralLeg,
        uint256 treasuryLeg
    );
    /// @notice A booking will never be paid.
    event Cancelled(bytes32 indexed booking);
    /// @notice An epoch's root was published and its total set aside.
    event EpochPublished(uint64 indexed epoch, bytes32 root, uint256 total, uint40 claimableAt, uint40 closesAt);
    /// @notice An epoch ended, and what was left of its total is free again.
    event EpochClosed(uint64 indexed epoch, uint256 freed);
    /// @notice The treasury's legs went to the treasury.
    event TreasuryPaid(address indexed treasury, uint256 amount);
    /// @notice Tokens that nobody is owed were taken back.
    event SurplusWithdrawn(address indexed to, uint256 amount);
    /// @notice Vouchers of older epochs became void.
    event VoucherEpochMinSet(uint64 epoch);
    /// @notice The shares changed, for bookings to come.
    event SharesSet(uint16 travellerBps, uint16 referralBps);
    /// @notice The clawback window changed, for bookings to come.
    event ClawbackWindowSet(uint40 seconds_);
    /// @notice The daily limit changed.
    event DailyLimitSet(uint208 limit);
    /// @notice The addresses around the distributor changed; zero for the registry or the oracle is none.
    event NeighboursSet(address indexed treasury, address indexed registry, address indexed sanctions);

    /// @notice The signature is by no issuer.
    error NotAnIssuer(address signer);
    /// @notice The voucher is not yet valid, or no longer.
    error OutsideValidity(uint64 issuedAt, uint64 expiresAt);
    /// @notice The voucher's epoch was made void.
    error EpochVoid(uint64 epoch);
    /// @notice The booking was claimed, paid or cancelled before.
    error BookingSpent(bytes32 booking, State state);
    /// @notice The booking is not waiting to be released.
    error NotPending(bytes32 booking, State state);
    /// @notice The booking has not matured.
    error NotMatured(bytes32 booking, uint40 maturesAt);
    /// @notice The booking has matured: it belongs to the traveller.
    error Matured(bytes32 booking);
    /// @notice The commission is zero or does not fit 96 bits.
    error BadCommission(uint256 commission);
    /// @notice The contract holds too little for a new obligation.
    error Unfunded(uint256 needed, uint256 free);
    /// @notice The traveller is on a sanctions list.
    error Sanctioned(address account);
    /// @notice The epoch has been published before, or its root is empty.
    error BadEpoch(uint64 epoch);
    /// @notice The epoch is not open for this.
    error EpochNotOpen(uint64 epoch);
    /// @notice The proof does not lead to the epoch's root.
    error BadProof();
    /// @notice The leaf asks for more than is left of the epoch's total.
    error EpochExhausted(uint64 epoch, uint256 remaining);
    /// @notice The shares are more than a whole.
    error SharesAboveWhole(uint256 sum);
    /// @notice The window is longer than 30 days.
    error WindowTooLong(uint40 window);
    /// @notice The registry credited more than the leg.
    error CreditAboveLeg(uint256 credited, uint256 leg);
    /// @notice Epochs are made void forwards only.
    error EpochMinBelow(uint64 current);

    /// @notice Claims a booking by voucher. Anybody may send it; it pays the traveller. If the clawback window is zero it pays at once,
    /// otherwise it sets the commission aside until `release`. Stopped by a pause, by the daily limit and by want of funds.
    function claim(Voucher calldata voucher, bytes calldata signature) external;

    /// @notice Pays a claimed booking that has matured. Anybody may send it. Works while paused.
    function release(bytes32 id) external;

    /// @notice Claims a booking out of an epoch's root and pays it. Anybody may send it. Works while paused: the total was set aside.
    /// @param proof the path of a leaf of OpenZeppelin's StandardMerkleTree over (bytes32 booking, address traveller, uint256 commission).
    function claimFromEpoch(uint64 epoch, bytes32 id, address traveller, uint256 commission, bytes32[] calldata proof)
        external;

    /// @notice Sends the treasury's legs to the treasury. Anybody may send it. Works while paused.
    function payTreasury() external returns (uint256 amount);

    /// @notice Publishes an epoch's root and sets its total aside. Needs `PUBLISHER_ROLE`. Stopped by a pause and by the daily limit.
    /// @param total TRVL wei that the leaves sum up to.
    /// @param closesAt seconds since 1970 when what is left becomes free; at least 90 days after it becomes claimable.
    function publishEpoch(uint64 epoch, bytes32 root, uint256 total, uint40 closesAt) external;

    /// @notice Ends an epoch after `closesAt`. Anybody may send it.
    function closeEpoch(uint64 epoch) external;

    /// @notice Takes bookings back: never claimed ones for ever, claimed ones until they mature. Needs `CANCELLER_ROLE`.
    function cancel(bytes32[] calldata bookings) external;

    /// @notice Takes an epoch back before it becomes claimable. Needs `CANCELLER_ROLE`.
    function cancelEpoch(uint64 epoch) external;

    /// @notice Makes every unclaimed voucher of an epoch below `epoch` void. Needs `CANCELLER_ROLE`. The answer to a stolen key.
    function setVoucherEpochMin(uint64 epoch) external;

    /// @notice Sets the shares; the rest is the treasury's. Only the timelock. Bookings already claimed keep theirs.
    function setShares(uint16 travellerBps, uint16 referralBps) external;

    /// @notice Sets how long a claim can be taken back, up to 30 days. Only the timelock.
    function setClawbackWindow(uint40 window) external;

    /// @notice Sets the TRVL wei of commissions that may be claimed or published in a day. Only the timelock.
    /// @dev A bucket that refills evenly: after a quiet day, up to twice the limit can pass within 24 hours.
    function setDailyLimit(uint208 limit) external;

    /// @notice Sets the treasury, the registry and the sanctions oracle. Only the timelock.
    function setNeighbours(address treasury, address registry, address sanctions) external;

    /// @notice Takes back tokens beyond what is owed or set aside. Only the timelock.
    function withdrawSurplus(address to, uint256 amount) external;

    /// @notice Everything known of a booking.
    function booking(bytes32 id) external view returns (Booking memory);

    /// @notice Everything known of an epoch.
    function epochInfo(uint64 epoch) external view returns (Epoch memory);

    /// @notice TRVL wei owed or set aside, the part of it that is the treasury's, and what is free for new claims.
    function funds() external view returns (uint256 reserved, uint256 treasuryOwed, uint256 free);

    /// @notice TRVL wei of commissions that could be claimed or published now under the daily limit.
    function dailyAvailable() external view returns (uint256);

    /// @notice The shares in force, the clawback window in seconds, and the first epoch whose vouchers are valid.
    function rules()
        external
        view
        returns (uint16 travellerBps, uint16 referralBps, uint40 clawbackWindow, uint64 voucherEpochMin);

    /// @notice The digest that an issuer signs.
    function voucherDigest(Voucher calldata voucher) external view returns (bytes32);
}
