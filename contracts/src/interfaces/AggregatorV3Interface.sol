// SPDX-License-Identifier: Apache-2.0
pragma solidity 0.8.37;

/// @title The part of a Chainlink feed that is read here.
// Chainlink's own name.
// solhint-disable-next-line interface-starts-with-i
interface AggregatorV3Interface {
    /// @notice How many decimals an answer has.
    function decimals() external view returns (uint8);

    /// @notice The latest answer. For a sequencer feed, 0 is up, and `startedAt` is when that began.
    function latestRoundData()
        external
        view
        returns (uint80 roundId, int256 answer, uint256 startedAt, uint256 updatedAt, uint80 answeredInRound);
}
