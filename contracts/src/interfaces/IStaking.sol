// SPDX-License-Identifier: Apache-2.0
pragma solidity 0.8.37;

/// @title Locks TRVL for a level and a streamed yield.
/// @notice Each account has one position per tier. A longer lock has a higher boost and a higher level. Yield is streamed evenly over seven
/// days after each funding, to whoever holds weight at the time.
/// @dev Principal, yield and penalties are three accounts that never mix. There are no shares and no exchange rate: one wei staked is one wei
/// owed, so tokens sent here by themselves change nothing. While nobody has staked, the stream stands still and ends later.
///
/// Assumptions: the token is TRVL (no fee, no hooks). Dangers: staked tokens do not vote; leaving early costs a part of the principal.
interface IStaking {
    /// @notice A tier's rules. Positions keep the rules they were made with.
    /// @param lockSeconds how long a stake is locked; zero for none.
    /// @param boostBps weight per token, 10,000 being one.
    /// @param penaltyBps the part of the principal that leaving at once would cost; falls evenly to zero at the end of the lock.
    /// @param minimum TRVL wei that a position of this tier holds at least.
    struct Tier {
        uint40 lockSeconds;
        uint16 boostBps;
        uint16 penaltyBps;
        uint96 minimum;
    }

    /// @notice What an account holds in a tier; amounts in TRVL wei.
    struct Position {
        uint128 amount;
        uint128 weight;
        uint256 paidIndex;
        uint128 accrued;
        uint40 lockedAt;
        uint40 unlocksAt;
        uint16 penaltyBps;
    }

    /// @notice Tokens were locked; the whole position is now locked until `unlocksAt`.
    event Staked(address indexed account, uint8 indexed tier, uint256 amount, uint40 unlocksAt);
    /// @notice Tokens left; `penalty` of `amount` stayed for the treasury.
    event Unstaked(address indexed account, uint8 indexed tier, uint256 amount, uint256 penalty);
    /// @notice Yield was paid.
    event YieldPaid(address indexed account, uint8 indexed tier, uint256 amount);
    /// @notice A position whose lock has ended lost its boost.
    event Expired(address indexed account, uint8 indexed tier);
    /// @notice Yield was funded, and streams until `endsAt`.
    event Funded(uint256 amount, uint256 endsAt);
    /// @notice Penalties went to the treasury.
    event PenaltiesPaid(address indexed treasury, uint256 amount);
    /// @notice A tier was added or changed, for stakes to come.
    event TierSet(uint8 indexed tier, Tier rules);
    /// @notice The treasury changed.
    event TreasurySet(address indexed treasury);

    /// @notice There is no such tier.
    error NoTier(uint8 tier);
    /// @notice The tier's rules are out of bounds.
    error BadTier();
    /// @notice The position would hold less than the tier's minimum, and not nothing.
    error BelowMinimum(uint256 amount, uint256 minimum);
    /// @notice More was asked for than is there.
    error AboveStake(uint256 asked, uint256 held);
    /// @notice The lock has not ended, or there is no boost to lose.
    error NotExpired();
    /// @notice An amount was zero or does not fit.
    error BadAmount(uint256 amount);

    /// @notice Locks `amount` more in a tier, and the tier's whole position anew. Stopped by a pause.
    function stake(uint8 tier, uint256 amount) external;

    /// @notice The same with a permit. Whoever sends the permit first does not stop the stake.
    function stakeWithPermit(uint8 tier, uint256 amount, uint256 deadline, uint8 v, bytes32 r, bytes32 s) external;

    /// @notice Takes `amount` out, less the penalty if the lock has not ended. Works while paused, and asks no oracle.
    function unstake(uint8 tier, uint256 amount) external returns (uint256 paid);

    /// @notice Takes the yield of a tier out. Works while paused.
    function claimYield(uint8 tier) external returns (uint256 amount);

    /// @notice Takes the boost from a position whose lock has ended. Anybody may send it, for fairness to the others.
    function expire(address account, uint8 tier) external;

    /// @notice Brings in yield, taken from the caller. Needs `FUNDER_ROLE`.
    function fund(uint256 amount) external;

    /// @notice Sends the penalties to the treasury. Anybody may send it. Works while paused.
    function payPenalties() external returns (uint256 amount);

    /// @notice Changes a tier or, at the end of the list, adds one. Only the timelock.
    function setTier(uint8 tier, Tier calldata rules) external;

    /// @notice Sets where penalties go. Only the timelock.
    function setTreasury(address treasury) external;

    /// @notice The level of an account: one more than its highest tier whose lock has not ended, and zero for none.
    function vipLevel(address account) external view returns (uint8);

    /// @notice What an account holds in a tier.
    function position(address account, uint8 tier) external view returns (Position memory);

    /// @notice TRVL wei of yield that could be claimed now.
    function pendingYield(address account, uint8 tier) external view returns (uint256);

    /// @notice TRVL wei that leaving with `amount` would cost now.
    function penaltyOf(address account, uint8 tier, uint256 amount) external view returns (uint256);

    /// @notice A tier's rules.
    function tierRules(uint8 tier) external view returns (Tier memory);

    /// @notice How many tiers there are.
    function tierCount() external view returns (uint8);

    /// @notice Principal, weight, funded and unpaid yield, unpaid penalties, and when the stream ends if it does not stand still.
    function totals()
        external
        view
        returns (uint256 staked, uint256 weight, uint256 yieldReserve, uint256 penalties, uint256 endsAt);
}
