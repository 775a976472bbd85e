/** People's judgements on the page: whose they are, what files add to them, how they are undone, and that none is lost. */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { setImmediate } from 'node:timers/promises';
import { writeComparisons, writeLabels } from '../../web/lib/shared/judgement-rows.js';
import { History } from '../../web/page/history.js';
import { rowsOfLabels, rowsOfResults, wantedOf } from '../../web/page/judged-files.js';
import { Judgements } from '../../web/page/judgements.js';

const HASHES = Array.from({ length: 12 }, (_, at) => at.toString(16).repeat(64));
/** How tasks are judged. */
const STARS = { way: 'stars', classes: [] };
const PAIRS = { way: 'pairs', classes: [] };
const CLASSES = { way: 'classes', classes: ['awe', 'fear'] };
const QUALITY = { id: 'quality', title: { en: 'Quality' }, output: { kind: 'score', from: [0, 1], to: [0, 1] } };
const COVER = { id: 'cover', output: { kind: 'score', from: [0, 1], to: [1, 5] } };

/** What tabs of one browser share. */
class SharedShelf {
  rows = new Map();
  tabs = [];

  /** A tab's own view of it, as shelf.js. */
  open() {
    const tab = {
      isKept: true,
      isUnread: () => false,
      heard: [],
      onChange() {},
      onElsewhere: (listener) => tab.heard.push(listener),
      read: async () => [...this.rows.values()],
      write: async (edits) => {
        for (const { key, value } of edits) {
          if (value === undefined) this.rows.delete(JSON.stringify(key));
          else this.rows.set(JSON.stringify(key), [key, structuredClone(value)]);
        }
        for (const other of this.tabs) if (other !== tab) for (const listener of other.heard) listener(['judgements']);
      },
    };
    this.tabs.push(tab);
    return tab;
  }
}

const picture = (key, path = 'a.jpg', scores = null) => ({ key, path, name: path, scores });
const words = () => 'judged';

test('a judgement belongs to a picture\'s content, whatever it is called', () => {
  const judgements = new Judgements(new SharedShelf().open(), new History());
  const result = { quality: { value: 0.5, standardError: null } };
  const snake = picture(HASHES[0], 'snake.jpg', result);
  const bear = picture(HASHES[1], 'snake.jpg', result);
  const copy = picture(HASHES[0], 'elsewhere/copy.jpg', result);
  judgements.judge('quality', snake, '1', { words });
  assert.deepEqual([snake, bear, copy].map((item) => judgements.own('quality', item)?.label), ['1', undefined, '1']);
  assert.deepEqual(judgements.pairs(QUALITY, [bear, copy, snake]).map(({ item }) => item.path), ['elsewhere/copy.jpg'], 'once');
  assert.deepEqual(judgements.labels('quality'), [{ picture: HASHES[0], image: 'snake.jpg', label: '1', rater: 'me' }]);
  assert.equal(judgements.own('quality', picture(null)), null);
});

test('a rater\'s file is joined by content, else by a name that one picture here has', () => {
  const history = new History();
  const judgements = new Judgements(new SharedShelf().open(), history);
  const items = [picture(HASHES[0], 'a.jpg'), picture(HASHES[1], 'twice.jpg'), picture(HASHES[2], 'twice.jpg')];
  const text = `image,label,sha256\na.jpg,0.1,\ntwice.jpg,0.2,\nabsent.jpg,0.3,\nrenamed.jpg,0.4,${HASHES[3]}\n`;
  const { rows, unknown } = rowsOfLabels(text, { task: 'quality', wanted: wantedOf(QUALITY), rater: 'ann', items });
  assert.deepEqual([judgements.join(rows, words), unknown], [2, 2]);
  assert.deepEqual(judgements.labels('quality').map((label) => [label.picture, label.label]), [[HASHES[0], '0.1'], [HASHES[3], '0.4']]);
  assert.equal(rowsOfLabels('better,worse,rater\na.jpg,absent.jpg,bob\n', { task: 'cover', wanted: PAIRS, rater: 'ann', items }).unknown, 1);
  assert.equal(judgements.join(rows, words), 0, 'the same once more is nothing to undo');
  history.undo();
  assert.deepEqual(judgements.labels('quality'), []);
});

test('rows that are not as a task is judged are not taken, and it is told what they are', () => {
  const items = [picture(HASHES[0], 'a.jpg'), picture(HASHES[1], 'b.jpg')];
  const joined = (text, wanted) => {
    const { rows, unknown, unfit, given } = rowsOfLabels(text, { task: 'cover', wanted, rater: 'ann', items });
    return [rows.length, unknown, unfit, given];
  };
  const [given, others, mixed, pairs] = ['image,label\na.jpg,1\nb.jpg,5\n', 'image,label\na.jpg,0.5\nb.jpg,3\n', 'image,label\na.jpg,awe\nb.jpg,2\n', 'better,worse\na.jpg,b.jpg\n'];
  assert.deepEqual(joined(given, STARS), [2, 0, 0, { way: 'stars' }]);
  assert.deepEqual(joined(given, CLASSES), [0, 0, 2, { way: 'stars' }]);
  assert.deepEqual(joined(given, PAIRS), [0, 0, 2, { way: 'stars' }]);
  assert.deepEqual(joined(others, STARS), [1, 0, 1, { way: 'numbers', low: 0.5, high: 3 }]);
  assert.deepEqual(joined(given, wantedOf(QUALITY)), [0, 0, 2, { way: 'stars' }], 'the 1 of one to five is not the best of 0 to 1');
  assert.deepEqual(joined(others, wantedOf(QUALITY)), [0, 0, 2, { way: 'numbers', low: 0.5, high: 3 }]);
  assert.deepEqual(joined('image,label\na.jpg,0\nb.jpg,1\n', wantedOf(QUALITY)), [2, 0, 0, { way: 'numbers', low: 0, high: 1 }]);
  assert.deepEqual(joined('image,label\na.jpg,0.3\nb.jpg,good\n', wantedOf(QUALITY)), [1, 0, 1, { way: 'words', word: 'good' }]);
  assert.deepEqual(joined(mixed, STARS), [1, 0, 1, { way: 'words', word: 'awe' }]);
  assert.deepEqual(joined(mixed, wantedOf({ output: { kind: 'classes', labels: CLASSES.classes } })), [1, 0, 1, { way: 'words', word: 'awe' }]);
  assert.deepEqual(joined(pairs, STARS), [0, 0, 1, { way: 'pairs' }]);
  assert.deepEqual(joined(pairs, PAIRS), [1, 0, 0, { way: 'pairs' }]);
});

test('every change is undone, one of many at once', () => {
  const history = new History();
  const shelf = new SharedShelf();
  const judgements = new Judgements(shelf.open(), history);
  const [a, b] = [picture(HASHES[0]), picture(HASHES[1])];
  judgements.judge('quality', a, '1', { words });
  judgements.judge('quality', a, '2', { words });
  judgements.compare('cover', { better: a, worse: b, tie: false, shown: [b, a] }, words);
  judgements.compare('cover', { better: b, worse: a, tie: false, shown: [b, a] }, words);
  assert.equal(judgements.comparisons('cover').length, 1, 'the last counts');
  judgements.forget('quality', { words });
  assert.equal(judgements.own('quality', a), null);
  assert.equal(history.last.shown, true);
  history.undo();
  assert.equal(judgements.own('quality', a).label, '2');
  history.undo();
  assert.deepEqual(judgements.comparisons('cover').map(({ better }) => better.picture), [HASHES[0]]);
  for (let step = 0; step < 9; step += 1) history.undo();
  assert.deepEqual([judgements.own('quality', a), judgements.comparisons('cover'), shelf.rows.size], [null, [], 0]);
});

test('two tabs judge together', async () => {
  const shelf = new SharedShelf();
  const [one, other] = [new Judgements(shelf.open(), new History()), new Judgements(shelf.open(), new History())];
  one.judge('quality', picture(HASHES[0]), '0.1', { words });
  other.judge('quality', picture(HASHES[1]), '0.2', { words });
  await setImmediate();
  for (const tab of [one, other]) assert.deepEqual(tab.labels('quality').map(({ label }) => label), ['0.1', '0.2']);
  const later = new Judgements(shelf.open(), new History());
  await later.load();
  assert.deepEqual(later.labels('quality').map(({ label }) => label), ['0.1', '0.2']);
});

test('pictures, tasks and raters may be called as an object\'s own members are', async () => {
  const shelf = new SharedShelf();
  const judgements = new Judgements(shelf.open(), new History());
  for (const name of ['constructor', '__proto__', 'toString']) {
    assert.equal(judgements.own(name, picture(name)), null, name);
    judgements.judge(name, picture(name, name), '0.5', { words });
    assert.equal(judgements.own(name, picture(name)).label, '0.5');
    judgements.join(rowsOfLabels(`image,label\n${name},1\n`, { task: name, wanted: STARS, rater: name, items: [picture(name, name)] }).rows, words);
    assert.deepEqual(judgements.labels(name).map(({ rater }) => rater), ['me', name]);
  }
  const again = new Judgements(shelf.open(), new History());
  await again.load();
  assert.equal(again.own('__proto__', picture('__proto__')).label, '0.5', 'kept');
});

/** Somebody's own judgements, in a browser of their own. */
function judging(shelf = new SharedShelf()) {
  const history = new History();
  return { history, judgements: new Judgements(shelf.open(), history), shelf };
}

const twelve = HASHES.map((key, at) => picture(key, `${at}.jpg`));
const stars = ({ judgements }, task = 'cover') => judgements.labels(task).map(({ label, rater }) => `${rater} ${label}`);
const rowsIn = (text, rater = 'labels') => rowsOfLabels(text, { task: 'cover', wanted: text.startsWith('better') ? PAIRS : STARS, rater, items: twelve }).rows;

test('a colleague who gave no name is a rater of their own, and no judgement of mine changes', () => {
  const [mine, theirs] = [judging(), judging()];
  twelve.forEach((item, at) => {
    mine.judgements.judge('cover', item, String(1 + (at % 5)), { words });
    theirs.judgements.judge('cover', item, String(5 - (at % 5)), { words });
  });
  const before = stars(mine);
  const rows = rowsIn(writeLabels(theirs.judgements.labels('cover')));
  assert.deepEqual([...new Set(rows.map(({ key }) => key.at(-1)))], ['me']);
  assert.equal(mine.judgements.mayBeMine('me'), true, 'the name says nothing of who that is');
  const name = mine.judgements.freeRater('labels');
  assert.equal(mine.judgements.joinAs(rows, name, words), 12);
  assert.deepEqual(stars(mine).filter((each) => each.startsWith('me ')), before);
  assert.deepEqual(mine.judgements.raters('cover').map((each) => [each.name, each.count]), [['me', 12], ['labels', 12]]);
  assert.equal(mine.judgements.freeRater('labels'), 'labels (2)', 'the next file of this name is somebody else');
  mine.history.undo();
  assert.deepEqual(stars(mine), before);
});

test('my own file adds what is not here, overrides no correction, and doubles no comparison', async () => {
  const me = judging();
  const [first, second, third] = twelve;
  me.judgements.judge('cover', first, '2', { words });
  me.judgements.judge('cover', second, '3', { words });
  const backup = rowsIn(writeLabels(me.judgements.labels('cover')));
  assert.ok(backup.every((row) => me.judgements.isOwn(row)), 'nothing to ask about');
  me.judgements.forget('cover', { words });
  me.judgements.judge('cover', first, '5', { words });
  me.judgements.judge('cover', third, '1', { words });
  assert.equal(me.judgements.differing(backup), 1);
  assert.deepEqual(me.judgements.joinOwn(backup, words), { taken: 1, stayed: 1 });
  const after = ['me 1', 'me 3', 'me 5'];
  assert.deepEqual(stars(me).sort(), after);
  const again = judging(me.shelf);
  await again.judgements.load();
  assert.deepEqual(stars(again).sort(), after, 'at the next visit, too');
  assert.equal(again.judgements.own('cover', first).label, '5');
  me.history.undo();
  assert.deepEqual(stars(me).sort(), ['me 1', 'me 5']);

  for (let at = 0; at < 10; at += 1) me.judgements.compare('cover', { better: twelve[at], worse: twelve[at + 1], tie: at % 3 === 0, shown: [] }, words);
  const pairs = rowsIn(writeComparisons(me.judgements.comparisons('cover')));
  assert.ok(pairs.every((row) => me.judgements.isOwn(row)));
  assert.deepEqual(me.judgements.joinOwn(pairs, words), { taken: 0, stayed: 0 });
  assert.equal(me.judgements.comparisons('cover').length, 10);
});

test('results of a file change no judgement of mine, whether they are mine or another\'s', () => {
  const me = judging();
  me.judgements.judge('cover', twelve[0], '5', { agreed: true, words });
  const { rows } = rowsOfResults([0, 1].map((at) => ({ task: 'cover', key: HASHES[at], image: `${at}.jpg`, label: '1', agreed: false })), [COVER]);
  assert.ok(rows.every(({ key }) => me.judgements.mayBeMine(key.at(-1))));
  me.judgements.joinAs(rows, 'ann', words);
  assert.deepEqual(stars(me).sort(), ['ann 1', 'ann 1', 'me 5']);
  me.history.undo();
  assert.deepEqual(me.judgements.joinOwn(rows, words), { taken: 1, stayed: 1 });
  assert.deepEqual(stars(me).sort(), ['me 1', 'me 5']);
  assert.equal(me.judgements.own('cover', twelve[0]).agreed, true);
});

test('results of another scale or of other classes are no judgements of a task here; a model\'s answer that goes beyond its scale by little is', () => {
  const read = (task, ...labels) => labels.map((label, at) => ({ task, key: HASHES[at], image: `${at}.jpg`, label, agreed: false }));
  const taken = (...given) => {
    const { rows, unfit } = rowsOfResults(given, [QUALITY, COVER, { id: 'mood', output: { kind: 'classes', labels: CLASSES.classes } }]);
    return [rows.length, unfit];
  };
  assert.deepEqual(taken(...read('quality', '0.2', '1.04')), [2, 0]);
  assert.deepEqual(taken(...read('quality', '1', '4')), [0, 2]);
  assert.deepEqual(taken(...read('cover', '1', '5'), ...read('mood', CLASSES.classes[0], 'boredom')), [3, 1]);
  assert.deepEqual(taken(...read('gone', '1')), [0, 1]);
  const agreed = 'image,label\na.jpg,1.04\nb.jpg,-0.02\n';
  const items = [picture(HASHES[0], 'a.jpg'), picture(HASHES[1], 'b.jpg')];
  assert.equal(rowsOfLabels(agreed, { task: 'quality', wanted: wantedOf(QUALITY), rater: 'ann', items }).rows.length, 2);
});

test('what an older visit joined under my name is another rater until I say that it is mine', async () => {
  const shelf = new SharedShelf();
  shelf.open().write([
    { key: ['cover', 'label', HASHES[0], ''], value: { said: { label: '5', agreed: false, image: '0.jpg' } } },
    { key: ['cover', 'label', HASHES[0], 'me'], value: { said: { label: '2', agreed: false, image: '0.jpg' } } },
    { key: ['cover', 'label', HASHES[1], 'me'], value: { said: { label: '3', agreed: false, image: '1.jpg' } } },
  ]);
  const me = judging(shelf);
  await me.judgements.load();
  assert.deepEqual(stars(me), ['me 5', 'me (2) 2', 'me (2) 3']);
  const before = JSON.stringify([...shelf.rows.values()].sort());
  me.judgements.claim('cover', 'me', words);
  assert.deepEqual(stars(me), ['me 5', 'me 3']);
  me.history.undo();
  assert.equal(JSON.stringify([...shelf.rows.values()].sort()), before, 'exactly what was');
  me.judgements.rater = 'ann';
  assert.deepEqual(stars(me).sort(), ['ann 5', 'me 2', 'me 3']);
  assert.deepEqual(['me', 'ann', 'bob'].map((name) => me.judgements.mayBeMine(name)), [true, true, false]);
  me.judgements.rater = '';
});
