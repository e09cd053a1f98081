// SPDX-License-Identifier: Apache-2.0
pragma solidity 0.8.37;

import {StakingFixture} from "../StakingFixture.sol";
import {StakingHandler} from "./StakingHandler.sol";

/// @title Whatever stakers do, principal is whole, yield is funded, and the three accounts never mix.
contract StakingInvariants is StakingFixture {
    StakingHandler internal handler;

    function setUp() public override {
        super.setUp();
        address[4] memory people = [alice, bob, carol, dave];
        handler = new StakingHandler(token, staking, people);
        vm.startPrank(admin);
        staking.grantRole(staking.FUNDER_ROLE(), address(handler));
        assertTrue(token.transfer(address(handler), 900_000e18));
        vm.stopPrank();
        targetContract(address(handler));
    }

    /// The contract holds principal, yield and penalties, each in full. Only gifts are beyond that.
    function invariant_HoldsWhatItOwes() public view {
        (uint256 staked,, uint256 yieldReserve, uint256 penalties,) = staking.totals();
        assertEq(token.balanceOf(address(staking)), staked + yieldReserve + penalties + handler.given());
    }

    /// What everybody could claim now is no more than what was funded and not yet paid.
    function invariant_NeverOwesMoreYieldThanFunded() public view {
        (,, uint256 yieldReserve,,) = staking.totals();
        uint256 pending;
        for (uint256 at = 0; at < 4; ++at) {
            for (uint8 tier = 0; tier < 4; ++tier) {
                pending += staking.pendingYield(handler.people(at), tier);
            }
        }
        assertLe(pending, yieldReserve);
        assertEq(yieldReserve, handler.funded() - handler.yieldPaid());
    }

    /// Principal is the sum of the positions, and so is the weight.
    function invariant_TotalsAreTheSums() public view {
        (uint256 staked, uint256 weight,,,) = staking.totals();
        (uint256 amounts, uint256 weights) = (0, 0);
        for (uint256 at = 0; at < 4; ++at) {
            for (uint8 tier = 0; tier < 4; ++tier) {
                amounts += staking.position(handler.people(at), tier).amount;
                weights += staking.position(handler.people(at), tier).weight;
            }
        }
        assertEq(staked, amounts);
        assertEq(weight, weights);
    }

    /// What came in as principal came out, is still there, or is a penalty.
    function invariant_PrincipalIsWhole() public view {
        (uint256 staked,,,,) = staking.totals();
        assertEq(handler.principalIn(), staked + handler.principalOut() + handler.penaltiesTaken());
    }
}
