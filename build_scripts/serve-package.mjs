#!/usr/bin/env node
/**
 * What `npx percept FOLDER` runs: the page from the package, with a model from a folder. The package has it in one file, beside the
 * page and the engine.
 */
import { spawn } from 'node:child_process';
import { existsSync, statSync } from 'node:fs';
import { join, resolve } from 'node:path';
import { fileURLToPath } from 'node:url';
import { parseArgs } from 'node:util';
import { printable } from './printable.mjs';
import { listen, portOf, serverOf } from './serve/server.mjs';

const USAGE = `npx percept FOLDER [--port NUMBER] [--host NAME] [--open]
  FOLDER  of a model: it has model.json and the files that it names
  --open  opens the page in the browser
`;
const OPTIONS = /** @type {const} */ ({
  port: { type: 'string', default: '8000' }, host: { type: 'string', default: 'localhost' }, open: { type: 'boolean', default: false }, help: { type: 'boolean', default: false },
});
/** Where the page finds the model. */
const MODEL = '/model/';
const START = `/?model=${MODEL}`;

/** By platform, what opens an address. */
const OPENERS = { darwin: ['open'], win32: ['cmd', '/c', 'start', ''] };

const here = (/** @type {string} */ path) => fileURLToPath(new URL(path, import.meta.url));

/** @param {string} folder of the model */
function createPackageServer(folder) {
  return serverOf([{ prefix: MODEL, folder }, { prefix: '/engine/', folder: here('engine') }, { prefix: '/', folder: here('site') }], { start: START });
}

/** @throws {Error} with a sentence */
function readArguments() {
  const { values, positionals } = parseArgs({ options: OPTIONS, allowPositionals: true });
  if (values.help) return { ...values, port: 0, folder: '' };
  const port = portOf(values.port);
  if (positionals.length !== 1) throw new Error('Say which folder the model is in.');
  const folder = resolve(positionals[0]);
  if (!existsSync(folder) || !statSync(folder).isDirectory()) throw new Error(`There is no folder ${folder}.`);
  if (!existsSync(join(folder, 'model.json'))) throw new Error(`${folder} has no model.json, so it is no model.`);
  return { ...values, port, folder };
}

/** @param {string} address */
function open(address) {
  const [command, ...options] = OPENERS[process.platform] ?? ['xdg-open'];
  spawn(command, [...options, address], { stdio: 'ignore', detached: true }).on('error', () => {}).unref(); // the address was said
}

function main() {
  let values;
  try {
    values = readArguments();
  } catch ({ message }) {
    process.stderr.write(printable(`percept: ${message}\n${USAGE}`));
    process.exitCode = 2;
    return;
  }
  if (values.help) {
    process.stdout.write(USAGE);
    return;
  }
  listen(createPackageServer(values.folder), values, (origin) => {
    const address = `${origin}${START}`;
    process.stdout.write(`Percept is at ${address}\nCtrl+C ends it.\n`);
    if (values.open) open(address);
  });
}

main();
