// SPDX-License-Identifier: Apache-2.0
pragma solidity 0.8.37;

import {Vm} from "forge-std/Vm.sol";

/// The prover's own words.
interface Svm {
    function enableSymbolicStorage(address account) external;
    function createUint256(string calldata name) external pure returns (uint256);
    function createBytes(uint256 size, string calldata name) external pure returns (bytes memory);
}

/// @title What proofs share: a contract in any state whatsoever, and a token that writes down what leaves.
abstract contract Symbolic {
    Svm internal constant svm = Svm(0xF3993A62377BCd56AE39D773740A5390411E8BC9);
    Vm internal constant vm = Vm(address(uint160(uint256(keccak256("hevm cheat code")))));

    Ledger internal ledger;

    /// The slot of ERC-7201 for a contract's name.
    function _slot(string memory name) internal pure returns (uint256) {
        bytes32 id = keccak256(bytes(string.concat("voxfare.storage.", name)));
        return uint256(keccak256(abi.encode(uint256(id) - 1)) & ~bytes32(uint256(0xff)));
    }

    /// Any state, with the token where the first slot of every module of ours has it.
    function _anyState(address module, string memory name) internal {
        svm.enableSymbolicStorage(module);
        ledger = new Ledger(module);
        svm.enableSymbolicStorage(address(ledger));
        bytes32 first = vm.load(module, bytes32(_slot(name)));
        bytes32 others = first & ~bytes32(uint256(type(uint160).max));
        vm.store(module, bytes32(_slot(name)), others | bytes32(uint256(uint160(address(ledger)))));
        ledger.clear();
    }
}

/// @title A token for proofs: it moves nothing, knows one balance, and adds up what that account sends.
contract Ledger {
    address private immutable module;
    uint256 public held;
    uint256 public sent;

    constructor(address module_) {
        module = module_;
    }

    function clear() external {
        sent = 0;
    }

    function transfer(address, uint256 amount) external returns (bool) {
        require(msg.sender == module && amount <= held);
        held -= amount;
        sent += amount;
        return true;
    }

    function transferFrom(address, address to, uint256 amount) external returns (bool) {
        require(to == module);
        held += amount;
        return true;
    }

    function balanceOf(address) external view returns (uint256) {
        return held;
    }
}
