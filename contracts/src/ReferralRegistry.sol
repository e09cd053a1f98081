// SPDX-License-Identifier: Apache-2.0
pragma solidity 0.8.37;

import {IERC20} from "@openzeppelin/contracts/token/ERC20/IERC20.sol";
import {SafeERC20} from "@openzeppelin/contracts/token/ERC20/utils/SafeERC20.sol";
import {ReentrancyGuardTransient} from "@openzeppelin/contracts/utils/ReentrancyGuardTransient.sol";
import {Governed} from "./base/Governed.sol";
import {IReferralRegistry} from "./interfaces/IReferralRegistry.sol";
import {ISanctionsOracle} from "./interfaces/ISanctionsOracle.sol";
import {Split} from "./libraries/Split.sol";

/// @title Who brought whom, and what they earned by it.
/// @dev See IReferralRegistry. It never walks down the tree, and up it walks three steps at most.
contract ReferralRegistry is IReferralRegistry, Governed, ReentrancyGuardTransient {
    using SafeERC20 for IERC20;

    struct Node {
        address referrer;
        uint40 joinedAt;
        // Always above the referrer's; counted from 1, so that 0 is "never joined".
        uint48 ordinal;
        bool verified;
    }

    struct Earnings {
        uint128 owed;
        uint96 earnedInPeriod;
        uint32 period;
    }

    /// @custom:storage-location erc7201:voxfare.storage.ReferralRegistry
    struct ReferralRegistryStorage {
        IERC20 token;
        uint40 linkAge;
        uint48 joined;
        ISanctionsOracle sanctions;
        uint96 periodCap;
        uint16[3] levelBps;
        uint256 totalOwed;
        mapping(address account => Node) nodes;
        mapping(address account => Earnings) earnings;
        mapping(address account => bytes32) identityOf;
        mapping(bytes32 identity => address) accountOf;
    }

    // keccak256(abi.encode(uint256(keccak256("voxfare.storage.ReferralRegistry")) - 1)) & ~bytes32(uint256(0xff))
    bytes32 private constant STORAGE = 0xc7e146e1274b4e6a897f70f84742f5a6e72923dd54da59f830ad72b06092a600;

    /// @notice Checks identities and joins accounts that the server keeps.
    bytes32 public constant REGISTRAR_ROLE = keccak256("REGISTRAR_ROLE");
    /// @notice Brings in the referral legs: the reward distributor.
    bytes32 public constant CREDITOR_ROLE = keccak256("CREDITOR_ROLE");

    /// @notice How many ancestors earn by a booking.
    uint256 public constant LEVELS = 3;
    /// @notice The stretch of time that `periodCap` counts in, in seconds.
    uint256 public constant PERIOD_SECONDS = 30 days;

    /// @custom:oz-upgrades-unsafe-allow constructor
    constructor() {
        _disableInitializers();
    }

    /// @notice Sets the registry up; once, by the proxy's constructor.
    function initialize(address admin, IERC20 token, uint16[3] calldata bps, uint40 linkAge, uint96 periodCap)
        external
        initializer
    {
        require(address(token) != address(0), ZeroAddress());
        __Governed_init(admin);
        _storage().token = token;
        _setLevels(bps);
        _setGuards(linkAge, periodCap);
    }

    /// @inheritdoc IReferralRegistry
    function join(address referrer) external whenNotPaused {
        _join(_msgSender(), referrer);
    }

    /// @inheritdoc IReferralRegistry
    function joinFor(address account, address referrer) external whenNotPaused onlyRole(REGISTRAR_ROLE) {
        require(account != address(0), ZeroAddress());
        _join(account, referrer);
    }

    /// @inheritdoc IReferralRegistry
    function verify(address account, bytes32 identity) external onlyRole(REGISTRAR_ROLE) {
        ReferralRegistryStorage storage $ = _storage();
        require(identity != bytes32(0), NoIdentity());
        require($.nodes[account].ordinal != 0, NotJoined(account));
        require($.accountOf[identity] == address(0) && !$.nodes[account].verified, IdentityTaken(identity));
        $.accountOf[identity] = account;
        $.identityOf[account] = identity;
        $.nodes[account].verified = true;
        emit Verified(account, identity);
    }

    /// @inheritdoc IReferralRegistry
    function revoke(address account) external onlyRole(REGISTRAR_ROLE) {
        ReferralRegistryStorage storage $ = _storage();
        bytes32 identity = $.identityOf[account];
        require(identity != bytes32(0), NoIdentity());
        delete $.accountOf[identity];
        delete $.identityOf[account];
        $.nodes[account].verified = false;
        emit VerificationRevoked(account, identity);
    }

    /// @inheritdoc IReferralRegistry
    function credit(bytes32 booking, address traveller, uint256 amount)
        external
        onlyRole(CREDITOR_ROLE)
        returns (uint256 credited)
    {
        ReferralRegistryStorage storage $ = _storage();
        Node storage at = $.nodes[traveller];
        // A link made only just before a booking was made for the booking.
        if (at.referrer == address(0) || block.timestamp < uint256(at.joinedAt) + $.linkAge) return 0;
        uint16[3] memory bps = $.levelBps;
        for (uint256 level = 0; level < LEVELS; ++level) {
            address referrer = at.referrer;
            if (referrer == address(0)) break;
            at = $.nodes[referrer];
            if (at.verified) credited += _earn(booking, referrer, level, Split.part(amount, bps[level]));
        }
        $.totalOwed += credited;
    }

    /// @inheritdoc IReferralRegistry
    function withdraw(address to) external nonReentrant returns (uint256 amount) {
        address account = _msgSender();
        if (to != account) _checkSanctions(to);
        return _withdraw(account, to);
    }

    /// @inheritdoc IReferralRegistry
    function withdrawFor(address account) external nonReentrant returns (uint256 amount) {
        return _withdraw(account, account);
    }

    /// @inheritdoc IReferralRegistry
    function setLevels(uint16[3] calldata bps) external onlyRole(DEFAULT_ADMIN_ROLE) {
        _setLevels(bps);
    }

    /// @inheritdoc IReferralRegistry
    function setGuards(uint40 linkAge, uint96 periodCap) external onlyRole(DEFAULT_ADMIN_ROLE) {
        _setGuards(linkAge, periodCap);
    }

    /// @inheritdoc IReferralRegistry
    function setSanctionsOracle(address oracle) external onlyRole(DEFAULT_ADMIN_ROLE) {
        _storage().sanctions = ISanctionsOracle(oracle);
        emit SanctionsOracleSet(oracle);
    }

    /// @inheritdoc IReferralRegistry
    function owed(address account) external view returns (uint256) {
        return _storage().earnings[account].owed;
    }

    /// @inheritdoc IReferralRegistry
    function totalOwed() external view returns (uint256) {
        return _storage().totalOwed;
    }

    /// @inheritdoc IReferralRegistry
    function accountOf(bytes32 identity) external view returns (address) {
        return _storage().accountOf[identity];
    }

    /// @inheritdoc IReferralRegistry
    function node(address account)
        external
        view
        returns (address referrer, uint40 joinedAt, uint48 ordinal, bool verified)
    {
        Node storage at = _storage().nodes[account];
        return (at.referrer, at.joinedAt, at.ordinal, at.verified);
    }

    function _withdraw(address account, address to) private returns (uint256 amount) {
        ReferralRegistryStorage storage $ = _storage();
        amount = $.earnings[account].owed;
        require(amount != 0, NothingOwed(account));
        _checkSanctions(account);
        $.earnings[account].owed = 0;
        $.totalOwed -= amount;
        emit Withdrawn(account, to, amount);
        $.token.safeTransfer(to, amount);
    }

    function _join(address account, address referrer) private {
        ReferralRegistryStorage storage $ = _storage();
        require($.nodes[account].ordinal == 0, AlreadyJoined(account));
        require(referrer != account, SelfReferral(account));
        require(referrer == address(0) || $.nodes[referrer].ordinal != 0, NotJoined(referrer));
        uint48 ordinal = ++$.joined;
        $.nodes[account] =
            Node({referrer: referrer, joinedAt: uint40(block.timestamp), ordinal: ordinal, verified: false});
        emit Joined(account, referrer, ordinal);
    }

    /// Adds to what a referrer is owed, up to the cap of the period, and says how much that was.
    function _earn(bytes32 booking, address referrer, uint256 level, uint256 amount) private returns (uint256) {
        ReferralRegistryStorage storage $ = _storage();
        Earnings memory to = $.earnings[referrer];
        uint32 period = uint32(block.timestamp / PERIOD_SECONDS);
        if (to.period != period) (to.period, to.earnedInPeriod) = (period, 0);
        uint256 cap = $.periodCap;
        uint256 room = cap > to.earnedInPeriod ? cap - to.earnedInPeriod : 0;
        if (amount > room) amount = room;
        if (amount == 0) return 0;
        to.earnedInPeriod += uint96(amount);
        to.owed += uint128(amount);
        $.earnings[referrer] = to;
        emit Credited(booking, referrer, level, amount);
        return amount;
    }

    function _setLevels(uint16[3] calldata bps) private {
        uint256 sum = uint256(bps[0]) + bps[1] + bps[2];
        require(sum <= Split.WHOLE_BPS, LevelsAboveWhole(sum));
        _storage().levelBps = bps;
        emit LevelsSet(bps);
    }

    function _setGuards(uint40 linkAge, uint96 periodCap) private {
        ReferralRegistryStorage storage $ = _storage();
        $.linkAge = linkAge;
        $.periodCap = periodCap;
        emit GuardsSet(linkAge, periodCap);
    }

    function _checkSanctions(address account) private view {
        ISanctionsOracle oracle = _storage().sanctions;
        require(address(oracle) == address(0) || !oracle.isSanctioned(account), Sanctioned(account));
    }

    function _storage() private pure returns (ReferralRegistryStorage storage $) {
        assembly ("memory-safe") {
            $.slot := STORAGE
        }
    }
}
