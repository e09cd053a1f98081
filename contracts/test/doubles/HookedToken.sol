// SPDX-License-Identifier: Apache-2.0
pragma solidity 0.8.37;

import {ERC20} from "@openzeppelin/contracts/token/ERC20/ERC20.sol";

/// @title A token that calls its receiver, which TRVL never does: the worst case for whoever pays.
contract HookedToken is ERC20 {
    constructor() ERC20("Hooked", "HOOK") {}

    function mint(address to, uint256 amount) external {
        _mint(to, amount);
    }

    function _update(address from, address to, uint256 value) internal override {
        super._update(from, to, value);
        if (to.code.length != 0 && from != address(0)) {
            (bool done, bytes memory answer) = to.call(abi.encodeWithSignature("onReceived()"));
            if (!done && answer.length != 0) {
                assembly {
                    revert(add(answer, 32), mload(answer))
                }
            }
        }
    }
}

/// @title A receiver that calls back whatever it was told to, once, and remembers what came of it.
contract Reenterer {
    address public target;
    bytes public data;
    bool public tried;
    bool public succeeded;
    bytes4 public reason;

    function arm(address target_, bytes calldata data_) external {
        (target, data) = (target_, data_);
        (tried, succeeded) = (false, false);
    }

    function act(address at, bytes calldata call) external returns (bytes memory) {
        (bool done, bytes memory answer) = at.call(call);
        require(done, "the act itself failed");
        return answer;
    }

    function onReceived() external {
        if (target == address(0) || tried) return;
        tried = true;
        bytes memory answer;
        (succeeded, answer) = target.call(data);
        if (answer.length >= 4) reason = bytes4(answer);
    }
}
