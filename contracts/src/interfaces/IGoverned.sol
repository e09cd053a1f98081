// SPDX-License-Identifier: Apache-2.0
pragma solidity 0.8.37;

/// @title Stopping and starting a module.
/// @notice `DEFAULT_ADMIN_ROLE` is held by the timelock alone once a deployment is finished: it upgrades, sets parameters, grants
/// roles and unpauses, always after the timelock's delay.
/// @dev Assumption: whoever deploys hands the admin role to the timelock and renounces it. The deploy script checks this at its end.
interface IGoverned {
    /// @notice An address that must not be zero was zero.
    error ZeroAddress();

    /// @notice Stops what the module calls entry. Exits stay open.
    /// @dev Danger: a guardian can stop entries for as long as governance needs to unpause. It can do nothing else.
    function pause() external;

    /// @notice Starts entry again. Only the timelock.
    function unpause() external;

    /// @notice The role that may pause, and only pause.
    // solhint-disable-next-line func-name-mixedcase
    function GUARDIAN_ROLE() external view returns (bytes32);
}
