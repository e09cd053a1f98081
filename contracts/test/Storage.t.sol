// SPDX-License-Identifier: Apache-2.0
pragma solidity 0.8.37;

import {SlotDerivation} from "@openzeppelin/contracts/utils/SlotDerivation.sol";
import {SystemFixture} from "./SystemFixture.sol";

/// @title Each module keeps its state where ERC-7201 says, and nowhere else.
contract StorageTest is SystemFixture {
    function _first(address module, string memory name) private view returns (address) {
        bytes32 slot = SlotDerivation.erc7201Slot(string.concat("voxfare.storage.", name));
        return address(uint160(uint256(vm.load(module, slot))));
    }

    /// The first member of each namespace is an address that is known.
    function test_NamespacesAreWhereTheFormulaSays() public view {
        assertEq(_first(address(distributor), "RewardDistributor"), address(token));
        assertEq(_first(address(system.registry), "ReferralRegistry"), address(token));
        assertEq(_first(address(staking), "Staking"), address(token));
        assertEq(_first(address(desk), "PaymentDesk"), address(usdc));
        assertEq(_first(address(liquidity), "LiquidityManager"), address(token));
        assertEq(_first(address(oracle), "PriceOracle"), address(feed));
    }

    /// The token's namespace begins with a mapping: an entry of it, then.
    function test_TheTokensBridgesAreWhereTheFormulaSays() public {
        vm.prank(timelock);
        token.setBridgeLimits(alice, 1, 1, 1 days);
        bytes32 base = SlotDerivation.erc7201Slot("voxfare.storage.TRVLToken");
        bytes32 entry = keccak256(abi.encode(alice, base));
        assertEq(uint256(vm.load(address(token), entry)) & 0xff, 1);
    }

    function test_NothingLiesInTheFirstSlots() public view {
        address[] memory modules = stop.modules();
        for (uint256 at = 0; at < modules.length; ++at) {
            for (uint256 slot = 0; slot < 16; ++slot) {
                assertEq(vm.load(modules[at], bytes32(slot)), 0);
            }
        }
    }
}
