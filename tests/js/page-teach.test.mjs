/** What the tab Teach asks next, what it calls its traits, and how steps are undone together. */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { nextPair, nextPicture } from '../../web/page/asking.js';
import { History } from '../../web/page/history.js';
import { Lessons } from '../../web/page/lessons.js';
import { Traits } from '../../web/page/traits.js';

const items = Array.from({ length: 5 }, (_, at) => ({ id: at, key: `k${at}` }));
const keys = (pictures) => pictures?.map(({ key }) => key).sort().join(' ');

test('the picture that teaches most is asked, of those that are open; without a fit one by chance', () => {
  assert.equal(nextPicture(items.slice(2), ['k0', 'k3', 'k4'], 1).key, 'k3');
  const by = (seed) => nextPicture(items, [], seed);
  assert.ok(items.includes(by(1)));
  assert.equal(by(7), by(7));
  assert.ok(new Set(Array.from({ length: 40 }, (_, seed) => by(seed))).size > 2);
  assert.equal(nextPicture([], ['k0'], 1), null);
});

test('the pair that teaches most is asked, then any other, each once, either way round', () => {
  const asked = new Set();
  const isOpen = (a, b) => a !== b && !asked.has(keys([a, b]));
  const first = nextPair(items, [['k9', 'k1'], ['k1', 'k2']], { isOpen, seed: 1 });
  assert.equal(keys(first), 'k1 k2');
  for (let round = 0; round < 10; round += 1) {
    const pair = nextPair(items, [['k1', 'k2']], { isOpen, seed: round });
    assert.ok(isOpen(...pair), `round ${round}`);
    asked.add(keys(pair));
  }
  assert.equal(nextPair(items, [], { isOpen, seed: 1 }), null, 'all ten pairs are asked');
  const lefts = Array.from({ length: 30 }, (_, seed) => nextPair(items, [['k0', 'k1']], { isOpen: () => true, seed })[0].key);
  assert.deepEqual([...new Set(lefts)].sort(), ['k0', 'k1']);
});

test('traits have ids of letters, digits and dashes, each its own', () => {
  const lessons = new Lessons({ isUnread: () => false, onElsewhere() {}, read: async () => [], write: async () => {} }, new History());
  const made = (title) => lessons.add({ title, language: 'en', way: 'pairs', classes: [] }, ['quality']).id;
  assert.deepEqual(['Would we put it on the cover?', 'Qualité!', 'quality', '表紙', '__proto__', 'cover', 'Cover', 'Constructor', 'x'.repeat(200)].map(made),
    ['would-we-put-it-on-the-cover', 'qualite', 'quality-2', 'trait', 'proto', 'cover', 'cover-2', 'constructor-2', 'x'.repeat(40)]);
});

test('the id of a trait that was removed is free only when that can no longer be undone', () => {
  const history = new History();
  const lessons = new Lessons({ isUnread: () => false, onElsewhere() {}, read: async () => [], write: async () => {} }, history);
  const add = () => lessons.add({ title: '好きか', language: 'ja', way: 'stars', classes: [] }, []).id;
  assert.equal(add(), 'trait');
  lessons.remove('trait', () => '');
  assert.equal(add(), 'trait-2');
  history.undo();
  assert.deepEqual(lessons.all.map(({ id }) => id).sort(), ['trait', 'trait-2']);
  lessons.remove('trait', () => '');
  for (let step = 0; step < 200; step += 1) history.did({ words: () => '' }, () => {});
  assert.equal(add(), 'trait');
  lessons.remove('from-a-file', () => '');
  assert.deepEqual(lessons.takenIds.filter((id) => id === 'from-a-file'), ['from-a-file']);
});

test('steps that were done together are undone together, the last part first', () => {
  const history = new History();
  const undone = [];
  const step = (name) => history.did({ words: () => name }, () => undone.push(name));
  step('before');
  history.group({ words: () => 'all', shown: true }, () => { step('one'); step('two'); });
  assert.deepEqual([history.last.words(), history.last.shown], ['all', true]);
  history.hide();
  assert.equal(history.last.shown, false);
  history.undo();
  assert.deepEqual(undone, ['two', 'one']);
  assert.equal(history.last.words(), 'before');
});

test('a trait that is taught while pictures are looked at is not scored meanwhile, and fills in all that it has seen', async () => {
  const told = [];
  const model = { onChange() {}, loaded: null, fillIn: (id, isFilled) => told.push(`${id} ${isFilled}`), announceTask: (id) => told.push(id) };
  const pictures = { items: items.map((item) => ({ ...item, state: 'scored', scores: {} })), update: (item, change) => Object.assign(item, change) };
  const traits = new Traits({ model, pictures, shelf: { onElsewhere() {}, read: async () => [], write: async () => {} }, history: new History() });
  const taughtFrom = (count, isWhole) => traits.taught(
    { task: { id: 'own' }, evidence: { kept: 'head' }, predictions: items.map(({ id }) => id), heldOut: items.map(() => null), toFile: async () => new Uint8Array(1) },
    { keys: items.slice(0, count).map(({ key }) => key), learnt: 'x', judged: new Set(), isWhole },
  );
  await taughtFrom(2, false);
  assert.deepEqual(told, ['own true']);
  await taughtFrom(4, false);
  assert.deepEqual(told, ['own true']);
  assert.deepEqual(pictures.items.map(({ scores }) => scores.own?.value), [0, 1, 2, 3, undefined]);
  await taughtFrom(5, true);
  assert.deepEqual(told, ['own true', 'own false']);
  assert.deepEqual(pictures.items.map(({ scores }) => scores.own?.value), [0, 1, 2, 3, 4]);
});
