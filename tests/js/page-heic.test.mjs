/** The worker that decodes HEIC answers every call: whoever waits for it holds a place of the queue. */
import assert from 'node:assert/strict';
import { readFile } from 'node:fs/promises';
import { test } from 'node:test';
import { SITE } from '../../build_scripts/site/place.mjs';

const HEIC = new URL('../golden/avif/opaque.heic', import.meta.url);

test('a file that goes while it waits to be decoded is answered, too', async () => {
  const heard = new Map();
  globalThis.onmessage = null;
  globalThis.postMessage = ({ id, ...said }) => heard.get(id)(said);
  await import(`${SITE}/page/heic-worker.js`);
  const ask = (id, blob) => new Promise((resolve, reject) => {
    heard.set(id, resolve);
    globalThis.onmessage({ data: { id, blob } }).catch(reject); // nobody hears of it in a worker
  });
  const gone = { arrayBuffer: async () => { throw new DOMException('the file is gone', 'NotReadableError'); } };
  assert.deepEqual(await ask(1, gone), { jpeg: null, isDecoderMissing: false });
  assert.deepEqual(await ask(2, new Blob(['not a picture'])), { jpeg: null, isDecoderMissing: false });
  const drawn = [];
  globalThis.OffscreenCanvas = class {
    getContext = () => ({ createImageData: (width, height) => ({ width, height, data: new Uint8ClampedArray(4 * width * height) }), putImageData: ({ data }) => drawn.push(data) });

    convertToBlob = async () => new Blob(['jpeg']);
  };
  assert.ok((await ask(3, new Blob([await readFile(HEIC)]))).jpeg, 'the decoder is there');
  assert.ok(drawn[0].some((value) => value !== 0));
});
