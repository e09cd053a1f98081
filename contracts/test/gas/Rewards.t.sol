// SPDX-License-Identifier: Apache-2.0
pragma solidity 0.8.37;

import {IERC20} from "@openzeppelin/contracts/token/ERC20/IERC20.sol";
import {IRewardDistributor} from "../../src/interfaces/IRewardDistributor.sol";
import {Fixture} from "../Fixture.sol";

interface IMerkleDistributor {
    function claim(uint256 index, address account, uint256 amount, bytes32[] calldata proof) external;
}

/// @title What a reward costs in gas, by every way, as the table in the README has it.
/// @dev Each figure is the call's own gas. A tree of 10,000 leaves is 14 deep, so a proof of 14 is what a claim of such an epoch carries.
contract RewardsGas is Fixture {
    uint256 internal constant DEPTH = 14;

    IRewardDistributor.Voucher internal voucher;
    bytes internal signature;
    bytes32[] internal path;
    address internal uniswap;

    function setUp() public override {
        super.setUp();
        vm.startPrank(admin);
        distributor.setNeighbours(treasury, address(registry), address(sanctions));
        registry.setGuards(0, type(uint96).max);
        vm.stopPrank();
        _chainOfFour();
        // Everybody has had a reward before: the usual case, in which no balance starts from zero.
        _warmUp();
        voucher = _voucher("a", dave, 100e18);
        signature = _sign(voucher);
        _epoch();
        _uniswap();
    }

    function _warmUp() private {
        vm.prank(admin);
        distributor.setClawbackWindow(0);
        _claim("before", dave, 100e18);
        address stranger = makeAddr("stranger");
        token.mint(stranger, 1e18);
        token.mint(address(this), 1000e18);
    }

    function _root(bytes32 leaf) private view returns (bytes32 root) {
        root = leaf;
        for (uint256 at = 0; at < DEPTH; ++at) {
            root = _pair(root, path[at]);
        }
    }

    function _epoch() private {
        for (uint256 at = 0; at < DEPTH; ++at) {
            path.push(keccak256(abi.encode("sibling", at)));
        }
        bytes32 root = _root(_leaf("m", dave, 100e18));
        vm.prank(publisher);
        distributor.publishEpoch(1, root, 10_000 * 10e18, uint40(block.timestamp + 200 days));
    }

    function _uniswap() private {
        bytes32 root = _root(keccak256(abi.encodePacked(uint256(7), dave, uint256(70e18))));
        string memory json = vm.readFile("node_modules/@uniswap/merkle-distributor/build/MerkleDistributor.json");
        bytes memory code = bytes.concat(vm.parseJsonBytes(json, ".bytecode"), abi.encode(address(token), root));
        address made;
        assembly {
            made := create(0, add(code, 32), mload(code))
        }
        uniswap = made;
        token.mint(uniswap, 10_000e18);
        // Another index of the same word was claimed before, as in a distribution that is under way.
        vm.store(uniswap, keccak256(abi.encode(uint256(0), uint256(0))), bytes32(uint256(1)));
    }

    function test_gas_VoucherClaimPaidAtOnce() public {
        distributor.claim(voucher, signature);
        vm.snapshotGasLastCall("rewards", "voucher claim, paid at once, three referrers");
        assertEq(token.balanceOf(dave), 140e18);
    }

    function test_gas_VoucherClaimAndRelease() public {
        vm.prank(admin);
        distributor.setClawbackWindow(1 days);
        distributor.claim(voucher, signature);
        vm.snapshotGasLastCall("rewards", "voucher claim, to wait for its window");
        vm.warp(block.timestamp + 1 days);
        distributor.release("a");
        vm.snapshotGasLastCall("rewards", "release after the window, three referrers");
    }

    function test_gas_VoucherClaimWithoutReferrers() public {
        address stranger = makeAddr("stranger");
        voucher = _voucher("s", stranger, 100e18);
        signature = _sign(voucher);
        distributor.claim(voucher, signature);
        vm.snapshotGasLastCall("rewards", "voucher claim, paid at once, no referrer");
    }

    function test_gas_MerkleClaimOfTenThousand() public {
        distributor.claimFromEpoch(1, "m", dave, 100e18, path);
        vm.snapshotGasLastCall("rewards", "Merkle claim of an epoch of 10,000, three referrers");
        assertEq(token.balanceOf(dave), 140e18);
    }

    function test_gas_MerkleClaimWithoutReferrers() public {
        vm.prank(admin);
        distributor.setNeighbours(treasury, address(0), address(0));
        distributor.claimFromEpoch(1, "m", dave, 100e18, path);
        vm.snapshotGasLastCall("rewards", "Merkle claim of an epoch of 10,000, no tree and no oracle");
    }

    /// A relayer claims twenty rewards of twenty bookings at once, each with its own proof of 14.
    function test_gas_TwentyMerkleClaimsAtOnce() public {
        bytes32[32] memory leaves;
        for (uint256 at = 0; at < 32; ++at) {
            leaves[at] = _leaf(bytes32(at + 1), dave, 100e18);
        }
        bytes32[] memory level = new bytes32[](63);
        bytes[] memory calls = _twenty(leaves, level);
        vm.prank(publisher);
        distributor.publishEpoch(3, _root14(level[62]), 3200e18, uint40(block.timestamp + 200 days));
        distributor.multicall(calls);
        vm.snapshotGasLastCall("rewards", "twenty Merkle claims at once, three referrers, all twenty");
        assertEq(token.balanceOf(dave), 70e18 + 20 * 70e18);
    }

    /// A tree of 32 leaves as one array, level after level, and the calls that claim the first twenty of them.
    function _twenty(bytes32[32] memory leaves, bytes32[] memory tree) private view returns (bytes[] memory calls) {
        for (uint256 at = 0; at < 32; ++at) {
            tree[at] = leaves[at];
        }
        for (uint256 at = 32; at < 63; ++at) {
            tree[at] = _pair(tree[2 * (at - 32)], tree[2 * (at - 32) + 1]);
        }
        calls = new bytes[](20);
        for (uint256 leaf = 0; leaf < 20; ++leaf) {
            bytes32[] memory proof = new bytes32[](DEPTH);
            uint256 node = leaf;
            for (uint256 step = 0; step < DEPTH; ++step) {
                proof[step] = step < 5 ? tree[node ^ 1] : path[step];
                node = 32 + node / 2;
            }
            calls[leaf] = abi.encodeCall(distributor.claimFromEpoch, (3, bytes32(leaf + 1), dave, 100e18, proof));
        }
    }

    /// From the root of the 32 up to that of ten thousand.
    function _root14(bytes32 root) private view returns (bytes32) {
        for (uint256 at = 5; at < DEPTH; ++at) {
            root = _pair(root, path[at]);
        }
        return root;
    }

    function test_gas_PlainTransferPerReward() public {
        assertTrue(IERC20(address(token)).transfer(dave, 70e18));
        vm.snapshotGasLastCall("rewards", "plain transfer of TRVL");
    }

    function test_gas_UniswapsMerkleDistributor() public {
        IMerkleDistributor(uniswap).claim(7, dave, 70e18, path);
        vm.snapshotGasLastCall("rewards", "Uniswap's MerkleDistributor, a tree of 10,000");
        assertEq(token.balanceOf(dave), 140e18);
    }

    function test_gas_PublishEpoch() public {
        vm.prank(publisher);
        distributor.publishEpoch(2, "root", 1000e18, uint40(block.timestamp + 200 days));
        vm.snapshotGasLastCall("rewards", "publishing an epoch of any size");
    }

    function test_gas_ReferralWithdrawal() public {
        distributor.claim(voucher, signature);
        vm.prank(carol);
        registry.withdraw(carol);
        vm.snapshotGasLastCall("rewards", "referrer's withdrawal");
    }
}
