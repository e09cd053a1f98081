// Holds the README's gas table against the snapshot, so that no figure there is from memory.
import { readFileSync } from 'node:fs';
import { join, resolve } from 'node:path';

const root = resolve(import.meta.dirname, '..');
const readme = readFileSync(join(root, 'README.md'), 'utf8');
const gas = JSON.parse(readFileSync(join(root, 'snapshots/rewards.json'), 'utf8'));
const missing = Object.entries(gas).filter(([what, value]) => {
  const each = what.includes('all twenty') ? Math.round(value / 20) : Number(value);
  return !readme.includes(each.toLocaleString('en-US'));
});
for (const [what, value] of missing) console.error(`README.md does not have the ${value} gas of: ${what}`);
process.exit(missing.length === 0 ? 0 : 1);
