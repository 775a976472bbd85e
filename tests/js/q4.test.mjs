/**
 * q4 through the library, as a page loads it: units that are cut by the download's pieces, expanded on the way into
 * memory, against PyTorch's float32 embeddings of a full-size B/32 with outlier LayerNorm gains.
 */
import assert from 'node:assert/strict';
import { readFile } from 'node:fs/promises';
import { test } from 'node:test';
import { lowestCosine } from '../support/closeness.mjs';
import { embedViews } from '../support/embed-views.mjs';
import { cachedModel } from '../support/model-cache.mjs';

const LOWEST_COSINE = 0.97;

const { cases } = JSON.parse(await readFile(new URL('../golden/tower.json', import.meta.url)));
const testCase = cases.find(({ id }) => id === 'b32-outliers');

async function baseBytes(folder) {
  const { base } = JSON.parse(await readFile(`${folder}/model.json`));
  return base.shards.reduce((sum, { bytes }) => sum + bytes, 0);
}

test('q4 halves the download and stays near PyTorch', async (t) => {
  const folder = await cachedModel(testCase, 'q4');
  const lowest = lowestCosine(await embedViews(folder, testCase), testCase.expected.embeddings);
  const share = await baseBytes(folder) / await baseBytes(await cachedModel(testCase, 'q8'));
  t.diagnostic(`lowest cosine ${lowest.toFixed(5)}, ${(100 * share).toFixed(1)} % of q8's bytes`);
  assert.ok(lowest >= LOWEST_COSINE, `lowest cosine ${lowest}`);
  assert.ok(share < 0.57, `${share} of q8's bytes`);
});
