// SPDX-License-Identifier: Apache-2.0
pragma solidity 0.8.37;

import {TimelockController} from "@openzeppelin/contracts/governance/TimelockController.sol";
import {Script} from "forge-std/Script.sol";
import {EmergencyStop} from "../src/EmergencyStop.sol";
import {TRVLToken} from "../src/TRVLToken.sol";
import {HandOver} from "./HandOver.sol";

/// @title Adds the market to a deployment that had no feed: the pool, the oracle, the liquidity manager.
/// @dev forge script script/DeployMarket.s.sol --sig 'run(string)' ethereum --rpc-url ... --broadcast
///
/// Putting the two new modules on the emergency lever's list (`EmergencyStop.setModules`) is for the timelock, by a proposal.
contract DeployMarket is Script, HandOver {
    error NoFeed(string name);

    /// @notice Reads `deployments/<name>.json`, deploys, hands over, and writes the new addresses into it.
    function run(string calldata name) external {
        Network memory chain = _read(name);
        string memory file =
            string.concat(vm.projectRoot(), "/", vm.envOr("DEPLOYMENTS", string("deployments")), "/", name, ".json");
        System memory system = _deployed(vm.readFile(file));
        address deployer = msg.sender;
        vm.startBroadcast(deployer);
        system = deploy(chain, system, deployer);
        vm.stopBroadcast();
        vm.writeJson(vm.toString(system.outside.feed), file, ".feed");
        vm.writeJson(vm.toString(system.outside.uniswapPositions), file, ".positions");
        vm.writeJson(vm.toString(system.outside.uniswapRouter), file, ".router");
        vm.writeJson(vm.toString(system.pool), file, ".pool");
        vm.writeJson(vm.toString(address(system.oracle)), file, ".priceOracle");
        vm.writeJson(vm.toString(address(system.liquidity)), file, ".liquidityManager");
    }

    /// @notice The deployment itself, sent by the deployer.
    function deploy(Network memory chain, System memory system, address deployer) public returns (System memory) {
        if (chain.local || chain.outside.feed == address(0)) revert NoFeed(chain.name);
        system.outside = _bringOutside(chain, deployer);
        _deployMarket(chain, system, deployer);
        _handOverMarket(chain, system, deployer);
        return system;
    }

    function _deployed(string memory json) private pure returns (System memory system) {
        system.token = TRVLToken(vm.parseJsonAddress(json, ".token"));
        system.treasury = vm.parseJsonAddress(json, ".treasury");
        system.guardian = vm.parseJsonAddress(json, ".guardian");
        system.timelock = TimelockController(payable(vm.parseJsonAddress(json, ".timelock")));
        system.stop = EmergencyStop(vm.parseJsonAddress(json, ".emergencyStop"));
    }
}
