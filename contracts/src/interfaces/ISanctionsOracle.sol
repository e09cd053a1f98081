// SPDX-License-Identifier: Apache-2.0
pragma solidity 0.8.37;

/// @title The shape of Chainalysis' sanctions oracle.
/// @dev Assumption: it answers within the gas of a call. Danger: while it reverts, payouts to anybody wait; principal does not ask it.
interface ISanctionsOracle {
    /// @notice Whether an address is on a sanctions list.
    function isSanctioned(address account) external view returns (bool);
}
