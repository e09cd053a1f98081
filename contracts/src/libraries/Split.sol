// SPDX-License-Identifier: Apache-2.0
pragma solidity 0.8.37;

/// @title Cuts a commission into three legs without losing a wei.
/// @dev Two legs are rounded down; what is left is the third. There is no input for which it overflows or the sum differs.
library Split {
    /// @dev A whole, in hundredths of a percent.
    uint256 internal constant WHOLE_BPS = 10_000;

    /// The traveller's and the referral tree's legs rounded down, and all that is left as the treasury's.
    /// The caller keeps `travellerBps + referralBps <= WHOLE_BPS`; otherwise the subtraction reverts or the treasury gets less.
    function split(uint256 commission, uint256 travellerBps, uint256 referralBps)
        internal
        pure
        returns (uint256 traveller, uint256 referral, uint256 treasury)
    {
        traveller = part(commission, travellerBps);
        referral = part(commission, referralBps);
        treasury = commission - traveller - referral;
    }

    /// `floor(amount * bps / WHOLE_BPS)` for every amount, since the quotient and the rest are taken apart.
    function part(uint256 amount, uint256 bps) internal pure returns (uint256) {
        // Dividing first is the point here: the rest is added back, so nothing is lost.
        // slither-disable-next-line divide-before-multiply
        return (amount / WHOLE_BPS) * bps + ((amount % WHOLE_BPS) * bps) / WHOLE_BPS;
    }
}
