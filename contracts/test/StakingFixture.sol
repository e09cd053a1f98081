// SPDX-License-Identifier: Apache-2.0
pragma solidity 0.8.37;

import {Staking} from "../src/Staking.sol";
import {IStaking} from "../src/interfaces/IStaking.sol";
import {Fixture} from "./Fixture.sol";

/// @title Staking with four tiers, and stakers who have tokens.
abstract contract StakingFixture is Fixture {
    Staking internal staking;

    function setUp() public virtual override {
        super.setUp();
        IStaking.Tier[] memory tiers = new IStaking.Tier[](4);
        tiers[0] = IStaking.Tier(0, 10_000, 0, 1e18);
        tiers[1] = IStaking.Tier(30 days, 12_500, 1000, 100e18);
        tiers[2] = IStaking.Tier(90 days, 15_000, 2000, 1000e18);
        tiers[3] = IStaking.Tier(365 days, 20_000, 3000, 100e18);
        staking = Staking(
            _proxy(
                deployCode("Staking.sol:Staking"), abi.encodeCall(Staking.initialize, (admin, token, treasury, tiers))
            )
        );
        vm.startPrank(admin);
        token.grantRole(token.EXIT_ROLE(), address(staking));
        staking.grantRole(staking.GUARDIAN_ROLE(), guardian);
        staking.grantRole(staking.FUNDER_ROLE(), admin);
        token.approve(address(staking), type(uint256).max);
        vm.stopPrank();
        token.mint(admin, 1_000_000e18);
        address[4] memory people = [alice, bob, carol, dave];
        for (uint256 at = 0; at < 4; ++at) {
            token.mint(people[at], 1_000_000e18);
            vm.prank(people[at]);
            token.approve(address(staking), type(uint256).max);
        }
    }

    function _stake(address account, uint8 tier, uint256 amount) internal {
        vm.prank(account);
        staking.stake(tier, amount);
    }

    function _unstake(address account, uint8 tier, uint256 amount) internal returns (uint256) {
        vm.prank(account);
        return staking.unstake(tier, amount);
    }

    function _fund(uint256 amount) internal {
        vm.prank(admin);
        staking.fund(amount);
    }

    function _permit(uint256 key, address owner, uint256 value) internal view returns (uint8 v, bytes32 r, bytes32 s) {
        bytes32 typehash =
            keccak256("Permit(address owner,address spender,uint256 value,uint256 nonce,uint256 deadline)");
        bytes32 body =
            keccak256(abi.encode(typehash, owner, address(staking), value, token.nonces(owner), block.timestamp));
        return vm.sign(key, keccak256(abi.encodePacked("\x19\x01", token.DOMAIN_SEPARATOR(), body)));
    }
}
