/** An agreement that may be chance is said wherever a trait is used: on its card, and beside what it says of a picture. */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { standInForBrowser, textsIn } from '../support/templates.mjs';

test('the card of a trait, own or from a file, says that its agreement may be chance', async () => {
  standInForBrowser();
  const { aboutTraitTemplate, cardTemplate } = await import('../../web/page/trait-card.js');
  const evidence = { kept: 'head', labels: 20, pairs: 0, pictures: 20, notes: [], raters: { count: 2, agreement: null }, equal_groups: false, curve: [], different: [] };
  const traitOf = (low, high) => ({
    task: { output: { kind: 'score' } }, evidence: { ...evidence, held_out: { head: { measure: 'spearman', value: (low + high) / 2, low, high } } },
  });
  const told = (draw, low, high) => textsIn(draw(traitOf(low, high), 'model'));
  const warnings = (...asked) => told(...asked).filter((text) => /^This /.test(text)).join();
  assert.match(warnings(cardTemplate, -0.49, 0.22), /^This may be chance/);
  assert.match(warnings(cardTemplate, -0.49, -0.1), /^This is less than guessing/);
  assert.equal(warnings(cardTemplate, 0.1, 0.5), '');
  assert.equal(warnings(aboutTraitTemplate, -0.49, 0.22), '', 'in a picture\'s details it stands above, once');
  assert.ok(told(aboutTraitTemplate, -0.49, 0.22).includes('Agreement of its order with yours (rank correlation: 1 is the same, 0 is chance)'), 'what the figure is');
});
