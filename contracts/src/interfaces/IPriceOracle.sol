// SPDX-License-Identifier: Apache-2.0
pragma solidity 0.8.37;

/// @title What one TRVL is worth, or no answer at all.
/// @notice Two sources must agree: a Chainlink feed of TRVL in USD, and the time-weighted price of the TRVL/USDC pool. If either is stale, out
/// of bounds, thin, or too far from the other, there is no price, and what needs one stops.
/// @dev Assumptions: USDC is a dollar (a depeg makes the sources disagree, which stops); the pool's observation cardinality covers the window.
/// Danger: who can move the pool for the whole window and the feed as well can move the price within the bounds.
interface IPriceOracle {
    /// @notice Where prices come from and when to believe them.
    /// @param feed TRVL in USD.
    /// @param heartbeatSeconds an answer older than this is stale.
    /// @param sequencer the uptime feed of an L2's sequencer; zero on L1.
    /// @param graceSeconds how long after the sequencer came back prices are not believed.
    /// @param pool the TRVL/USDC pool.
    /// @param windowSeconds the time over which the pool's price is averaged.
    /// @param liquidityMin the pool's harmonic mean liquidity over the window is at least this.
    /// @param priceMin USD per TRVL with 18 decimals; below it there is no price.
    /// @param priceMax the same, above.
    /// @param deviationMaxBps how far the sources may be apart, in hundredths of a percent of the smaller.
    struct Sources {
        address feed;
        uint32 heartbeatSeconds;
        address sequencer;
        uint32 graceSeconds;
        address pool;
        uint32 windowSeconds;
        uint128 liquidityMin;
        uint256 priceMin;
        uint256 priceMax;
        uint16 deviationMaxBps;
    }

    /// @notice The sources changed.
    event SourcesSet(Sources sources);

    /// @notice The sources make no sense together.
    error BadSources();
    /// @notice The oracle is paused.
    error OracleStopped();
    /// @notice The L2's sequencer is down, or has only just come back.
    error SequencerDown();
    /// @notice The feed's answer is too old, of the future, or of no finished round.
    error StaleFeed(uint256 updatedAt);
    /// @notice The price is out of bounds.
    error OutOfBounds(uint256 price);
    /// @notice The pool is too thin to be believed.
    error ThinPool(uint256 liquidity);
    /// @notice The sources are too far apart.
    error SourcesDisagree(uint256 feedPrice, uint256 poolPrice);

    /// @notice USD per TRVL with 18 decimals: the feed's answer, once the pool agrees.
    function price() external view returns (uint256);

    /// @notice The feed's answer alone, checked.
    function feedPrice() external view returns (uint256);

    /// @notice The pool's average alone, checked.
    function poolPrice() external view returns (uint256);

    /// @notice The sources in force.
    function sources() external view returns (Sources memory);

    /// @notice Sets the sources. Only the timelock.
    function setSources(Sources calldata sources_) external;
}
