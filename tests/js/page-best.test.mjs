/** The best that are selected before all is known: they follow, and it is told that they do, and when they no longer do. */
import assert from 'node:assert/strict';
import { beforeEach, test } from 'node:test';
import { bestOf, isToCome } from '../../web/page/best.js';
import { CULLING } from '../../web/page/culling-strings.js';
import { Selection } from '../../web/page/selection.js';
import { standInForBrowser } from '../support/templates.mjs';

standInForBrowser();
const elements = { announcer: {}, 'best-told': {} };
globalThis.document.getElementById = (id) => elements[id];
const { learn } = await import('../../web/page/language.js');
const { ChosenBest } = await import('../../web/page/chosen-best.js');
learn(CULLING);

const announced = () => elements.announcer.textContent;
const shown = () => (elements['best-told'].hidden ? '' : elements['best-told'].textContent);

let selection;
let best;
let items;
let groups;
let known;
beforeEach(() => {
  items = [0.9, 0.8, 0.7, 0.6, null].map((value, id) => ({ id, value }));
  groups = new Map();
  known = { by: 'q', basis: 'Quality', looking: { done: 0, total: 4 } };
  selection = new Selection();
  elements.announcer.textContent = '';
  const valueOf = ({ value }) => value;
  best = new ChosenBest({
    selection, choose: (count) => bestOf(items, count, { valueOf, groupOf: (item) => groups.get(item) ?? null }),
    known: () => ({ ...known, scored: items.filter((item) => valueOf(item) !== null).length, total: items.length }),
  });
});
const chosen = () => selection.items.map(({ id }) => id).sort();

test('while pictures are scored and near-copies looked for, the best are so far the best; what becomes of them is told in the end', () => {
  best.take(3);
  assert.match(announced(), /^The best 3 so far in “Quality” are selected: 4 of 5 pictures are scored\. .*Looking for near-copies: 0 of 4\.$/);
  assert.equal(shown(), announced());
  known.looking = { done: 2, total: 4 };
  best.draw();
  assert.match(shown(), /near-copies: 2 of 4/);
  items[4].value = 0.75;
  best.follow();
  assert.deepEqual(chosen(), [0, 1, 4]);
  assert.match(shown(), /so far.*5 of 5.* 1 of them took its place after you chose/);
  [0, 1].forEach((at) => groups.set(items[at], 0));
  known.looking = null;
  best.follow();
  assert.deepEqual(chosen(), [0, 2, 4]);
  const ended = 'The best 3 in “Quality” are selected. 1 of them took its place after you chose.';
  assert.deepEqual([announced(), shown()], [ended, ended]);
  elements.announcer.textContent = '';
  best.follow();
  assert.equal(announced(), '', 'once');
});

for (const [how, change] of [['the selection', () => selection.toggle(items[0])], ['the order', () => { known.by = 'beauty'; best.draw(); }]]) {
  test(`who changes ${how} before all is known is told that the selection no longer follows`, () => {
    best.take(3);
    change();
    const before = chosen();
    assert.match(announced(), /no longer follows/);
    assert.equal(shown(), announced());
    items[4].value = 1;
    best.follow();
    assert.deepEqual(chosen(), before);
    best.take(2);
    assert.match(shown(), /^The best 2 so far/);
    selection.toggle(items[1]);
    selection.clear();
    assert.equal(shown(), '');
  });

  test(`who changes ${how} when all is known is told nothing`, () => {
    items[4].value = 0.1;
    known.looking = null;
    best.take(3);
    assert.equal(announced(), 'The best 3 in “Quality” are selected.');
    change();
    assert.deepEqual([announced(), shown()], ['The best 3 in “Quality” are selected.', '']);
  });
}

test('a picture may get a score while it waits, was stopped, or lacks a task; not where it failed, or came without a file', () => {
  const item = (state, more) => ({ state, file: {}, error: null, ...more });
  assert.deepEqual([item('waiting'), item('cancelled'), item('scored'), item('scored', { file: null }), item('scored', { error: {} }), item('failed')].map(isToCome), [true, true, true, false, false, false]);
});
