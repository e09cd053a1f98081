// SPDX-License-Identifier: Apache-2.0
pragma solidity 0.8.37;

/// @title TRVL, the Voxfare travel token.
/// @notice ERC-20 with permit (ERC-2612), votes (ERC-5805, by timestamp), a cap, and ERC-7802 minting and burning by bridges.
/// @dev Assumptions: 18 decimals; no fee on transfer; no hook is called on a receiver. The other modules rely on all three.
///
/// Dangers:
/// - A bridge can mint up to its mint limit out of nothing. The limit is what a broken bridge can cost.
/// - The cap counts this chain's supply. Bridged supply moves: it is burned here before it is minted there.
interface ITRVLToken {
    /// @notice A bridge was given limits.
    /// @param bridge who may mint and burn across chains.
    /// @param mintCapacity TRVL wei that may be minted in one burst, refilled over `window`.
    /// @param burnCapacity TRVL wei that may be burned in one burst, refilled over `window`.
    /// @param window seconds in which an empty bucket is full again.
    event BridgeLimitsSet(address indexed bridge, uint208 mintCapacity, uint208 burnCapacity, uint48 window);

    /// @notice A bridge was cut off at once.
    event BridgeDisabled(address indexed bridge);

    /// @notice The caller of a cross-chain function is no bridge.
    error NotABridge(address caller);

    /// @notice A bridge's window was zero, or longer than a year.
    error BadWindow(uint48 window);

    /// @notice Makes new tokens, up to the cap. Needs `MINTER_ROLE`. Stopped by a pause.
    function mint(address to, uint256 value) external;

    /// @notice Destroys the caller's own tokens. Needs `BURNER_ROLE`. Stopped by a pause.
    function burn(uint256 value) external;

    /// @notice Destroys tokens that `from` approved to the caller. Needs `BURNER_ROLE`.
    function burnFrom(address from, uint256 value) external;

    /// @notice Sets what a bridge may mint and burn. Only the timelock.
    /// @dev Buckets that were drawn from keep what was drawn: raising a limit never refills more than the difference.
    function setBridgeLimits(address bridge, uint208 mintCapacity, uint208 burnCapacity, uint48 window) external;

    /// @notice Takes a bridge's limits away at once. The guardian or the timelock.
    function disableBridge(address bridge) external;

    /// @notice TRVL wei that a bridge could mint and burn now.
    function bridgeAvailable(address bridge) external view returns (uint256 mintable, uint256 burnable);

    /// @notice The role whose holders' outgoing transfers no pause stops: the modules that owe tokens to their users.
    // solhint-disable-next-line func-name-mixedcase
    function EXIT_ROLE() external view returns (bytes32);
}
