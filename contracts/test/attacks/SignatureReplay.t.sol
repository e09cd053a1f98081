// SPDX-License-Identifier: Apache-2.0
pragma solidity 0.8.37;

import {RewardDistributor} from "../../src/RewardDistributor.sol";
import {IRewardDistributor} from "../../src/interfaces/IRewardDistributor.sol";
import {Fixture} from "../Fixture.sol";

/// @title Attack: a voucher that was good once is shown again: here, on another chain, to another contract, after an upgrade.
contract SignatureReplayAttack is Fixture {
    IRewardDistributor.Voucher internal voucher;
    bytes internal signature;

    function setUp() public override {
        super.setUp();
        voucher = _voucher("a", alice, 1000);
        signature = _sign(voucher);
        vm.prank(admin);
        distributor.setClawbackWindow(0);
    }

    function _spent() private pure returns (bytes memory) {
        return abi.encodeWithSelector(
            IRewardDistributor.BookingSpent.selector, bytes32("a"), IRewardDistributor.State.Settled
        );
    }

    function test_SignatureReplay_TwiceOnTheSameChain() public {
        distributor.claim(voucher, signature);
        vm.expectRevert(_spent());
        distributor.claim(voucher, signature);
        assertEq(token.balanceOf(alice), 700);
    }

    function test_SignatureReplay_AcrossChains() public {
        vm.chainId(42161);
        vm.expectPartialRevert(IRewardDistributor.NotAnIssuer.selector);
        distributor.claim(voucher, signature);
    }

    function test_SignatureReplay_AcrossContracts() public {
        RewardDistributor other = RewardDistributor(
            _proxy(
                address(new RewardDistributor()),
                abi.encodeCall(RewardDistributor.initialize, (admin, token, treasury, address(0), DAILY))
            )
        );
        vm.startPrank(admin);
        other.grantRole(other.ISSUER_ROLE(), issuer);
        vm.stopPrank();
        token.mint(address(other), 1000);
        vm.expectPartialRevert(IRewardDistributor.NotAnIssuer.selector);
        other.claim(voucher, signature);
    }

    function test_SignatureReplay_AfterAnUpgrade() public {
        distributor.claim(voucher, signature);
        address next = address(new RewardDistributor());
        vm.prank(admin);
        distributor.upgradeToAndCall(next, "");
        vm.expectRevert(_spent());
        distributor.claim(voucher, signature);
    }

    /// What was signed before an upgrade and not yet claimed stays good: travellers lose nothing.
    function test_SignatureReplay_AnUpgradeKeepsUnclaimedVouchersGood() public {
        address next = address(new RewardDistributor());
        vm.prank(admin);
        distributor.upgradeToAndCall(next, "");
        distributor.claim(voucher, signature);
        assertEq(token.balanceOf(alice), 700);
    }

    /// The other of the two signatures that recover to the same key, and the short form of it.
    function test_SignatureReplay_MalleableForms() public {
        (bytes32 r, bytes32 s, uint8 v) = _parts();
        uint256 order = 0xfffffffffffffffffffffffffffffffebaaedce6af48a03bbfd25e8cd0364141;
        bytes memory twin = abi.encodePacked(r, bytes32(order - uint256(s)), v == 27 ? uint8(28) : uint8(27));
        vm.expectRevert();
        distributor.claim(voucher, twin);
        distributor.claim(voucher, signature);
        vm.expectRevert(_spent());
        distributor.claim(voucher, signature);
    }

    function test_SignatureReplay_AnIssuerWhoWasDismissed() public {
        bytes32 role = distributor.ISSUER_ROLE();
        vm.prank(admin);
        distributor.revokeRole(role, issuer);
        vm.expectRevert(abi.encodeWithSelector(IRewardDistributor.NotAnIssuer.selector, issuer));
        distributor.claim(voucher, signature);
    }

    function _parts() private view returns (bytes32 r, bytes32 s, uint8 v) {
        return (_word(0), _word(32), uint8(signature[64]));
    }

    function _word(uint256 at) private view returns (bytes32 word) {
        bytes memory copy = signature;
        assembly {
            word := mload(add(add(copy, 32), at))
        }
    }
}
