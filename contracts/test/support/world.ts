// A chain of Hardhat's with everything deployed on it by the deploy script, and the people who act on it. It asserts nothing.
import { execFile } from 'node:child_process';
import { mkdirSync, readFileSync } from 'node:fs';
import { join, resolve } from 'node:path';
import { promisify } from 'node:util';
import hre from 'hardhat';
import {
  createPublicClient,
  createTestClient,
  createWalletClient,
  defineChain,
  getContract,
  http,
  type Abi,
  type Address,
  type Hex,
} from 'viem';
import { mnemonicToAccount } from 'viem/accounts';

export const root = resolve(import.meta.dirname, '../..');

// The accounts of every development chain; config/local.json names them in this order.
const account = (at: number) => mnemonicToAccount('test test test test test test test test test test test junk', { addressIndex: at });
export const people = {
  deployer: account(0),
  owners: [account(1), account(2), account(3)],
  guardian: account(4),
  issuer: account(5),
  publisher: account(6),
  canceller: account(7),
  registrar: account(8),
  operator: account(9),
  traveller: account(10),
  friend: account(11),
  relayer: account(12),
};

export type Deployment = Record<string, Address>;

export function abiOf(name: string): Abi {
  return artifact(name).abi;
}

export function artifact(name: string): { abi: Abi; bytecode: Hex } {
  const made = JSON.parse(readFileSync(join(root, `out/${name}.sol/${name}.json`), 'utf8'));
  return { abi: made.abi, bytecode: made.bytecode.object };
}

export async function chain(id: number, name: 'home' | 'far') {
  const server = await hre.network.createServer(name, '127.0.0.1', 0);
  const { address, port } = await server.listen();
  const url = `http://${address}:${port}`;
  const definition = defineChain({
    id,
    name,
    nativeCurrency: { name: 'Ether', symbol: 'ETH', decimals: 18 },
    rpcUrls: { default: { http: [url] } },
  });
  const options = { chain: definition, transport: http(url), pollingInterval: 10 } as const;
  const reader = createPublicClient({ ...options, cacheTime: 0 });
  const clock = createTestClient({ ...options, mode: 'hardhat' });
  const as = (who: typeof people.deployer) => createWalletClient({ ...options, account: who });

  // Contract calls by name: read it, or send it as somebody and wait for it to be mined.
  const contract = (name: string, at: Address, abi: Abi = abiOf(name)) => ({
    address: at,
    abi,
    read: async (functionName: string, args: unknown[] = []): Promise<any> =>
      reader.readContract({ address: at, abi, functionName, args }),
    send: async (who: typeof people.deployer, functionName: string, args: unknown[] = []) => {
      const { request } = await reader.simulateContract({ account: who, address: at, abi, functionName, args });
      const hash = await as(who).writeContract(request);
      return reader.waitForTransactionReceipt({ hash });
    },
    events: async (eventName: string, fromBlock = 0n) =>
      reader.getContractEvents({ address: at, abi, eventName, fromBlock }) as Promise<any[]>,
  });
  const pass = async (seconds: number) => {
    await clock.increaseTime({ seconds });
    await clock.mine({ blocks: 1 });
  };
  return { url, id, reader, clock, as, contract, pass, close: () => server.close() };
}

export type Chain = Awaited<ReturnType<typeof chain>>;

/// Runs the deploy script as anybody would, and reads what it wrote.
export async function deploy(on: Chain, config: string): Promise<Deployment> {
  const folder = `cache/deployments/${on.id}`;
  mkdirSync(join(root, folder), { recursive: true });
  const script = ['script', 'script/Deploy.s.sol', '--sig', 'run(string)', config];
  const options = ['--rpc-url', on.url, '--broadcast', '--slow', '--unlocked', '--sender', people.deployer.address];
  await promisify(execFile)(join(root, 'bin/forge'), [...script, ...options], {
    cwd: root,
    env: { ...process.env, DEPLOYMENTS: folder },
    maxBuffer: 64 * 1024 * 1024,
  });
  return JSON.parse(readFileSync(join(root, folder, `${config}.json`), 'utf8'));
}

export { getContract };
