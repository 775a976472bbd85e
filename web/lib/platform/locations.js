/** Addresses, which in Node may be paths, and what lies at them. */
import { PerceptError } from '../errors.js';
import { isUrl } from '../realms.js';
import { node, onNode } from './node.js';

/**
 * An absolute URL for what a caller wrote: relative to the page, or in Node a path on disk.
 * @param {string | URL} location
 * @throws {PerceptError} 'bad-argument'
 */
export function resolveLocation(location) {
  const isAddress = (typeof location === 'string' && location !== '') || isUrl(location);
  if (!isAddress) throw new PerceptError('bad-argument', `${location === '' ? 'The empty text' : `A value of type ${typeof location}`} is no address.`);
  try {
    const address = absolute(String(location));
    pathOf(address); // throws where a file: address tells no path
    return address;
  } catch (cause) {
    throw new PerceptError('bad-argument', `The address '${location}' is not one that can be understood.`, { cause });
  }
}

/** @param {string} text */
function absolute(text) {
  if (!onNode) return new URL(text, globalThis.document?.baseURI ?? globalThis.location.href).href;
  const hasScheme = /^[a-z][a-z0-9+.-]+:/i.test(text);
  return hasScheme ? new URL(text).href : node('url').pathToFileURL(text).href;
}

/** Whether an address is of another origin than the page, or its worker: its server must allow that. @param {string} url */
export const isElsewhere = (url) => !onNode && /^https?:/.test(url) && new URL(url).origin !== globalThis.location?.origin;

/** The path of what lies on disk, in Node; null of what a server has. @param {string | URL} url */
export const pathOf = (url) => (onNode && String(url).startsWith('file:') ? node('url').fileURLToPath(url) : null);

/** @typedef {{headers?: Record<string, string>, signal?: AbortSignal, cache?: RequestCache}} Init */

/** fetch, which in Node reads file: URLs too. @param {string | URL} url @param {Init} [init] */
export function fetchLocation(url, init = {}) {
  const path = pathOf(url);
  return path === null ? fetch(url, init) : fetchFile(path, init);
}

/**
 * A file as the Response that a server would give: 404, a range from an offset, a stream.
 * @param {string} path @param {Init} init
 */
async function fetchFile(path, { headers = {}, signal }) {
  signal?.throwIfAborted();
  const file = await node('fs').promises.stat(path).catch(() => null);
  if (!file?.isFile()) return new Response(null, { status: 404 });
  const start = Number(/^bytes=(\d+)-$/.exec(headers.Range ?? '')?.[1] ?? 0);
  if (start > 0 && start >= file.size) return new Response(null, { status: 416 });
  const stream = node('fs').createReadStream(path, { start, signal, highWaterMark: 1 << 18 });
  stream.on('error', () => {}); // an aborted stream may fail after its reader has gone, which must not end the thread
  return new Response(node('stream').Readable.toWeb(stream), {
    status: start > 0 ? 206 : 200,
    headers: {
      'Content-Length': String(file.size - start),
      ...(start > 0 && { 'Content-Range': `bytes ${start}-${file.size - 1}/${file.size}` }),
    },
  });
}
