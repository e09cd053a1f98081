// SPDX-License-Identifier: Apache-2.0
pragma solidity 0.8.37;

import {Ownable} from "@openzeppelin/contracts/access/Ownable.sol";
import {AggregatorV3Interface} from "../src/interfaces/AggregatorV3Interface.sol";

/// @title The price feed of a local chain: its owner says what the answer is.
/// @dev It is deployed on local chains only; elsewhere the feed's address comes from the configuration.
contract DevFeed is AggregatorV3Interface, Ownable {
    /// @inheritdoc AggregatorV3Interface
    // solhint-disable-next-line immutable-vars-naming
    uint8 public immutable decimals;

    uint80 private _round;
    int256 private _answer;
    uint256 private _startedAt;
    uint256 private _updatedAt;

    constructor(address owner, uint8 decimals_, int256 answer) Ownable(owner) {
        decimals = decimals_;
        _round = 1;
        (_answer, _startedAt, _updatedAt) = (answer, block.timestamp, block.timestamp);
    }

    /// @notice Answers from now on.
    function set(int256 answer) external onlyOwner {
        setRound(answer, block.timestamp, block.timestamp);
    }

    /// @notice Answers as of some other time.
    function setRound(int256 answer, uint256 startedAt, uint256 updatedAt) public onlyOwner {
        ++_round;
        (_answer, _startedAt, _updatedAt) = (answer, startedAt, updatedAt);
    }

    /// @inheritdoc AggregatorV3Interface
    function latestRoundData() external view returns (uint80, int256, uint256, uint256, uint80) {
        return (_round, _answer, _startedAt, _updatedAt, _round);
    }
}
