// SPDX-License-Identifier: Apache-2.0
pragma solidity 0.8.37;

import {Script} from "forge-std/Script.sol";
import {HandOver} from "./HandOver.sol";

/// @title Deploys Voxfare's contracts to the chain that `config/<name>.json` describes.
/// @dev forge script script/Deploy.s.sol --sig 'run(string)' local --rpc-url ... --broadcast
///
/// Without a feed in the configuration the market is left out: no price is better than one that nobody checks.
contract Deploy is Script, HandOver {
    /// @notice Deploys, hands over, and writes `deployments/<name>.json`, or where the variable DEPLOYMENTS says.
    function run(string calldata name) external {
        Network memory chain = _read(name);
        address deployer = msg.sender;
        vm.startBroadcast(deployer);
        System memory system = deploy(chain, deployer);
        vm.stopBroadcast();
        _write(chain, system);
    }

    /// @notice The configuration of a chain, as the tests want it too.
    function read(string calldata name) external view returns (Network memory) {
        return _read(name);
    }

    /// @notice The deployment itself, sent by the deployer.
    function deploy(Network memory chain, address deployer) public returns (System memory system) {
        bool market = chain.local || chain.outside.feed != address(0);
        system = _deployCore(chain, deployer);
        _mintSupply(chain, system, deployer);
        _grantCore(chain, system);
        if (market) {
            _deployMarket(chain, system, deployer);
            if (chain.local) _seedPool(chain, system, deployer);
            system.stop.setModules(_modules(system));
            _grantMarket(system);
            _handOverMarket(chain, system, deployer);
        }
        _handOverCore(system, deployer);
    }

    function _write(Network memory chain, System memory system) private {
        string memory key = "deployment";
        vm.serializeUint(key, "chainId", block.chainid);
        vm.serializeUint(key, "block", block.number);
        vm.serializeAddress(key, "treasury", system.treasury);
        vm.serializeAddress(key, "guardian", system.guardian);
        vm.serializeAddress(key, "timelock", address(system.timelock));
        vm.serializeAddress(key, "governor", address(system.governor));
        vm.serializeAddress(key, "emergencyStop", address(system.stop));
        vm.serializeAddress(key, "token", address(system.token));
        vm.serializeAddress(key, "referralRegistry", address(system.registry));
        vm.serializeAddress(key, "rewardDistributor", address(system.distributor));
        vm.serializeAddress(key, "staking", address(system.staking));
        vm.serializeAddress(key, "paymentDesk", address(system.desk));
        vm.serializeAddress(key, "usdc", system.outside.usdc);
        vm.serializeAddress(key, "feed", system.outside.feed);
        vm.serializeAddress(key, "positions", system.outside.uniswapPositions);
        vm.serializeAddress(key, "router", system.outside.uniswapRouter);
        vm.serializeAddress(key, "pool", system.pool);
        vm.serializeAddress(key, "priceOracle", address(system.oracle));
        string memory json = vm.serializeAddress(key, "liquidityManager", address(system.liquidity));
        string memory folder = string.concat(vm.projectRoot(), "/", vm.envOr("DEPLOYMENTS", string("deployments")));
        vm.createDir(folder, true);
        vm.writeJson(json, string.concat(folder, "/", chain.name, ".json"));
    }
}
