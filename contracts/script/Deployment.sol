// SPDX-License-Identifier: Apache-2.0
pragma solidity 0.8.37;

import {
    TimelockControllerUpgradeable
} from "@openzeppelin/contracts-upgradeable/governance/TimelockControllerUpgradeable.sol";
import {TimelockController} from "@openzeppelin/contracts/governance/TimelockController.sol";
// Not called by name, but loaded by it: the import is what compiles it.
// solhint-disable-next-line no-unused-import
import {ERC1967Proxy} from "@openzeppelin/contracts/proxy/ERC1967/ERC1967Proxy.sol";
import {IERC20} from "@openzeppelin/contracts/token/ERC20/IERC20.sol";
import {EmergencyStop} from "../src/EmergencyStop.sol";
import {LiquidityManager} from "../src/LiquidityManager.sol";
import {PaymentDesk} from "../src/PaymentDesk.sol";
import {PriceOracle} from "../src/PriceOracle.sol";
import {ReferralRegistry} from "../src/ReferralRegistry.sol";
import {RewardDistributor} from "../src/RewardDistributor.sol";
import {Staking} from "../src/Staking.sol";
import {IStaking} from "../src/interfaces/IStaking.sol";
import {TRVLToken} from "../src/TRVLToken.sol";
import {VoxfareGovernor} from "../src/VoxfareGovernor.sol";
import {Outside} from "./Outside.sol";

/// @title Everything that a deployment makes, in the order it is made.
/// @dev The deployer is admin only while it deploys; `HandOver` ends that.
abstract contract Deployment is Outside {
    struct System {
        Outside outside;
        address treasury;
        address guardian;
        TRVLToken token;
        TimelockController timelock;
        VoxfareGovernor governor;
        ReferralRegistry registry;
        RewardDistributor distributor;
        Staking staking;
        PaymentDesk desk;
        EmergencyStop stop;
        // The market comes once there is a feed.
        address pool;
        PriceOracle oracle;
        LiquidityManager liquidity;
    }

    function _deployCore(Network memory chain, address deployer) internal returns (System memory system) {
        system.outside = _bringOutside(chain, deployer);
        system.treasury = _safe(system.outside, chain.people.treasuryOwners, chain.people.treasuryThreshold, 1);
        system.guardian = _safe(system.outside, chain.people.guardianOwners, chain.people.guardianThreshold, 2);
        system.token = TRVLToken(
            _proxy(_make("TRVLToken", ""), abi.encodeCall(TRVLToken.initialize, (deployer, _rule(chain, "cap"))))
        );
        _deployGovernance(chain, system, deployer);
        _deployRewards(chain, system, deployer);
        _deployStaking(system, deployer);
        system.desk = PaymentDesk(
            _proxy(
                _make("PaymentDesk", ""),
                abi.encodeCall(PaymentDesk.initialize, (deployer, IERC20(system.outside.usdc), system.treasury))
            )
        );
        bytes memory arguments = abi.encode(deployer, system.guardian, _modules(system));
        system.stop = EmergencyStop(_make("EmergencyStop", arguments));
    }

    function _modules(System memory system) internal pure returns (address[] memory modules) {
        bool market = address(system.oracle) != address(0);
        modules = new address[](market ? 7 : 5);
        modules[0] = address(system.token);
        modules[1] = address(system.registry);
        modules[2] = address(system.distributor);
        modules[3] = address(system.staking);
        modules[4] = address(system.desk);
        if (market) (modules[5], modules[6]) = (address(system.oracle), address(system.liquidity));
    }

    function _proxy(address implementation, bytes memory call) internal returns (address) {
        return _make("ERC1967Proxy", abi.encode(implementation, call));
    }

    function _deployGovernance(Network memory chain, System memory system, address deployer) private {
        address[] memory none = new address[](0);
        bytes memory arguments = abi.encode(_rule(chain, "timelockSeconds"), none, none, deployer);
        system.timelock = TimelockController(payable(_make("TimelockController", arguments)));
        VoxfareGovernor.Rules memory rules = VoxfareGovernor.Rules({
            votingDelay: uint48(_rule(chain, "votingDelaySeconds")),
            votingPeriod: uint32(_rule(chain, "votingPeriodSeconds")),
            lateQuorumExtension: uint48(_rule(chain, "lateQuorumSeconds")),
            proposalThreshold: _rule(chain, "proposalThreshold"),
            quorumPercent: _rule(chain, "quorumPercent")
        });
        TimelockControllerUpgradeable timelock = TimelockControllerUpgradeable(payable(address(system.timelock)));
        system.governor = VoxfareGovernor(
            payable(_proxy(
                    _make("VoxfareGovernor", ""),
                    abi.encodeCall(VoxfareGovernor.initialize, (system.token, timelock, system.guardian, rules))
                ))
        );
    }

    function _deployRewards(Network memory chain, System memory system, address deployer) private {
        system.registry = ReferralRegistry(
            _proxy(
                _make("ReferralRegistry", ""),
                abi.encodeCall(
                    ReferralRegistry.initialize,
                    (
                        deployer,
                        system.token,
                        _levels(chain),
                        uint40(_rule(chain, "linkAgeSeconds")),
                        uint96(_rule(chain, "periodCap"))
                    )
                )
            )
        );
        system.distributor = RewardDistributor(
            _proxy(
                _make("RewardDistributor", ""),
                abi.encodeCall(
                    RewardDistributor.initialize,
                    (
                        deployer,
                        system.token,
                        system.treasury,
                        address(system.registry),
                        uint208(_rule(chain, "dailyLimit"))
                    )
                )
            )
        );
        system.distributor.setClawbackWindow(uint40(_rule(chain, "clawbackSeconds")));
        address sanctions = system.outside.sanctions;
        system.distributor.setNeighbours(system.treasury, address(system.registry), sanctions);
        system.registry.setSanctionsOracle(sanctions);
    }

    function _deployStaking(System memory system, address deployer) private {
        IStaking.Tier[] memory tiers = new IStaking.Tier[](4);
        tiers[0] = _tier(0, 10_000, 0, 1e18);
        tiers[1] = _tier(30 days, 12_500, 1000, 100e18);
        tiers[2] = _tier(90 days, 15_000, 2000, 1000e18);
        tiers[3] = _tier(365 days, 20_000, 3000, 10_000e18);
        system.staking = Staking(
            _proxy(
                _make("Staking", ""),
                abi.encodeCall(Staking.initialize, (deployer, system.token, system.treasury, tiers))
            )
        );
    }

    function _tier(uint40 lock, uint16 boost, uint16 penalty, uint96 minimum)
        private
        pure
        returns (IStaking.Tier memory)
    {
        return IStaking.Tier({lockSeconds: lock, boostBps: boost, penaltyBps: penalty, minimum: minimum});
    }
}
