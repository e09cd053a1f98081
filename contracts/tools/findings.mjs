// Holds Slither's findings against FINDINGS.md: each finding stands there as `detector: where`, and nothing stands there that is not found.
import { readFileSync } from 'node:fs';
import { join, resolve } from 'node:path';

const root = resolve(import.meta.dirname, '..');
const { success, error, results } = JSON.parse(readFileSync(process.argv[2], 'utf8'));
if (!success) throw new Error(`slither did not finish: ${error}`);

const where = ({ type, name, type_specific_fields: fields }) => {
  const parent = fields?.parent;
  return parent && ['function', 'variable', 'event'].includes(type) ? `${parent.name}.${name}` : name;
};
const found = new Set((results.detectors ?? []).map(({ check, elements }) => `${check}: ${elements.length ? where(elements[0]) : 'everywhere'}`));
const text = readFileSync(join(root, 'FINDINGS.md'), 'utf8');
const answered = new Set([...text.matchAll(/`([a-z0-9-]+: [\w.]+)`/g)].map(([, finding]) => finding));

const unanswered = [...found].filter((it) => !answered.has(it)).sort();
const gone = [...answered].filter((it) => !found.has(it)).sort();
for (const it of unanswered) console.error(`  not answered: \`${it}\``);
for (const it of gone) console.error(`  no longer found: \`${it}\``);
console.log(`  ${found.size} findings, ${found.size - unanswered.length} of them answered`);
process.exit(unanswered.length + gone.length === 0 ? 0 : 1);
