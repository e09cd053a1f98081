// Keeps abi/: interface and creation code of everything that a program deploys or calls, so that it needs none of this toolchain.
//   tools/artifacts.mjs          compares abi/ with the build
//   tools/artifacts.mjs write    writes it anew
import { mkdirSync, readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join, resolve } from 'node:path';

const root = resolve(import.meta.dirname, '..');
const modules = readdirSync(join(root, 'src')).filter((it) => it.endsWith('.sol')).map((it) => it.replace('.sol', ''));
const names = [...modules, 'DevFeed', 'DevUSDC', 'ERC1967Proxy', 'TimelockController'].sort();
const stale = [];

mkdirSync(join(root, 'abi'), { recursive: true });
for (const name of names) {
  const { abi, bytecode } = JSON.parse(readFileSync(join(root, `out/${name}.sol/${name}.json`), 'utf8'));
  const text = `${JSON.stringify({ contractName: name, abi, bytecode: { object: bytecode.object } })}\n`;
  const file = join(root, `abi/${name}.json`);
  if (process.argv[2] === 'write') writeFileSync(file, text);
  else if (read(file) !== text) stale.push(name);
}
for (const file of readdirSync(join(root, 'abi'))) {
  if (!names.includes(file.replace('.json', ''))) stale.push(file);
}
for (const name of stale) console.error(`abi/ is not what was built: ${name}; run tools/check write`);
process.exit(stale.length === 0 ? 0 : 1);

function read(file) {
  try {
    return readFileSync(file, 'utf8');
  } catch {
    return undefined;
  }
}
