#!/usr/bin/env node
/** Serves the page of comparison (page/compare/), on which a visitor's own browser measures Percept beside other runtimes. */
import { readFile } from 'node:fs/promises';
import { parseArgs } from 'node:util';
import { portOf } from '../../build_scripts/serve/server.mjs';
import { CASES, makeModels, sweepCase } from './models.mjs';
import { serve } from './server.mjs';

const USAGE = `Usage: node tests/bench/bench-page.mjs [--port 8000] [--host localhost] [--models B/32,L/14,tiny]
       [--cert FILE --key FILE]
  --models  which towers the page offers (B/32); each is made once, L/14 in minutes and 4 GB; tiny is for trying the page out
  --host    another name or address of this machine, for other devices on your network; browsers give them threads and WebGPU
            only over https, so add a certificate and its key
`;

/** A tower by its name on the page. */
const TOWERS = { ...CASES, tiny: sweepCase('small', { width: 128 }) };

const OPTIONS = /** @type {const} */ ({
  port: { type: 'string', default: '8000' }, host: { type: 'string', default: 'localhost' }, models: { type: 'string', default: 'B/32' },
  cert: { type: 'string' }, key: { type: 'string' }, help: { type: 'boolean' },
});

function readArguments() {
  const { values } = parseArgs({ options: OPTIONS });
  const names = values.models.split(',');
  const unknown = names.find((name) => !Object.hasOwn(TOWERS, name));
  if (unknown !== undefined) throw new Error(`there is no model '${unknown}': ${Object.keys(TOWERS).join(', ')}`);
  if (!values.cert !== !values.key) throw new Error('--cert and --key go together');
  return { ...values, names, port: portOf(values.port) };
}

async function main() {
  const { help, names, port, host, cert, key } = readArguments();
  if (help) {
    process.stdout.write(USAGE);
    return;
  }
  const models = [];
  for (const name of names) models.push({ name, ...await makeModels(TOWERS[name], (what) => process.stderr.write(`${what}\n`), { graphics: true }) });
  const tls = cert ? { cert: await readFile(cert), key: await readFile(key) } : null;
  const { origin } = await serve({ port, host, tls, models });
  process.stdout.write(`The page of comparison is at ${origin}/bench/compare/\n`);
}

main().catch((error) => {
  process.stderr.write(error.code === 'EADDRINUSE' ? 'That port is taken: choose another with --port.\n' : `percept: ${error.message}\n${USAGE}`);
  process.exitCode = 1;
});
