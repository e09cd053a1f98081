// SPDX-License-Identifier: Apache-2.0
pragma solidity 0.8.37;

/// @title Keeps the treasury's TRVL/USDC liquidity on Uniswap V3, and buys TRVL back.
/// @notice An operator works with what the treasury sent here. Whatever leaves goes to the treasury, or into the pool at a price that the
/// oracle agrees with.
/// @dev Dangers: an operator's key can move liquidity between ranges and trade at the allowed slippage; it cannot take anything out. Taking
/// liquidity out asks no oracle, so that it always works: the floors that the operator gives are what guards it against a moved pool.
interface ILiquidityManager {
    /// @notice The contracts around it.
    struct Neighbours {
        address token;
        address usdc;
        address pool;
        address positions;
        address router;
        address oracle;
        address treasury;
    }

    /// @notice A position was opened.
    event Opened(uint256 indexed tokenId, uint128 liquidity, uint256 trvl, uint256 usdc);
    /// @notice Liquidity was taken out of a position and waits here.
    event Reduced(uint256 indexed tokenId, uint128 liquidity, uint256 trvl, uint256 usdc);
    /// @notice A position's fees went to the treasury.
    event FeesCollected(uint256 indexed tokenId, uint256 trvl, uint256 usdc);
    /// @notice TRVL was bought for the treasury.
    event BoughtBack(uint256 usdcIn, uint256 trvlOut);
    /// @notice Tokens went to the treasury.
    event Swept(address indexed token, uint256 amount);
    /// @notice A position was handed over.
    event PositionWithdrawn(uint256 indexed tokenId, address to);
    /// @notice The allowed slippage changed.
    event SlippageSet(uint16 bps);

    /// @notice The pool's price is too far from the oracle's.
    error PoolOffPrice(uint256 poolPrice, uint256 oraclePrice);
    /// @notice The slippage is above five percent.
    error SlippageTooHigh(uint16 bps);
    /// @notice The pool is not of these tokens.
    error WrongPool();

    /// @notice Opens a position with tokens held here. Needs `OPERATOR_ROLE`. Stopped by a pause, and while the pool is off price.
    function open(int24 lower, int24 upper, uint256 trvl, uint256 usdc, uint256 deadline)
        external
        returns (uint256 tokenId);

    /// @notice Takes liquidity out; tokens and fees come here. Needs `OPERATOR_ROLE`. Works while paused.
    function reduce(uint256 tokenId, uint128 liquidity, uint256 trvlMin, uint256 usdcMin, uint256 deadline)
        external
        returns (uint256 trvl, uint256 usdc);

    /// @notice Sends a position's fees to the treasury. Anybody may send it.
    function collectFees(uint256 tokenId) external returns (uint256 trvl, uint256 usdc);

    /// @notice Buys TRVL with USDC held here, for the treasury, no worse than the oracle's price less the slippage. Needs `OPERATOR_ROLE`.
    function buyBack(uint256 usdcIn, uint256 trvlMin, uint256 deadline) external returns (uint256 trvlOut);

    /// @notice Sends all of a token held here to the treasury. Needs `OPERATOR_ROLE`. Works while paused.
    function sweep(address token) external returns (uint256 amount);

    /// @notice Hands a position over. Only the timelock.
    function withdrawPosition(uint256 tokenId, address to) external;

    /// @notice Sets the allowed slippage and deviation, up to five percent. Only the timelock.
    function setSlippage(uint16 bps) external;

    /// @notice The contracts around it.
    function neighbours() external view returns (Neighbours memory);

    /// @notice The pool's price now, in USD per TRVL with 18 decimals.
    function spotPrice() external view returns (uint256);
}
