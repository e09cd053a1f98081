// SPDX-License-Identifier: Apache-2.0
pragma solidity 0.8.37;

import {ISanctionsOracle} from "../../src/interfaces/ISanctionsOracle.sol";

/// @title A sanctions oracle whose list the test keeps, and that can break.
contract SanctionsList is ISanctionsOracle {
    error OracleDown();

    mapping(address account => bool) public listed;
    bool public broken;

    function set(address account, bool sanctioned) external {
        listed[account] = sanctioned;
    }

    function setBroken(bool value) external {
        broken = value;
    }

    function isSanctioned(address account) external view returns (bool) {
        if (broken) revert OracleDown();
        return listed[account];
    }
}
