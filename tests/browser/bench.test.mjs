/** The benchmark's own use of the library: it reaches behind Scorer, so that nothing else would notice when that moves. */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { BrowserSession } from '../bench/browser.mjs';
import { VIEWS, makeModels, sweepCase } from '../bench/models.mjs';
import { PERCEPT } from '../bench/runtimes.mjs';
import { serve } from '../bench/server.mjs';
import { lowestCosine } from '../support/closeness.mjs';

test('the benchmark makes its models and embeds a view with Percept, on one thread and on two', async () => {
  const models = await makeModels(sweepCase('small', { width: 128 }), () => {});
  const server = await serve();
  try {
    for (const threads of [1, 2]) {
      const session = await BrowserSession.open('chromium', server.origin);
      const { embeddings } = await session.loadAnew(PERCEPT.options(server.origin, models, threads), { ...VIEWS, count: 1 });
      await session.close();
      assert.ok(lowestCosine([Object.values(embeddings)], models.reference.slice(0, 1)) > 0.999);
    }
  } finally {
    server.close();
  }
});
