// SPDX-License-Identifier: Apache-2.0
pragma solidity 0.8.37;

import {PausableUpgradeable} from "@openzeppelin/contracts-upgradeable/utils/PausableUpgradeable.sol";
import {IAccessControl} from "@openzeppelin/contracts/access/IAccessControl.sol";
import {IERC20Errors} from "@openzeppelin/contracts/interfaces/draft-IERC6093.sol";
import {ERC1967Proxy} from "@openzeppelin/contracts/proxy/ERC1967/ERC1967Proxy.sol";
import {IERC20} from "@openzeppelin/contracts/token/ERC20/IERC20.sol";
import {ERC3009} from "@openzeppelin/contracts/token/ERC20/extensions/draft-ERC3009.sol";
import {Test} from "forge-std/Test.sol";
import {DevUSDC} from "../local/DevUSDC.sol";
import {PaymentDesk} from "../src/PaymentDesk.sol";
import {IGoverned} from "../src/interfaces/IGoverned.sol";
import {IPaymentDesk} from "../src/interfaces/IPaymentDesk.sol";

contract PaymentDeskTest is Test {
    bytes32 internal constant ORDER = "order";

    address internal immutable admin = makeAddr("timelock");
    address internal immutable treasury = makeAddr("treasury");
    address internal immutable relayer = makeAddr("relayer");
    address internal payer;
    uint256 internal key;
    DevUSDC internal usdc;
    PaymentDesk internal desk;

    function setUp() public {
        vm.warp(1_800_000_000);
        (payer, key) = makeAddrAndKey("payer");
        usdc = new DevUSDC(address(this));
        desk = PaymentDesk(
            address(
                new ERC1967Proxy(
                    address(new PaymentDesk()), abi.encodeCall(PaymentDesk.initialize, (admin, usdc, treasury))
                )
            )
        );
        vm.startPrank(admin);
        desk.grantRole(desk.REFUNDER_ROLE(), treasury);
        desk.grantRole(desk.GUARDIAN_ROLE(), admin);
        vm.stopPrank();
        usdc.mint(payer, 1000e6);
        vm.prank(treasury);
        usdc.approve(address(desk), type(uint256).max);
    }

    function _digest(bytes32 structHash) private view returns (bytes32) {
        return keccak256(abi.encodePacked("\x19\x01", usdc.DOMAIN_SEPARATOR(), structHash));
    }

    function _authorization(bytes32 order, uint256 amount)
        private
        view
        returns (IPaymentDesk.Authorization memory signed)
    {
        bytes32 typehash = keccak256(
            "ReceiveWithAuthorization(address from,address to,uint256 value,uint256 validAfter,uint256 validBefore,bytes32 nonce)"
        );
        bytes32 nonce = desk.authorizationNonce(order);
        bytes32 body =
            keccak256(abi.encode(typehash, payer, address(desk), amount, uint256(0), block.timestamp + 1 hours, nonce));
        (signed.payer, signed.amount, signed.validBefore) = (payer, amount, block.timestamp + 1 hours);
        (signed.v, signed.r, signed.s) = vm.sign(key, _digest(body));
    }

    function _permit(uint256 amount) private view returns (uint8 v, bytes32 r, bytes32 s) {
        bytes32 typehash =
            keccak256("Permit(address owner,address spender,uint256 value,uint256 nonce,uint256 deadline)");
        bytes32 body =
            keccak256(abi.encode(typehash, payer, address(desk), amount, usdc.nonces(payer), block.timestamp));
        return vm.sign(key, _digest(body));
    }

    function _pay(uint256 amount) private {
        vm.startPrank(payer);
        usdc.approve(address(desk), amount);
        desk.pay(ORDER, amount);
        vm.stopPrank();
    }

    function test_PaysTheTreasuryOnce() public {
        vm.startPrank(payer);
        usdc.approve(address(desk), 100e6);
        vm.expectEmit(address(desk));
        emit IPaymentDesk.Paid(ORDER, payer, 100e6);
        desk.pay(ORDER, 100e6);
        vm.stopPrank();
        assertEq(usdc.balanceOf(treasury), 100e6);
        assertEq(desk.payment(ORDER, payer).paid, 100e6);
        vm.prank(payer);
        vm.expectRevert(abi.encodeWithSelector(IPaymentDesk.AlreadyPaid.selector, ORDER, payer));
        desk.pay(ORDER, 1);
    }

    function test_AStrangersPaymentDoesNotStandInTheWay() public {
        usdc.mint(relayer, 1);
        vm.startPrank(relayer);
        usdc.approve(address(desk), 1);
        desk.pay(ORDER, 1);
        vm.stopPrank();
        _pay(100e6);
        assertEq(desk.payment(ORDER, payer).paid, 100e6);
    }

    function test_PaysByPermit() public {
        (uint8 v, bytes32 r, bytes32 s) = _permit(70e6);
        vm.prank(payer);
        desk.payWithPermit(ORDER, 70e6, block.timestamp, v, r, s);
        assertEq(usdc.balanceOf(treasury), 70e6);
    }

    function test_ABadPermitPaysNothing() public {
        (uint8 v, bytes32 r, bytes32 s) = _permit(70e6);
        vm.prank(payer);
        vm.expectRevert(
            abi.encodeWithSelector(IERC20Errors.ERC20InsufficientAllowance.selector, address(desk), 0, 71e6)
        );
        desk.payWithPermit(ORDER, 71e6, block.timestamp, v, r, s);
    }

    function test_ARelayerPaysByTheAuthorization() public {
        IPaymentDesk.Authorization memory signed = _authorization(ORDER, 80e6);
        vm.prank(relayer);
        desk.payWithAuthorization(ORDER, signed);
        assertEq(usdc.balanceOf(treasury), 80e6);
        assertEq(desk.payment(ORDER, payer).paid, 80e6);
        assertEq(usdc.balanceOf(address(desk)), 0);
    }

    function test_AnAuthorizationPaysItsOrderAndNoOtherAndNoLess() public {
        IPaymentDesk.Authorization memory signed = _authorization(ORDER, 80e6);
        vm.startPrank(relayer);
        vm.expectRevert(ERC3009.ERC3009InvalidSignature.selector);
        desk.payWithAuthorization("other", signed);
        signed.amount = 79e6;
        vm.expectRevert(ERC3009.ERC3009InvalidSignature.selector);
        desk.payWithAuthorization(ORDER, signed);
        vm.stopPrank();
    }

    function test_RefusesNothingAndTooMuch() public {
        vm.startPrank(payer);
        vm.expectRevert(abi.encodeWithSelector(IPaymentDesk.BadAmount.selector, 0));
        desk.pay(ORDER, 0);
        vm.expectRevert(abi.encodeWithSelector(IPaymentDesk.BadAmount.selector, 1 << 96));
        desk.pay(ORDER, 1 << 96);
        vm.stopPrank();
    }

    function test_RefundsUpToWhatWasPaid() public {
        _pay(100e6);
        vm.startPrank(treasury);
        vm.expectRevert(abi.encodeWithSelector(IPaymentDesk.AbovePayment.selector, 101e6, 100e6));
        desk.refund(ORDER, payer, 101e6);
        vm.expectRevert(abi.encodeWithSelector(IPaymentDesk.AbovePayment.selector, 0, 100e6));
        desk.refund(ORDER, payer, 0);
        desk.refund(ORDER, payer, 60e6);
        vm.expectRevert(abi.encodeWithSelector(IPaymentDesk.AbovePayment.selector, 41e6, 40e6));
        desk.refund(ORDER, payer, 41e6);
        vm.stopPrank();
        assertEq(desk.refundOwed(payer), 60e6);
        vm.prank(relayer);
        assertEq(desk.takeRefund(payer, payer), 60e6);
        assertEq(usdc.balanceOf(payer), 960e6);
        vm.expectRevert(abi.encodeWithSelector(IPaymentDesk.NothingOwed.selector, payer));
        desk.takeRefund(payer, payer);
    }

    function test_OnlyThePayerSendsARefundElsewhere() public {
        _pay(100e6);
        vm.prank(treasury);
        desk.refund(ORDER, payer, 60e6);
        vm.prank(relayer);
        vm.expectRevert(abi.encodeWithSelector(IPaymentDesk.NotThePayer.selector, relayer));
        desk.takeRefund(payer, relayer);
        vm.prank(payer);
        desk.takeRefund(payer, relayer);
        assertEq(usdc.balanceOf(relayer), 60e6);
    }

    function test_APauseStopsPaymentsButNotRefunds() public {
        _pay(100e6);
        vm.prank(treasury);
        desk.refund(ORDER, payer, 60e6);
        vm.prank(admin);
        desk.pause();
        IPaymentDesk.Authorization memory signed = _authorization("b", 1e6);
        vm.startPrank(payer);
        vm.expectRevert(PausableUpgradeable.EnforcedPause.selector);
        desk.pay("b", 1e6);
        vm.expectRevert(PausableUpgradeable.EnforcedPause.selector);
        desk.payWithPermit("b", 1e6, 0, 0, 0, 0);
        vm.expectRevert(PausableUpgradeable.EnforcedPause.selector);
        desk.payWithAuthorization("b", signed);
        assertEq(desk.takeRefund(payer, payer), 60e6);
        vm.stopPrank();
    }

    function test_EveryDoorHasItsKey() public {
        bytes4 denied = IAccessControl.AccessControlUnauthorizedAccount.selector;
        vm.startPrank(relayer);
        vm.expectPartialRevert(denied);
        desk.refund(ORDER, payer, 1);
        vm.expectPartialRevert(denied);
        desk.setTreasury(relayer);
        vm.expectPartialRevert(denied);
        desk.upgradeToAndCall(address(desk), "");
        vm.stopPrank();
        vm.startPrank(admin);
        vm.expectRevert(IGoverned.ZeroAddress.selector);
        desk.setTreasury(address(0));
        desk.setTreasury(relayer);
        vm.stopPrank();
        _pay(5);
        assertEq(usdc.balanceOf(relayer), 5);
        PaymentDesk bare = new PaymentDesk();
        vm.expectRevert(IGoverned.ZeroAddress.selector);
        new ERC1967Proxy(address(bare), abi.encodeCall(PaymentDesk.initialize, (admin, IERC20(address(0)), treasury)));
    }
}
