#!/usr/bin/env node
/**
 * Serves the page and the models: the site that `make site` has written at /, weights/ at /weights/. It sends what a page
 * needs to share memory between threads and to run under a strict content policy, which any other server may do as well.
 */
import { existsSync } from 'node:fs';
import { createServer } from 'node:http';
import { fileURLToPath } from 'node:url';
import { parseArgs } from 'node:util';
import { printable } from './printable.mjs';
import { compressAhead } from './serve/compress.mjs';
import { respond } from './serve/respond.mjs';
import { findFile } from './serve/files.mjs';
import { SITE } from './site/place.mjs';

const MOUNTS = [
  { prefix: '/', folder: SITE },
  { prefix: '/weights/', folder: fileURLToPath(new URL('../weights', import.meta.url)) },
];

/**
 * A server that is not listening yet.
 * @param {{mounts?: {prefix: string, folder: string}[]}} [options] further mounts, tried first
 */
export function createPageServer({ mounts = [] } = {}) {
  const all = [...mounts, ...MOUNTS];
  return createServer(async (request, response) => {
    try {
      await respond(request, response, await findFile(all, request.url));
    } catch (error) {
      if (!response.headersSent) response.writeHead(500);
      response.end();
      process.stderr.write(printable(`${request.url}: ${error.message}\n`));
    }
  });
}

const OPTIONS = /** @type {const} */ ({ port: { type: 'string', default: '8000' }, host: { type: 'string', default: 'localhost' } });

/** Null, and a sentence said, where they make no sense. */
function readArguments() {
  try {
    const { values } = parseArgs({ options: OPTIONS });
    if (!/^\d{1,5}$/.test(values.port) || Number(values.port) > 65535) throw new Error(`there is no port '${values.port}'`);
    return values;
  } catch ({ message }) {
    process.stderr.write(`percept: ${message}. The options are --port NUMBER and --host NAME.\n`);
    process.exitCode = 2;
    return null;
  }
}

function main() {
  const values = readArguments();
  if (!values) return;
  if (!existsSync(SITE)) {
    process.stderr.write('percept: The page is not built: run make serve.\n');
    process.exitCode = 1;
    return;
  }
  const server = createPageServer();
  server.on('error', (error) => {
    process.stderr.write(error.code === 'EADDRINUSE'
      ? `Port ${values.port} is taken: choose another with --port.\n`
      : `${error.message}\n`);
    process.exitCode = 1;
  });
  server.listen(Number(values.port), values.host, () => {
    process.stdout.write(`Percept is at http://${values.host}:${server.address().port}/\n`);
    compressAhead(SITE).catch(() => {}); // what cannot be read is told when it is asked for
  });
}

if (process.argv[1] === fileURLToPath(import.meta.url)) main();
