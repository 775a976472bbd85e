/** A trait file's bytes, from wherever it is: so many and no more. */
import { PerceptError, messageOf, throwIfAborted } from '../errors.js';
import { fetchBytes } from '../weights/fetch.js';
import { MOST_TRAIT_BYTES } from '../weights/trait-file.js';

/** @import {Bytes} from '../weights/types.d.ts' */
/** @import {Call} from './types.d.ts' */

/** @param {Blob | string} source a text is an address @param {Call} call @returns {Promise<Bytes>} */
export async function traitBytes(source, { signal }) {
  if (typeof source === 'string') return fetchBytes(source, { signal, name: 'The trait file', most: MOST_TRAIT_BYTES, code: 'trait-invalid' });
  if (source.size > MOST_TRAIT_BYTES) throw new PerceptError('trait-invalid', `A trait file has at most ${MOST_TRAIT_BYTES >> 20} MiB; this one has ${Math.ceil(source.size / 2 ** 20)}.`);
  const bytes = await source.arrayBuffer().catch((cause) => {
    throw new PerceptError('trait-invalid', `The trait file could not be read: ${messageOf(cause)}.`, { cause });
  });
  throwIfAborted(signal);
  return new Uint8Array(bytes);
}
