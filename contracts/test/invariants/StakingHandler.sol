// SPDX-License-Identifier: Apache-2.0
pragma solidity 0.8.37;

import {CommonBase} from "forge-std/Base.sol";
import {StdUtils} from "forge-std/StdUtils.sol";
import {Staking} from "../../src/Staking.sol";
import {TRVLToken} from "../../src/TRVLToken.sol";
import {IStaking} from "../../src/interfaces/IStaking.sol";

/// @title Does to staking whatever anybody could, and keeps its own books.
contract StakingHandler is CommonBase, StdUtils {
    TRVLToken private immutable token;
    Staking private immutable staking;
    address[4] public people;

    uint256 public principalIn;
    uint256 public principalOut;
    uint256 public penaltiesTaken;
    uint256 public funded;
    uint256 public yieldPaid;
    uint256 public given;

    constructor(TRVLToken token_, Staking staking_, address[4] memory people_) {
        (token, staking, people) = (token_, staking_, people_);
        token_.approve(address(staking_), type(uint256).max);
    }

    function stake(uint256 who, uint8 tier, uint256 amount) external {
        address account = people[who % 4];
        tier = tier % 4;
        uint256 least = staking.tierRules(tier).minimum;
        uint256 most = token.balanceOf(account);
        if (most < least) return;
        amount = bound(amount, least, most);
        vm.prank(account);
        staking.stake(tier, amount);
        principalIn += amount;
    }

    function unstake(uint256 who, uint8 tier, uint256 amount) external {
        address account = people[who % 4];
        tier = tier % 4;
        uint256 held = staking.position(account, tier).amount;
        if (held == 0) return;
        amount = bound(amount, 1, held);
        // What would be left below the minimum has to leave as well.
        if (held - amount < staking.tierRules(tier).minimum) amount = held;
        uint256 penalty = staking.penaltyOf(account, tier, amount);
        uint256 before = token.balanceOf(account);
        vm.prank(account);
        uint256 paid = staking.unstake(tier, amount);
        require(token.balanceOf(account) - before == paid && paid == amount - penalty, "paid something else");
        principalOut += paid;
        penaltiesTaken += penalty;
    }

    function claimYield(uint256 who, uint8 tier) external {
        vm.prank(people[who % 4]);
        yieldPaid += staking.claimYield(tier % 4);
    }

    function expire(uint256 who, uint8 tier) external {
        address account = people[who % 4];
        IStaking.Position memory held = staking.position(account, tier % 4);
        if (block.timestamp < held.unlocksAt || held.weight <= held.amount) return;
        staking.expire(account, tier % 4);
    }

    function fund(uint256 amount) external {
        uint256 most = token.balanceOf(address(this));
        if (most == 0) return;
        amount = bound(amount, 1, most / 4 + 1);
        staking.fund(amount);
        funded += amount;
    }

    function give(uint256 amount) external {
        amount = bound(amount, 0, token.balanceOf(address(this)) / 10);
        require(token.transfer(address(staking), amount), "not sent");
        given += amount;
    }

    function payPenalties() external {
        staking.payPenalties();
    }

    function pass(uint256 time) external {
        vm.warp(block.timestamp + bound(time, 1, 60 days));
    }
}
