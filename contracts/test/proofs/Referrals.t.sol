// SPDX-License-Identifier: Apache-2.0
pragma solidity 0.8.37;

import {ReferralRegistry} from "../../src/ReferralRegistry.sol";
import {Symbolic} from "./Symbolic.sol";

/// @title Proof: from any state, joining keeps every referrer's place before that of whom it refers; so no walk up ever comes back.
contract ReferralsProof is Symbolic {
    ReferralRegistry internal registry;

    function setUp() public {
        registry = new ReferralRegistry();
        _anyState(address(registry), "ReferralRegistry");
        vm.warp(1_800_000_000);
    }

    function _ordinal(address account) private view returns (uint48 ordinal) {
        (,, ordinal,) = registry.node(account);
    }

    /// How many have joined: bits 200 to 247 of the first slot.
    function _joined() private view returns (uint48) {
        return uint48(uint256(vm.load(address(registry), bytes32(_slot("ReferralRegistry")))) >> 200);
    }

    /// A new node stands after its referrer, and after everybody.
    function check_AReferrerJoinedBefore(address account, address referrer) external {
        vm.assume(_ordinal(referrer) <= _joined() && _joined() < type(uint48).max);
        vm.prank(account);
        (bool done,) = address(registry).call(abi.encodeCall(registry.join, (referrer)));
        vm.assume(done);
        (address above,, uint48 ordinal,) = registry.node(account);
        assert(above == referrer && above != account);
        assert(ordinal == _joined());
        assert(referrer == address(0) || (_ordinal(referrer) != 0 && _ordinal(referrer) < ordinal));
    }

    /// Who has joined keeps referrer and place, whoever joins and whatever for.
    function check_APlaceIsForEver(address settled, address account, address referrer) external {
        (address above,, uint48 ordinal,) = registry.node(settled);
        vm.assume(ordinal != 0);
        vm.prank(account);
        (bool done,) = address(registry).call(abi.encodeCall(registry.join, (referrer)));
        vm.assume(done);
        (address aboveNow,, uint48 ordinalNow,) = registry.node(settled);
        assert(aboveNow == above && ordinalNow == ordinal);
    }
}
