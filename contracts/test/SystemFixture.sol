// SPDX-License-Identifier: Apache-2.0
pragma solidity 0.8.37;

import {Test} from "forge-std/Test.sol";
import {DevFeed} from "../local/DevFeed.sol";
import {DevUSDC} from "../local/DevUSDC.sol";
import {Config} from "../script/Config.sol";
import {Deploy} from "../script/Deploy.s.sol";
import {Deployment} from "../script/Deployment.sol";
import {EmergencyStop} from "../src/EmergencyStop.sol";
import {LiquidityManager} from "../src/LiquidityManager.sol";
import {PaymentDesk} from "../src/PaymentDesk.sol";
import {PriceOracle} from "../src/PriceOracle.sol";
import {RewardDistributor} from "../src/RewardDistributor.sol";
import {Staking} from "../src/Staking.sol";
import {TRVLToken} from "../src/TRVLToken.sol";
import {VoxfareGovernor} from "../src/VoxfareGovernor.sol";

/// @title The whole system as the deploy script leaves it on a local chain, Safe and Uniswap included.
abstract contract SystemFixture is Test {
    Deploy internal script;
    Config.Network internal network;
    Deployment.System internal system;
    TRVLToken internal token;
    DevUSDC internal usdc;
    DevFeed internal feed;
    PriceOracle internal oracle;
    LiquidityManager internal liquidity;
    PaymentDesk internal desk;
    Staking internal staking;
    RewardDistributor internal distributor;
    VoxfareGovernor internal governor;
    EmergencyStop internal stop;

    address internal timelock;
    address internal treasury;
    address internal guardian;
    address internal operator;
    address internal immutable alice = makeAddr("alice");
    address internal immutable bob = makeAddr("bob");

    function setUp() public virtual {
        vm.warp(1_800_000_000);
        script = Deploy(deployCode("Deploy.s.sol:Deploy"));
        network = script.read("local");
        system = script.deploy(network, address(script));
        token = system.token;
        usdc = DevUSDC(system.outside.usdc);
        feed = DevFeed(system.outside.feed);
        (oracle, liquidity, desk, staking) = (system.oracle, system.liquidity, system.desk, system.staking);
        (distributor, governor, stop) = (system.distributor, system.governor, system.stop);
        (timelock, treasury, guardian) = (address(system.timelock), system.treasury, system.guardian);
        operator = network.people.operator;
        // The average needs a window's worth of the past.
        vm.warp(block.timestamp + 1 hours);
    }
}
