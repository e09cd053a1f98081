// SPDX-License-Identifier: Apache-2.0
pragma solidity 0.8.37;

import {Test} from "forge-std/Test.sol";
import {ReferralRegistry} from "../src/ReferralRegistry.sol";
import {RewardDistributor} from "../src/RewardDistributor.sol";
import {TRVLToken} from "../src/TRVLToken.sol";
import {IRewardDistributor} from "../src/interfaces/IRewardDistributor.sol";
import {SanctionsList} from "./doubles/SanctionsList.sol";

/// @title A token, a referral tree and a funded distributor behind proxies, and the people who use them.
abstract contract Fixture is Test {
    uint256 internal constant START = 1_800_000_000;
    uint256 internal constant CAP = 1_000_000_000e18;
    uint256 internal constant FUNDED = 10_000_000e18;
    uint208 internal constant DAILY = 1_000_000e18;
    uint256 internal constant ISSUER_KEY = 0xa11ce;

    address internal immutable admin = makeAddr("timelock");
    address internal immutable guardian = makeAddr("guardian");
    address internal immutable treasury = makeAddr("treasury");
    address internal immutable registrar = makeAddr("registrar");
    address internal immutable canceller = makeAddr("canceller");
    address internal immutable publisher = makeAddr("publisher");
    address internal immutable issuer = vm.addr(ISSUER_KEY);
    address internal immutable alice = makeAddr("alice");
    address internal immutable bob = makeAddr("bob");
    address internal immutable carol = makeAddr("carol");
    address internal immutable dave = makeAddr("dave");

    TRVLToken internal token;
    ReferralRegistry internal registry;
    RewardDistributor internal distributor;
    SanctionsList internal sanctions;

    function setUp() public virtual {
        vm.warp(START);
        token = TRVLToken(
            _proxy(deployCode("TRVLToken.sol:TRVLToken"), abi.encodeCall(TRVLToken.initialize, (admin, CAP)))
        );
        registry = ReferralRegistry(
            _proxy(
                deployCode("ReferralRegistry.sol:ReferralRegistry"),
                abi.encodeCall(
                    ReferralRegistry.initialize, (admin, token, [uint16(5000), 3000, 2000], 1 days, 1_000_000e18)
                )
            )
        );
        distributor = RewardDistributor(
            _proxy(
                deployCode("RewardDistributor.sol:RewardDistributor"),
                abi.encodeCall(RewardDistributor.initialize, (admin, token, treasury, address(registry), DAILY))
            )
        );
        sanctions = new SanctionsList();
        _grantRoles();
        token.mint(address(distributor), FUNDED);
    }

    function _grantRoles() private {
        vm.startPrank(admin);
        token.grantRole(token.MINTER_ROLE(), address(this));
        token.grantRole(token.GUARDIAN_ROLE(), guardian);
        token.grantRole(token.EXIT_ROLE(), address(distributor));
        token.grantRole(token.EXIT_ROLE(), address(registry));
        registry.grantRole(registry.GUARDIAN_ROLE(), guardian);
        registry.grantRole(registry.REGISTRAR_ROLE(), registrar);
        registry.grantRole(registry.CREDITOR_ROLE(), address(distributor));
        registry.setSanctionsOracle(address(sanctions));
        distributor.grantRole(distributor.GUARDIAN_ROLE(), guardian);
        distributor.grantRole(distributor.ISSUER_ROLE(), issuer);
        distributor.grantRole(distributor.CANCELLER_ROLE(), canceller);
        distributor.grantRole(distributor.PUBLISHER_ROLE(), publisher);
        distributor.setNeighbours(treasury, address(registry), address(sanctions));
        vm.stopPrank();
    }

    function _proxy(address implementation, bytes memory call) internal returns (address) {
        return deployCode("ERC1967Proxy.sol:ERC1967Proxy", abi.encode(implementation, call));
    }

    function _voucher(bytes32 booking, address traveller, uint256 commission)
        internal
        view
        returns (IRewardDistributor.Voucher memory)
    {
        return IRewardDistributor.Voucher({
            booking: booking,
            traveller: traveller,
            commission: commission,
            epoch: 1,
            issuedAt: uint64(block.timestamp),
            expiresAt: uint64(block.timestamp + 30 days)
        });
    }

    function _sign(IRewardDistributor.Voucher memory voucher) internal view returns (bytes memory) {
        return _signAs(ISSUER_KEY, distributor.voucherDigest(voucher));
    }

    function _signAs(uint256 key, bytes32 digest) internal pure returns (bytes memory) {
        (uint8 v, bytes32 r, bytes32 s) = vm.sign(key, digest);
        return abi.encodePacked(r, s, v);
    }

    function _claim(bytes32 booking, address traveller, uint256 commission) internal {
        IRewardDistributor.Voucher memory voucher = _voucher(booking, traveller, commission);
        distributor.claim(voucher, _sign(voucher));
    }

    function _leaf(bytes32 booking, address traveller, uint256 commission) internal pure returns (bytes32) {
        return keccak256(bytes.concat(keccak256(abi.encode(booking, traveller, commission))));
    }

    function _pair(bytes32 a, bytes32 b) internal pure returns (bytes32) {
        return a < b ? keccak256(bytes.concat(a, b)) : keccak256(bytes.concat(b, a));
    }

    /// A root over two leaves; each leaf's proof is the other leaf.
    function _publish(uint64 epoch, bytes32 left, bytes32 right, uint256 total) internal {
        vm.prank(publisher);
        distributor.publishEpoch(epoch, _pair(left, right), total, uint40(block.timestamp + 200 days));
    }

    function _proof(bytes32 sibling) internal pure returns (bytes32[] memory proof) {
        proof = new bytes32[](1);
        proof[0] = sibling;
    }

    function _one(bytes32 booking) internal pure returns (bytes32[] memory list) {
        list = new bytes32[](1);
        list[0] = booking;
    }

    /// Joins `account` under `referrer` and lets it earn.
    function _joinVerified(address account, address referrer) internal {
        vm.startPrank(registrar);
        registry.joinFor(account, referrer);
        registry.verify(account, keccak256(abi.encode("person", account)));
        vm.stopPrank();
    }

    /// dave is under carol, carol under bob, bob under alice, all verified and old enough to earn.
    function _chainOfFour() internal {
        _joinVerified(alice, address(0));
        _joinVerified(bob, alice);
        _joinVerified(carol, bob);
        _joinVerified(dave, carol);
        vm.warp(block.timestamp + 1 days);
    }
}
