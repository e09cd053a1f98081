// SPDX-License-Identifier: Apache-2.0
pragma solidity 0.8.37;

import {IAccessControl} from "@openzeppelin/contracts/access/IAccessControl.sol";
import {DevFeed} from "../local/DevFeed.sol";
import {DevUSDC} from "../local/DevUSDC.sol";
import {Market} from "./Market.sol";

/// @title Gives every role to whom it belongs, the admin's to the timelock, and leaves the deployer with nothing.
/// @dev It ends by looking: a deployment whose deployer kept any power reverts.
abstract contract HandOver is Market {
    error DeployerStillAdmin(address module);
    error TimelockNotAdmin(address module);

    bytes32 private constant ADMIN = 0;

    function _mintSupply(Network memory chain, System memory system, address deployer) internal {
        uint256 supply = _rule(chain, "supply");
        // A chain that only receives TRVL over a bridge starts with none.
        if (supply == 0) return;
        uint256 rewards = _rule(chain, "rewards");
        bytes32 minter = system.token.MINTER_ROLE();
        system.token.grantRole(minter, deployer);
        system.token.mint(address(system.distributor), rewards);
        if (_seed(chain) != 0) system.token.mint(deployer, _seed(chain));
        system.token.mint(system.treasury, supply - rewards - _seed(chain));
        system.token.renounceRole(minter, deployer);
    }

    function _grantCore(Network memory chain, System memory system) internal {
        bytes32 exit = system.token.EXIT_ROLE();
        system.token.grantRole(exit, address(system.distributor));
        system.token.grantRole(exit, address(system.registry));
        system.token.grantRole(exit, address(system.staking));
        system.registry.grantRole(system.registry.REGISTRAR_ROLE(), chain.people.registrar);
        system.registry.grantRole(system.registry.CREDITOR_ROLE(), address(system.distributor));
        system.distributor.grantRole(system.distributor.ISSUER_ROLE(), chain.people.issuer);
        system.distributor.grantRole(system.distributor.PUBLISHER_ROLE(), chain.people.publisher);
        system.distributor.grantRole(system.distributor.CANCELLER_ROLE(), chain.people.canceller);
        system.distributor.grantRole(system.distributor.CANCELLER_ROLE(), system.guardian);
        system.staking.grantRole(system.staking.FUNDER_ROLE(), system.treasury);
        system.desk.grantRole(system.desk.REFUNDER_ROLE(), system.treasury);
        system.timelock.grantRole(system.timelock.PROPOSER_ROLE(), address(system.governor));
        system.timelock.grantRole(system.timelock.CANCELLER_ROLE(), address(system.governor));
        system.timelock.grantRole(system.timelock.CANCELLER_ROLE(), system.guardian);
        // Anybody may execute what has passed and waited.
        system.timelock.grantRole(system.timelock.EXECUTOR_ROLE(), address(0));
    }

    /// The ways out of the market: the pool pays liquidity, fees and swaps out, the manager pays the treasury.
    function _grantMarket(System memory system) internal {
        bytes32 exit = system.token.EXIT_ROLE();
        system.token.grantRole(exit, system.pool);
        system.token.grantRole(exit, address(system.liquidity));
    }

    function _handOverCore(System memory system, address deployer) internal {
        address[] memory modules = _modules(system);
        for (uint256 at = 0; at < 5; ++at) {
            _handOver(modules[at], system, deployer);
        }
        _hand(address(system.stop), address(system.timelock), deployer);
        // The timelock administers itself.
        system.timelock.renounceRole(ADMIN, deployer);
        _checkAdmin(address(system.timelock), address(system.timelock), deployer);
    }

    function _handOverMarket(Network memory chain, System memory system, address deployer) internal {
        system.liquidity.grantRole(system.liquidity.OPERATOR_ROLE(), chain.people.operator);
        _handOver(address(system.oracle), system, deployer);
        _handOver(address(system.liquidity), system, deployer);
        if (!chain.local) return;
        DevUSDC(system.outside.usdc).transferOwnership(chain.people.operator);
        DevFeed(system.outside.feed).transferOwnership(chain.people.operator);
    }

    function _handOver(address module, System memory system, address deployer) private {
        bytes32 guardian = keccak256("GUARDIAN_ROLE");
        IAccessControl(module).grantRole(guardian, address(system.stop));
        IAccessControl(module).grantRole(guardian, system.guardian);
        _hand(module, address(system.timelock), deployer);
    }

    function _hand(address module, address timelock, address deployer) private {
        IAccessControl(module).grantRole(ADMIN, timelock);
        IAccessControl(module).renounceRole(ADMIN, deployer);
        _checkAdmin(module, timelock, deployer);
    }

    function _checkAdmin(address module, address timelock, address deployer) private view {
        if (IAccessControl(module).hasRole(ADMIN, deployer)) revert DeployerStillAdmin(module);
        if (!IAccessControl(module).hasRole(ADMIN, timelock)) revert TimelockNotAdmin(module);
    }
}
