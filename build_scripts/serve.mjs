#!/usr/bin/env node
/**
 * Serves the page and the models: web/ at /, weights/ at /weights/. It sends what a page needs to share
 * memory between threads and to run under a strict content policy, which any other server may do as well.
 */
import { createServer } from 'node:http';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { parseArgs } from 'node:util';
import { respond, respondWithScript } from './serve/respond.mjs';
import { findFile } from './serve/files.mjs';
import { SERVICE_WORKER, writeServiceWorker } from './serve/service-worker.mjs';

const inProject = (path) => fileURLToPath(new URL(`../${path}`, import.meta.url));

/** The first folder that has the file wins: web/weights/ is code, weights/ holds models. */
const WEB = inProject('web');
const MOUNTS = [
  { prefix: '/', folder: WEB },
  { prefix: '/weights/', folder: inProject('weights') },
];

/**
 * A server that is not listening yet.
 * @param {{mounts?: {prefix: string, folder: string}[]}} [options] further mounts, tried first
 */
export function createPageServer({ mounts = [] } = {}) {
  const all = [...mounts, ...MOUNTS];
  return createServer(async (request, response) => {
    try {
      const file = await findFile(all, request.url);
      if (file?.path === join(WEB, SERVICE_WORKER)) await respondWithScript(request, response, await writeServiceWorker(WEB));
      else await respond(request, response, file);
    } catch (error) {
      if (!response.headersSent) response.writeHead(500);
      response.end();
      process.stderr.write(`${request.url}: ${error.message}\n`);
    }
  });
}

function main() {
  const { values } = parseArgs({
    options: { port: { type: 'string', default: '8000' }, host: { type: 'string', default: 'localhost' } },
  });
  const server = createPageServer();
  server.on('error', (error) => {
    process.stderr.write(error.code === 'EADDRINUSE'
      ? `Port ${values.port} is taken: choose another with --port.\n`
      : `${error.message}\n`);
    process.exitCode = 1;
  });
  server.listen(Number(values.port), values.host, () => {
    process.stdout.write(`Percept is at http://${values.host}:${server.address().port}/\n`);
  });
}

if (process.argv[1] === fileURLToPath(import.meta.url)) main();
