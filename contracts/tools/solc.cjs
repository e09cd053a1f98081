#!/usr/bin/env node
// Speaks for a native solc: answers --version and --standard-json with the wasm compiler of the npm package. It reads no file itself.
'use strict';
const solc = require('../node_modules/solc');

const version = solc.version().replace(/\.Emscripten.*$/, '');
const asked = process.argv.slice(2);

if (asked.includes('--version') || asked.includes('-V')) {
  process.stdout.write(`solc, the solidity compiler commandline interface\nVersion: ${version}.Linux.g++\n`);
} else if (asked.includes('--standard-json')) {
  const chunks = [];
  process.stdin.on('data', (chunk) => chunks.push(chunk));
  process.stdin.on('end', () => process.stdout.write(solc.compile(Buffer.concat(chunks).toString('utf8'))));
} else {
  process.stderr.write('this solc answers --version and --standard-json only\n');
  process.exit(1);
}
