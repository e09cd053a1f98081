// SPDX-License-Identifier: Apache-2.0
pragma solidity 0.8.37;

import {Initializable} from "@openzeppelin/contracts/proxy/utils/Initializable.sol";
import {PausableUpgradeable} from "@openzeppelin/contracts-upgradeable/utils/PausableUpgradeable.sol";
import {IAccessControl} from "@openzeppelin/contracts/access/IAccessControl.sol";
import {IERC7802} from "@openzeppelin/contracts/interfaces/draft-IERC7802.sol";
import {IERC20Errors} from "@openzeppelin/contracts/interfaces/draft-IERC6093.sol";
import {
    ERC20CappedUpgradeable
} from "@openzeppelin/contracts-upgradeable/token/ERC20/extensions/ERC20CappedUpgradeable.sol";
import {RateLimiter} from "@openzeppelin/contracts/utils/RateLimiter.sol";
import {TRVLToken} from "../src/TRVLToken.sol";
import {IGoverned} from "../src/interfaces/IGoverned.sol";
import {ITRVLToken} from "../src/interfaces/ITRVLToken.sol";
import {Fixture} from "./Fixture.sol";

contract TRVLTokenTest is Fixture {
    address internal immutable bridge = makeAddr("bridge");

    function setUp() public override {
        super.setUp();
        token.mint(alice, 1000e18);
    }

    function _setBridge(uint208 mintCapacity, uint208 burnCapacity) private {
        vm.prank(admin);
        token.setBridgeLimits(bridge, mintCapacity, burnCapacity, 1 days);
    }

    function test_NamesItselfAndItsClock() public view {
        assertEq(token.name(), "Voxfare Travel");
        assertEq(token.symbol(), "TRVL");
        assertEq(token.decimals(), 18);
        assertEq(token.cap(), CAP);
        assertEq(token.clock(), block.timestamp);
        assertEq(token.CLOCK_MODE(), "mode=timestamp");
        assertTrue(token.supportsInterface(type(IERC7802).interfaceId));
        assertTrue(token.supportsInterface(type(IAccessControl).interfaceId));
        assertFalse(token.supportsInterface(0xffffffff));
    }

    function test_CannotBeInitializedTwiceNorBehindTheProxy() public {
        vm.expectRevert(Initializable.InvalidInitialization.selector);
        token.initialize(alice, CAP);
        TRVLToken bare = new TRVLToken();
        vm.expectRevert(Initializable.InvalidInitialization.selector);
        bare.initialize(alice, CAP);
    }

    function test_RefusesANullAdmin() public {
        TRVLToken bare = new TRVLToken();
        vm.expectRevert(IGoverned.ZeroAddress.selector);
        _proxy(address(bare), abi.encodeCall(TRVLToken.initialize, (address(0), CAP)));
    }

    function test_OnlyAMinterMints() public {
        bytes32 role = token.MINTER_ROLE();
        vm.prank(alice);
        vm.expectRevert(abi.encodeWithSelector(IAccessControl.AccessControlUnauthorizedAccount.selector, alice, role));
        token.mint(alice, 1);
    }

    function test_NeverExceedsItsCap() public {
        uint256 room = CAP - token.totalSupply();
        token.mint(alice, room);
        vm.expectRevert(abi.encodeWithSelector(ERC20CappedUpgradeable.ERC20ExceededCap.selector, CAP + 1, CAP));
        token.mint(alice, 1);
    }

    function test_OnlyABurnerBurns() public {
        bytes32 role = token.BURNER_ROLE();
        vm.prank(alice);
        vm.expectRevert(abi.encodeWithSelector(IAccessControl.AccessControlUnauthorizedAccount.selector, alice, role));
        token.burn(1);
        vm.prank(bob);
        vm.expectRevert(abi.encodeWithSelector(IAccessControl.AccessControlUnauthorizedAccount.selector, bob, role));
        token.burnFrom(alice, 1);
        vm.prank(admin);
        token.grantRole(role, alice);
        uint256 supply = token.totalSupply();
        vm.prank(alice);
        token.burn(400e18);
        assertEq(token.balanceOf(alice), 600e18);
        assertEq(token.totalSupply(), supply - 400e18);
    }

    function test_ABurnerTakesOnlyWhatWasApproved() public {
        bytes32 role = token.BURNER_ROLE();
        vm.prank(admin);
        token.grantRole(role, bob);
        vm.prank(alice);
        token.approve(bob, 10e18);
        vm.startPrank(bob);
        token.burnFrom(alice, 10e18);
        vm.expectRevert(abi.encodeWithSelector(IERC20Errors.ERC20InsufficientAllowance.selector, bob, 0, 1));
        token.burnFrom(alice, 1);
        vm.stopPrank();
        assertEq(token.balanceOf(alice), 990e18);
    }

    function test_OnlyTheGuardianPausesAndOnlyTheAdminUnpauses() public {
        bytes32 role = token.GUARDIAN_ROLE();
        vm.prank(alice);
        vm.expectRevert(abi.encodeWithSelector(IAccessControl.AccessControlUnauthorizedAccount.selector, alice, role));
        token.pause();
        vm.startPrank(guardian);
        token.pause();
        vm.expectRevert(
            abi.encodeWithSelector(IAccessControl.AccessControlUnauthorizedAccount.selector, guardian, bytes32(0))
        );
        token.unpause();
        vm.stopPrank();
        assertTrue(token.paused());
        vm.prank(admin);
        token.unpause();
        assertFalse(token.paused());
    }

    function test_APauseStopsTransfersMintsAndBurns() public {
        bytes32 burner = token.BURNER_ROLE();
        vm.prank(admin);
        token.grantRole(burner, alice);
        vm.prank(guardian);
        token.pause();
        vm.startPrank(alice);
        vm.expectRevert(PausableUpgradeable.EnforcedPause.selector);
        assertFalse(token.transfer(bob, 1));
        vm.expectRevert(PausableUpgradeable.EnforcedPause.selector);
        token.burn(1);
        vm.stopPrank();
        vm.expectRevert(PausableUpgradeable.EnforcedPause.selector);
        token.mint(alice, 1);
    }

    function test_APauseLeavesExitsOpenButNotTheirBurns() public {
        bytes32 burner = token.BURNER_ROLE();
        vm.prank(admin);
        token.grantRole(burner, address(distributor));
        vm.prank(guardian);
        token.pause();
        vm.startPrank(address(distributor));
        assertTrue(token.transfer(bob, 5));
        assertEq(token.balanceOf(bob), 5);
        vm.expectRevert(PausableUpgradeable.EnforcedPause.selector);
        token.burn(1);
        vm.stopPrank();
    }

    function test_PermitApprovesBySignature() public {
        (address owner, uint256 key) = makeAddrAndKey("permitter");
        bytes32 digest = _permitDigest(owner, bob, 7, block.timestamp);
        (uint8 v, bytes32 r, bytes32 s) = vm.sign(key, digest);
        token.permit(owner, bob, 7, block.timestamp, v, r, s);
        assertEq(token.allowance(owner, bob), 7);
        assertEq(token.nonces(owner), 1);
    }

    function test_VotesFollowDelegation() public {
        vm.prank(alice);
        token.delegate(bob);
        assertEq(token.getVotes(bob), 1000e18);
        vm.warp(block.timestamp + 1);
        assertEq(token.getPastVotes(bob, block.timestamp - 1), 1000e18);
    }

    function test_AStrangerIsNoBridge() public {
        vm.startPrank(bob);
        vm.expectRevert(abi.encodeWithSelector(ITRVLToken.NotABridge.selector, bob));
        token.crosschainMint(bob, 1);
        vm.expectRevert(abi.encodeWithSelector(ITRVLToken.NotABridge.selector, bob));
        token.crosschainBurn(bob, 1);
        vm.stopPrank();
        (uint256 mintable, uint256 burnable) = token.bridgeAvailable(bob);
        assertEq(mintable + burnable, 0);
    }

    function test_ABridgeMintsUpToItsLimitWhichRefillsEvenly() public {
        _setBridge(100e18, 50e18);
        vm.startPrank(bridge);
        vm.expectEmit(address(token));
        emit IERC7802.CrosschainMint(bob, 100e18, bridge);
        token.crosschainMint(bob, 100e18);
        vm.expectRevert(RateLimiter.RateLimitExceeded.selector);
        token.crosschainMint(bob, 1);
        vm.warp(block.timestamp + 12 hours);
        (uint256 mintable, uint256 burnable) = token.bridgeAvailable(bridge);
        assertEq(mintable, 50e18);
        assertEq(burnable, 50e18);
        token.crosschainMint(bob, 50e18);
        vm.stopPrank();
        assertEq(token.balanceOf(bob), 150e18);
    }

    function test_ABridgeBurnsOnlyWhatWasApprovedAndWithinItsLimit() public {
        _setBridge(100e18, 50e18);
        vm.prank(bridge);
        vm.expectRevert(abi.encodeWithSelector(IERC20Errors.ERC20InsufficientAllowance.selector, bridge, 0, 1));
        token.crosschainBurn(alice, 1);
        vm.prank(alice);
        token.approve(bridge, type(uint256).max);
        vm.startPrank(bridge);
        vm.expectRevert(RateLimiter.RateLimitExceeded.selector);
        token.crosschainBurn(alice, 50e18 + 1);
        token.crosschainBurn(alice, 50e18);
        vm.stopPrank();
        assertEq(token.balanceOf(alice), 950e18);
    }

    function test_ABridgeBurnsItsOwnWithoutApproval() public {
        _setBridge(100e18, 50e18);
        token.mint(bridge, 10e18);
        vm.prank(bridge);
        token.crosschainBurn(bridge, 10e18);
        assertEq(token.balanceOf(bridge), 0);
    }

    function test_LimitsOfOneBridgeAreNotAnothers() public {
        _setBridge(100e18, 50e18);
        vm.prank(admin);
        token.setBridgeLimits(bob, 10e18, 10e18, 1 hours);
        vm.prank(bridge);
        token.crosschainMint(alice, 100e18);
        (uint256 mintable,) = token.bridgeAvailable(bob);
        assertEq(mintable, 10e18);
    }

    function test_DisablingAndSettingAgainIsNoRefill() public {
        _setBridge(100e18, 50e18);
        vm.prank(bridge);
        token.crosschainMint(bob, 100e18);
        vm.prank(guardian);
        token.disableBridge(bridge);
        vm.prank(bridge);
        vm.expectRevert(abi.encodeWithSelector(ITRVLToken.NotABridge.selector, bridge));
        token.crosschainMint(bob, 1);
        _setBridge(120e18, 50e18);
        (uint256 mintable,) = token.bridgeAvailable(bridge);
        assertEq(mintable, 20e18);
    }

    function test_OnlyAdminSetsAndOnlyGuardianOrAdminDisablesABridge() public {
        vm.startPrank(alice);
        vm.expectRevert(
            abi.encodeWithSelector(IAccessControl.AccessControlUnauthorizedAccount.selector, alice, bytes32(0))
        );
        token.setBridgeLimits(alice, 1, 1, 1);
        vm.expectRevert(
            abi.encodeWithSelector(IAccessControl.AccessControlUnauthorizedAccount.selector, alice, bytes32(0))
        );
        token.disableBridge(bridge);
        vm.stopPrank();
        _setBridge(1, 1);
        vm.expectEmit(address(token));
        emit ITRVLToken.BridgeDisabled(bridge);
        vm.prank(admin);
        token.disableBridge(bridge);
    }

    function test_RefusesABridgeWithoutAddressOrWindow() public {
        vm.startPrank(admin);
        vm.expectRevert(IGoverned.ZeroAddress.selector);
        token.setBridgeLimits(address(0), 1, 1, 1);
        vm.expectRevert(abi.encodeWithSelector(ITRVLToken.BadWindow.selector, 0));
        token.setBridgeLimits(bridge, 1, 1, 0);
        vm.expectRevert(abi.encodeWithSelector(ITRVLToken.BadWindow.selector, 365 days + 1));
        token.setBridgeLimits(bridge, 1, 1, 365 days + 1);
        vm.stopPrank();
    }

    /// Two chains and one bridge: what is burned on one is minted on the other, and the sum never changes.
    function testFuzz_SupplyAcrossChainsIsKept(uint256 there, uint256 back) public {
        TRVLToken far = TRVLToken(_proxy(address(new TRVLToken()), abi.encodeCall(TRVLToken.initialize, (admin, CAP))));
        _setBridge(type(uint208).max, type(uint208).max);
        vm.prank(admin);
        far.setBridgeLimits(bridge, type(uint208).max, type(uint208).max, 1 days);
        uint256 sum = token.totalSupply();
        there = bound(there, 0, 1000e18);
        back = bound(back, 0, there);
        vm.prank(alice);
        token.approve(bridge, there);
        vm.prank(alice);
        far.approve(bridge, back);
        vm.startPrank(bridge);
        token.crosschainBurn(alice, there);
        far.crosschainMint(alice, there);
        far.crosschainBurn(alice, back);
        token.crosschainMint(alice, back);
        vm.stopPrank();
        assertEq(token.totalSupply() + far.totalSupply(), sum);
        assertEq(token.balanceOf(alice) + far.balanceOf(alice), 1000e18);
    }

    function test_OnlyTheAdminUpgrades() public {
        address next = address(new TRVLToken());
        vm.prank(guardian);
        vm.expectRevert(
            abi.encodeWithSelector(IAccessControl.AccessControlUnauthorizedAccount.selector, guardian, bytes32(0))
        );
        token.upgradeToAndCall(next, "");
        vm.prank(admin);
        token.upgradeToAndCall(next, "");
        assertEq(token.balanceOf(alice), 1000e18);
    }

    function _permitDigest(address owner, address spender, uint256 value, uint256 deadline)
        private
        view
        returns (bytes32)
    {
        bytes32 typehash =
            keccak256("Permit(address owner,address spender,uint256 value,uint256 nonce,uint256 deadline)");
        bytes32 body = keccak256(abi.encode(typehash, owner, spender, value, token.nonces(owner), deadline));
        return keccak256(abi.encodePacked("\x19\x01", token.DOMAIN_SEPARATOR(), body));
    }
}
