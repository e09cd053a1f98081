// SPDX-License-Identifier: Apache-2.0
pragma solidity 0.8.37;

import {Staking} from "../../src/Staking.sol";
import {Symbolic} from "./Symbolic.sol";

/// @title Proof: from any state, by any call, what leaves staking leaves the account it belongs to, to the wei, and never more than is in it.
contract StakingProof is Symbolic {
    Staking internal staking;

    struct Accounts {
        uint256 staked;
        uint256 yieldReserve;
        uint256 penalties;
    }

    function setUp() public {
        staking = new Staking();
        _anyState(address(staking), "Staking");
        vm.warp(1_800_000_000);
    }

    function _accounts() private view returns (Accounts memory now_) {
        (now_.staked,, now_.yieldReserve, now_.penalties,) = staking.totals();
    }

    /// Yield comes out of the funded yield alone.
    function check_YieldIsPaidOutOfWhatWasFunded(address who, uint8 tier) external {
        Accounts memory before = _accounts();
        vm.prank(who);
        (bool done,) = address(staking).call(abi.encodeCall(staking.claimYield, (tier)));
        vm.assume(done);
        Accounts memory after_ = _accounts();
        assert(ledger.sent() <= before.yieldReserve);
        assert(after_.yieldReserve == before.yieldReserve - ledger.sent());
        assert(after_.staked == before.staked && after_.penalties == before.penalties);
    }

    /// Principal comes out of principal alone, and the penalty stays.
    function check_PrincipalIsPaidOutOfPrincipal(address who, uint8 tier, uint256 amount) external {
        Accounts memory before = _accounts();
        vm.prank(who);
        (bool done,) = address(staking).call(abi.encodeCall(staking.unstake, (tier, amount)));
        vm.assume(done);
        Accounts memory after_ = _accounts();
        assert(before.staked - after_.staked == amount);
        assert(ledger.sent() + (after_.penalties - before.penalties) == amount);
        assert(after_.yieldReserve == before.yieldReserve);
    }

    /// Penalties come out of penalties alone.
    function check_PenaltiesArePaidOutOfPenalties() external {
        Accounts memory before = _accounts();
        (bool done,) = address(staking).call(abi.encodeCall(staking.payPenalties, ()));
        vm.assume(done);
        Accounts memory after_ = _accounts();
        assert(ledger.sent() == before.penalties && after_.penalties == 0);
        assert(after_.staked == before.staked && after_.yieldReserve == before.yieldReserve);
    }

    /// What comes in as a stake is principal, to the wei.
    function check_AStakeIsPrincipal(address who, uint8 tier, uint256 amount) external {
        Accounts memory before = _accounts();
        uint256 held = ledger.held();
        vm.prank(who);
        (bool done,) = address(staking).call(abi.encodeCall(staking.stake, (tier, amount)));
        vm.assume(done);
        Accounts memory after_ = _accounts();
        assert(ledger.held() - held == amount && after_.staked - before.staked == amount);
        assert(after_.yieldReserve == before.yieldReserve && after_.penalties == before.penalties);
    }
}
