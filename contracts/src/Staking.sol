// SPDX-License-Identifier: Apache-2.0
pragma solidity 0.8.37;

import {IERC20} from "@openzeppelin/contracts/token/ERC20/IERC20.sol";
import {IERC20Permit} from "@openzeppelin/contracts/token/ERC20/extensions/IERC20Permit.sol";
import {SafeERC20} from "@openzeppelin/contracts/token/ERC20/utils/SafeERC20.sol";
import {ReentrancyGuardTransient} from "@openzeppelin/contracts/utils/ReentrancyGuardTransient.sol";
import {Math} from "@openzeppelin/contracts/utils/math/Math.sol";
import {Governed} from "./base/Governed.sol";
import {IStaking} from "./interfaces/IStaking.sol";
import {Split} from "./libraries/Split.sol";

/// @title Locks TRVL for a level and a streamed yield.
/// @dev See IStaking. It never reads its own balance: what it owes is in its accounts alone.
contract Staking is IStaking, Governed, ReentrancyGuardTransient {
    using SafeERC20 for IERC20;

    /// @custom:storage-location erc7201:voxfare.storage.Staking
    struct StakingStorage {
        IERC20 token;
        uint40 updatedAt;
        uint40 endsAt;
        address treasury;
        // Principal.
        uint128 staked;
        uint128 weight;
        // Yield: wei funded and not yet paid; wei * SCALE per second; wei * SCALE per weight since ever.
        uint128 yieldReserve;
        uint128 penalties;
        uint256 rate;
        uint256 index;
        // wei * SCALE that did not divide evenly into a rate; goes into the next.
        uint256 carry;
        Tier[] tiers;
        mapping(address account => mapping(uint8 tier => Position)) positions;
    }

    // keccak256(abi.encode(uint256(keccak256("voxfare.storage.Staking")) - 1)) & ~bytes32(uint256(0xff))
    bytes32 private constant STORAGE = 0xc8702a94c93ce1d6459a01aa4d855f832951a77e0c9179312f1df4dcb5cc7300;

    /// @notice Brings in yield.
    bytes32 public constant FUNDER_ROLE = keccak256("FUNDER_ROLE");

    /// @notice How long each funding streams, in seconds.
    uint256 public constant STREAM_SECONDS = 7 days;
    /// @notice How many tiers there can be.
    uint8 public constant TIERS_MAX = 8;
    /// @notice No tier's minimum is below this: so small a weight would make the index grow fast.
    uint96 public constant MINIMUM_MIN = 1e18;
    /// @notice No tier locks longer.
    uint40 public constant LOCK_MAX_SECONDS = 4 * 365 days;
    /// @notice No tier's boost is higher.
    uint16 public constant BOOST_MAX_BPS = 40_000;
    /// @notice No tier's penalty is higher.
    uint16 public constant PENALTY_MAX_BPS = 5000;

    uint256 private constant SCALE = 1e27;

    /// @custom:oz-upgrades-unsafe-allow constructor
    constructor() {
        _disableInitializers();
    }

    /// @notice Sets staking up; once, by the proxy's constructor.
    function initialize(address admin, IERC20 token, address treasury, Tier[] calldata tiers) external initializer {
        require(address(token) != address(0), ZeroAddress());
        __Governed_init(admin);
        _storage().token = token;
        _storage().updatedAt = uint40(block.timestamp);
        _setTreasury(treasury);
        for (uint256 at = 0; at < tiers.length; ++at) {
            // The list cannot grow beyond TIERS_MAX, which _setTier holds.
            _setTier(uint8(at), tiers[at]);
        }
    }

    /// @inheritdoc IStaking
    function stake(uint8 tier, uint256 amount) external whenNotPaused nonReentrant {
        _stake(tier, amount);
    }

    /// @inheritdoc IStaking
    function stakeWithPermit(uint8 tier, uint256 amount, uint256 deadline, uint8 v, bytes32 r, bytes32 s)
        external
        whenNotPaused
        nonReentrant
    {
        // If somebody sent the permit before us the allowance is there; if it is not, the transfer says so.
        // solhint-disable no-empty-blocks
        try IERC20Permit(address(_storage().token)).permit(_msgSender(), address(this), amount, deadline, v, r, s) {}
            catch {}
        // solhint-enable no-empty-blocks
        _stake(tier, amount);
    }

    /// @inheritdoc IStaking
    function unstake(uint8 tier, uint256 amount) external nonReentrant returns (uint256 paid) {
        StakingStorage storage $ = _storage();
        address account = _msgSender();
        Position storage held = _settle(account, tier);
        require(amount != 0 && amount <= held.amount, AboveStake(amount, held.amount));
        uint256 left = held.amount - amount;
        require(left == 0 || left >= $.tiers[tier].minimum, BelowMinimum(left, $.tiers[tier].minimum));
        uint256 penalty = _penalty(held, amount);
        // The weight that leaves is in proportion, so that what stays keeps its boost.
        uint256 weight = left == 0 ? held.weight : Math.mulDiv(held.weight, amount, held.amount);
        held.amount = uint128(left);
        held.weight -= uint128(weight);
        $.weight -= uint128(weight);
        $.staked -= uint128(amount);
        $.penalties += uint128(penalty);
        paid = amount - penalty;
        emit Unstaked(account, tier, amount, penalty);
        $.token.safeTransfer(account, paid);
    }

    /// @inheritdoc IStaking
    function claimYield(uint8 tier) external nonReentrant returns (uint256 amount) {
        address account = _msgSender();
        Position storage held = _settle(account, tier);
        amount = held.accrued;
        held.accrued = 0;
        // Reverts rather than pays what was not funded.
        _storage().yieldReserve -= uint128(amount);
        emit YieldPaid(account, tier, amount);
        _storage().token.safeTransfer(account, amount);
    }

    /// @inheritdoc IStaking
    function expire(address account, uint8 tier) external {
        Position storage held = _settle(account, tier);
        require(block.timestamp >= held.unlocksAt && held.weight > held.amount, NotExpired());
        _storage().weight -= held.weight - held.amount;
        held.weight = held.amount;
        emit Expired(account, tier);
    }

    /// @inheritdoc IStaking
    function fund(uint256 amount) external nonReentrant onlyRole(FUNDER_ROLE) {
        StakingStorage storage $ = _storage();
        require(amount != 0 && amount <= type(uint96).max, BadAmount(amount));
        _sync();
        uint256 left = $.endsAt > block.timestamp ? $.rate * ($.endsAt - block.timestamp) : 0;
        uint256 whole = amount * SCALE + left + $.carry;
        $.rate = whole / STREAM_SECONDS;
        $.carry = whole % STREAM_SECONDS;
        $.endsAt = uint40(block.timestamp + STREAM_SECONDS);
        $.yieldReserve += uint128(amount);
        emit Funded(amount, $.endsAt);
        $.token.safeTransferFrom(_msgSender(), address(this), amount);
    }

    /// @inheritdoc IStaking
    function payPenalties() external nonReentrant returns (uint256 amount) {
        StakingStorage storage $ = _storage();
        amount = $.penalties;
        $.penalties = 0;
        emit PenaltiesPaid($.treasury, amount);
        $.token.safeTransfer($.treasury, amount);
    }

    /// @inheritdoc IStaking
    function setTier(uint8 tier, Tier calldata rules) external onlyRole(DEFAULT_ADMIN_ROLE) {
        _setTier(tier, rules);
    }

    /// @inheritdoc IStaking
    function setTreasury(address treasury) external onlyRole(DEFAULT_ADMIN_ROLE) {
        _setTreasury(treasury);
    }

    /// @inheritdoc IStaking
    function vipLevel(address account) external view returns (uint8) {
        StakingStorage storage $ = _storage();
        for (uint8 level = uint8($.tiers.length); level > 0; --level) {
            Position storage held = $.positions[account][level - 1];
            bool locked = block.timestamp < held.unlocksAt || held.unlocksAt == held.lockedAt;
            if (held.amount != 0 && locked) return level;
        }
        return 0;
    }

    /// @inheritdoc IStaking
    function position(address account, uint8 tier) external view returns (Position memory) {
        return _storage().positions[account][tier];
    }

    /// @inheritdoc IStaking
    function pendingYield(address account, uint8 tier) external view returns (uint256) {
        return _earned(_storage().positions[account][tier], _indexNow());
    }

    /// @inheritdoc IStaking
    function penaltyOf(address account, uint8 tier, uint256 amount) external view returns (uint256) {
        return _penalty(_storage().positions[account][tier], amount);
    }

    /// @inheritdoc IStaking
    function tierRules(uint8 tier) external view returns (Tier memory) {
        return _tier(tier);
    }

    /// @inheritdoc IStaking
    function tierCount() external view returns (uint8) {
        return uint8(_storage().tiers.length);
    }

    /// @inheritdoc IStaking
    function totals()
        external
        view
        returns (uint256 staked, uint256 weight, uint256 yieldReserve, uint256 penalties, uint256 endsAt)
    {
        StakingStorage storage $ = _storage();
        return ($.staked, $.weight, $.yieldReserve, $.penalties, $.endsAt);
    }

    function _stake(uint8 tier, uint256 amount) private {
        StakingStorage storage $ = _storage();
        Tier memory rules = _tier(tier);
        address account = _msgSender();
        require(amount != 0 && amount <= type(uint96).max, BadAmount(amount));
        Position storage held = _settle(account, tier);
        uint256 whole = held.amount + amount;
        require(whole >= rules.minimum, BelowMinimum(whole, rules.minimum));
        uint256 weight = whole * rules.boostBps / Split.WHOLE_BPS;
        $.weight = uint128($.weight - held.weight + weight);
        $.staked += uint128(amount);
        held.amount = uint128(whole);
        held.weight = uint128(weight);
        held.lockedAt = uint40(block.timestamp);
        held.unlocksAt = uint40(block.timestamp) + rules.lockSeconds;
        held.penaltyBps = rules.penaltyBps;
        emit Staked(account, tier, amount, held.unlocksAt);
        $.token.safeTransferFrom(account, address(this), amount);
    }

    /// Brings the stream up to now, and what a position has earned with it.
    function _settle(address account, uint8 tier) private returns (Position storage held) {
        _sync();
        held = _storage().positions[account][tier];
        uint256 index = _storage().index;
        held.accrued = uint128(_earned(held, index));
        held.paidIndex = index;
    }

    function _sync() private {
        StakingStorage storage $ = _storage();
        if ($.weight == 0 && $.endsAt > $.updatedAt) {
            // Nobody is there to earn: what remains of the stream moves on with time.
            $.endsAt += uint40(block.timestamp) - $.updatedAt;
        } else {
            $.index = _indexNow();
        }
        $.updatedAt = uint40(block.timestamp);
    }

    function _setTier(uint8 tier, Tier calldata rules) private {
        Tier[] storage tiers = _storage().tiers;
        require(tier <= tiers.length && tier < TIERS_MAX, NoTier(tier));
        require(
            rules.lockSeconds <= LOCK_MAX_SECONDS && rules.penaltyBps <= PENALTY_MAX_BPS
                && rules.boostBps >= Split.WHOLE_BPS && rules.boostBps <= BOOST_MAX_BPS && rules.minimum >= MINIMUM_MIN,
            BadTier()
        );
        if (tier == tiers.length) tiers.push(rules);
        else tiers[tier] = rules;
        emit TierSet(tier, rules);
    }

    function _setTreasury(address treasury) private {
        require(treasury != address(0), ZeroAddress());
        _storage().treasury = treasury;
        emit TreasurySet(treasury);
    }

    function _tier(uint8 tier) private view returns (Tier memory) {
        require(tier < _storage().tiers.length, NoTier(tier));
        return _storage().tiers[tier];
    }

    function _indexNow() private view returns (uint256) {
        StakingStorage storage $ = _storage();
        uint256 until = Math.min(block.timestamp, $.endsAt);
        if ($.weight == 0 || until <= $.updatedAt) return $.index;
        return $.index + $.rate * (until - $.updatedAt) / $.weight;
    }

    function _earned(Position storage held, uint256 index) private view returns (uint256) {
        return held.accrued + Math.mulDiv(held.weight, index - held.paidIndex, SCALE);
    }

    /// Rounded up, in favour of those who stay.
    function _penalty(Position storage held, uint256 amount) private view returns (uint256) {
        if (block.timestamp >= held.unlocksAt) return 0;
        uint256 left = held.unlocksAt - block.timestamp;
        uint256 whole = uint256(held.unlocksAt - held.lockedAt) * Split.WHOLE_BPS;
        return Math.mulDiv(amount, held.penaltyBps * left, whole, Math.Rounding.Ceil);
    }

    function _storage() private pure returns (StakingStorage storage $) {
        assembly ("memory-safe") {
            $.slot := STORAGE
        }
    }
}
