/** Serves Percept, its peers and the models to the pages of the benchmark, cross-origin isolated. */
import { createReadStream } from 'node:fs';
import { readFile } from 'node:fs/promises';
import { createServer } from 'node:http';
import { extname } from 'node:path';
import { fileURLToPath } from 'node:url';
import { findFile } from '../../build_scripts/serve/files.mjs';

const inProject = (path) => fileURLToPath(new URL(`../../${path}`, import.meta.url));

const MOUNTS = [
  { prefix: '/bench/', folder: inProject('tests/bench/page') },
  { prefix: '/golden/', folder: inProject('tests/golden') },
  { prefix: '/peers/', folder: inProject('tests/bench/node_modules') },
  { prefix: '/build/', folder: inProject('build') },
  { prefix: '/profile/lib/wasm/', folder: inProject('build/bench/profile') },
  { prefix: '/profile/', folder: inProject('web') },
  { prefix: '/', folder: inProject('web') },
];

const TYPES = { '.html': 'text/html', '.js': 'text/javascript', '.mjs': 'text/javascript', '.json': 'application/json', '.wasm': 'application/wasm' };

const HEADERS = {
  'Cross-Origin-Opener-Policy': 'same-origin',
  'Cross-Origin-Embedder-Policy': 'require-corp',
  'Cross-Origin-Resource-Policy': 'same-origin',
  'Cache-Control': 'no-store',
};

/** LiteRT.js imports its sibling by a bare name, which a bundler resolves and a worker cannot. */
const BARE = { from: '"@litertjs/wasm-utils"', to: '"/peers/@litertjs/wasm-utils/dist/index.js"', file: '/@litertjs/core/dist/index.js' };

/** @returns {Promise<{origin: string, close: () => void, served: Set<string>}>} served: paths of files, until cleared */
export async function serve() {
  const served = new Set();
  const server = createServer(async (request, response) => {
    const file = await findFile(MOUNTS, request.url);
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
  });
  await new Promise((resolve) => { server.listen(0, 'localhost', resolve); });
  return {
    origin: `http://localhost:${server.address().port}`,
    served,
    close: () => {
      server.closeAllConnections();
      server.close();
    },
  };
}
