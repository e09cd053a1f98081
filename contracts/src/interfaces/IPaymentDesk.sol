// SPDX-License-Identifier: Apache-2.0
pragma solidity 0.8.37;

/// @title Takes USDC for orders, and hands refunds out.
/// @notice What is paid goes straight to the treasury. A payer pays an order once; by allowance, by permit (ERC-2612) or by a signed
/// authorization (ERC-3009), for which a relayer can send the transaction.
/// @dev Assumptions: the token is USDC (no fee on transfer; it can blacklist and pause). The server holds order, payer and amount against the
/// order: anybody may pay anything for any order, and it counts for them only.
///
/// Danger: a payer that USDC has blacklisted can have a refund sent elsewhere, or waits; nobody else does.
interface IPaymentDesk {
    /// @notice What a payer has paid for an order, and how much of it was given back; raw USDC.
    struct Payment {
        uint128 paid;
        uint128 refunded;
    }

    /// @notice A payer's signed ERC-3009 `ReceiveWithAuthorization`, whose `to` and `nonce` are known here.
    struct Authorization {
        address payer;
        uint256 amount;
        uint256 validAfter;
        uint256 validBefore;
        uint8 v;
        bytes32 r;
        bytes32 s;
    }

    /// @notice An order was paid.
    event Paid(bytes32 indexed order, address indexed payer, uint256 amount);
    /// @notice A part of a payment was given back; the payer can take it out.
    event Refunded(bytes32 indexed order, address indexed payer, uint256 amount);
    /// @notice A refund was taken out.
    event RefundPaid(address indexed payer, address indexed to, uint256 amount);
    /// @notice The treasury changed.
    event TreasurySet(address indexed treasury);

    /// @notice The payer has paid the order.
    error AlreadyPaid(bytes32 order, address payer);
    /// @notice The amount is zero or does not fit.
    error BadAmount(uint256 amount);
    /// @notice More would be given back than was paid.
    error AbovePayment(uint256 amount, uint256 left);
    /// @notice Only the payer sends a refund anywhere else.
    error NotThePayer(address caller);
    /// @notice There is nothing to take out.
    error NothingOwed(address payer);

    /// @notice Pays an order out of an allowance. Stopped by a pause.
    function pay(bytes32 order, uint256 amount) external;

    /// @notice Pays an order by permit. Whoever sends the permit first does not stop the payment.
    function payWithPermit(bytes32 order, uint256 amount, uint256 deadline, uint8 v, bytes32 r, bytes32 s) external;

    /// @notice Pays an order by the payer's authorization. Anybody may send it. The authorization's `to` is this contract, and its nonce
    /// is `authorizationNonce(order)`: it pays this order and no other.
    function payWithAuthorization(bytes32 order, Authorization calldata signed) external;

    /// @notice Gives back a part of a payment, taken from the caller. Needs `REFUNDER_ROLE`.
    function refund(bytes32 order, address payer, uint256 amount) external;

    /// @notice Takes a payer's refunds out. Anybody may send them to the payer; only the payer elsewhere. Works while paused.
    function takeRefund(address payer, address to) external returns (uint256 amount);

    /// @notice Sets where payments go. Only the timelock.
    function setTreasury(address treasury) external;

    /// @notice What a payer has paid for an order.
    function payment(bytes32 order, address payer) external view returns (Payment memory);

    /// @notice Raw USDC that a payer can take out.
    function refundOwed(address payer) external view returns (uint256);

    /// @notice The nonce that binds an ERC-3009 authorization to an order here.
    function authorizationNonce(bytes32 order) external view returns (bytes32);
}
