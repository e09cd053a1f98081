// From the deploy script to tokens in a traveller's wallet, by both ways, with the libraries that outside programs use.
import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { after, before, describe, it } from 'node:test';
import { StandardMerkleTree } from '@openzeppelin/merkle-tree';
import { getAddress, hashTypedData, keccak256, parseEther, recoverAddress, toHex, type Hex } from 'viem';
import { chain, deploy, people, root, type Chain, type Deployment } from '../support/world.ts';

const EPOCH_SIZE = 10_000;
const SAMPLE = 25;

describe('rewards', () => {
  let home: Chain;
  let at: Deployment;
  let token: ReturnType<Chain['contract']>;
  let distributor: ReturnType<Chain['contract']>;
  let registry: ReturnType<Chain['contract']>;

  before(async () => {
    home = await chain(31337, 'home');
    at = await deploy(home, 'local');
    token = home.contract('TRVLToken', at.token);
    distributor = home.contract('RewardDistributor', at.rewardDistributor);
    registry = home.contract('ReferralRegistry', at.referralRegistry);
  });
  after(() => home.close());

  const domain = () => ({ name: 'Voxfare Rewards', version: '1', chainId: home.id, verifyingContract: at.rewardDistributor });
  const types = {
    Voucher: [
      { name: 'booking', type: 'bytes32' },
      { name: 'traveller', type: 'address' },
      { name: 'commission', type: 'uint256' },
      { name: 'epoch', type: 'uint64' },
      { name: 'issuedAt', type: 'uint64' },
      { name: 'expiresAt', type: 'uint64' },
    ],
  } as const;
  async function voucher(booking: string, traveller: Hex, commission: bigint) {
    const { timestamp } = await home.reader.getBlock();
    const booking_ = keccak256(toHex(booking));
    return { booking: booking_, traveller, commission, epoch: 1n, issuedAt: timestamp, expiresAt: timestamp + 3600n };
  }
  const sign = (message: Awaited<ReturnType<typeof voucher>>, by = people.issuer) =>
    by.signTypedData({ domain: domain(), types, primaryType: 'Voucher', message });

  it('deploys everything and leaves the deployer nothing', async () => {
    for (const [name, address] of Object.entries(at)) {
      if (typeof address !== 'string') continue;
      assert.notEqual(await home.reader.getCode({ address }), undefined, `${name} has no code`);
    }
    for (const name of ['token', 'rewardDistributor', 'referralRegistry', 'staking', 'paymentDesk', 'priceOracle', 'liquidityManager']) {
      const module = home.contract('TRVLToken', at[name]!);
      const admin = `0x${'0'.repeat(64)}`;
      assert.equal(await module.read('hasRole', [admin, people.deployer.address]), false, name);
      assert.equal(await module.read('hasRole', [admin, at.timelock]), true, name);
    }
  });

  it('hashes a voucher as any wallet does', async () => {
    const message = await voucher('digest', people.traveller.address, 123n);
    const wanted = hashTypedData({ domain: domain(), types, primaryType: 'Voucher', message });
    assert.equal(await distributor.read('voucherDigest', [message]), wanted);
  });

  it('agrees with the vectors that other programs are held against', async () => {
    const { domain: of, issuer, vouchers } = JSON.parse(readFileSync(join(root, 'test/vectors/vouchers.json'), 'utf8'));
    assert.equal(issuer, people.issuer.address);
    for (const { voucher: message, digest, signature, legs } of vouchers) {
      assert.equal(hashTypedData({ domain: of, types, primaryType: 'Voucher', message }), digest);
      assert.equal(await recoverAddress({ hash: digest, signature }), issuer);
      const sum = BigInt(legs.traveller) + BigInt(legs.referral) + BigInt(legs.treasury);
      assert.equal(sum, BigInt(message.commission));
      // The contract at its own address comes to another digest, and by its own domain to the same as the library.
      const here = hashTypedData({ domain: domain(), types, primaryType: 'Voucher', message });
      assert.equal(await distributor.read('voucherDigest', [message]), here);
    }
  });

  it('pays a traveller, the one who brought them, and the treasury', async () => {
    const identity = keccak256(toHex('a checked person'));
    await registry.send(people.registrar, 'joinFor', [people.friend.address, `0x${'0'.repeat(40)}`]);
    await registry.send(people.registrar, 'verify', [people.friend.address, identity]);
    await registry.send(people.traveller, 'join', [people.friend.address]);
    const message = await voucher('first', people.traveller.address, parseEther('100'));
    await distributor.send(people.relayer, 'claim', [message, await sign(message)]);
    assert.equal(await token.read('balanceOf', [people.traveller.address]), parseEther('70'));
    assert.equal(await registry.read('owed', [people.friend.address]), parseEther('5'));
    const [settled] = await distributor.events('Settled');
    const { travellerLeg, referralLeg, treasuryLeg } = settled.args;
    assert.equal(travellerLeg + referralLeg + treasuryLeg, parseEther('100'));
    await registry.send(people.friend, 'withdraw', [people.friend.address]);
    assert.equal(await token.read('balanceOf', [people.friend.address]), parseEther('5'));
  });

  it('refuses the same booking again, and a stranger’s signature', async () => {
    const message = await voucher('first', people.traveller.address, parseEther('100'));
    const signature = await sign(message);
    await assert.rejects(distributor.send(people.relayer, 'claim', [message, signature]), /BookingSpent/);
    const other = await voucher('second', people.traveller.address, 1n);
    const forged = await sign(other, people.relayer);
    await assert.rejects(distributor.send(people.relayer, 'claim', [other, forged]), /NotAnIssuer/);
  });

  it('pays an epoch of ten thousand rewards out of one root', async () => {
    const commission = parseEther('10');
    const leaves = Array.from({ length: EPOCH_SIZE }, (_, n) => [
      keccak256(toHex(`epoch booking ${n}`)),
      getAddress(`0x${(0xabcd0000 + n).toString(16).padStart(40, '0')}`),
      commission.toString(),
    ]);
    const tree = StandardMerkleTree.of(leaves, ['bytes32', 'address', 'uint256']);
    const { timestamp } = await home.reader.getBlock();
    const closesAt = Number(timestamp) + 200 * 86_400;
    await distributor.send(people.publisher, 'publishEpoch', [7n, tree.root, commission * BigInt(EPOCH_SIZE), closesAt]);
    const step = Math.floor(EPOCH_SIZE / SAMPLE);
    for (let n = 0; n < EPOCH_SIZE; n += step) {
      const [booking, traveller] = leaves[n]!;
      const claim = [7n, booking, traveller, commission, tree.getProof(n)];
      await distributor.send(people.relayer, 'claimFromEpoch', claim);
      assert.equal(await token.read('balanceOf', [traveller]), parseEther('7'));
      await assert.rejects(distributor.send(people.relayer, 'claimFromEpoch', claim), /BookingSpent/);
    }
    const left = BigInt(EPOCH_SIZE - SAMPLE) * commission;
    assert.equal((await distributor.read('epochInfo', [7n])).remaining, left);
  });

  it('sends the treasury its legs, to the wei', async () => {
    const [, owed] = await distributor.read('funds');
    assert.equal(owed, parseEther('25') + parseEther('3') * BigInt(SAMPLE));
    const before = await token.read('balanceOf', [at.treasury]);
    await distributor.send(people.relayer, 'payTreasury');
    assert.equal((await token.read('balanceOf', [at.treasury])) - before, owed);
  });
});
