/**
 * q4 through the library, as a page loads it: units that are cut by the download's pieces, expanded on the way into
 * memory, against PyTorch's float32 embeddings of a full-size B/32 with outlier LayerNorm gains.
 */
import assert from 'node:assert/strict';
import { readFile } from 'node:fs/promises';
import { test } from 'node:test';
import { Scorer } from '../../web/percept.js';
import { syntheticView } from '../golden/generator.mjs';
import { lowestCosine } from './closeness.mjs';
import { cachedModel } from './model-cache.mjs';

const LOWEST_COSINE = 0.97;

const { cases } = JSON.parse(await readFile(new URL('../golden/tower.json', import.meta.url)));
const testCase = cases.find(({ id }) => id === 'b32-outliers');

/** A view as the pixels of a picture, which resizing to its own size leaves alone. */
function asPixels(view, size) {
  const data = new Uint8ClampedArray(size * size * 4).fill(255);
  for (let pixel = 0; pixel < size * size; pixel++) data.set(view.subarray(pixel * 3, pixel * 3 + 3), pixel * 4);
  return { width: size, height: size, data };
}

async function baseBytes(folder) {
  const { base } = JSON.parse(await readFile(`${folder}/model.json`));
  return base.shards.reduce((sum, { bytes }) => sum + bytes, 0);
}

test('q4 halves the download and stays near PyTorch', async (t) => {
  const { sizes: { image }, views, expected } = testCase;
  const folder = await cachedModel(testCase, 'q4');
  const scorer = await Scorer.load(folder, { threads: 1 });
  t.after(() => scorer.dispose());
  const embeddings = [];
  for (let index = 0; index < views.count; index++) {
    const { embedding } = await scorer.embed(asPixels(syntheticView(image, views.seed, index), image));
    embeddings.push(embedding);
  }
  const lowest = lowestCosine(embeddings, expected.embeddings);
  const share = await baseBytes(folder) / await baseBytes(await cachedModel(testCase, 'q8'));
  t.diagnostic(`lowest cosine ${lowest.toFixed(5)}, ${(100 * share).toFixed(1)} % of q8's bytes`);
  assert.ok(lowest >= LOWEST_COSINE, `lowest cosine ${lowest}`);
  assert.ok(share < 0.57, `${share} of q8's bytes`);
});
