// SPDX-License-Identifier: Apache-2.0
pragma solidity 0.8.37;

import {AccessControl} from "@openzeppelin/contracts/access/AccessControl.sol";
import {IEmergencyStop} from "./interfaces/IEmergencyStop.sol";
import {IGoverned} from "./interfaces/IGoverned.sol";

/// @title One lever that pauses every module.
/// @dev See IEmergencyStop. It is not upgradeable and holds no tokens: what it can do is in this file.
contract EmergencyStop is IEmergencyStop, AccessControl {
    /// @notice May pull the lever.
    bytes32 public constant GUARDIAN_ROLE = keccak256("GUARDIAN_ROLE");
    /// @notice How many modules there can be.
    uint256 public constant MODULES_MAX = 16;

    address[] private _modules;

    constructor(address admin, address guardian, address[] memory list) {
        _grantRole(DEFAULT_ADMIN_ROLE, admin);
        _grantRole(GUARDIAN_ROLE, guardian);
        _setModules(list);
    }

    /// @inheritdoc IEmergencyStop
    function stopAll() external onlyRole(GUARDIAN_ROLE) {
        for (uint256 at = 0; at < _modules.length; ++at) {
            // A module that is paused already, or broken, must not keep the next one running.
            try IGoverned(_modules[at]).pause() {
                emit Stopped(_modules[at], true);
            } catch {
                emit Stopped(_modules[at], false);
            }
        }
    }

    /// @inheritdoc IEmergencyStop
    function stop(address module) external onlyRole(GUARDIAN_ROLE) {
        emit Stopped(module, true);
        IGoverned(module).pause();
    }

    /// @inheritdoc IEmergencyStop
    function setModules(address[] calldata list) external onlyRole(DEFAULT_ADMIN_ROLE) {
        _setModules(list);
    }

    /// @inheritdoc IEmergencyStop
    function modules() external view returns (address[] memory) {
        return _modules;
    }

    function _setModules(address[] memory list) private {
        require(list.length <= MODULES_MAX, TooManyModules(list.length));
        _modules = list;
        emit ModulesSet(list);
    }
}
