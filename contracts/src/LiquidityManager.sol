// SPDX-License-Identifier: Apache-2.0
pragma solidity 0.8.37;

import {IERC20} from "@openzeppelin/contracts/token/ERC20/IERC20.sol";
import {SafeERC20} from "@openzeppelin/contracts/token/ERC20/utils/SafeERC20.sol";
import {ReentrancyGuardTransient} from "@openzeppelin/contracts/utils/ReentrancyGuardTransient.sol";
import {Math} from "@openzeppelin/contracts/utils/math/Math.sol";
import {IUniswapV3Pool} from "@uniswap/v3-core/contracts/interfaces/IUniswapV3Pool.sol";
import {ISwapRouter} from "@uniswap/v3-periphery/contracts/interfaces/ISwapRouter.sol";
import {Governed} from "./base/Governed.sol";
import {ILiquidityManager} from "./interfaces/ILiquidityManager.sol";
import {IPriceOracle} from "./interfaces/IPriceOracle.sol";
import {INonfungiblePositionManager} from "./interfaces/IUniswapV3.sol";
import {PoolPrice} from "./libraries/PoolPrice.sol";
import {Split} from "./libraries/Split.sol";

/// @title Keeps the treasury's TRVL/USDC liquidity on Uniswap V3, and buys TRVL back.
/// @dev See ILiquidityManager. It never trades without the oracle, and never sends anything to a caller.
contract LiquidityManager is ILiquidityManager, Governed, ReentrancyGuardTransient {
    using SafeERC20 for IERC20;

    /// @custom:storage-location erc7201:voxfare.storage.LiquidityManager
    struct LiquidityManagerStorage {
        Neighbours near;
        uint24 fee;
        uint16 slippageBps;
        bool tokenIsSecond;
    }

    // keccak256(abi.encode(uint256(keccak256("voxfare.storage.LiquidityManager")) - 1)) & ~bytes32(uint256(0xff))
    bytes32 private constant STORAGE = 0x6250364a414f489c14a745174de7d4ca25ab332a57d57ed549bb0c7913ac8300;

    /// @notice Works with the liquidity.
    bytes32 public constant OPERATOR_ROLE = keccak256("OPERATOR_ROLE");
    /// @notice The highest slippage there can be.
    uint16 public constant SLIPPAGE_MAX_BPS = 500;

    // TRVL has 18 decimals and USDC has 6: this much TRVL is worth its dollars with 18 decimals in raw USDC.
    uint256 private constant PRICED = 1e30;

    /// @custom:oz-upgrades-unsafe-allow constructor
    constructor() {
        _disableInitializers();
    }

    /// @notice Sets the manager up; once, by the proxy's constructor.
    function initialize(address admin, Neighbours calldata near, uint16 slippageBps) external initializer {
        require(near.treasury != address(0), ZeroAddress());
        __Governed_init(admin);
        LiquidityManagerStorage storage $ = _storage();
        $.near = near;
        IUniswapV3Pool pool = IUniswapV3Pool(near.pool);
        (address first, address second) = (pool.token0(), pool.token1());
        bool ours = (first == near.token && second == near.usdc) || (first == near.usdc && second == near.token);
        require(ours, WrongPool());
        $.tokenIsSecond = second == near.token;
        $.fee = pool.fee();
        _setSlippage(slippageBps);
    }

    /// @inheritdoc ILiquidityManager
    function open(int24 lower, int24 upper, uint256 trvl, uint256 usdc, uint256 deadline)
        external
        whenNotPaused
        nonReentrant
        onlyRole(OPERATOR_ROLE)
        returns (uint256 tokenId)
    {
        LiquidityManagerStorage storage $ = _storage();
        _checkSpot();
        IERC20($.near.token).forceApprove($.near.positions, trvl);
        IERC20($.near.usdc).forceApprove($.near.positions, usdc);
        uint128 liquidity;
        uint256 first;
        uint256 second;
        // The price was held against the oracle in this transaction, so the amounts need no other floor.
        (tokenId, liquidity, first, second) =
            INonfungiblePositionManager($.near.positions).mint(_mintParams(lower, upper, trvl, usdc, deadline));
        IERC20($.near.token).forceApprove($.near.positions, 0);
        IERC20($.near.usdc).forceApprove($.near.positions, 0);
        (uint256 trvlIn, uint256 usdcIn) = _sorted(first, second);
        emit Opened(tokenId, liquidity, trvlIn, usdcIn);
    }

    /// @inheritdoc ILiquidityManager
    function reduce(uint256 tokenId, uint128 liquidity, uint256 trvlMin, uint256 usdcMin, uint256 deadline)
        external
        nonReentrant
        onlyRole(OPERATOR_ROLE)
        returns (uint256 trvl, uint256 usdc)
    {
        INonfungiblePositionManager.DecreaseLiquidityParams memory params;
        (params.tokenId, params.liquidity, params.deadline) = (tokenId, liquidity, deadline);
        (params.amount0Min, params.amount1Min) = _sorted(trvlMin, usdcMin);
        (trvl, usdc) = INonfungiblePositionManager(_storage().near.positions).decreaseLiquidity(params);
        (trvl, usdc) = _sorted(trvl, usdc);
        emit Reduced(tokenId, liquidity, trvl, usdc);
        _collect(tokenId, address(this));
    }

    /// @inheritdoc ILiquidityManager
    function collectFees(uint256 tokenId) external nonReentrant returns (uint256 trvl, uint256 usdc) {
        (trvl, usdc) = _collect(tokenId, _storage().near.treasury);
        emit FeesCollected(tokenId, trvl, usdc);
    }

    /// @inheritdoc ILiquidityManager
    function buyBack(uint256 usdcIn, uint256 trvlMin, uint256 deadline)
        external
        whenNotPaused
        nonReentrant
        onlyRole(OPERATOR_ROLE)
        returns (uint256 trvlOut)
    {
        LiquidityManagerStorage storage $ = _storage();
        uint256 fair = Math.mulDiv(usdcIn, PRICED, IPriceOracle($.near.oracle).price());
        uint256 least = Math.max(trvlMin, Split.part(fair, Split.WHOLE_BPS - $.slippageBps));
        IERC20($.near.usdc).forceApprove($.near.router, usdcIn);
        trvlOut = ISwapRouter($.near.router)
            .exactInputSingle(
                ISwapRouter.ExactInputSingleParams({
                tokenIn: $.near.usdc,
                tokenOut: $.near.token,
                fee: $.fee,
                recipient: $.near.treasury,
                deadline: deadline,
                amountIn: usdcIn,
                amountOutMinimum: least,
                sqrtPriceLimitX96: 0
            })
            );
        emit BoughtBack(usdcIn, trvlOut);
    }

    /// @inheritdoc ILiquidityManager
    function sweep(address token) external nonReentrant onlyRole(OPERATOR_ROLE) returns (uint256 amount) {
        amount = IERC20(token).balanceOf(address(this));
        emit Swept(token, amount);
        IERC20(token).safeTransfer(_storage().near.treasury, amount);
    }

    /// @inheritdoc ILiquidityManager
    function withdrawPosition(uint256 tokenId, address to) external onlyRole(DEFAULT_ADMIN_ROLE) {
        emit PositionWithdrawn(tokenId, to);
        INonfungiblePositionManager(_storage().near.positions).transferFrom(address(this), to, tokenId);
    }

    /// @inheritdoc ILiquidityManager
    function setSlippage(uint16 bps) external onlyRole(DEFAULT_ADMIN_ROLE) {
        _setSlippage(bps);
    }

    /// @inheritdoc ILiquidityManager
    function neighbours() external view returns (Neighbours memory) {
        return _storage().near;
    }

    /// @inheritdoc ILiquidityManager
    function spotPrice() public view returns (uint256) {
        LiquidityManagerStorage storage $ = _storage();
        (uint160 sqrtPriceX96,,,,,,) = IUniswapV3Pool($.near.pool).slot0();
        return PoolPrice.quote(sqrtPriceX96, PRICED, $.tokenIsSecond);
    }

    function _setSlippage(uint16 bps) private {
        require(bps <= SLIPPAGE_MAX_BPS, SlippageTooHigh(bps));
        _storage().slippageBps = bps;
        emit SlippageSet(bps);
    }

    function _collect(uint256 tokenId, address to) private returns (uint256 trvl, uint256 usdc) {
        (uint256 first, uint256 second) = INonfungiblePositionManager(_storage().near.positions)
            .collect(
                INonfungiblePositionManager.CollectParams({
                tokenId: tokenId, recipient: to, amount0Max: type(uint128).max, amount1Max: type(uint128).max
            })
            );
        return _sorted(first, second);
    }

    /// Liquidity given at a moved price is lost to whoever moved it.
    function _checkSpot() private view {
        uint256 fair = IPriceOracle(_storage().near.oracle).price();
        uint256 spot = spotPrice();
        uint256 apart = spot > fair ? spot - fair : fair - spot;
        require(apart <= Split.part(fair, _storage().slippageBps), PoolOffPrice(spot, fair));
    }

    function _mintParams(int24 lower, int24 upper, uint256 trvl, uint256 usdc, uint256 deadline)
        private
        view
        returns (INonfungiblePositionManager.MintParams memory params)
    {
        LiquidityManagerStorage storage $ = _storage();
        (params.token0, params.token1) = $.tokenIsSecond ? ($.near.usdc, $.near.token) : ($.near.token, $.near.usdc);
        (params.amount0Desired, params.amount1Desired) = _sorted(trvl, usdc);
        params.fee = $.fee;
        params.tickLower = lower;
        params.tickUpper = upper;
        params.recipient = address(this);
        params.deadline = deadline;
    }

    /// From the pool's order to ours and back: the same swap does both.
    function _sorted(uint256 first, uint256 second) private view returns (uint256, uint256) {
        return _storage().tokenIsSecond ? (second, first) : (first, second);
    }

    function _storage() private pure returns (LiquidityManagerStorage storage $) {
        assembly ("memory-safe") {
            $.slot := STORAGE
        }
    }
}
