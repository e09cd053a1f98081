// Hardhat runs the TypeScript tests on its own chain. It compiles nothing: what is tested is what Foundry built, byte for byte.
import { join } from 'node:path';
import toolboxViem from '@nomicfoundation/hardhat-toolbox-viem';
import { defineConfig } from 'hardhat/config';

export default defineConfig({
  plugins: [toolboxViem],
  paths: {
    sources: './test/hardhat/sources',
    tests: { nodejs: './test/hardhat', solidity: './test/hardhat/sources' },
    artifacts: './cache/hardhat/artifacts',
    cache: './cache/hardhat',
  },
  solidity: { profiles: { default: { version: '0.8.37', path: join(import.meta.dirname, 'node_modules/solc/soljson.js') } } },
  networks: {
    home: { type: 'edr-simulated', chainType: 'l1', chainId: 31337, hardfork: 'cancun', allowUnlimitedContractSize: false },
    far: { type: 'edr-simulated', chainType: 'l1', chainId: 31338, hardfork: 'cancun' },
  },
});
