// SPDX-License-Identifier: Apache-2.0
pragma solidity 0.8.37;

import {IAccessControl} from "@openzeppelin/contracts/access/IAccessControl.sol";
import {TimelockController} from "@openzeppelin/contracts/governance/TimelockController.sol";
import {Script} from "forge-std/Script.sol";
import {EmergencyStop} from "../src/EmergencyStop.sol";
import {TRVLToken} from "../src/TRVLToken.sol";
import {HandOver} from "./HandOver.sol";

/// @title Adds the market to a deployment that had no feed: the pool, the oracle, the liquidity manager.
/// @dev forge script script/DeployMarket.s.sol --sig 'run(string)' ethereum --rpc-url ... --broadcast
///
/// The timelock administers the token and the emergency lever by now, so what they must know of the market is a proposal, written to
/// `deployments/<name>.proposal.json`: the two new modules on the lever's list, and `EXIT_ROLE` for the pool and the liquidity manager.
/// Until it has been executed, a pause keeps the pool's TRVL in: execute it before liquidity is given.
contract DeployMarket is Script, HandOver {
    error NoFeed(string name);

    /// @notice Reads `deployments/<name>.json`, deploys, hands over, and writes the new addresses into it.
    function run(string calldata name) external {
        Network memory chain = _read(name);
        string memory place =
            string.concat(vm.projectRoot(), "/", vm.envOr("DEPLOYMENTS", string("deployments")), "/", name);
        string memory file = string.concat(place, ".json");
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
        _writeProposal(system, string.concat(place, ".proposal.json"));
    }

    /// @notice The deployment itself, sent by the deployer.
    function deploy(Network memory chain, System memory system, address deployer) public returns (System memory) {
        if (chain.local || chain.outside.feed == address(0)) revert NoFeed(chain.name);
        system.outside = _bringOutside(chain, deployer);
        _deployMarket(chain, system, deployer);
        _handOverMarket(chain, system, deployer);
        return system;
    }

    /// @notice What governance has to pass after it, as `VoxfareGovernor.propose` takes it.
    function proposal(System memory system)
        public
        view
        returns (address[] memory targets, uint256[] memory values, bytes[] memory calldatas)
    {
        (targets, values, calldatas) = (new address[](3), new uint256[](3), new bytes[](3));
        (targets[0], targets[1], targets[2]) = (address(system.stop), address(system.token), address(system.token));
        bytes32 exit = system.token.EXIT_ROLE();
        calldatas[0] = abi.encodeCall(EmergencyStop.setModules, (_withMarket(system)));
        calldatas[1] = abi.encodeCall(IAccessControl.grantRole, (exit, system.pool));
        calldatas[2] = abi.encodeCall(IAccessControl.grantRole, (exit, address(system.liquidity)));
    }

    /// The lever's list as it is on the chain, and the two new modules.
    function _withMarket(System memory system) private view returns (address[] memory list) {
        address[] memory before = system.stop.modules();
        list = new address[](before.length + 2);
        for (uint256 at = 0; at < before.length; ++at) {
            list[at] = before[at];
        }
        (list[before.length], list[before.length + 1]) = (address(system.oracle), address(system.liquidity));
    }

    function _writeProposal(System memory system, string memory file) private {
        (address[] memory targets, uint256[] memory values, bytes[] memory calldatas) = proposal(system);
        string memory key = "proposal";
        vm.serializeAddress(key, "targets", targets);
        vm.serializeUint(key, "values", values);
        vm.writeJson(vm.serializeBytes(key, "calldatas", calldatas), file);
    }

    function _deployed(string memory json) private pure returns (System memory system) {
        system.token = TRVLToken(vm.parseJsonAddress(json, ".token"));
        system.treasury = vm.parseJsonAddress(json, ".treasury");
        system.guardian = vm.parseJsonAddress(json, ".guardian");
        system.timelock = TimelockController(payable(vm.parseJsonAddress(json, ".timelock")));
        system.stop = EmergencyStop(vm.parseJsonAddress(json, ".emergencyStop"));
    }
}
