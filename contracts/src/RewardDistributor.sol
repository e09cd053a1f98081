// SPDX-License-Identifier: Apache-2.0
pragma solidity 0.8.37;

import {MulticallUpgradeable} from "@openzeppelin/contracts-upgradeable/utils/MulticallUpgradeable.sol";
import {EIP712Upgradeable} from "@openzeppelin/contracts-upgradeable/utils/cryptography/EIP712Upgradeable.sol";
import {IERC20} from "@openzeppelin/contracts/token/ERC20/IERC20.sol";
import {SafeERC20} from "@openzeppelin/contracts/token/ERC20/utils/SafeERC20.sol";
import {RateLimiter} from "@openzeppelin/contracts/utils/RateLimiter.sol";
import {ReentrancyGuardTransient} from "@openzeppelin/contracts/utils/ReentrancyGuardTransient.sol";
import {ECDSA} from "@openzeppelin/contracts/utils/cryptography/ECDSA.sol";
import {MerkleProof} from "@openzeppelin/contracts/utils/cryptography/MerkleProof.sol";
import {SafeCast} from "@openzeppelin/contracts/utils/math/SafeCast.sol";
import {Governed} from "./base/Governed.sol";
import {IReferralRegistry} from "./interfaces/IReferralRegistry.sol";
import {IRewardDistributor} from "./interfaces/IRewardDistributor.sol";
import {ISanctionsOracle} from "./interfaces/ISanctionsOracle.sol";
import {Split} from "./libraries/Split.sol";

/// @title Pays each booking's commission, once, to those it belongs to.
/// @dev See IRewardDistributor. It never mints, never loops over receivers, and never promises what it does not hold.
contract RewardDistributor is
    IRewardDistributor,
    Governed,
    EIP712Upgradeable,
    MulticallUpgradeable,
    ReentrancyGuardTransient
{
    using RateLimiter for RateLimiter.RefillingBucket;
    using SafeCast for uint256;
    using SafeERC20 for IERC20;

    /// @custom:storage-location erc7201:voxfare.storage.RewardDistributor
    struct RewardDistributorStorage {
        // What every claim reads lies together.
        IERC20 token;
        uint16 travellerBps;
        uint16 referralBps;
        uint40 clawbackWindow;
        IReferralRegistry registry;
        uint64 voucherEpochMin;
        ISanctionsOracle sanctions;
        address treasury;
        // All that is owed or set aside, the treasury's legs included.
        uint128 reserved;
        uint128 treasuryOwed;
        RateLimiter.RefillingBucket daily;
        mapping(bytes32 booking => Booking) bookings;
        mapping(uint64 epoch => Epoch) epochs;
    }

    // keccak256(abi.encode(uint256(keccak256("voxfare.storage.RewardDistributor")) - 1)) & ~bytes32(uint256(0xff))
    bytes32 private constant STORAGE = 0xa0e13f5b536a3d0732f0638aea2c9f6426c58ba3aea07e507cf98daa797b9000;

    /// @notice The hash of the voucher's type.
    bytes32 public constant VOUCHER_TYPEHASH = keccak256(
        "Voucher(bytes32 booking,address traveller,uint256 commission,uint64 epoch,uint64 issuedAt,uint64 expiresAt)"
    );
    /// @notice Signs vouchers.
    bytes32 public constant ISSUER_ROLE = keccak256("ISSUER_ROLE");
    /// @notice Publishes epochs.
    bytes32 public constant PUBLISHER_ROLE = keccak256("PUBLISHER_ROLE");
    /// @notice Takes bookings, epochs and vouchers back.
    bytes32 public constant CANCELLER_ROLE = keccak256("CANCELLER_ROLE");

    /// @notice The longest clawback window, in seconds.
    uint40 public constant WINDOW_MAX_SECONDS = 30 days;
    /// @notice How long an epoch stays claimable at least, in seconds.
    uint40 public constant EPOCH_OPEN_MIN_SECONDS = 90 days;

    bytes32 private constant BUCKET = bytes32(0);

    /// @custom:oz-upgrades-unsafe-allow constructor
    constructor() {
        _disableInitializers();
    }

    /// @notice Sets the distributor up; once, by the proxy's constructor.
    function initialize(address admin, IERC20 token, address treasury, address registry, uint208 dailyLimit)
        external
        initializer
    {
        require(address(token) != address(0), ZeroAddress());
        __Governed_init(admin);
        __EIP712_init("Voxfare Rewards", "1");
        __Multicall_init();
        _storage().token = token;
        _setNeighbours(treasury, registry, address(0));
        _setShares(7000, 1000);
        _setDailyLimit(dailyLimit);
        _setClawbackWindow(1 days);
    }

    /// @inheritdoc IRewardDistributor
    function claim(Voucher calldata voucher, bytes calldata signature) external whenNotPaused nonReentrant {
        RewardDistributorStorage storage $ = _storage();
        _checkVoucher(voucher, signature);
        _checkSanctions(voucher.traveller);
        Booking storage entry = $.bookings[voucher.booking];
        require(entry.state == State.None, BookingSpent(voucher.booking, entry.state));
        _reserve(voucher.commission);
        uint40 maturesAt = uint40(block.timestamp) + $.clawbackWindow;
        emit Claimed(voucher.booking, voucher.traveller, voucher.commission, voucher.epoch, maturesAt);
        if ($.clawbackWindow == 0) {
            entry.state = State.Settled;
            _pay(voucher.booking, voucher.traveller, voucher.commission, $.travellerBps, $.referralBps);
        } else {
            $.bookings[voucher.booking] = Booking({
                traveller: voucher.traveller,
                commission: uint96(voucher.commission),
                maturesAt: maturesAt,
                travellerBps: $.travellerBps,
                referralBps: $.referralBps,
                state: State.Pending
            });
        }
    }

    /// @inheritdoc IRewardDistributor
    function release(bytes32 id) external nonReentrant {
        Booking storage entry = _storage().bookings[id];
        require(entry.state == State.Pending, NotPending(id, entry.state));
        require(block.timestamp >= entry.maturesAt, NotMatured(id, entry.maturesAt));
        _checkSanctions(entry.traveller);
        entry.state = State.Settled;
        _pay(id, entry.traveller, entry.commission, entry.travellerBps, entry.referralBps);
    }

    /// @inheritdoc IRewardDistributor
    function claimFromEpoch(uint64 epoch, bytes32 id, address traveller, uint256 commission, bytes32[] calldata proof)
        external
        nonReentrant
    {
        RewardDistributorStorage storage $ = _storage();
        Epoch storage open = $.epochs[epoch];
        require(open.claimableAt != 0 && block.timestamp >= open.claimableAt, EpochNotOpen(epoch));
        _checkCommission(commission);
        bytes32 leaf = keccak256(bytes.concat(keccak256(abi.encode(id, traveller, commission))));
        require(MerkleProof.verifyCalldata(proof, open.root, leaf), BadProof());
        Booking storage entry = $.bookings[id];
        require(entry.state == State.None, BookingSpent(id, entry.state));
        require(commission <= open.remaining, EpochExhausted(epoch, open.remaining));
        _checkSanctions(traveller);
        entry.state = State.Settled;
        open.remaining -= uint128(commission);
        _pay(id, traveller, commission, open.travellerBps, open.referralBps);
    }

    /// @inheritdoc IRewardDistributor
    function payTreasury() external nonReentrant returns (uint256 amount) {
        RewardDistributorStorage storage $ = _storage();
        amount = $.treasuryOwed;
        $.treasuryOwed = 0;
        $.reserved -= uint128(amount);
        emit TreasuryPaid($.treasury, amount);
        $.token.safeTransfer($.treasury, amount);
    }

    /// @inheritdoc IRewardDistributor
    function publishEpoch(uint64 epoch, bytes32 root, uint256 total, uint40 closesAt)
        external
        whenNotPaused
        onlyRole(PUBLISHER_ROLE)
    {
        RewardDistributorStorage storage $ = _storage();
        uint40 claimableAt = uint40(block.timestamp) + $.clawbackWindow;
        require($.epochs[epoch].root == bytes32(0) && root != bytes32(0), BadEpoch(epoch));
        require(closesAt >= claimableAt + EPOCH_OPEN_MIN_SECONDS, EpochNotOpen(epoch));
        _reserve(total);
        $.epochs[epoch] = Epoch({
            root: root,
            remaining: uint128(total),
            claimableAt: claimableAt,
            closesAt: closesAt,
            travellerBps: $.travellerBps,
            referralBps: $.referralBps
        });
        emit EpochPublished(epoch, root, total, claimableAt, closesAt);
    }

    /// @inheritdoc IRewardDistributor
    function closeEpoch(uint64 epoch) external {
        Epoch storage open = _storage().epochs[epoch];
        require(open.claimableAt != 0 && block.timestamp > open.closesAt, EpochNotOpen(epoch));
        _freeEpoch(epoch);
    }

    /// @inheritdoc IRewardDistributor
    function cancelEpoch(uint64 epoch) external onlyRole(CANCELLER_ROLE) {
        Epoch storage open = _storage().epochs[epoch];
        require(block.timestamp < open.claimableAt, EpochNotOpen(epoch));
        _freeEpoch(epoch);
    }

    /// @inheritdoc IRewardDistributor
    function cancel(bytes32[] calldata bookings) external onlyRole(CANCELLER_ROLE) {
        for (uint256 at = 0; at < bookings.length; ++at) {
            _cancel(bookings[at]);
        }
    }

    /// @inheritdoc IRewardDistributor
    function setVoucherEpochMin(uint64 epoch) external onlyRole(CANCELLER_ROLE) {
        RewardDistributorStorage storage $ = _storage();
        require(epoch > $.voucherEpochMin, EpochMinBelow($.voucherEpochMin));
        $.voucherEpochMin = epoch;
        emit VoucherEpochMinSet(epoch);
    }

    /// @inheritdoc IRewardDistributor
    function setShares(uint16 travellerBps, uint16 referralBps) external onlyRole(DEFAULT_ADMIN_ROLE) {
        _setShares(travellerBps, referralBps);
    }

    /// @inheritdoc IRewardDistributor
    function setClawbackWindow(uint40 window) external onlyRole(DEFAULT_ADMIN_ROLE) {
        _setClawbackWindow(window);
    }

    /// @inheritdoc IRewardDistributor
    function setDailyLimit(uint208 limit) external onlyRole(DEFAULT_ADMIN_ROLE) {
        _setDailyLimit(limit);
    }

    /// @inheritdoc IRewardDistributor
    function setNeighbours(address treasury, address registry, address sanctions)
        external
        onlyRole(DEFAULT_ADMIN_ROLE)
    {
        _setNeighbours(treasury, registry, sanctions);
    }

    /// @inheritdoc IRewardDistributor
    function withdrawSurplus(address to, uint256 amount) external nonReentrant onlyRole(DEFAULT_ADMIN_ROLE) {
        uint256 free = _free();
        require(amount <= free, Unfunded(amount, free));
        emit SurplusWithdrawn(to, amount);
        _storage().token.safeTransfer(to, amount);
    }

    /// @inheritdoc IRewardDistributor
    function booking(bytes32 id) external view returns (Booking memory) {
        return _storage().bookings[id];
    }

    /// @inheritdoc IRewardDistributor
    function epochInfo(uint64 epoch) external view returns (Epoch memory) {
        return _storage().epochs[epoch];
    }

    /// @inheritdoc IRewardDistributor
    function funds() external view returns (uint256 reserved, uint256 treasuryOwed, uint256 free) {
        RewardDistributorStorage storage $ = _storage();
        return ($.reserved, $.treasuryOwed, _free());
    }

    /// @inheritdoc IRewardDistributor
    function dailyAvailable() external view returns (uint256) {
        return _storage().daily.available(BUCKET);
    }

    /// @inheritdoc IRewardDistributor
    function rules()
        external
        view
        returns (uint16 travellerBps, uint16 referralBps, uint40 clawbackWindow, uint64 voucherEpochMin)
    {
        RewardDistributorStorage storage $ = _storage();
        return ($.travellerBps, $.referralBps, $.clawbackWindow, $.voucherEpochMin);
    }

    /// @inheritdoc IRewardDistributor
    function voucherDigest(Voucher calldata voucher) public view returns (bytes32) {
        return _hashTypedDataV4(
            keccak256(
                abi.encode(
                    VOUCHER_TYPEHASH,
                    voucher.booking,
                    voucher.traveller,
                    voucher.commission,
                    voucher.epoch,
                    voucher.issuedAt,
                    voucher.expiresAt
                )
            )
        );
    }

    function _checkVoucher(Voucher calldata voucher, bytes calldata signature) private view {
        require(
            block.timestamp >= voucher.issuedAt && block.timestamp <= voucher.expiresAt,
            OutsideValidity(voucher.issuedAt, voucher.expiresAt)
        );
        require(voucher.epoch >= _storage().voucherEpochMin, EpochVoid(voucher.epoch));
        _checkCommission(voucher.commission);
        address signer = ECDSA.recoverCalldata(voucherDigest(voucher), signature);
        require(hasRole(ISSUER_ROLE, signer), NotAnIssuer(signer));
    }

    /// Pays the legs of a commission that was reserved before, and whose booking is marked settled by now.
    function _pay(bytes32 id, address traveller, uint256 commission, uint256 travellerBps, uint256 referralBps)
        private
    {
        RewardDistributorStorage storage $ = _storage();
        (uint256 own, uint256 tree, uint256 rest) = Split.split(commission, travellerBps, referralBps);
        uint256 credited = _credit(id, traveller, tree);
        // What the tree has no taker for is the treasury's.
        rest += tree - credited;
        $.reserved -= uint128(own + credited);
        $.treasuryOwed += uint128(rest);
        emit Settled(id, traveller, own, credited, rest);
        $.token.safeTransfer(traveller, own);
        if (credited != 0) $.token.safeTransfer(address($.registry), credited);
    }

    function _credit(bytes32 id, address traveller, uint256 leg) private returns (uint256 credited) {
        IReferralRegistry registry = _storage().registry;
        if (address(registry) == address(0) || leg == 0) return 0;
        credited = registry.credit(id, traveller, leg);
        require(credited <= leg, CreditAboveLeg(credited, leg));
    }

    /// Takes a new obligation on, if it is funded and within the daily limit.
    function _reserve(uint256 amount) private {
        RewardDistributorStorage storage $ = _storage();
        uint256 free = _free();
        require(amount <= free, Unfunded(amount, free));
        $.daily.consume(BUCKET, amount);
        $.reserved += amount.toUint128();
    }

    function _cancel(bytes32 id) private {
        RewardDistributorStorage storage $ = _storage();
        Booking storage entry = $.bookings[id];
        if (entry.state == State.Pending) {
            require(block.timestamp < entry.maturesAt, Matured(id));
            $.reserved -= entry.commission;
        } else {
            require(entry.state == State.None, BookingSpent(id, entry.state));
        }
        entry.state = State.Cancelled;
        emit Cancelled(id);
    }

    /// Ends an epoch for good: its root stays, so that its number is not used again.
    function _freeEpoch(uint64 epoch) private {
        RewardDistributorStorage storage $ = _storage();
        Epoch storage open = $.epochs[epoch];
        uint128 freed = open.remaining;
        open.remaining = 0;
        open.claimableAt = 0;
        $.reserved -= freed;
        emit EpochClosed(epoch, freed);
    }

    function _setShares(uint16 travellerBps, uint16 referralBps) private {
        uint256 sum = uint256(travellerBps) + referralBps;
        require(sum <= Split.WHOLE_BPS, SharesAboveWhole(sum));
        (_storage().travellerBps, _storage().referralBps) = (travellerBps, referralBps);
        emit SharesSet(travellerBps, referralBps);
    }

    function _setClawbackWindow(uint40 window) private {
        require(window <= WINDOW_MAX_SECONDS, WindowTooLong(window));
        _storage().clawbackWindow = window;
        emit ClawbackWindowSet(window);
    }

    function _setDailyLimit(uint208 limit) private {
        RateLimiter.RefillingBucket storage daily = _storage().daily;
        daily.sync(BUCKET);
        daily.updateSettings(1 days, limit);
        emit DailyLimitSet(limit);
    }

    function _setNeighbours(address treasury, address registry, address sanctions) private {
        require(treasury != address(0), ZeroAddress());
        RewardDistributorStorage storage $ = _storage();
        $.treasury = treasury;
        $.registry = IReferralRegistry(registry);
        $.sanctions = ISanctionsOracle(sanctions);
        emit NeighboursSet(treasury, registry, sanctions);
    }

    function _free() private view returns (uint256) {
        RewardDistributorStorage storage $ = _storage();
        return $.token.balanceOf(address(this)) - $.reserved;
    }

    function _checkCommission(uint256 commission) private pure {
        require(commission != 0 && commission <= type(uint96).max, BadCommission(commission));
    }

    function _checkSanctions(address account) private view {
        ISanctionsOracle oracle = _storage().sanctions;
        require(address(oracle) == address(0) || !oracle.isSanctioned(account), Sanctioned(account));
    }

    function _storage() private pure returns (RewardDistributorStorage storage $) {
        assembly ("memory-safe") {
            $.slot := STORAGE
        }
    }
}
