// SPDX-License-Identifier: Apache-2.0
pragma solidity 0.8.37;

import {IERC20Metadata} from "@openzeppelin/contracts/token/ERC20/extensions/IERC20Metadata.sol";
import {IUniswapV3Pool} from "@uniswap/v3-core/contracts/interfaces/IUniswapV3Pool.sol";
import {Governed} from "./base/Governed.sol";
import {AggregatorV3Interface} from "./interfaces/AggregatorV3Interface.sol";
import {IPriceOracle} from "./interfaces/IPriceOracle.sol";
import {PoolPrice} from "./libraries/PoolPrice.sol";
import {Split} from "./libraries/Split.sol";

/// @title What one TRVL is worth, or no answer at all.
/// @dev See IPriceOracle. It never falls back from one source to the other.
contract PriceOracle is IPriceOracle, Governed {
    /// @custom:storage-location erc7201:voxfare.storage.PriceOracle
    struct PriceOracleStorage {
        Sources sources;
        // What one whole TRVL, scaled so that a quote of it has 18 decimals, is in raw units.
        uint256 amount;
        address token;
        bool tokenIsSecond;
        uint8 feedDecimals;
    }

    // keccak256(abi.encode(uint256(keccak256("voxfare.storage.PriceOracle")) - 1)) & ~bytes32(uint256(0xff))
    bytes32 private constant STORAGE = 0xcce9d12b6987b7059b302916dc5ca765635f40189a5379a52c357ff9b28a4700;

    uint256 private constant DECIMALS = 18;
    uint32 private constant WINDOW_MIN_SECONDS = 1 minutes;

    /// @custom:oz-upgrades-unsafe-allow constructor
    constructor() {
        _disableInitializers();
    }

    /// @notice Sets the oracle up; once, by the proxy's constructor.
    function initialize(address admin, address token, Sources calldata sources_) external initializer {
        __Governed_init(admin);
        _storage().token = token;
        _setSources(sources_);
    }

    /// @inheritdoc IPriceOracle
    function price() external view returns (uint256) {
        require(!paused(), OracleStopped());
        uint256 first = feedPrice();
        uint256 second = poolPrice();
        (uint256 low, uint256 high) = first < second ? (first, second) : (second, first);
        uint256 apart = (high - low) * Split.WHOLE_BPS;
        require(apart <= low * _storage().sources.deviationMaxBps, SourcesDisagree(first, second));
        return first;
    }

    /// @inheritdoc IPriceOracle
    function setSources(Sources calldata sources_) external onlyRole(DEFAULT_ADMIN_ROLE) {
        _setSources(sources_);
    }

    /// @inheritdoc IPriceOracle
    function sources() external view returns (Sources memory) {
        return _storage().sources;
    }

    /// @inheritdoc IPriceOracle
    function feedPrice() public view returns (uint256 answer) {
        PriceOracleStorage storage $ = _storage();
        _checkSequencer($.sources);
        (uint80 round, int256 raw,, uint256 updatedAt, uint80 answeredIn) =
            AggregatorV3Interface($.sources.feed).latestRoundData();
        bool fresh = updatedAt != 0 && updatedAt <= block.timestamp && answeredIn >= round
            && block.timestamp - updatedAt <= $.sources.heartbeatSeconds;
        require(fresh, StaleFeed(updatedAt));
        require(raw > 0, OutOfBounds(0));
        answer = uint256(raw) * 10 ** (DECIMALS - $.feedDecimals);
        _checkBounds($.sources, answer);
    }

    /// @inheritdoc IPriceOracle
    function poolPrice() public view returns (uint256 answer) {
        PriceOracleStorage storage $ = _storage();
        (int24 tick, uint256 liquidity) = PoolPrice.consult(IUniswapV3Pool($.sources.pool), $.sources.windowSeconds);
        require(liquidity >= $.sources.liquidityMin, ThinPool(liquidity));
        answer = PoolPrice.quoteAt(tick, $.amount, $.tokenIsSecond);
        _checkBounds($.sources, answer);
    }

    function _setSources(Sources calldata sources_) private {
        PriceOracleStorage storage $ = _storage();
        IUniswapV3Pool pool = IUniswapV3Pool(sources_.pool);
        uint8 feedDecimals = AggregatorV3Interface(sources_.feed).decimals();
        (address first, address second) = (pool.token0(), pool.token1());
        require(
            sources_.priceMin != 0 && sources_.priceMin < sources_.priceMax && sources_.heartbeatSeconds != 0
                && sources_.windowSeconds >= WINDOW_MIN_SECONDS && sources_.deviationMaxBps < Split.WHOLE_BPS
                && feedDecimals <= DECIMALS && (first == $.token || second == $.token),
            BadSources()
        );
        $.tokenIsSecond = second == $.token;
        $.feedDecimals = feedDecimals;
        address other = $.tokenIsSecond ? first : second;
        // A quote comes in the other token's units: so many more units in, that 18 decimals come out.
        uint256 missing = DECIMALS - IERC20Metadata(other).decimals();
        $.amount = 10 ** (IERC20Metadata($.token).decimals() + missing);
        $.sources = sources_;
        emit SourcesSet(sources_);
    }

    function _checkSequencer(Sources storage from) private view {
        if (from.sequencer == address(0)) return;
        (, int256 status, uint256 startedAt,,) = AggregatorV3Interface(from.sequencer).latestRoundData();
        bool up = status == 0 && startedAt != 0 && block.timestamp - startedAt > from.graceSeconds;
        require(up, SequencerDown());
    }

    function _checkBounds(Sources storage from, uint256 answer) private view {
        require(answer >= from.priceMin && answer <= from.priceMax, OutOfBounds(answer));
    }

    function _storage() private pure returns (PriceOracleStorage storage $) {
        assembly ("memory-safe") {
            $.slot := STORAGE
        }
    }
}
