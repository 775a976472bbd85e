/** Files that neither the engine nor this browser reads, and what the page makes of them: HEIC decoded by libheif, the preview of a raw file. */
import { needsBrowser } from '../lib/engine/browser-decoder.js';
import { connect } from '../lib/platform/workers.js';
import { rawPreview } from './raw-preview.js';

/** @typedef {{file: Blob, decoder: 'libheif' | 'preview'}} Readable decoder: what is said of it */

/** @type {ReturnType<typeof connect> | null} */
let worker = null;
/** @typedef {{jpeg: Blob | null, isDecoderMissing: boolean}} Decoded */

/** @type {Map<number, (decoded: Decoded) => void>} */
const waiting = new Map();
let calls = 0;

/**
 * @param {Blob} file @returns {Promise<Readable | null>} null: nothing can be made of it
 * @throws {Error} code 'decoder-missing': its decoder could not be fetched
 */
export async function readable(file) {
  const head = new Uint8Array(await file.slice(0, 16).arrayBuffer());
  if (needsBrowser(head) === 'HEIC') {
    const { jpeg, isDecoderMissing } = await decodeHeic(file);
    if (isDecoderMissing) throw Object.assign(new Error('HEIC needs a decoder that is fetched when the first such picture comes. Connect to the network, then add the picture again.'), { code: 'decoder-missing' });
    return jpeg && { file: jpeg, decoder: 'libheif' };
  }
  const preview = await rawPreview(file);
  return preview && { file: preview, decoder: 'preview' };
}

/** @param {Blob} blob @returns {Promise<Decoded>} */
function decodeHeic(blob) {
  worker ??= connect(new Worker(new URL('./heic-worker.js', import.meta.url), { type: 'module' }), {
    onMessage: ({ id, ...decoded }) => settle(id, decoded),
    onFailure: () => {
      worker?.terminate();
      worker = null;
      for (const id of [...waiting.keys()]) settle(id, { jpeg: null, isDecoderMissing: true });
    },
  });
  calls += 1;
  const id = calls;
  return new Promise((resolve) => {
    waiting.set(id, resolve);
    worker?.post({ id, blob });
  });
}

/** @param {number} id @param {Decoded} decoded */
function settle(id, decoded) {
  waiting.get(id)?.(decoded);
  waiting.delete(id);
}
