// SPDX-License-Identifier: Apache-2.0
pragma solidity 0.8.37;

import {Config} from "./Config.sol";

interface ISafeFactory {
    function createProxyWithNonce(address singleton, bytes memory initializer, uint256 salt)
        external
        returns (address proxy);
}

interface ISafeSetup {
    function setup(
        address[] calldata owners,
        uint256 threshold,
        address to,
        bytes calldata data,
        address fallbackHandler,
        address paymentToken,
        uint256 payment,
        address payable paymentReceiver
    ) external;
}

/// @title Brings what a real chain has to a local one: Safe and Uniswap from their own artifacts, a USDC and a feed of ours.
/// @dev On a real chain it deploys nothing but the two Safes, through Safe's own factory, and a router where there is none.
abstract contract Outside is Config {
    string private constant SAFE = "node_modules/@safe-global/safe-smart-account/build/artifacts/contracts/";
    string private constant V3_CORE = "node_modules/@uniswap/v3-core/artifacts/contracts/";
    string private constant V3_PERIPHERY = "node_modules/@uniswap/v3-periphery/artifacts/contracts/";

    error NotDeployed(string artifact);
    error NoCode(address at);

    function _bringOutside(Network memory chain, address deployer) internal returns (Outside memory outside) {
        outside = chain.outside;
        if (!chain.local) return _checked(outside);
        outside.safeSingleton = _artifact(SAFE, "SafeL2.sol/SafeL2.json", "");
        outside.safeFactory = _artifact(SAFE, "proxies/SafeProxyFactory.sol/SafeProxyFactory.json", "");
        outside.safeFallbackHandler =
            _artifact(SAFE, "handler/CompatibilityFallbackHandler.sol/CompatibilityFallbackHandler.json", "");
        outside.uniswapFactory = _artifact(V3_CORE, "UniswapV3Factory.sol/UniswapV3Factory.json", "");
        // The wrapped coin and the descriptor of pictures are never asked for here; the factory stands in, so that neither is zero.
        address factory = outside.uniswapFactory;
        outside.uniswapPositions = _artifact(
            V3_PERIPHERY,
            "NonfungiblePositionManager.sol/NonfungiblePositionManager.json",
            abi.encode(factory, factory, factory)
        );
        outside.uniswapRouter = _router(factory);
        outside.usdc = _make("DevUSDC", abi.encode(deployer));
        outside.feed = _make("DevFeed", abi.encode(deployer, 8, _rule(chain, "poolPrice") / 1e10));
    }

    /// One of our own contracts, by name. The script does not carry their code: that compiles in a third of the time.
    function _make(string memory name, bytes memory arguments) internal returns (address made) {
        made = _create(vm.getCode(string.concat(name, ".sol:", name)), arguments);
        if (made == address(0)) revert NotDeployed(name);
    }

    function _safe(Outside memory outside, address[] memory owners, uint256 threshold, uint256 salt)
        internal
        returns (address)
    {
        bytes memory setup = abi.encodeCall(
            ISafeSetup.setup,
            (owners, threshold, address(0), "", outside.safeFallbackHandler, address(0), 0, payable(0))
        );
        return ISafeFactory(outside.safeFactory).createProxyWithNonce(outside.safeSingleton, setup, salt);
    }

    /// An address without code is a typing error in the configuration. Uniswap is only asked for where there is a feed.
    function _checked(Outside memory outside) private returns (Outside memory) {
        _checkCode(outside.usdc, "outside.usdc");
        _checkCode(outside.safeSingleton, "outside.safeSingleton");
        _checkCode(outside.safeFactory, "outside.safeFactory");
        _checkCode(outside.safeFallbackHandler, "outside.safeFallbackHandler");
        if (outside.feed == address(0)) return outside;
        _checkCode(outside.feed, "outside.feed");
        _checkCode(outside.uniswapFactory, "outside.uniswapFactory");
        _checkCode(outside.uniswapPositions, "outside.uniswapPositions");
        // Test chains have the pools but not always this router.
        if (outside.uniswapRouter == address(0)) outside.uniswapRouter = _router(outside.uniswapFactory);
        _checkCode(outside.uniswapRouter, "outside.uniswapRouter");
        return outside;
    }

    function _checkCode(address at, string memory key) private view {
        if (_named(at, key).code.length == 0) revert NoCode(at);
    }

    function _router(address factory) private returns (address) {
        return _artifact(V3_PERIPHERY, "SwapRouter.sol/SwapRouter.json", abi.encode(factory, factory));
    }

    function _artifact(string memory folder, string memory file, bytes memory arguments)
        private
        returns (address made)
    {
        string memory path = string.concat(folder, file);
        made = _create(vm.parseJsonBytes(vm.readFile(path), ".bytecode"), arguments);
        if (made == address(0)) revert NotDeployed(path);
    }

    function _create(bytes memory creation, bytes memory arguments) private returns (address made) {
        bytes memory code = bytes.concat(creation, arguments);
        assembly ("memory-safe") {
            made := create(0, add(code, 0x20), mload(code))
        }
    }
}
