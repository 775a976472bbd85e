/** A picture at an address: so many bytes and no more, and a server that falls silent is not waited for. */
import { PerceptError, throwIfAborted } from '../errors.js';
import { checkFileSize } from '../file-size.js';
import { pathOf } from '../platform/locations.js';
import { node } from '../platform/node.js';
import { Transfer } from '../weights/fetch.js';

/** @import {Call, Source} from './types.d.ts' */

/**
 * Pixels and Blobs as they are; an address is fetched.
 * @param {Source} source @param {Call} call
 */
export function fetched(source, { signal }) {
  return typeof source === 'string' ? fetchPicture(source, { signal }) : source;
}

/**
 * @param {string} url
 * @param {{signal?: AbortSignal, stall?: number}} options stall: milliseconds without a byte that count as a broken connection
 * @returns {Promise<Blob>}
 * @throws {PerceptError} 'unreadable-picture', 'picture-too-large', 'aborted'
 */
export async function fetchPicture(url, { signal, stall }) {
  try {
    return new Blob(await readParts(await Transfer.open(url, { signal, stall, name: 'The picture' })));
  } catch (cause) {
    throwIfAborted(signal);
    if (!(cause instanceof PerceptError) || (cause.code !== 'network' && cause.code !== 'not-found')) throw cause;
    const path = pathOf(url);
    throw new PerceptError('unreadable-picture', path === null ? cause.message : await aboutFile(path), { cause });
  }
}

/** Why a file could not be read. @param {string} path */
async function aboutFile(path) {
  const { constants, promises: { access, stat } } = node('fs');
  const found = await stat(path).catch(() => null);
  if (!found) return 'There is no such picture file.';
  if (found.isDirectory()) return 'This is a folder, no picture file.';
  const allowed = await access(path, constants.R_OK).then(() => true, () => false);
  return allowed ? 'The picture file could not be read.' : 'The picture file may not be read: its permissions forbid it.';
}

/** @param {Transfer} transfer */
async function readParts(transfer) {
  const parts = [];
  let bytes = 0;
  try {
    for (let part = await transfer.read(); part !== null; part = await transfer.read()) {
      bytes += part.length;
      checkFileSize(bytes);
      parts.push(part.slice());
    }
    return parts;
  } finally {
    transfer.close();
  }
}
