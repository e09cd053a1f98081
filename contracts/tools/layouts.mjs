// Holds the modules' storage against snapshots/layouts: what is there stays in place, and what is new comes after. It also knows the code's limit.
//   tools/layouts.mjs FOLDER          compares the build in FOLDER
//   tools/layouts.mjs FOLDER write    writes the snapshots, if nothing that was there has moved
import { existsSync, mkdirSync, readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join, resolve } from 'node:path';

const CODE_BYTES_MAX = 24_576;
const root = resolve(import.meta.dirname, '..');
const [folder, mode] = process.argv.slice(2);
const snapshots = join(root, 'snapshots/layouts');
const builds = readdirSync(join(folder, 'out/build-info'));
if (builds.length !== 1) throw new Error('one build, please: remove out/ and build again');
const { output } = JSON.parse(readFileSync(join(folder, 'out/build-info', builds[0]), 'utf8'));
const structs = new Map();
const layouts = new Map();
const faults = [];

for (const [path, { ast }] of Object.entries(output.sources)) {
  walk(ast, (node) => {
    if (node.nodeType === 'StructDefinition') structs.set(node.id, node);
    if (node.nodeType === 'ContractDefinition' && path.startsWith('src/')) {
      for (const struct of node.nodes.filter(namespace)) layouts.set(node.name, struct);
      const plain = node.nodes.filter((it) => it.nodeType === 'VariableDeclaration' && !it.constant && it.mutability === 'mutable');
      if (plain.length > 0 && node.name !== 'EmergencyStop') faults.push(`${node.name} keeps state outside its namespace`);
    }
  });
}

mkdirSync(snapshots, { recursive: true });
for (const [name, struct] of [...layouts].sort(([a], [b]) => (a < b ? -1 : 1))) {
  const now = { namespace: namespace(struct), members: members(struct) };
  const file = join(snapshots, `${name}.json`);
  const before = existsSync(file) ? JSON.parse(readFileSync(file, 'utf8')) : { namespace: now.namespace, members: [] };
  const kept = before.members.every((member, at) => JSON.stringify(member) === JSON.stringify(now.members[at]));
  if (!kept || before.namespace !== now.namespace) faults.push(`${name}: what was stored has moved; new members go to the end`);
  else if (mode === 'write') writeFileSync(file, `${JSON.stringify(now, null, 2)}\n`);
  else if (now.members.length !== before.members.length) faults.push(`${name}: new members; write the snapshot and look at the difference`);
}
for (const [path, contracts] of Object.entries(output.contracts).filter(([path]) => path.startsWith('src/'))) {
  for (const [name, { evm }] of Object.entries(contracts)) {
    const bytes = evm.deployedBytecode.object.replace(/^0x/, '').length / 2;
    if (bytes > CODE_BYTES_MAX) faults.push(`${path}: ${name} has ${bytes} bytes of code, the limit is ${CODE_BYTES_MAX}`);
  }
}
for (const file of readdirSync(snapshots)) {
  if (!layouts.has(file.replace('.json', ''))) faults.push(`${file}: its contract is gone`);
}
for (const fault of faults) console.error(`layouts: ${fault}`);
if (faults.length === 0) console.log(`  ${layouts.size} storage layouts are as they were`);
process.exit(faults.length === 0 ? 0 : 1);

function namespace(node) {
  return node.nodeType === 'StructDefinition' && node.documentation?.text?.match(/storage-location (erc7201:\S+)/)?.[1];
}

/// A struct's members in order, with those of the structs of ours that lie inside.
function members(struct, seen = []) {
  return struct.members.map(({ name, typeDescriptions, typeName }) => {
    const inner = [];
    walk(typeName, (node) => {
      const found = structs.get(node.referencedDeclaration);
      if (found && !seen.includes(found.id)) inner.push({ struct: found.canonicalName, members: members(found, [...seen, found.id]) });
    });
    return { name, type: typeDescriptions.typeString, ...(inner.length > 0 ? { inner } : {}) };
  });
}

function walk(node, visit) {
  if (Array.isArray(node)) return node.forEach((it) => walk(it, visit));
  if (!node || typeof node !== 'object') return;
  if (node.nodeType) visit(node);
  for (const child of Object.values(node)) walk(child, visit);
}
