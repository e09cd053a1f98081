// SPDX-License-Identifier: Apache-2.0
pragma solidity 0.8.37;

import {AccessControlUpgradeable} from "@openzeppelin/contracts-upgradeable/access/AccessControlUpgradeable.sol";
import {ERC20Upgradeable} from "@openzeppelin/contracts-upgradeable/token/ERC20/ERC20Upgradeable.sol";
import {
    ERC20BridgeableUpgradeable
} from "@openzeppelin/contracts-upgradeable/token/ERC20/extensions/draft-ERC20BridgeableUpgradeable.sol";
import {
    ERC20CappedUpgradeable
} from "@openzeppelin/contracts-upgradeable/token/ERC20/extensions/ERC20CappedUpgradeable.sol";
import {
    ERC20PermitUpgradeable
} from "@openzeppelin/contracts-upgradeable/token/ERC20/extensions/ERC20PermitUpgradeable.sol";
import {
    ERC20VotesUpgradeable
} from "@openzeppelin/contracts-upgradeable/token/ERC20/extensions/ERC20VotesUpgradeable.sol";
import {NoncesUpgradeable} from "@openzeppelin/contracts-upgradeable/utils/NoncesUpgradeable.sol";
import {RateLimiter} from "@openzeppelin/contracts/utils/RateLimiter.sol";
import {Time} from "@openzeppelin/contracts/utils/types/Time.sol";
import {Governed} from "./base/Governed.sol";
import {ITRVLToken} from "./interfaces/ITRVLToken.sol";

/// @title TRVL, the Voxfare travel token.
/// @dev See ITRVLToken for assumptions and dangers. It knows no other module: who may do what is in its roles.
contract TRVLToken is
    ITRVLToken,
    Governed,
    ERC20CappedUpgradeable,
    ERC20PermitUpgradeable,
    ERC20VotesUpgradeable,
    ERC20BridgeableUpgradeable
{
    using RateLimiter for RateLimiter.RefillingBucket;

    struct Bridge {
        bool known;
        RateLimiter.RefillingBucket minting;
        RateLimiter.RefillingBucket burning;
    }

    /// @custom:storage-location erc7201:voxfare.storage.TRVLToken
    struct TRVLTokenStorage {
        mapping(address bridge => Bridge) bridges;
    }

    // keccak256(abi.encode(uint256(keccak256("voxfare.storage.TRVLToken")) - 1)) & ~bytes32(uint256(0xff))
    bytes32 private constant STORAGE = 0xaa254e9dedfc7e1d29e736a68179b2d7b0fdef37da00f7a5dfc6de4e7ebcde00;

    /// @notice May make new tokens.
    bytes32 public constant MINTER_ROLE = keccak256("MINTER_ROLE");
    /// @notice May destroy its own tokens and those approved to it.
    bytes32 public constant BURNER_ROLE = keccak256("BURNER_ROLE");
    /// @inheritdoc ITRVLToken
    bytes32 public constant EXIT_ROLE = keccak256("EXIT_ROLE");

    // Each bridge has limiters of its own, so every bucket has the same key.
    bytes32 private constant BUCKET = bytes32(0);
    uint48 private constant WINDOW_MAX_SECONDS = 365 days;

    /// @custom:oz-upgrades-unsafe-allow constructor
    constructor() {
        _disableInitializers();
    }

    /// @notice Sets the token up; once, by the proxy's constructor.
    /// @param admin who holds every power until it is handed to the timelock.
    /// @param cap_ TRVL wei that may exist on this chain.
    function initialize(address admin, uint256 cap_) external initializer {
        __ERC20_init("Voxfare Travel", "TRVL");
        __Governed_init(admin);
        __ERC20Capped_init(cap_);
        __ERC20Permit_init("Voxfare Travel");
        __ERC20Votes_init();
        __ERC20Bridgeable_init();
    }

    /// @inheritdoc ITRVLToken
    function mint(address to, uint256 value) external onlyRole(MINTER_ROLE) {
        _mint(to, value);
    }

    /// @inheritdoc ITRVLToken
    function burn(uint256 value) external onlyRole(BURNER_ROLE) {
        _burn(_msgSender(), value);
    }

    /// @inheritdoc ITRVLToken
    function burnFrom(address from, uint256 value) external onlyRole(BURNER_ROLE) {
        _spendAllowance(from, _msgSender(), value);
        _burn(from, value);
    }

    /// @inheritdoc ITRVLToken
    function setBridgeLimits(address bridge, uint208 mintCapacity, uint208 burnCapacity, uint48 window)
        external
        onlyRole(DEFAULT_ADMIN_ROLE)
    {
        require(bridge != address(0), ZeroAddress());
        require(window != 0 && window <= WINDOW_MAX_SECONDS, BadWindow(window));
        Bridge storage entry = _storage().bridges[bridge];
        entry.known = true;
        entry.minting.sync(BUCKET);
        entry.burning.sync(BUCKET);
        entry.minting.updateSettings(window, mintCapacity);
        entry.burning.updateSettings(window, burnCapacity);
        emit BridgeLimitsSet(bridge, mintCapacity, burnCapacity, window);
    }

    /// @inheritdoc ITRVLToken
    function disableBridge(address bridge) external {
        if (!hasRole(GUARDIAN_ROLE, _msgSender())) _checkRole(DEFAULT_ADMIN_ROLE);
        // What was drawn stays drawn, so that cutting off and setting again is no refill.
        _storage().bridges[bridge].known = false;
        emit BridgeDisabled(bridge);
    }

    /// @inheritdoc ERC20BridgeableUpgradeable
    function crosschainMint(address to, uint256 value) public override {
        super.crosschainMint(to, value);
        _storage().bridges[_msgSender()].minting.consume(BUCKET, value);
    }

    /// @inheritdoc ERC20BridgeableUpgradeable
    /// @dev Beyond ERC-7802, a bridge may burn only what `from` approved to it: a broken bridge cannot take anybody's tokens.
    function crosschainBurn(address from, uint256 value) public override {
        address bridge = _msgSender();
        if (from != bridge) _spendAllowance(from, bridge, value);
        super.crosschainBurn(from, value);
        _storage().bridges[bridge].burning.consume(BUCKET, value);
    }

    /// @inheritdoc ITRVLToken
    function bridgeAvailable(address bridge) external view returns (uint256 mintable, uint256 burnable) {
        Bridge storage entry = _storage().bridges[bridge];
        if (!entry.known) return (0, 0);
        return (entry.minting.available(BUCKET), entry.burning.available(BUCKET));
    }

    /// @notice Votes are counted by time, because block numbers mean different things on different chains.
    function clock() public view override returns (uint48) {
        return Time.timestamp();
    }

    /// @notice How to read `clock`, for machines (ERC-6372).
    // solhint-disable-next-line func-name-mixedcase
    function CLOCK_MODE() public pure override returns (string memory) {
        return "mode=timestamp";
    }

    /// @inheritdoc ERC20PermitUpgradeable
    function nonces(address owner) public view override(ERC20PermitUpgradeable, NoncesUpgradeable) returns (uint256) {
        return super.nonces(owner);
    }

    /// @inheritdoc AccessControlUpgradeable
    function supportsInterface(bytes4 interfaceId)
        public
        view
        override(AccessControlUpgradeable, ERC20BridgeableUpgradeable)
        returns (bool)
    {
        return super.supportsInterface(interfaceId);
    }

    /// A pause stops every movement but those out of the modules that owe tokens to their users.
    function _update(address from, address to, uint256 value)
        internal
        override(ERC20Upgradeable, ERC20CappedUpgradeable, ERC20VotesUpgradeable)
    {
        if (paused() && !(from != address(0) && to != address(0) && hasRole(EXIT_ROLE, from))) {
            revert EnforcedPause();
        }
        super._update(from, to, value);
    }

    function _checkTokenBridge(address caller) internal view override {
        require(_storage().bridges[caller].known, NotABridge(caller));
    }

    function _storage() private pure returns (TRVLTokenStorage storage $) {
        assembly ("memory-safe") {
            $.slot := STORAGE
        }
    }
}
