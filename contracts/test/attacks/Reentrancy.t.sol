// SPDX-License-Identifier: Apache-2.0
pragma solidity 0.8.37;

import {IERC20} from "@openzeppelin/contracts/token/ERC20/IERC20.sol";
import {ReentrancyGuardTransient} from "@openzeppelin/contracts/utils/ReentrancyGuardTransient.sol";
import {PaymentDesk} from "../../src/PaymentDesk.sol";
import {ReferralRegistry} from "../../src/ReferralRegistry.sol";
import {RewardDistributor} from "../../src/RewardDistributor.sol";
import {Staking} from "../../src/Staking.sol";
import {IRewardDistributor} from "../../src/interfaces/IRewardDistributor.sol";
import {IStaking} from "../../src/interfaces/IStaking.sol";
import {Fixture} from "../Fixture.sol";
import {HookedToken, Reenterer} from "../doubles/HookedToken.sol";

/// @title Attack: a receiver calls back in while it is being paid.
/// @dev TRVL calls nobody; here it is replaced by a token that does, so that the guards themselves are seen at work.
contract ReentrancyAttack is Fixture {
    HookedToken internal hooked;
    Reenterer internal thief;

    function setUp() public override {
        super.setUp();
        hooked = new HookedToken();
        thief = new Reenterer();
        hooked.mint(address(thief), 1000e18);
    }

    function _mustHaveBeenStopped() private view {
        assertTrue(thief.tried());
        assertFalse(thief.succeeded());
        assertEq(thief.reason(), ReentrancyGuardTransient.ReentrancyGuardReentrantCall.selector);
    }

    function _distributor() private returns (RewardDistributor made) {
        made = RewardDistributor(
            _proxy(
                address(new RewardDistributor()),
                abi.encodeCall(
                    RewardDistributor.initialize, (admin, IERC20(address(hooked)), treasury, address(0), DAILY)
                )
            )
        );
        vm.startPrank(admin);
        made.grantRole(made.ISSUER_ROLE(), issuer);
        made.setClawbackWindow(0);
        vm.stopPrank();
        hooked.mint(address(made), 10_000);
    }

    function test_Reentrancy_ClaimingAgainFromWithinAClaim() public {
        distributor = _distributor();
        IRewardDistributor.Voucher memory voucher = _voucher("a", address(thief), 1000);
        IRewardDistributor.Voucher memory next = _voucher("b", address(thief), 1000);
        thief.arm(address(distributor), abi.encodeCall(distributor.claim, (next, _sign(next))));
        uint256 before = hooked.balanceOf(address(thief));
        distributor.claim(voucher, _sign(voucher));
        _mustHaveBeenStopped();
        assertEq(hooked.balanceOf(address(thief)) - before, 700);
    }

    function test_Reentrancy_LeavingAgainFromWithinLeaving() public {
        Staking made = _staking();
        thief.act(address(hooked), abi.encodeCall(hooked.approve, (address(made), type(uint256).max)));
        thief.act(address(made), abi.encodeCall(made.stake, (0, 100e18)));
        hooked.mint(address(made), 500e18);
        thief.arm(address(made), abi.encodeCall(made.unstake, (0, 100e18)));
        thief.act(address(made), abi.encodeCall(made.unstake, (0, 100e18)));
        _mustHaveBeenStopped();
        assertEq(hooked.balanceOf(address(thief)), 1000e18);
    }

    function test_Reentrancy_WithdrawingAgainFromWithinAWithdrawal() public {
        ReferralRegistry made = ReferralRegistry(
            _proxy(
                address(new ReferralRegistry()),
                abi.encodeCall(
                    ReferralRegistry.initialize,
                    (admin, IERC20(address(hooked)), [uint16(10_000), 0, 0], 0, type(uint96).max)
                )
            )
        );
        vm.startPrank(admin);
        made.grantRole(made.REGISTRAR_ROLE(), admin);
        made.grantRole(made.CREDITOR_ROLE(), admin);
        made.joinFor(address(thief), address(0));
        made.joinFor(alice, address(thief));
        made.verify(address(thief), "thief");
        made.credit("a", alice, 100);
        vm.stopPrank();
        hooked.mint(address(made), 1000);
        thief.arm(address(made), abi.encodeCall(made.withdraw, (address(thief))));
        thief.act(address(made), abi.encodeCall(made.withdraw, (address(thief))));
        _mustHaveBeenStopped();
        assertEq(hooked.balanceOf(address(thief)), 1000e18 + 100);
        vm.prank(admin);
        made.credit("b", alice, 100);
        thief.arm(address(made), abi.encodeCall(made.withdrawFor, (address(thief))));
        thief.act(address(made), abi.encodeCall(made.withdrawFor, (address(thief))));
        _mustHaveBeenStopped();
        assertEq(hooked.balanceOf(address(thief)), 1000e18 + 200);
    }

    function test_Reentrancy_TakingARefundTwice() public {
        PaymentDesk made = PaymentDesk(
            _proxy(
                address(new PaymentDesk()),
                abi.encodeCall(PaymentDesk.initialize, (admin, IERC20(address(hooked)), treasury))
            )
        );
        thief.act(address(hooked), abi.encodeCall(hooked.approve, (address(made), type(uint256).max)));
        thief.act(address(made), abi.encodeCall(made.pay, ("a", 100)));
        vm.startPrank(admin);
        made.grantRole(made.REFUNDER_ROLE(), treasury);
        vm.stopPrank();
        vm.startPrank(treasury);
        hooked.approve(address(made), 100);
        made.refund("a", address(thief), 100);
        vm.stopPrank();
        hooked.mint(address(made), 500);
        thief.arm(address(made), abi.encodeCall(made.takeRefund, (address(thief), address(thief))));
        made.takeRefund(address(thief), address(thief));
        _mustHaveBeenStopped();
        assertEq(hooked.balanceOf(address(thief)), 1000e18);
    }

    function _staking() private returns (Staking) {
        IStaking.Tier[] memory tiers = new IStaking.Tier[](1);
        tiers[0] = IStaking.Tier(0, 10_000, 0, 1e18);
        return Staking(
            _proxy(
                address(new Staking()),
                abi.encodeCall(Staking.initialize, (admin, IERC20(address(hooked)), treasury, tiers))
            )
        );
    }
}
