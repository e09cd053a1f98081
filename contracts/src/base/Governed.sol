// SPDX-License-Identifier: Apache-2.0
pragma solidity 0.8.37;

import {AccessControlUpgradeable} from "@openzeppelin/contracts-upgradeable/access/AccessControlUpgradeable.sol";
import {PausableUpgradeable} from "@openzeppelin/contracts-upgradeable/utils/PausableUpgradeable.sol";
import {UUPSUpgradeable} from "@openzeppelin/contracts/proxy/utils/UUPSUpgradeable.sol";
import {IGoverned} from "../interfaces/IGoverned.sol";

/// @title What every Voxfare module shares: an admin that is the timelock, and a guardian who can only stop.
/// @dev It decides who may upgrade, pause and unpause. It never says what a pause stops: each module does, and none stops an exit.
abstract contract Governed is IGoverned, AccessControlUpgradeable, PausableUpgradeable, UUPSUpgradeable {
    /// @inheritdoc IGoverned
    bytes32 public constant GUARDIAN_ROLE = keccak256("GUARDIAN_ROLE");

    /// @inheritdoc IGoverned
    function pause() external onlyRole(GUARDIAN_ROLE) {
        _pause();
    }

    /// @inheritdoc IGoverned
    function unpause() external onlyRole(DEFAULT_ADMIN_ROLE) {
        _unpause();
    }

    // solhint-disable-next-line func-name-mixedcase
    function __Governed_init(address admin) internal onlyInitializing {
        require(admin != address(0), ZeroAddress());
        __AccessControl_init();
        __Pausable_init();
        _grantRole(DEFAULT_ADMIN_ROLE, admin);
    }

    // Its modifier is all it does.
    // solhint-disable-next-line no-empty-blocks
    function _authorizeUpgrade(address) internal view override onlyRole(DEFAULT_ADMIN_ROLE) {}
}
