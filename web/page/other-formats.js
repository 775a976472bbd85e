/** Files that neither the engine nor this browser reads, and what the page makes of them: HEIC decoded by libheif, the preview of a raw file. */
import { connect } from '../lib/platform/workers.js';
import { rawPreview } from './raw-preview.js';

/** @typedef {{file: Blob, decoder: 'libheif' | 'preview'}} Readable decoder: what is said of it */

const HEIC = /^ftyp(hei[cxms]|hev[cxms]|mif1|msf1)$/;

/** @type {ReturnType<typeof connect> | null} */
let worker = null;
/** @type {Map<number, (jpeg: Blob | null) => void>} */
const waiting = new Map();
let calls = 0;

/** @param {Blob} file @returns {Promise<Readable | null>} null: nothing can be made of it */
export async function readable(file) {
  const head = new Uint8Array(await file.slice(0, 16).arrayBuffer());
  if (HEIC.test(String.fromCharCode(...head.subarray(4, 12)))) {
    const jpeg = await decodeHeic(file);
    return jpeg && { file: jpeg, decoder: 'libheif' };
  }
  const preview = await rawPreview(file);
  return preview && { file: preview, decoder: 'preview' };
}

/** @param {Blob} blob @returns {Promise<Blob | null>} */
function decodeHeic(blob) {
  worker ??= connect(new Worker(new URL('./heic-worker.js', import.meta.url), { type: 'module' }), {
    onMessage: ({ id, jpeg }) => settle(id, jpeg),
    onFailure: () => {
      worker?.terminate();
      worker = null;
      for (const id of [...waiting.keys()]) settle(id, null);
    },
  });
  calls += 1;
  const id = calls;
  return new Promise((resolve) => {
    waiting.set(id, resolve);
    worker?.post({ id, blob });
  });
}

/** @param {number} id @param {Blob | null} jpeg */
function settle(id, jpeg) {
  waiting.get(id)?.(jpeg);
  waiting.delete(id);
}
