// SPDX-License-Identifier: Apache-2.0
pragma solidity 0.8.37;

import {IERC20} from "@openzeppelin/contracts/token/ERC20/IERC20.sol";
import {IUniswapV3Pool} from "@uniswap/v3-core/contracts/interfaces/IUniswapV3Pool.sol";
import {IUniswapV3FlashCallback} from "@uniswap/v3-core/contracts/interfaces/callback/IUniswapV3FlashCallback.sol";
import {IUniswapV3SwapCallback} from "@uniswap/v3-core/contracts/interfaces/callback/IUniswapV3SwapCallback.sol";
import {IReferralRegistry} from "../../src/interfaces/IReferralRegistry.sol";

/// @title Swaps and borrows at pools without a router, and pays what it owes out of its own, another pool or its earnings.
contract PoolCaller is IUniswapV3SwapCallback, IUniswapV3FlashCallback {
    uint160 private constant PRICE_MIN = 4_295_128_740;
    uint160 private constant PRICE_MAX = 1_461_446_703_485_210_103_287_273_052_203_988_822_378_723_970_341;

    /// Where it buys what it owes to any other pool; nowhere if zero.
    IUniswapV3Pool private _source;
    /// Where what it owes is paid from what it earned; nowhere if zero.
    IReferralRegistry private _registry;

    function buyFrom(IUniswapV3Pool source) external {
        _source = source;
    }

    function payFrom(IReferralRegistry registry) external {
        _registry = registry;
    }

    /// A positive amount goes in, a negative one comes out.
    function swap(IUniswapV3Pool pool, address to, address paid, int256 amount) public {
        bool down = paid == pool.token0();
        pool.swap(to, down, amount, down ? PRICE_MIN : PRICE_MAX, "");
    }

    function flash(IUniswapV3Pool pool, address to, address borrowed, uint256 amount, bool repays) external {
        bool first = borrowed == pool.token0();
        uint256 owed = amount + amount * pool.fee() / 1e6 + 1;
        bytes memory data = repays ? abi.encode(borrowed, owed) : bytes("");
        pool.flash(to, first ? amount : 0, first ? 0 : amount, data);
    }

    function uniswapV3SwapCallback(int256 first, int256 second, bytes calldata) external {
        IUniswapV3Pool pool = IUniswapV3Pool(msg.sender);
        (address owed, uint256 amount) = first > 0 ? (pool.token0(), uint256(first)) : (pool.token1(), uint256(second));
        if (address(_registry) != address(0)) {
            _registry.withdraw(msg.sender);
        } else if (address(_source) != address(0) && pool != _source) {
            swap(_source, msg.sender, pool.token0() == owed ? pool.token1() : pool.token0(), -int256(amount));
        } else {
            require(IERC20(owed).transfer(msg.sender, amount), "not paid");
        }
    }

    function uniswapV3FlashCallback(uint256, uint256, bytes calldata data) external {
        if (data.length == 0) return;
        (address owed, uint256 amount) = abi.decode(data, (address, uint256));
        // Its fee it had before, so that nothing but the loan can be missing.
        require(IERC20(owed).balanceOf(address(this)) >= amount, "the loan did not come");
        require(IERC20(owed).transfer(msg.sender, amount), "not paid");
    }
}
