/** Explanations are of what a task says now. */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { Explanations } from '../../web/page/explanations.js';
import { settled, taughtPage, words } from '../support/teaching-page.mjs';

test('the explanation of a trait goes when the trait learns from something else', async () => {
  const page = await taughtPage();
  const [item] = page.items;
  let asked = 0;
  Object.assign(page.model.loaded, { explain: async () => ({ cells: [], turn: asked += 1 }) });
  const explanations = new Explanations(page.model);
  const task = () => page.traits.get('cover').task;
  assert.equal(await explanations.make(item, task()), true);
  assert.equal(await explanations.make(item, task()), true);
  assert.deepEqual([explanations.of(item, task()).turn, asked], [1, 1], 'it is made once');
  page.judgements.judge('cover', item, '5', { words });
  await settled();
  assert.equal(explanations.of(item, task()), null);
  assert.equal(await explanations.make(item, task()), true);
  assert.equal(explanations.of(item, task()).turn, 2);
});
