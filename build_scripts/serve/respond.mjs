/** HTTP's part of serving a file: types, policy, compression, ranges, validators. */
import { createReadStream } from 'node:fs';
import { extname } from 'node:path';
import { compressed, isCompressible } from './compress.mjs';

const TYPES = {
  '.html': 'text/html; charset=utf-8',
  '.js': 'text/javascript; charset=utf-8',
  '.mjs': 'text/javascript; charset=utf-8',
  '.css': 'text/css; charset=utf-8',
  '.json': 'application/json',
  '.wasm': 'application/wasm',
  '.svg': 'image/svg+xml',
  '.png': 'image/png',
  '.jpg': 'image/jpeg',
  '.jpeg': 'image/jpeg',
  '.gif': 'image/gif',
  '.webp': 'image/webp',
  '.ico': 'image/x-icon',
  '.txt': 'text/plain; charset=utf-8',
  '.md': 'text/plain; charset=utf-8',
};

const POLICY = [
  "default-src 'self'",
  "script-src 'self' 'wasm-unsafe-eval'",
  "img-src 'self' blob: data:",
  "object-src 'none'",
  "base-uri 'none'",
  "form-action 'none'",
  "require-trusted-types-for 'script'",
  'trusted-types percept default', // lib/platform/workers.js's and page/trusted.js's
].join('; ');

/** Isolation lets threads share memory; the rest lets other pages use the models. */
const HEADERS = {
  'Cross-Origin-Opener-Policy': 'same-origin',
  'Cross-Origin-Embedder-Policy': 'require-corp',
  'Cross-Origin-Resource-Policy': 'cross-origin',
  'Access-Control-Allow-Origin': '*',
  'Access-Control-Allow-Headers': 'Range, If-Range',
  'Access-Control-Expose-Headers': 'Content-Range, Content-Length, ETag',
  'Content-Security-Policy': POLICY,
  'X-Content-Type-Options': 'nosniff',
  'Referrer-Policy': 'no-referrer',
};

/** Bytes that are read from a file at once: node's own 64 KiB keep the processor twice as busy. */
const READ_BYTES = 1 << 18;

/** A shard's name ends in its hash, so a file never changes under its name. */
const NAMED_BY_CONTENT = /-[0-9a-f]{16}\.safetensors$/;

/**
 * @param {import('node:http').IncomingMessage} request
 * @param {import('node:http').ServerResponse} response
 * @param {{path: string, size: number, modified: number} | null} file
 */
export async function respond(request, response, file) {
  for (const [name, value] of Object.entries(HEADERS)) response.setHeader(name, value);
  if (request.method === 'OPTIONS') return end(response, 204);
  if (request.method !== 'GET' && request.method !== 'HEAD') return end(response.setHeader('Allow', 'GET, HEAD, OPTIONS'), 405);
  if (file === null) return end(response, 404);

  const encoding = isCompressible(file.path) ? chooseEncoding(request.headers['accept-encoding']) : null;
  const etag = `"${file.size.toString(16)}-${Math.floor(file.modified).toString(16)}${encoding ? `-${encoding}` : ''}"`;
  response.setHeader('ETag', etag);
  response.setHeader('Last-Modified', new Date(file.modified).toUTCString());
  response.setHeader('Cache-Control', NAMED_BY_CONTENT.test(file.path) ? 'public, max-age=31536000, immutable' : 'no-cache');
  if (isCompressible(file.path)) response.setHeader('Vary', 'Accept-Encoding');
  if (request.headers['if-none-match'] === etag) return end(response, 304);

  response.setHeader('Content-Type', TYPES[extname(file.path).toLowerCase()] ?? 'application/octet-stream');
  if (encoding) return sendCompressed(request, response, file, encoding);
  response.setHeader('Accept-Ranges', 'bytes');
  return sendRange(request, response, file, chooseRange(request.headers, etag, file.size));
}

/** Without a body. One of 204 has no length, and that of 304 would be the file's. */
function end(response, status) {
  response.writeHead(status, status === 204 || status === 304 ? {} : { 'Content-Length': 0 });
  response.end();
}

function chooseEncoding(accepted = '') {
  return ['br', 'gzip'].find((name) => new RegExp(`\\b${name}\\b(?!\\s*;\\s*q=0(\\.0*)?\\s*(,|$))`).test(accepted)) ?? null;
}

async function sendCompressed(request, response, file, encoding) {
  const bytes = await compressed(file, encoding);
  response.writeHead(200, { 'Content-Encoding': encoding, 'Content-Length': bytes.length });
  response.end(request.method === 'HEAD' ? undefined : bytes);
}

/** The one range that is asked for: {start, end} inclusive, null for the whole file, 'none' if it has no bytes. */
function chooseRange({ range, 'if-range': ifRange }, etag, size) {
  const match = /^bytes=(\d*)-(\d*)$/.exec(range ?? '');
  if (!match || (match[1] === '' && match[2] === '') || (ifRange !== undefined && ifRange !== etag)) return null;
  const [first, last] = match.slice(1);
  const start = first === '' ? Math.max(0, size - Number(last)) : Number(first);
  const end = first === '' || last === '' ? size - 1 : Math.min(size - 1, Number(last));
  return start > end ? 'none' : { start, end };
}

function sendRange(request, response, { path, size }, range) {
  if (range === 'none') return end(response.setHeader('Content-Range', `bytes */${size}`), 416);
  const { start, end: last } = range ?? { start: 0, end: size - 1 };
  response.writeHead(range ? 206 : 200, {
    'Content-Length': last - start + 1,
    ...(range && { 'Content-Range': `bytes ${start}-${last}/${size}` }),
  });
  if (request.method === 'HEAD' || size === 0) return response.end();
  const stream = createReadStream(path, { start, end: last, highWaterMark: READ_BYTES });
  stream.on('error', () => response.destroy());
  response.on('close', () => stream.destroy());
  return stream.pipe(response);
}
