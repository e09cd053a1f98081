// SPDX-License-Identifier: Apache-2.0
pragma solidity 0.8.37;

import {Ownable} from "@openzeppelin/contracts/access/Ownable.sol";
import {ERC20} from "@openzeppelin/contracts/token/ERC20/ERC20.sol";
import {ERC3009} from "@openzeppelin/contracts/token/ERC20/extensions/draft-ERC3009.sol";
import {ERC20Permit} from "@openzeppelin/contracts/token/ERC20/extensions/ERC20Permit.sol";
import {Pausable} from "@openzeppelin/contracts/utils/Pausable.sol";

/// @title The USDC of a local chain: six decimals, permit, ERC-3009, a blacklist and a pause, as the real one has.
/// @dev It is deployed on local chains only; elsewhere the real one's address comes from the configuration.
contract DevUSDC is ERC20, ERC20Permit, ERC3009, Ownable, Pausable {
    /// @notice The account is blacklisted.
    error Blacklisted(address account);

    /// @notice Who may neither send nor receive.
    mapping(address account => bool) public isBlacklisted;

    constructor(address owner) ERC20("USD Coin", "USDC") ERC20Permit("USD Coin") Ownable(owner) {}

    /// @notice Makes new dollars, for tests and demonstrations.
    function mint(address to, uint256 amount) external onlyOwner {
        _mint(to, amount);
    }

    /// @notice Blacklists an account, or lets it go.
    function setBlacklisted(address account, bool value) external onlyOwner {
        isBlacklisted[account] = value;
    }

    /// @notice Stops every transfer.
    function pause() external onlyOwner {
        _pause();
    }

    /// @notice Starts them again.
    function unpause() external onlyOwner {
        _unpause();
    }

    /// @notice USDC has six.
    function decimals() public pure override returns (uint8) {
        return 6;
    }

    function _update(address from, address to, uint256 value) internal override whenNotPaused {
        require(!isBlacklisted[from], Blacklisted(from));
        require(!isBlacklisted[to], Blacklisted(to));
        super._update(from, to, value);
    }
}
