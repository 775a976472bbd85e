/** An agreement that may be chance is said wherever a trait is used: on its card, and beside what it says of a picture. */
import assert from 'node:assert/strict';
import { test } from 'node:test';

test('the card of a trait, own or from a file, says that its agreement may be chance', async () => {
  Object.defineProperty(globalThis, 'navigator', { value: { languages: ['en'] }, configurable: true });
  Object.assign(globalThis, { location: { search: '' }, document: { createTreeWalker() {}, createComment() {}, createElement() {} }, localStorage: { getItem: () => null } });
  const { watchWords } = await import('../../web/page/trait-card.js');
  const told = (low, high) => watchWords({
    task: { output: { kind: 'score' } },
    evidence: { kept: 'head', held_out: { head: { measure: 'spearman', value: (low + high) / 2, low, high } }, notes: [], raters: { count: 2 }, equal_groups: false },
  })[0];
  assert.match(told(-0.49, 0.22), /^This may be chance/);
  assert.match(told(-0.49, -0.1), /^This is less than guessing/);
  assert.doesNotMatch(told(0.1, 0.5), /chance|guessing/);
});
