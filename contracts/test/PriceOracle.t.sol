// SPDX-License-Identifier: Apache-2.0
pragma solidity 0.8.37;

import {IAccessControl} from "@openzeppelin/contracts/access/IAccessControl.sol";
import {ERC1967Proxy} from "@openzeppelin/contracts/proxy/ERC1967/ERC1967Proxy.sol";
import {DevFeed} from "../local/DevFeed.sol";
import {DevUSDC} from "../local/DevUSDC.sol";
import {PriceOracle} from "../src/PriceOracle.sol";
import {IPriceOracle} from "../src/interfaces/IPriceOracle.sol";
import {INonfungiblePositionManager} from "../src/interfaces/IUniswapV3.sol";
import {SystemFixture} from "./SystemFixture.sol";

contract PriceOracleTest is SystemFixture {
    function _with(IPriceOracle.Sources memory sources) private {
        vm.prank(timelock);
        oracle.setSources(sources);
    }

    function _answer(int256 answer) private {
        vm.prank(operator);
        feed.set(answer);
    }

    function test_AnswersWhenBothSourcesAgree() public view {
        assertEq(oracle.feedPrice(), 0.25e18);
        assertApproxEqRel(oracle.poolPrice(), 0.25e18, 0.0001e18);
        assertEq(oracle.price(), 0.25e18);
    }

    function test_RefusesAStaleAnswer() public {
        _answer(0.25e8);
        uint256 at = block.timestamp;
        vm.warp(at + 86_400);
        assertEq(oracle.price(), 0.25e18);
        vm.warp(at + 86_401);
        vm.expectRevert(abi.encodeWithSelector(IPriceOracle.StaleFeed.selector, at));
        oracle.price();
    }

    function test_RefusesAnAnswerOfTheFutureOrOfNoTime() public {
        vm.startPrank(operator);
        feed.setRound(0.25e8, 0, block.timestamp + 1);
        vm.expectRevert(abi.encodeWithSelector(IPriceOracle.StaleFeed.selector, block.timestamp + 1));
        oracle.price();
        feed.setRound(0.25e8, 0, 0);
        vm.expectRevert(abi.encodeWithSelector(IPriceOracle.StaleFeed.selector, 0));
        oracle.price();
        vm.stopPrank();
    }

    function test_RefusesAnAnswerOfAnUnfinishedRound() public {
        vm.mockCall(
            address(feed),
            abi.encodeCall(feed.latestRoundData, ()),
            abi.encode(uint80(2), int256(0.25e8), block.timestamp, block.timestamp, uint80(1))
        );
        vm.expectRevert(abi.encodeWithSelector(IPriceOracle.StaleFeed.selector, block.timestamp));
        oracle.price();
    }

    function test_RefusesNothingLessThanNothingAndOutOfBounds() public {
        _answer(0);
        vm.expectRevert(abi.encodeWithSelector(IPriceOracle.OutOfBounds.selector, 0));
        oracle.price();
        _answer(-1);
        vm.expectRevert(abi.encodeWithSelector(IPriceOracle.OutOfBounds.selector, 0));
        oracle.price();
        _answer(0.0099e8);
        vm.expectRevert(abi.encodeWithSelector(IPriceOracle.OutOfBounds.selector, 0.0099e18));
        oracle.price();
        _answer(10.01e8);
        vm.expectRevert(abi.encodeWithSelector(IPriceOracle.OutOfBounds.selector, 10.01e18));
        oracle.price();
    }

    function test_StopsWhenTheSourcesDisagree() public {
        _answer(0.262e8);
        assertEq(oracle.price(), 0.262e18);
        _answer(0.263e8);
        vm.expectPartialRevert(IPriceOracle.SourcesDisagree.selector);
        oracle.price();
        _answer(0.237e8);
        vm.expectPartialRevert(IPriceOracle.SourcesDisagree.selector);
        oracle.price();
    }

    function test_WaitsForTheSequencer() public {
        DevFeed sequencer = new DevFeed(address(this), 0, 0);
        IPriceOracle.Sources memory sources = oracle.sources();
        sources.sequencer = address(sequencer);
        _with(sources);
        vm.expectRevert(IPriceOracle.SequencerDown.selector);
        oracle.price();
        vm.warp(block.timestamp + 3601);
        assertEq(oracle.price(), 0.25e18);
        sequencer.set(1);
        vm.warp(block.timestamp + 3601);
        vm.expectRevert(IPriceOracle.SequencerDown.selector);
        oracle.price();
        sequencer.setRound(0, 0, 0);
        vm.expectRevert(IPriceOracle.SequencerDown.selector);
        oracle.price();
    }

    function test_RefusesAThinPool() public {
        IPriceOracle.Sources memory sources = oracle.sources();
        sources.liquidityMin = type(uint128).max;
        _with(sources);
        vm.expectPartialRevert(IPriceOracle.ThinPool.selector);
        oracle.price();
    }

    function test_APauseStopsThePrice() public {
        vm.prank(guardian);
        oracle.pause();
        vm.expectRevert(IPriceOracle.OracleStopped.selector);
        oracle.price();
        vm.prank(timelock);
        oracle.unpause();
        assertEq(oracle.price(), 0.25e18);
    }

    function test_OnlyTheTimelockSetsSources() public {
        IPriceOracle.Sources memory sources = oracle.sources();
        vm.prank(operator);
        vm.expectRevert(
            abi.encodeWithSelector(IAccessControl.AccessControlUnauthorizedAccount.selector, operator, bytes32(0))
        );
        oracle.setSources(sources);
    }

    function test_RefusesSourcesThatMakeNoSense() public {
        for (uint256 fault = 0; fault < 6; ++fault) {
            IPriceOracle.Sources memory sources = oracle.sources();
            if (fault == 0) sources.priceMin = 0;
            if (fault == 1) sources.priceMin = sources.priceMax;
            if (fault == 2) sources.heartbeatSeconds = 0;
            if (fault == 3) sources.windowSeconds = 59;
            if (fault == 4) sources.deviationMaxBps = 10_000;
            if (fault == 5) sources.feed = address(new DevFeed(address(this), 19, 1));
            vm.prank(timelock);
            vm.expectRevert(IPriceOracle.BadSources.selector);
            oracle.setSources(sources);
        }
        PriceOracle other = new PriceOracle();
        bytes memory call = abi.encodeCall(PriceOracle.initialize, (timelock, alice, oracle.sources()));
        vm.expectRevert(IPriceOracle.BadSources.selector);
        new ERC1967Proxy(address(other), call);
    }

    /// The other order of the pair, which the addresses of the first pool did not give.
    function testFuzz_ReadsAPoolOfEitherOrder(uint256 price) public {
        price = bound(price, 0.02e18, 9e18);
        for (uint256 order = 0; order < 2; ++order) {
            (DevUSDC first, DevUSDC second) = _orderedPair(order == 1);
            IPriceOracle.Sources memory sources = oracle.sources();
            sources.pool = _poolAt(first, second, order == 0 ? price : 1e36 / price);
            sources.liquidityMin = 0;
            address ours = order == 0 ? address(first) : address(second);
            PriceOracle made = PriceOracle(
                address(
                    new ERC1967Proxy(
                        address(new PriceOracle()), abi.encodeCall(PriceOracle.initialize, (timelock, ours, sources))
                    )
                )
            );
            vm.warp(block.timestamp + 1 hours);
            assertApproxEqRel(made.poolPrice(), price, 0.001e18);
        }
    }

    function _orderedPair(bool swapped) private returns (DevUSDC first, DevUSDC second) {
        first = new DevUSDC(address(this));
        second = new DevUSDC(address(this));
        if (address(first) > address(second)) (first, second) = (second, first);
        if (swapped) assertLt(uint160(address(first)), uint160(address(second)));
    }

    /// A pool of two tokens of six decimals, at a price of the second per the first with 18 decimals.
    function _poolAt(DevUSDC first, DevUSDC second, uint256 price) private returns (address) {
        uint160 root = uint160(_sqrt((price << 96) / 1e18) << 48);
        return INonfungiblePositionManager(system.outside.uniswapPositions)
            .createAndInitializePoolIfNecessary(address(first), address(second), 3000, root);
    }

    function _sqrt(uint256 x) private pure returns (uint256 root) {
        root = x;
        uint256 next = (x + 1) / 2;
        while (next < root) (root, next) = (next, (x / next + next) / 2);
    }
}
