// SPDX-License-Identifier: Apache-2.0
pragma solidity 0.8.37;

import {IERC3009} from "@openzeppelin/contracts/interfaces/draft-IERC3009.sol";
import {IERC20} from "@openzeppelin/contracts/token/ERC20/IERC20.sol";
import {IERC20Permit} from "@openzeppelin/contracts/token/ERC20/extensions/IERC20Permit.sol";
import {SafeERC20} from "@openzeppelin/contracts/token/ERC20/utils/SafeERC20.sol";
import {ReentrancyGuardTransient} from "@openzeppelin/contracts/utils/ReentrancyGuardTransient.sol";
import {Governed} from "./base/Governed.sol";
import {IPaymentDesk} from "./interfaces/IPaymentDesk.sol";

/// @title Takes USDC for orders, and hands refunds out.
/// @dev See IPaymentDesk. It keeps no payment: all it ever holds is refunds that wait.
contract PaymentDesk is IPaymentDesk, Governed, ReentrancyGuardTransient {
    using SafeERC20 for IERC20;

    /// @custom:storage-location erc7201:voxfare.storage.PaymentDesk
    struct PaymentDeskStorage {
        IERC20 usdc;
        address treasury;
        mapping(bytes32 order => mapping(address payer => Payment)) payments;
        mapping(address payer => uint256) owed;
    }

    // keccak256(abi.encode(uint256(keccak256("voxfare.storage.PaymentDesk")) - 1)) & ~bytes32(uint256(0xff))
    bytes32 private constant STORAGE = 0x63214b138ab7a54f05ed8e45fc418043c8dca842fc08b3cc6e019fdfb1474a00;

    /// @notice Gives payments back.
    bytes32 public constant REFUNDER_ROLE = keccak256("REFUNDER_ROLE");

    /// @custom:oz-upgrades-unsafe-allow constructor
    constructor() {
        _disableInitializers();
    }

    /// @notice Sets the desk up; once, by the proxy's constructor.
    function initialize(address admin, IERC20 usdc, address treasury) external initializer {
        require(address(usdc) != address(0), ZeroAddress());
        __Governed_init(admin);
        _storage().usdc = usdc;
        _setTreasury(treasury);
    }

    /// @inheritdoc IPaymentDesk
    function pay(bytes32 order, uint256 amount) external whenNotPaused nonReentrant {
        _payFromAllowance(order, amount);
    }

    /// @inheritdoc IPaymentDesk
    function payWithPermit(bytes32 order, uint256 amount, uint256 deadline, uint8 v, bytes32 r, bytes32 s)
        external
        whenNotPaused
        nonReentrant
    {
        // If somebody sent the permit before us the allowance is there; if it is not, the transfer says so.
        // solhint-disable no-empty-blocks
        try IERC20Permit(address(_storage().usdc)).permit(_msgSender(), address(this), amount, deadline, v, r, s) {}
            catch {}
        // solhint-enable no-empty-blocks
        _payFromAllowance(order, amount);
    }

    /// @inheritdoc IPaymentDesk
    function payWithAuthorization(bytes32 order, Authorization calldata signed) external whenNotPaused nonReentrant {
        PaymentDeskStorage storage $ = _storage();
        _record(order, signed.payer, signed.amount);
        _receive(order, signed);
        $.usdc.safeTransfer($.treasury, signed.amount);
    }

    /// @inheritdoc IPaymentDesk
    function refund(bytes32 order, address payer, uint256 amount) external nonReentrant onlyRole(REFUNDER_ROLE) {
        PaymentDeskStorage storage $ = _storage();
        Payment storage entry = $.payments[order][payer];
        uint256 left = entry.paid - entry.refunded;
        require(amount != 0 && amount <= left, AbovePayment(amount, left));
        entry.refunded += uint128(amount);
        $.owed[payer] += amount;
        emit Refunded(order, payer, amount);
        $.usdc.safeTransferFrom(_msgSender(), address(this), amount);
    }

    /// @inheritdoc IPaymentDesk
    function takeRefund(address payer, address to) external nonReentrant returns (uint256 amount) {
        PaymentDeskStorage storage $ = _storage();
        require(to == payer || _msgSender() == payer, NotThePayer(_msgSender()));
        amount = $.owed[payer];
        require(amount != 0, NothingOwed(payer));
        $.owed[payer] = 0;
        emit RefundPaid(payer, to, amount);
        $.usdc.safeTransfer(to, amount);
    }

    /// @inheritdoc IPaymentDesk
    function setTreasury(address treasury) external onlyRole(DEFAULT_ADMIN_ROLE) {
        _setTreasury(treasury);
    }

    /// @inheritdoc IPaymentDesk
    function payment(bytes32 order, address payer) external view returns (Payment memory) {
        return _storage().payments[order][payer];
    }

    /// @inheritdoc IPaymentDesk
    function refundOwed(address payer) external view returns (uint256) {
        return _storage().owed[payer];
    }

    /// @inheritdoc IPaymentDesk
    function authorizationNonce(bytes32 order) public view returns (bytes32) {
        return keccak256(abi.encode(block.chainid, address(this), order));
    }

    function _payFromAllowance(bytes32 order, uint256 amount) private {
        PaymentDeskStorage storage $ = _storage();
        _record(order, _msgSender(), amount);
        $.usdc.safeTransferFrom(_msgSender(), $.treasury, amount);
    }

    /// Only the receiver can use this kind of authorization, so nobody can use it elsewhere first.
    function _receive(bytes32 order, Authorization calldata signed) private {
        IERC3009(address(_storage().usdc))
            .receiveWithAuthorization(
                signed.payer,
                address(this),
                signed.amount,
                signed.validAfter,
                signed.validBefore,
                authorizationNonce(order),
                signed.v,
                signed.r,
                signed.s
            );
    }

    function _record(bytes32 order, address payer, uint256 amount) private {
        Payment storage entry = _storage().payments[order][payer];
        require(entry.paid == 0, AlreadyPaid(order, payer));
        require(amount != 0 && amount <= type(uint96).max, BadAmount(amount));
        entry.paid = uint128(amount);
        emit Paid(order, payer, amount);
    }

    function _setTreasury(address treasury) private {
        require(treasury != address(0), ZeroAddress());
        _storage().treasury = treasury;
        emit TreasurySet(treasury);
    }

    function _storage() private pure returns (PaymentDeskStorage storage $) {
        assembly ("memory-safe") {
            $.slot := STORAGE
        }
    }
}
