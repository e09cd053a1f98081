// SPDX-License-Identifier: Apache-2.0
pragma solidity 0.8.37;

import {DevUSDC} from "../../local/DevUSDC.sol";
import {PaymentDesk} from "../../src/PaymentDesk.sol";
import {IPaymentDesk} from "../../src/interfaces/IPaymentDesk.sol";
import {StakingFixture} from "../StakingFixture.sol";

/// @title Attack: somebody takes a signature out of a waiting transaction and sends it first, so that the transaction fails.
contract PermitFrontRunningAttack is StakingFixture {
    address internal owner;
    uint256 internal key;

    function setUp() public override {
        super.setUp();
        (owner, key) = makeAddrAndKey("owner");
        token.mint(owner, 5e18);
    }

    function test_PermitFrontRunning_TheStakeGoesThrough() public {
        (uint8 v, bytes32 r, bytes32 s) = _permit(key, owner, 5e18);
        vm.prank(bob);
        token.permit(owner, address(staking), 5e18, block.timestamp, v, r, s);
        vm.prank(owner);
        staking.stakeWithPermit(0, 5e18, block.timestamp, v, r, s);
        assertEq(staking.position(owner, 0).amount, 5e18);
    }

    /// Another's permit cannot be staked: it approves the contract for its signer, and only the caller's tokens are taken.
    function test_PermitFrontRunning_AnothersPermitIsOfNoUse() public {
        (uint8 v, bytes32 r, bytes32 s) = _permit(key, owner, 5e18);
        address nobody = makeAddr("nobody");
        vm.prank(nobody);
        vm.expectRevert();
        staking.stakeWithPermit(0, 5e18, block.timestamp, v, r, s);
        assertEq(token.balanceOf(owner), 5e18);
    }

    function test_PermitFrontRunning_ThePaymentGoesThroughAndItsAuthorizationIsForTheDeskAlone() public {
        DevUSDC usdc = new DevUSDC(address(this));
        PaymentDesk desk = PaymentDesk(
            _proxy(address(new PaymentDesk()), abi.encodeCall(PaymentDesk.initialize, (admin, usdc, treasury)))
        );
        usdc.mint(owner, 100);
        bytes32 typehash = keccak256(
            "ReceiveWithAuthorization(address from,address to,uint256 value,uint256 validAfter,uint256 validBefore,bytes32 nonce)"
        );
        bytes32 nonce = desk.authorizationNonce("order");
        bytes32 body =
            keccak256(abi.encode(typehash, owner, address(desk), 100, uint256(0), block.timestamp + 1, nonce));
        IPaymentDesk.Authorization memory signed;
        (signed.payer, signed.amount, signed.validBefore) = (owner, 100, block.timestamp + 1);
        (signed.v, signed.r, signed.s) =
            vm.sign(key, keccak256(abi.encodePacked("\x19\x01", usdc.DOMAIN_SEPARATOR(), body)));
        vm.prank(bob);
        vm.expectRevert();
        usdc.receiveWithAuthorization(
            owner, address(desk), 100, 0, signed.validBefore, nonce, signed.v, signed.r, signed.s
        );
        vm.prank(bob);
        desk.payWithAuthorization("order", signed);
        assertEq(desk.payment("order", owner).paid, 100);
    }
}
