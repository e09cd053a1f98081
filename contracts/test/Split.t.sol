// SPDX-License-Identifier: Apache-2.0
pragma solidity 0.8.37;

import {Test} from "forge-std/Test.sol";
import {Split} from "../src/libraries/Split.sol";

contract SplitTest is Test {
    /// Every rest there is, so that with the quotient's legs, which are whole, every commission has an answer.
    function test_TheLegsOfEveryRestFitIntoIt() public pure {
        uint16[5] memory shares = [uint16(7000), 3333, 1, 9999, 5001];
        for (uint256 rest = 0; rest < 10_000; ++rest) {
            for (uint256 at = 0; at < 5; ++at) {
                assertLe(Split.part(rest, shares[at]) + Split.part(rest, 10_000 - shares[at]), rest);
            }
        }
    }

    function testFuzz_IsExactAndOverflowsNowhere(uint256 commission, uint16 own, uint16 tree) public pure {
        own = uint16(bound(own, 0, 10_000));
        tree = uint16(bound(tree, 0, 10_000 - own));
        (uint256 first, uint256 second, uint256 third) = Split.split(commission, own, tree);
        assertEq(first + second + third, commission);
        assertLe(first, commission);
    }

    function testFuzz_APartIsTheFloorOfTheProduct(uint128 amount, uint16 bps) public pure {
        bps = uint16(bound(bps, 0, 10_000));
        assertEq(Split.part(amount, bps), uint256(amount) * bps / 10_000);
    }

    function test_TheLargestCommissionIsSplitToo() public pure {
        (uint256 own, uint256 tree, uint256 rest) = Split.split(type(uint256).max, 7000, 1000);
        unchecked {
            assertEq(own + tree + rest, type(uint256).max);
        }
        assertApproxEqRel(own, type(uint256).max / 10 * 7, 1e9);
    }
}
