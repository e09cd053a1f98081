// SPDX-License-Identifier: Apache-2.0
pragma solidity 0.8.37;

/// @title Who brought whom, and what they earned by it.
/// @notice A tree in which every account chooses its referrer once, when it joins, among those who joined before. So there is no cycle.
/// @dev Assumptions: the creditor sends exactly what `credit` returned, in the same transaction. The registrar checks that an identity
/// is one person; the contract only holds that one identity has one account.
///
/// Dangers:
/// - A registrar that verifies false identities lets one person earn on their own bookings, up to the referral leg of fees really paid.
/// - Whoever joins under a referrer cannot leave.
interface IReferralRegistry {
    /// @notice An account joined under `referrer`, or under nobody.
    event Joined(address indexed account, address indexed referrer, uint48 ordinal);
    /// @notice An account may earn from now on.
    event Verified(address indexed account, bytes32 indexed identity);
    /// @notice An account earns no more; what it has earned stays its own.
    event VerificationRevoked(address indexed account, bytes32 indexed identity);
    /// @notice A referrer earned TRVL wei by a booking.
    event Credited(bytes32 indexed booking, address indexed referrer, uint256 level, uint256 amount);
    /// @notice A referrer took out TRVL wei.
    event Withdrawn(address indexed account, address indexed to, uint256 amount);
    /// @notice The levels' parts of the referral leg changed.
    event LevelsSet(uint16[3] bps);
    /// @notice The guards changed.
    event GuardsSet(uint40 linkAge, uint96 periodCap);
    /// @notice The sanctions oracle changed; zero is none.
    event SanctionsOracleSet(address indexed oracle);

    /// @notice The account has joined already: a referrer is chosen once.
    error AlreadyJoined(address account);
    /// @notice Nobody refers themselves.
    error SelfReferral(address account);
    /// @notice The account has not joined.
    error NotJoined(address account);
    /// @notice The identity has an account already, or the account an identity.
    error IdentityTaken(bytes32 identity);
    /// @notice The identity is zero.
    error NoIdentity();
    /// @notice The levels' parts are more than a whole.
    error LevelsAboveWhole(uint256 sum);
    /// @notice There is nothing to take out.
    error NothingOwed(address account);
    /// @notice The account, or where the money should go, is on a sanctions list.
    error Sanctioned(address account);

    /// @notice Joins the tree under `referrer`, or under nobody if zero. Once per account, for ever. Stopped by a pause.
    function join(address referrer) external;

    /// @notice The same for an account that the server keeps for a traveller. Needs `REGISTRAR_ROLE`.
    function joinFor(address account, address referrer) external;

    /// @notice Lets an account earn. Needs `REGISTRAR_ROLE`.
    /// @param identity a salted hash of a checked identity. One identity has one account, and one account one identity.
    function verify(address account, bytes32 identity) external;

    /// @notice Stops an account earning. Needs `REGISTRAR_ROLE`.
    function revoke(address account) external;

    /// @notice Credits up to three ancestors of `traveller` out of `amount`. Needs `CREDITOR_ROLE`. Never reverts for want of ancestors,
    /// and never because of a pause, since a traveller's release depends on it.
    /// @return credited TRVL wei, at most `amount`, that the caller must send to this contract in the same transaction.
    function credit(bytes32 booking, address traveller, uint256 amount) external returns (uint256 credited);

    /// @notice Takes out everything the caller earned, to `to`. Works while paused.
    function withdraw(address to) external returns (uint256 amount);

    /// @notice Takes out everything an account earned, to that account itself. Anybody may: it can go nowhere else. Works while paused.
    function withdrawFor(address account) external returns (uint256 amount);

    /// @notice Sets each level's part of the referral leg, nearest first. Only the timelock.
    function setLevels(uint16[3] calldata bps) external;

    /// @notice Sets how old a link must be to earn (seconds), and what one account may earn in 30 days (TRVL wei). Only the timelock.
    function setGuards(uint40 linkAge, uint96 periodCap) external;

    /// @notice Sets the sanctions oracle; zero switches the check off. Only the timelock.
    function setSanctionsOracle(address oracle) external;

    /// @notice TRVL wei the account can take out.
    function owed(address account) external view returns (uint256);

    /// @notice TRVL wei owed to everybody; the contract always holds at least this.
    function totalOwed() external view returns (uint256);

    /// @notice The account of an identity, or zero.
    function accountOf(bytes32 identity) external view returns (address);

    /// @notice Who referred the account, when it joined (0: never), its place in the order of joining, and whether it may earn.
    function node(address account)
        external
        view
        returns (address referrer, uint40 joinedAt, uint48 ordinal, bool verified);
}
