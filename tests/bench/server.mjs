/** Serves Percept, its peers and the models to the pages of the benchmark, cross-origin isolated. */
import { createReadStream } from 'node:fs';
import { readFile } from 'node:fs/promises';
import { createServer } from 'node:http';
import { createServer as createSecureServer } from 'node:https';
import { extname } from 'node:path';
import { fileURLToPath } from 'node:url';
import { findFile } from '../../build_scripts/serve/files.mjs';
import { describeSetup } from './setup.mjs';

const inProject = (path) => fileURLToPath(new URL(`../../${path}`, import.meta.url));

const PEERS = inProject('tests/bench/node_modules');

const MOUNTS = [
  { prefix: '/bench/', folder: inProject('tests/bench/page') },
  { prefix: '/golden/', folder: inProject('tests/golden') },
  { prefix: '/build/', folder: inProject('build') },
  { prefix: '/profile/lib/wasm/', folder: inProject('build/bench/profile') },
  { prefix: '/profile/', folder: inProject('web') },
  { prefix: '/', folder: inProject('web') },
];

const TYPES = { '.html': 'text/html', '.css': 'text/css', '.js': 'text/javascript', '.mjs': 'text/javascript', '.json': 'application/json', '.wasm': 'application/wasm' };

const HEADERS = {
  'Cross-Origin-Opener-Policy': 'same-origin',
  'Cross-Origin-Embedder-Policy': 'require-corp',
  'Cross-Origin-Resource-Policy': 'same-origin',
  'Cache-Control': 'no-store',
};

/** LiteRT.js imports its sibling by a bare name, which a bundler resolves and a worker cannot. */
const BARE = { from: '"@litertjs/wasm-utils"', to: '"/peers/@litertjs/wasm-utils/dist/index.js"', file: '/@litertjs/core/dist/index.js' };

/** Where the page of comparison asks what there is. */
const SETUP = '/bench/setup.json';

/**
 * @param {object} [options]
 * @param {number} [options.port] any free one unless it is given
 * @param {string} [options.host]
 * @param {{cert: Buffer, key: Buffer} | null} [options.tls] for https
 * @param {object[]} [options.models] what the page of comparison offers
 * @param {string} [options.peers] the folder of the others' packages
 * @returns {Promise<{origin: string, close: () => void, served: Set<string>}>} served: paths of files, until cleared
 */
export async function serve({ port = 0, host = 'localhost', tls = null, models = [], peers = PEERS } = {}) {
  const served = new Set();
  const mounts = [{ prefix: '/peers/', folder: peers }, ...MOUNTS];
  const resolve = (address) => findFile(mounts, address);
  const answer = async (request, response) => {
    if (request.url === SETUP) {
      response.writeHead(200, { ...HEADERS, 'Content-Type': TYPES['.json'] }).end(JSON.stringify(await describeSetup(models, { resolve, peers })));
      return;
    }
    const file = await resolve(request.url);
    if (!file) {
      response.writeHead(404, HEADERS).end();
      return;
    }
    served.add(file.path);
    const headers = { ...HEADERS, 'Content-Type': TYPES[extname(file.path)] ?? 'application/octet-stream' };
    if (file.path.endsWith(BARE.file)) {
      response.writeHead(200, headers).end((await readFile(file.path, 'utf8')).replace(BARE.from, BARE.to));
      return;
    }
    response.writeHead(200, { ...headers, 'Content-Length': file.size });
    createReadStream(file.path, { highWaterMark: 1 << 18 }).pipe(response);
  };
  const server = tls ? createSecureServer(tls, answer) : createServer(answer);
  await new Promise((done, fail) => { server.once('error', fail).listen(port, host, done); });
  return {
    origin: `http${tls ? 's' : ''}://${host}:${server.address().port}`,
    served,
    close: () => {
      server.closeAllConnections();
      server.close();
    },
  };
}
