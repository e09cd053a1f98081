// SPDX-License-Identifier: Apache-2.0
pragma solidity 0.8.37;

import {IAccessControl} from "@openzeppelin/contracts/access/IAccessControl.sol";
import {IERC721} from "@openzeppelin/contracts/token/ERC721/IERC721.sol";
import {Config} from "../script/Config.sol";
import {DeployMarket} from "../script/DeployMarket.s.sol";
import {Outside} from "../script/Outside.sol";
import {SystemFixture} from "./SystemFixture.sol";

interface ISafe {
    function getOwners() external view returns (address[] memory);
    function getThreshold() external view returns (uint256);
    function VERSION() external view returns (string memory);
}

contract DeploymentTest is SystemFixture {
    string[7] internal names = ["local", "ethereum", "sepolia", "polygon", "amoy", "arbitrum", "arbitrum-sepolia"];

    function test_TheDeployerKeepsNothing() public view {
        address[] memory modules = stop.modules();
        for (uint256 at = 0; at < modules.length; ++at) {
            IAccessControl module = IAccessControl(modules[at]);
            assertFalse(module.hasRole(0, address(script)));
            assertTrue(module.hasRole(0, timelock));
            assertTrue(module.hasRole(keccak256("GUARDIAN_ROLE"), guardian));
            assertTrue(module.hasRole(keccak256("GUARDIAN_ROLE"), address(stop)));
        }
        assertFalse(token.hasRole(token.MINTER_ROLE(), address(script)));
        assertFalse(system.timelock.hasRole(0, address(script)));
        assertFalse(stop.hasRole(0, address(script)));
        assertEq(token.balanceOf(address(script)), 0);
    }

    /// Whoever owes TRVL to others pays it whatever is paused, and nobody else does.
    function test_TheWaysOutAreOpenAndNoOthers() public view {
        _checkExits(true);
        address[8] memory others = [
            address(script),
            treasury,
            guardian,
            timelock,
            operator,
            address(desk),
            system.outside.uniswapPositions,
            system.outside.uniswapRouter
        ];
        for (uint256 at = 0; at < 8; ++at) {
            assertFalse(system.token.hasRole(token.EXIT_ROLE(), others[at]));
        }
    }

    function test_TheSupplyIsWhereTheConfigurationSays() public view {
        assertEq(token.totalSupply(), 400_000_000e18);
        assertEq(token.balanceOf(address(distributor)), 50_000_000e18);
        assertEq(token.balanceOf(treasury), 349_000_000e18);
        assertApproxEqRel(token.balanceOf(system.pool), 1_000_000e18, 0.001e18);
        assertEq(IERC721(system.outside.uniswapPositions).ownerOf(1), address(liquidity));
    }

    function test_TreasuryAndGuardianAreSafes() public view {
        assertEq(ISafe(treasury).getOwners().length, 3);
        assertEq(ISafe(treasury).getThreshold(), 2);
        assertEq(ISafe(treasury).VERSION(), "1.5.0");
        assertEq(ISafe(guardian).getOwners()[0], network.people.guardianOwners[0]);
    }

    function test_TheGovernorAloneProposesToTheTimelock() public view {
        bytes32 proposer = system.timelock.PROPOSER_ROLE();
        assertTrue(system.timelock.hasRole(proposer, address(governor)));
        assertFalse(system.timelock.hasRole(proposer, guardian));
        assertFalse(system.timelock.hasRole(proposer, treasury));
        assertEq(governor.timelock(), timelock);
        assertEq(governor.proposalGuardian(), guardian);
    }

    /// Each file stands by itself: its own chain, rules that the contracts accept, and no local stand-ins on a real chain.
    function test_EveryConfigurationCanBeRead() public {
        for (uint256 at = 0; at < names.length; ++at) {
            string memory json = vm.readFile(string.concat(vm.projectRoot(), "/config/", names[at], ".json"));
            vm.chainId(vm.parseJsonUint(json, ".chainId"));
            assertEq(vm.parseJsonBool(json, ".local"), at == 0);
            assertLe(vm.parseJsonUint(json, ".rules.supply"), vm.parseJsonUint(json, ".rules.cap"));
            assertEq(vm.parseJsonUintArray(json, ".rules.levelBps").length, 3);
            assertGe(vm.parseJsonUint(json, ".rules.windowSeconds"), 60);
        }
    }

    function test_RefusesAnotherChain() public {
        vm.chainId(1);
        vm.expectRevert(abi.encodeWithSelector(Config.WrongChain.selector, 31337, 1));
        script.read("local");
    }

    /// The people of a real chain are named by whoever deploys, or nothing is deployed.
    function test_RefusesARealChainThatNamesNobody() public {
        vm.chainId(1);
        vm.expectRevert(abi.encodeWithSelector(Config.NothingNamed.selector, "people.issuer"));
        script.read("ethereum");
    }

    function test_RefusesAnOutsideAddressWithoutCode() public {
        network.local = false;
        network.outside = system.outside;
        network.outside.safeFactory = alice;
        vm.expectRevert(abi.encodeWithSelector(Outside.NoCode.selector, alice));
        script.deploy(network, address(script));
        network.outside.safeFactory = address(0);
        vm.expectRevert(abi.encodeWithSelector(Config.NothingNamed.selector, "outside.safeFactory"));
        script.deploy(network, address(script));
    }

    /// A real chain brings its own outside, and has no market until it has a feed.
    function test_DeploysOnAChainThatBringsItsOwnOutside() public {
        _realChain();
        network.outside.feed = address(0);
        system = script.deploy(network, address(script));
        assertEq(system.pool, address(0));
        assertEq(system.stop.modules().length, 5);
        assertEq(system.outside.usdc, address(usdc));
        assertEq(system.token.balanceOf(system.treasury), 350_000_000e18);
    }

    function test_BringsARouterWhereThereIsNone() public {
        _realChain();
        network.outside.uniswapRouter = address(0);
        system = script.deploy(network, address(script));
        assertGt(system.outside.uniswapRouter.code.length, 0);
        assertEq(system.liquidity.neighbours().router, system.outside.uniswapRouter);
        assertEq(token.balanceOf(system.pool), 0);
    }

    /// The market comes with the feed: its modules are the timelock's, and the deployer keeps nothing of them.
    function test_TheMarketCanComeLater() public {
        DeployMarket later = DeployMarket(deployCode("DeployMarket.s.sol:DeployMarket"));
        vm.expectRevert(abi.encodeWithSelector(DeployMarket.NoFeed.selector, "local"));
        later.deploy(network, system, address(later));
        _realChain();
        address theFeed = network.outside.feed;
        network.outside.feed = address(0);
        system = script.deploy(network, address(script));
        vm.expectRevert(abi.encodeWithSelector(DeployMarket.NoFeed.selector, "local"));
        later.deploy(network, system, address(later));
        network.outside.feed = theFeed;
        system = later.deploy(network, system, address(later));
        address[2] memory modules = [address(system.oracle), address(system.liquidity)];
        for (uint256 at = 0; at < 2; ++at) {
            assertTrue(IAccessControl(modules[at]).hasRole(0, address(system.timelock)));
            assertTrue(IAccessControl(modules[at]).hasRole(keccak256("GUARDIAN_ROLE"), address(system.stop)));
            assertFalse(IAccessControl(modules[at]).hasRole(0, address(later)));
        }
        assertEq(system.oracle.feedPrice(), 0.25e18);
    }

    /// What the market's script cannot do any more, its proposal does.
    function test_TheVoteOpensTheWaysOutOfALaterMarket() public {
        DeployMarket later = DeployMarket(deployCode("DeployMarket.s.sol:DeployMarket"));
        _realChain();
        address theFeed = network.outside.feed;
        network.outside.feed = address(0);
        system = script.deploy(network, address(script));
        network.outside.feed = theFeed;
        system = later.deploy(network, system, address(later));
        _checkExits(false);
        assertEq(system.stop.modules().length, 5);
        (address[] memory targets, uint256[] memory values, bytes[] memory calldatas) = later.proposal(system);
        vm.startPrank(system.treasury);
        system.token.delegate(system.treasury);
        vm.warp(block.timestamp + 1);
        uint256 id = system.governor.propose(targets, values, calldatas, "the market");
        vm.warp(system.governor.proposalSnapshot(id) + 1);
        system.governor.castVote(id, 1);
        vm.warp(system.governor.proposalDeadline(id) + 1);
        system.governor.queue(targets, values, calldatas, keccak256("the market"));
        vm.warp(block.timestamp + system.timelock.getMinDelay());
        system.governor.execute(targets, values, calldatas, keccak256("the market"));
        vm.stopPrank();
        _checkExits(true);
        address[] memory modules = system.stop.modules();
        assertEq(modules.length, 7);
        assertEq(modules[0], address(system.token));
        assertEq(modules[5], address(system.oracle));
        assertEq(modules[6], address(system.liquidity));
    }

    /// The modules that owe TRVL have their way out, and the market has it or not.
    function _checkExits(bool market) private view {
        bytes32 exit = system.token.EXIT_ROLE();
        assertTrue(system.token.hasRole(exit, address(system.distributor)));
        assertTrue(system.token.hasRole(exit, address(system.registry)));
        assertTrue(system.token.hasRole(exit, address(system.staking)));
        assertEq(system.token.hasRole(exit, system.pool), market);
        assertEq(system.token.hasRole(exit, address(system.liquidity)), market);
    }

    /// The first deployment's outside, as a real chain's; and other owners, since a Safe's address is made of them.
    function _realChain() private {
        network.local = false;
        network.outside = system.outside;
        network.people.treasuryThreshold = 3;
        network.people.guardianOwners[0] = alice;
    }
}
