/** An HTTP server that lies: about lengths, ranges, versions, compression, places and ends, in words that HTTP allows and in others. */
import { createServer } from 'node:http';
import { gzipSync } from 'node:zlib';
import { listen } from '../support/listen.mjs';

/** One MiB of zeros, a kilobyte when compressed: as many of them as somebody reads. */
const ZEROS = Buffer.alloc(1 << 20);
const BOMB_MEMBERS = 1024;

const STATUSES = [204, 205, 300, 304, 400, 401, 403, 404, 410, 416, 418, 425, 429, 500, 502, 503, 599];

/**
 * The lies. Each answers a request for `bytes` from `start` on; `ranged` says whether a range was asked for.
 * @type {Record<string, (given: {request: import('node:http').IncomingMessage, response: import('node:http').ServerResponse, bytes: Buffer, start: number, ranged: boolean, random: import('../support/random.mjs').Random}) => void>}
 */
const LIES = {
  'a status': ({ response, random }) => response.writeHead(random.of(STATUSES)).end(),
  'a status with a page': ({ response, random }) => response.writeHead(random.of(STATUSES.slice(2)), { 'Content-Type': 'text/html' }).end('<h1>Sign in to the hotel</h1>'),
  'another page': ({ response }) => response.writeHead(200, { 'Content-Type': 'text/html' }).end('<h1>Sign in to the hotel</h1>'),
  'an empty body': ({ response }) => response.writeHead(200).end(),
  'a longer Content-Length': (given) => sendRaw(given, { 'Content-Length': given.bytes.length - given.start + 1 + given.random.below(10_000) }, given.bytes.subarray(given.start)),
  'a shorter Content-Length': (given) => sendRaw(given, { 'Content-Length': given.random.below(given.bytes.length) }, given.bytes.subarray(given.start)),
  'two lengths': (given) => sendRaw(given, { 'Content-Length': `${given.bytes.length}\r\nContent-Length: 5` }, given.bytes),
  'chunks that are none': (given) => sendRaw(given, { 'Transfer-Encoding': 'chunked' }, given.bytes),
  'no HTTP at all': ({ request, bytes }) => request.socket.end(bytes.subarray(0, 5000)),
  'nothing': ({ request }) => request.socket.destroy(),
  'half a head': ({ request }) => request.socket.end('HTTP/1.1 200 OK\r\nContent-Le'),
  'a huge head': (given) => sendRaw(given, { 'X-Large': 'x'.repeat(200_000) }, given.bytes),
  'a range that was not asked for': ({ response, bytes, random }) => {
    const from = random.below(bytes.length);
    response.writeHead(206, { 'Content-Range': `bytes ${from}-${bytes.length - 1}/${bytes.length}` }).end(bytes.subarray(from));
  },
  'a range of other bytes': ({ response, bytes, start }) => response.writeHead(206, { 'Content-Range': `bytes ${start}-${bytes.length - 1}/${bytes.length}` }).end(bytes.subarray(0, bytes.length - start)),
  'a range of nonsense': ({ response, bytes, start, random }) => response.writeHead(206, { 'Content-Range': random.of(['bytes', 'bytes 5-1/3', 'bytes -1-99999999999999999999/1e9', 'bytes 0-0/*', 'potatoes 1-2/3', '']) }).end(bytes.subarray(start)),
  'all, for a range': ({ response, bytes }) => response.writeHead(200).end(bytes),
  'another version': ({ response, bytes, start, ranged, random }) => {
    const changed = Buffer.from(bytes);
    changed[random.below(changed.length)] ^= 1 + random.below(255);
    response.writeHead(ranged ? 206 : 200, { ETag: `"${random.below(1e6)}"`, ...(ranged && { 'Content-Range': `bytes ${start}-${bytes.length - 1}/${bytes.length}` }) }).end(changed.subarray(start));
  },
  'a body that does not end': (given) => {
    given.response.writeHead(200);
    given.response.write(given.bytes);
    pour(given.response, () => ZEROS);
  },
  'a bomb': (given) => {
    given.response.writeHead(200, { 'Content-Encoding': 'gzip' });
    const member = gzipSync(ZEROS);
    pour(given.response, () => member, BOMB_MEMBERS);
  },
  'gzip that is none': ({ response, bytes }) => response.writeHead(200, { 'Content-Encoding': 'gzip' }).end(bytes),
  'gzip cut short': ({ response, bytes }) => response.writeHead(200, { 'Content-Encoding': 'gzip' }).end(gzipSync(bytes, { level: 1 }).subarray(0, -20)),
  'gzip of all, for a range': ({ response, bytes }) => response.writeHead(206, { 'Content-Encoding': 'gzip' }).end(gzipSync(bytes, { level: 1 })),
  'a compression of its own': ({ response, bytes }) => response.writeHead(200, { 'Content-Encoding': 'br, x-own' }).end(bytes),
  'a circle': ({ request, response }) => response.writeHead(302, { Location: request.url }).end(),
  'somewhere else': ({ request, response, random }) => response.writeHead(random.of([301, 302, 307, 308]), { Location: random.of(['http://127.0.0.1:1/', 'file:///etc/passwd', 'data:application/json,{}', 'http://[', `${request.url}?again`]) }).end(),
  'a break': (given) => {
    given.response.writeHead(200, { 'Content-Length': given.bytes.length });
    given.response.write(given.bytes.subarray(0, given.random.below(given.bytes.length)), () => given.response.destroy());
  },
};

export const LIE_NAMES = Object.keys(LIES);

/** A response past Node's own checks. */
function sendRaw({ request }, headers, body) {
  const { socket } = request;
  socket.on('error', () => {}); // who hears a lie may hang up
  socket.write(`HTTP/1.1 200 OK\r\n${Object.entries(headers).map(([name, value]) => `${name}: ${value}\r\n`).join('')}\r\n`);
  socket.end(body);
}

/** Writes for as long as somebody reads. */
function pour(response, next, parts = Infinity) {
  let left = parts;
  const more = () => {
    while (!response.destroyed && left > 0) {
      left -= 1;
      if (!response.write(next())) {
        response.once('drain', more);
        return;
      }
    }
    response.end();
  };
  more();
}

/**
 * @param {Map<string, Buffer>} files by path
 * @param {(path: string) => {lie: string, random: import('../support/random.mjs').Random} | null} chooseLie
 * @returns {Promise<{origin: string, close: () => void}>}
 */
export function serveLies(files, chooseLie) {
  const server = createServer((request, response) => {
    response.on('error', () => {});
    const bytes = files.get(new URL(request.url, 'http://x').pathname);
    if (!bytes) return response.writeHead(404).end();
    const asked = /^bytes=(\d+)-$/.exec(request.headers.range ?? '');
    const start = Math.min(Number(asked?.[1] ?? 0), bytes.length);
    const told = chooseLie(request.url);
    if (told) return LIES[told.lie]({ request, response, bytes, start, ranged: asked !== null, random: told.random });
    return response.writeHead(asked ? 206 : 200, { ...(asked && { 'Content-Range': `bytes ${start}-${bytes.length - 1}/${bytes.length}` }) }).end(bytes.subarray(start));
  });
  return listen(server);
}
