/**
 * An HTTP server that fails as it is told, for Node and browsers. It serves bytes by path, with ranges, ETags and CORS,
 * and remembers what it was asked for and how much it sent.
 */
import { createServer } from 'node:http';
import { setTimeout as sleep } from 'node:timers/promises';
import { gzipSync } from 'node:zlib';

/**
 * What goes wrong with one response; offsets are of the whole file.
 * @typedef {object} Fault
 * @property {number} [status] an answer without the file
 * @property {string} [redirect] the path where it is instead
 * @property {number} [cutAt] the connection breaks there
 * @property {number} [stallAt] nothing more comes, and the connection stays
 * @property {number} [flipAt] one bit of that byte is wrong
 * @property {number} [length] the file has this length: cut, or with zeros behind it
 * @property {boolean} [ignoreRange] as servers do that know none
 * @property {boolean} [gzip] compressed, as some hosts do with everything
 * @property {boolean} [noLength] without Content-Length
 * @property {number} [drip] bytes in each part, with a pause of a millisecond between them
 * @property {string} [etag]
 */

/**
 * @param {Record<string, Uint8Array>} files by path
 * @param {(request: {path: string, start: number, count: number}) => Fault | null | undefined} chooseFault
 *   count: requests for this path so far, this one included
 */
export async function serveFaulty(files, chooseFault = () => null) {
  const server = new FaultyServer(files, chooseFault);
  await server.listen();
  return server;
}

class FaultyServer {
  /** {path, start, sent, headers} of each request; sent: bytes of the file */
  requests = [];

  constructor(files, chooseFault) {
    this.files = files;
    this.chooseFault = chooseFault;
    this.server = createServer((request, response) => this.#answer(request, response));
  }

  async listen(port = 0) {
    await new Promise((resolve) => { this.server.listen(port, 'localhost', resolve); });
    this.port = this.server.address().port;
    this.origin = `http://localhost:${this.port}`;
  }

  /** Ends all connections, as a machine that is switched off. */
  async close() {
    this.server.closeAllConnections();
    await new Promise((resolve) => { this.server.close(resolve); });
  }

  /** Requests for shards, and the bytes of them that were sent. */
  get shardRequests() {
    return this.requests.filter(({ path }) => path.endsWith('.safetensors'));
  }

  get shardBytes() {
    return this.shardRequests.reduce((sum, { sent }) => sum + sent, 0);
  }

  async #answer(request, response) {
    const path = decodeURIComponent(new URL(request.url, 'http://x').pathname);
    const asked = Number(/^bytes=(\d+)-$/.exec(request.headers.range ?? '')?.[1] ?? 0);
    const entry = { path, start: asked, sent: 0, headers: request.headers };
    this.requests.push(entry);
    response.setHeader('Access-Control-Allow-Origin', '*');
    response.setHeader('Cross-Origin-Resource-Policy', 'cross-origin');
    const file = this.files[path];
    const count = this.requests.filter((each) => each.path === path).length;
    const fault = this.chooseFault({ path, start: asked, count }) ?? {};
    if (!file) return response.writeHead(404).end();
    if (fault.status) return response.writeHead(fault.status).end('no');
    if (fault.redirect) return response.writeHead(302, { Location: fault.redirect }).end();
    return this.#send(response, damaged(file, fault), { asked, entry, fault, ifRange: request.headers['if-range'] });
  }

  async #send(response, bytes, { asked, entry, fault, ifRange }) {
    const etag = fault.etag ?? '"version"';
    const ranged = asked > 0 && !fault.ignoreRange && !fault.gzip && (ifRange === undefined || ifRange === etag);
    const start = ranged ? asked : 0;
    entry.start = start;
    if (ranged && start >= bytes.length) return response.writeHead(416, { 'Content-Range': `bytes */${bytes.length}` }).end();
    const body = fault.gzip ? gzipSync(bytes, { level: 1 }) : bytes.subarray(start);
    response.writeHead(ranged ? 206 : 200, {
      'Content-Type': 'application/octet-stream',
      ETag: etag,
      ...(!fault.noLength && { 'Content-Length': body.length }),
      ...(fault.gzip && { 'Content-Encoding': 'gzip' }),
      ...(ranged && { 'Content-Range': `bytes ${start}-${bytes.length - 1}/${bytes.length}` }),
    });
    const end = Math.max(0, Math.min(body.length, (fault.cutAt ?? fault.stallAt ?? Infinity) - start));
    const step = fault.drip ?? 65536;
    for (let at = 0; at < end && !response.destroyed; at += step) {
      const part = body.subarray(at, Math.min(end, at + step));
      entry.sent += part.length;
      if (!response.write(part)) await roomIn(response);
      if (fault.drip) await sleep(1);
    }
    if (fault.stallAt !== undefined && end < body.length) return undefined;
    if (end === body.length) return response.end();
    await sleep(20); // what was sent arrives before the connection breaks
    return response.destroy();
  }
}

/** Resolves when more may be written, or when nobody listens any more. */
function roomIn(response) {
  return new Promise((resolve) => {
    const done = () => {
      response.off('drain', done);
      response.off('close', done);
      resolve();
    };
    response.on('drain', done);
    response.on('close', done);
  });
}

function damaged(file, { flipAt, length }) {
  if (flipAt === undefined && length === undefined) return file;
  const copy = Buffer.alloc(length ?? file.length);
  Buffer.from(file).copy(copy);
  if (flipAt !== undefined) copy[flipAt] ^= 0x10;
  return copy;
}
