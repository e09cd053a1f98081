// SPDX-License-Identifier: Apache-2.0
pragma solidity 0.8.37;

import {Split} from "../../src/libraries/Split.sol";

/// @title Proof: the split is exact for every commission and all shares there are.
contract SplitProof {
    /// For all commissions and all shares: what comes back is the whole, with nothing wrapped around.
    function check_WhatComesBackIsTheWhole(uint256 commission, uint16 own, uint16 tree) external pure {
        if (uint256(own) + tree > Split.WHOLE_BPS) return;
        (uint256 first, uint256 second, uint256 third) = Split.split(commission, own, tree);
        assert(first <= commission);
        assert(second <= commission - first);
        assert(third == commission - first - second);
    }

    /// The same at the shipped shares, where a bug is found fast.
    function check_TheShippedSharesAreTheWhole(uint96 commission) external pure {
        (uint256 first, uint256 second, uint256 third) = Split.split(commission, 7000, 1000);
        assert(first + second + third == commission);
    }

    /// There is always an answer: a commission is `q` ten thousands and a rest, the quotient's legs are whole, and the rest's legs fit
    /// into the rest. This is for the shipped shares; SplitTest tries every rest with other shares as well.
    function check_TheLegsOfTheRestFitIntoTheRest(uint16 rest) external pure {
        if (rest >= Split.WHOLE_BPS) return;
        assert(Split.part(rest, 7000) + Split.part(rest, 1000) <= rest);
    }
}
