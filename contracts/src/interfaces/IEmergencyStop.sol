// SPDX-License-Identifier: Apache-2.0
pragma solidity 0.8.37;

/// @title One lever that pauses every module.
/// @notice Whoever may pull it can pause and can do nothing else. Starting again is for the timelock, module by module.
/// @dev Assumption: this contract holds `GUARDIAN_ROLE` of each module, and no other role anywhere.
interface IEmergencyStop {
    /// @notice A module was paused, or could not be (it was already, or refused).
    event Stopped(address indexed module, bool paused);
    /// @notice The modules changed.
    event ModulesSet(address[] modules);

    /// @notice There are more modules than one transaction should touch.
    error TooManyModules(uint256 count);

    /// @notice Pauses every module that can be paused. Needs `GUARDIAN_ROLE`. One that fails does not keep the others running.
    function stopAll() external;

    /// @notice Pauses one module. Needs `GUARDIAN_ROLE`.
    function stop(address module) external;

    /// @notice Sets the modules. Only the timelock.
    function setModules(address[] calldata list) external;

    /// @notice The modules that `stopAll` pauses.
    function modules() external view returns (address[] memory);
}
