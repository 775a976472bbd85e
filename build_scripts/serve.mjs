#!/usr/bin/env node
/**
 * Serves the page and the models: the site that `make site` has written at /, weights/ at /weights/. It sends what a page
 * needs to share memory between threads and to run under a strict content policy, which any other server may do as well.
 */
import { existsSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { parseArgs } from 'node:util';
import { printable } from './printable.mjs';
import { compressAhead } from './serve/compress.mjs';
import { listen, portOf, serverOf } from './serve/server.mjs';
import { SITE } from './site/place.mjs';

const MOUNTS = [
  { prefix: '/', folder: SITE },
  { prefix: '/weights/', folder: fileURLToPath(new URL('../weights', import.meta.url)) },
];

/** A server that is not listening yet. @param {{mounts?: import('./serve/server.mjs').Mount[]}} [options] further mounts, tried first */
export const createPageServer = ({ mounts = [] } = {}) => serverOf([...mounts, ...MOUNTS]);

const OPTIONS = /** @type {const} */ ({ port: { type: 'string', default: '8000' }, host: { type: 'string', default: 'localhost' } });

/** Null, and a sentence said, where they make no sense. */
function readArguments() {
  try {
    const { values: { port, host } } = parseArgs({ options: OPTIONS });
    return { port: portOf(port), host };
  } catch ({ message }) {
    process.stderr.write(printable(`percept: ${message.replace(/\.?$/, '.')} The options are --port NUMBER and --host NAME.\n`));
    process.exitCode = 2;
    return null;
  }
}

function main() {
  const place = readArguments();
  if (!place) return;
  if (!existsSync(SITE)) {
    process.stderr.write('percept: The page is not built: run make serve.\n');
    process.exitCode = 1;
    return;
  }
  listen(createPageServer(), place, (address) => {
    process.stdout.write(`Percept is at ${address}/\n`);
    compressAhead(SITE).catch(() => {}); // what cannot be read is told when it is asked for
  });
}

if (process.argv[1] === fileURLToPath(import.meta.url)) main();
