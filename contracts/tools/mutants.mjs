// Plants each bug of test/mutants/mutants.json into a copy of the sources and asks the prover, which must find it. The sources stay as they are.
//   tools/mutants.mjs            all of them
//   tools/mutants.mjs NAME       one of them
//   tools/mutants.mjs fit        only looks whether each still fits the sources
import { spawnSync } from 'node:child_process';
import { cpSync, mkdirSync, readFileSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { join, resolve } from 'node:path';

const root = resolve(import.meta.dirname, '..');
const halmos = join(root, '.venv/halmos/bin/halmos');
const wanted = process.argv[2];
const mutants = JSON.parse(readFileSync(join(root, 'test/mutants/mutants.json'), 'utf8'));
for (const mutant of mutants) fits(mutant);
if (wanted === 'fit') process.exit(0);
const only = mutants.filter(({ name }) => !wanted || name === wanted);
let survivors = 0;

// The proofs need the sources and themselves; the compiler's cache is kept from one bug to the next.
const copy = join(root, 'cache/mutants');
mkdirSync(join(copy, 'test'), { recursive: true });
for (const link of ['node_modules', 'bin']) {
  rmSync(join(copy, link), { force: true });
  symlinkSync(join(root, link), join(copy, link));
}
cpSync(join(root, 'foundry.toml'), join(copy, 'foundry.toml'));

for (const mutant of only) {
  plant(mutant);
  const { found, output } = prove(mutant);
  console.log(`  ${found ? 'refuted ' : 'SURVIVED'} ${mutant.name}: ${mutant.why}`);
  if (!found) {
    survivors += 1;
    console.log(output);
  }
}
process.exit(only.length > 0 && survivors === 0 ? 0 : 1);

function fits({ name, file, from }) {
  const source = readFileSync(join(root, file), 'utf8');
  if (source.split(from).length !== 2) throw new Error(`${name}: what it changes is not in ${file} exactly once`);
}

function plant({ file, from, to }) {
  for (const folder of ['src', 'test/proofs']) {
    rmSync(join(copy, folder), { recursive: true, force: true });
    cpSync(join(root, folder), join(copy, folder), { recursive: true });
  }
  const source = readFileSync(join(copy, file), 'utf8');
  writeFileSync(join(copy, file), source.replace(from, () => to));
}

// Refuted is a counterexample; an error or running out of time is not.
function prove({ proof, check }) {
  const options = ['--loop', '4', '--solver-timeout-assertion', '60000', '--forge-build-out', 'out', '--early-exit'];
  const run = spawnSync(halmos, ['--match-contract', `^${proof}$`, '--function', check, ...options], {
    cwd: copy,
    encoding: 'utf8',
    env: { ...process.env, PATH: `${join(root, 'bin')}:${process.env.PATH}`, NO_COLOR: '1' },
  });
  const output = `${run.stdout}\n${run.stderr}`;
  return { output, found: run.status === 1 && output.includes('Counterexample') && /\[FAIL\]/.test(output) };
}
