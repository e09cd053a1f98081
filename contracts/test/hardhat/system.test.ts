// The parts that meet the outside: Safe, Uniswap, the vote and the timelock, USDC by signature, and a second chain.
import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { after, before, describe, it } from 'node:test';
import { concat, encodeAbiParameters, encodeFunctionData, keccak256, parseEther, parseUnits, toHex, type Abi, type Hex } from 'viem';
import { abiOf, artifact, chain, deploy, people, root, type Chain, type Deployment } from '../support/world.ts';

const safeAbi: Abi = JSON.parse(
  readFileSync(join(root, 'node_modules/@safe-global/safe-smart-account/build/artifacts/contracts/SafeL2.sol/SafeL2.json'), 'utf8'),
).abi;
const routerAbi: Abi = JSON.parse(
  readFileSync(join(root, 'node_modules/@uniswap/v3-periphery/artifacts/contracts/SwapRouter.sol/SwapRouter.json'), 'utf8'),
).abi;
const positionsAbi: Abi = JSON.parse(
  readFileSync(
    join(root, 'node_modules/@uniswap/v3-periphery/artifacts/contracts/NonfungiblePositionManager.sol/NonfungiblePositionManager.json'),
    'utf8',
  ),
).abi;
const ZERO: Hex = `0x${'0'.repeat(40)}`;

describe('the system', () => {
  let home: Chain;
  let at: Deployment;
  let token: ReturnType<Chain['contract']>;
  let usdc: ReturnType<Chain['contract']>;

  before(async () => {
    home = await chain(31337, 'home');
    at = await deploy(home, 'local');
    token = home.contract('TRVLToken', at.token);
    usdc = home.contract('DevUSDC', at.usdc);
  });
  after(() => home.close());

  /// Two of the three owners sign what the Safe is to do; anybody sends it.
  async function throughSafe(to: Hex, data: Hex, signers = people.owners.slice(0, 2)) {
    const safe = home.contract('Safe', at.treasury, safeAbi);
    const nonce = await safe.read('nonce');
    const hash = await safe.read('getTransactionHash', [to, 0n, data, 0, 0n, 0n, 0n, ZERO, ZERO, nonce]);
    const sorted = [...signers].sort((a, b) => (a.address.toLowerCase() < b.address.toLowerCase() ? -1 : 1));
    const signatures = concat(await Promise.all(sorted.map((owner) => owner.sign({ hash }))));
    return safe.send(people.relayer, 'execTransaction', [to, 0n, data, 0, 0n, 0n, 0n, ZERO, ZERO, signatures]);
  }
  /// A contract's interface with the errors that reach it from another.
  const withErrors = (name: string, other: string): Abi => [...abiOf(name), ...abiOf(other).filter(({ type }) => type === 'error')];
  const call = (contract: string, functionName: string, args: unknown[]) =>
    encodeFunctionData({ abi: abiOf(contract), functionName, args });

  it('moves treasury money by two of three, and not by one', async () => {
    const data = call('TRVLToken', 'transfer', [people.traveller.address, parseEther('1000')]);
    await assert.rejects(throughSafe(at.token, data, people.owners.slice(0, 1)), /GS020/);
    await throughSafe(at.token, data);
    assert.equal(await token.read('balanceOf', [people.traveller.address]), parseEther('1000'));
  });

  it('stakes by permit and streams what the treasury funds', async () => {
    const staking = home.contract('Staking', at.staking);
    await throughSafe(at.token, call('TRVLToken', 'approve', [at.staking, parseEther('700')]));
    const { timestamp } = await home.reader.getBlock();
    const deadline = timestamp + 3600n;
    const signature = await people.traveller.signTypedData({
      domain: { name: 'Voxfare Travel', version: '1', chainId: home.id, verifyingContract: at.token },
      types: {
        Permit: [
          { name: 'owner', type: 'address' },
          { name: 'spender', type: 'address' },
          { name: 'value', type: 'uint256' },
          { name: 'nonce', type: 'uint256' },
          { name: 'deadline', type: 'uint256' },
        ],
      },
      primaryType: 'Permit',
      message: { owner: people.traveller.address, spender: at.staking!, value: parseEther('100'), nonce: 0n, deadline },
    });
    const [r, s, v] = [signature.slice(0, 66), `0x${signature.slice(66, 130)}`, Number(`0x${signature.slice(130)}`)];
    await staking.send(people.traveller, 'stakeWithPermit', [1, parseEther('100'), deadline, v, r, s]);
    assert.equal(await staking.read('vipLevel', [people.traveller.address]), 2);
    await throughSafe(at.staking, call('Staking', 'fund', [parseEther('700')]));
    await home.pass(86_400);
    const pending = await staking.read('pendingYield', [people.traveller.address, 1]);
    assert.ok(pending > parseEther('99') && pending < parseEther('101'), `${pending}`);
  });

  it('agrees with the pool on a price, and stops when somebody moves it', async () => {
    const oracle = home.contract('PriceOracle', at.priceOracle);
    const feed = home.contract('DevFeed', at.feed);
    await feed.send(people.operator, 'set', [25_000_000n]);
    assert.equal(await oracle.read('price'), parseEther('0.25'));
    await usdc.send(people.operator, 'mint', [people.friend.address, parseUnits('100000', 6)]);
    await usdc.send(people.friend, 'approve', [at.router, parseUnits('100000', 6)]);
    const router = home.contract('SwapRouter', at.router!, routerAbi);
    const { timestamp } = await home.reader.getBlock();
    const swap = {
      tokenIn: at.usdc,
      tokenOut: at.token,
      fee: 3000,
      recipient: people.friend.address,
      deadline: timestamp + 600n,
      amountIn: parseUnits('100000', 6),
      amountOutMinimum: 0n,
      sqrtPriceLimitX96: 0n,
    };
    await router.send(people.friend, 'exactInputSingle', [swap]);
    assert.ok((await token.read('balanceOf', [people.friend.address])) > parseEther('200000'));
    await home.pass(120);
    await assert.rejects(oracle.read('price'), /SourcesDisagree/);
    const liquidity = home.contract('LiquidityManager', at.liquidityManager, withErrors('LiquidityManager', 'PriceOracle'));
    await assert.rejects(liquidity.send(people.operator, 'buyBack', [1n, 0n, timestamp + 10_000n]), /SourcesDisagree/);
  });

  it('takes USDC by a signed authorization that a relayer sends', async () => {
    const desk = home.contract('PaymentDesk', at.paymentDesk);
    const order = keccak256(toHex('order 1'));
    const amount = parseUnits('250', 6);
    await usdc.send(people.operator, 'mint', [people.traveller.address, amount]);
    const { timestamp } = await home.reader.getBlock();
    const validBefore = timestamp + 3600n;
    const nonce = await desk.read('authorizationNonce', [order]);
    assert.equal(
      nonce,
      keccak256(encodeAbiParameters([{ type: 'uint256' }, { type: 'address' }, { type: 'bytes32' }], [BigInt(home.id), at.paymentDesk!, order])),
    );
    const signature = await people.traveller.signTypedData({
      domain: { name: 'USD Coin', version: '1', chainId: home.id, verifyingContract: at.usdc },
      types: {
        ReceiveWithAuthorization: [
          { name: 'from', type: 'address' },
          { name: 'to', type: 'address' },
          { name: 'value', type: 'uint256' },
          { name: 'validAfter', type: 'uint256' },
          { name: 'validBefore', type: 'uint256' },
          { name: 'nonce', type: 'bytes32' },
        ],
      },
      primaryType: 'ReceiveWithAuthorization',
      message: { from: people.traveller.address, to: at.paymentDesk!, value: amount, validAfter: 0n, validBefore, nonce },
    });
    const [r, s, v] = [signature.slice(0, 66), `0x${signature.slice(66, 130)}`, Number(`0x${signature.slice(130)}`)];
    const signed = { payer: people.traveller.address, amount, validAfter: 0n, validBefore, v, r, s };
    await desk.send(people.relayer, 'payWithAuthorization', [order, signed]);
    assert.equal(await usdc.read('balanceOf', [at.treasury]), amount);
    assert.equal((await desk.read('payment', [order, people.traveller.address])).paid, amount);
    await assert.rejects(desk.send(people.relayer, 'payWithAuthorization', [order, signed]), /AlreadyPaid/);
  });

  it('changes the shares by vote and timelock, and by nothing else', async () => {
    const governor = home.contract('VoxfareGovernor', at.governor, withErrors('VoxfareGovernor', 'TimelockController'));
    const distributor = home.contract('RewardDistributor', at.rewardDistributor);
    await throughSafe(at.token, call('TRVLToken', 'transfer', [people.friend.address, parseEther('20000000')]));
    await token.send(people.friend, 'delegate', [people.friend.address]);
    await home.pass(1);
    const change = call('RewardDistributor', 'setShares', [6500, 1500]);
    const proposal = [[at.rewardDistributor], [0n], [change]];
    await governor.send(people.friend, 'propose', [...proposal, 'more to the tree']);
    const [{ args }] = await governor.events('ProposalCreated');
    await home.pass(61);
    await governor.send(people.friend, 'castVote', [args.proposalId, 1]);
    await home.pass(601);
    const why = keccak256(toHex('more to the tree'));
    await governor.send(people.relayer, 'queue', [...proposal, why]);
    await assert.rejects(governor.send(people.relayer, 'execute', [...proposal, why]), /TimelockUnexpectedOperationState/);
    await home.pass(61);
    await governor.send(people.relayer, 'execute', [...proposal, why]);
    assert.deepEqual((await distributor.read('rules')).slice(0, 2), [6500, 1500]);
    await assert.rejects(distributor.send(people.friend, 'setShares', [1, 1]), /AccessControlUnauthorizedAccount/);
  });

  it('carries TRVL to another chain and keeps the sum', async () => {
    const far = await chain(31338, 'far');
    try {
      const { abi, bytecode } = artifact('TRVLToken');
      const deployer = far.as(people.deployer);
      const made = async (what: { abi: Abi; bytecode: Hex }, args: unknown[] = []) => {
        const hash = await deployer.deployContract({ ...what, args });
        return (await far.reader.waitForTransactionReceipt({ hash })).contractAddress!;
      };
      const init = encodeFunctionData({ abi, functionName: 'initialize', args: [people.deployer.address, parseEther('1000000000')] });
      const away = far.contract('TRVLToken', await made(artifact('ERC1967Proxy'), [await made({ abi, bytecode }), init]));
      const bridge = people.operator;
      await away.send(people.deployer, 'setBridgeLimits', [bridge.address, parseEther('50'), parseEther('50'), 86_400]);
      await home.clock.impersonateAccount({ address: at.timelock! });
      await home.clock.setBalance({ address: at.timelock!, value: parseEther('1') });
      await home.reader.waitForTransactionReceipt({
        hash: await home.as(people.deployer).writeContract({
          account: at.timelock!,
          address: at.token!,
          abi,
          functionName: 'setBridgeLimits',
          args: [bridge.address, parseEther('50'), parseEther('50'), 86_400],
        }),
      });
      const sum = async () => (await token.read('totalSupply')) + (await away.read('totalSupply'));
      const before = await sum();
      await token.send(people.traveller, 'approve', [bridge.address, parseEther('40')]);
      await token.send(bridge, 'crosschainBurn', [people.traveller.address, parseEther('40')]);
      await away.send(bridge, 'crosschainMint', [people.traveller.address, parseEther('40')]);
      assert.equal(await sum(), before);
      assert.equal(await away.read('balanceOf', [people.traveller.address]), parseEther('40'));
      await assert.rejects(away.send(bridge, 'crosschainMint', [bridge.address, parseEther('11')]), /RateLimitExceeded/);
    } finally {
      await far.close();
    }
  });

  it('stops with one lever and lets everybody out', async () => {
    const staking = home.contract('Staking', at.staking);
    await home.clock.impersonateAccount({ address: at.guardian! });
    await home.clock.setBalance({ address: at.guardian!, value: parseEther('1') });
    const hash = await home.as(people.deployer).writeContract({
      account: at.guardian!,
      address: at.emergencyStop!,
      abi: abiOf('EmergencyStop'),
      functionName: 'stopAll',
    });
    await home.reader.waitForTransactionReceipt({ hash });
    await assert.rejects(token.send(people.traveller, 'transfer', [people.friend.address, 1n]), /EnforcedPause/);
    await home.pass(30 * 86_400);
    await staking.send(people.traveller, 'unstake', [1, parseEther('100')]);
    await staking.send(people.traveller, 'claimYield', [1]);
    assert.equal((await staking.read('position', [people.traveller.address, 1])).amount, 0n);
    // Liquidity comes out of the pool to the manager, and from there to the treasury.
    const positions = home.contract('Positions', at.positions!, positionsAbi);
    const liquidity = home.contract('LiquidityManager', at.liquidityManager);
    const { timestamp } = await home.reader.getBlock();
    const all = (await positions.read('positions', [1n]))[7];
    await liquidity.send(people.operator, 'reduce', [1n, all, 0n, 0n, timestamp + 600n]);
    const before = await token.read('balanceOf', [at.treasury]);
    await liquidity.send(people.operator, 'sweep', [at.token]);
    assert.ok((await token.read('balanceOf', [at.treasury])) - before > parseEther('500000'));
    assert.ok((await token.read('balanceOf', [at.pool])) < 10n);
  });
});
