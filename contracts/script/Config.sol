// SPDX-License-Identifier: Apache-2.0
pragma solidity 0.8.37;

import {CommonBase} from "forge-std/Base.sol";

/// @title Reads a chain's configuration: its id, the addresses it lends us, the people, and the rules.
/// @dev No chain id and no outside address stands in code. It writes nothing.
abstract contract Config is CommonBase {
    struct Outside {
        address usdc;
        address feed;
        address sequencer;
        address sanctions;
        address safeSingleton;
        address safeFactory;
        address safeFallbackHandler;
        address uniswapFactory;
        address uniswapPositions;
        address uniswapRouter;
    }

    struct People {
        address[] treasuryOwners;
        uint256 treasuryThreshold;
        address[] guardianOwners;
        uint256 guardianThreshold;
        address issuer;
        address publisher;
        address canceller;
        address registrar;
        address operator;
    }

    /// The file's text and, in it, what is read more than once.
    struct Network {
        string name;
        string json;
        bool local;
        Outside outside;
        People people;
    }

    error WrongChain(uint256 wanted, uint256 actual);
    error NothingNamed(string key);

    function _read(string memory name) internal view returns (Network memory chain) {
        chain.name = name;
        chain.json = vm.readFile(string.concat(vm.projectRoot(), "/config/", name, ".json"));
        uint256 wanted = vm.parseJsonUint(chain.json, ".chainId");
        if (wanted != block.chainid) revert WrongChain(wanted, block.chainid);
        chain.local = vm.parseJsonBool(chain.json, ".local");
        chain.outside = _outside(chain.json);
        chain.people = _people(chain.json);
    }

    function _rule(Network memory chain, string memory key) internal pure returns (uint256) {
        return vm.parseJsonUint(chain.json, string.concat(".rules.", key));
    }

    function _levels(Network memory chain) internal pure returns (uint16[3] memory bps) {
        uint256[] memory list = vm.parseJsonUintArray(chain.json, ".rules.levelBps");
        for (uint256 at = 0; at < 3; ++at) {
            bps[at] = uint16(list[at]);
        }
    }

    /// A real chain must name everything; zero would be a hole that only shows when somebody needs it.
    function _named(address value, string memory key) internal pure returns (address) {
        if (value == address(0)) revert NothingNamed(key);
        return value;
    }

    function _outside(string memory json) private pure returns (Outside memory outside) {
        outside.usdc = vm.parseJsonAddress(json, ".outside.usdc");
        outside.feed = vm.parseJsonAddress(json, ".outside.feed");
        outside.sequencer = vm.parseJsonAddress(json, ".outside.sequencer");
        outside.sanctions = vm.parseJsonAddress(json, ".outside.sanctions");
        outside.safeSingleton = vm.parseJsonAddress(json, ".outside.safeSingleton");
        outside.safeFactory = vm.parseJsonAddress(json, ".outside.safeFactory");
        outside.safeFallbackHandler = vm.parseJsonAddress(json, ".outside.safeFallbackHandler");
        outside.uniswapFactory = vm.parseJsonAddress(json, ".outside.uniswapFactory");
        outside.uniswapPositions = vm.parseJsonAddress(json, ".outside.uniswapPositions");
        outside.uniswapRouter = vm.parseJsonAddress(json, ".outside.uniswapRouter");
    }

    function _people(string memory json) private pure returns (People memory people) {
        people.treasuryOwners = vm.parseJsonAddressArray(json, ".people.treasuryOwners");
        people.treasuryThreshold = vm.parseJsonUint(json, ".people.treasuryThreshold");
        people.guardianOwners = vm.parseJsonAddressArray(json, ".people.guardianOwners");
        people.guardianThreshold = vm.parseJsonUint(json, ".people.guardianThreshold");
        people.issuer = _named(vm.parseJsonAddress(json, ".people.issuer"), "people.issuer");
        people.publisher = _named(vm.parseJsonAddress(json, ".people.publisher"), "people.publisher");
        people.canceller = _named(vm.parseJsonAddress(json, ".people.canceller"), "people.canceller");
        people.registrar = _named(vm.parseJsonAddress(json, ".people.registrar"), "people.registrar");
        people.operator = _named(vm.parseJsonAddress(json, ".people.operator"), "people.operator");
    }
}
