/** Teaching deeper: the same bits by every build and on any number of threads, runs that go on, and what is kept. */
import assert from 'node:assert/strict';
import { readFile } from 'node:fs/promises';
import { after, before, test } from 'node:test';
import { supports } from '../../web/lib/engine/probes.js';
import { Scorer } from '../../web/lib/percept.js';
import { look } from '../../web/lib/teaching.js';
import { Memory } from '../../web/lib/teach/at-once.js';
import { groupAlike } from '../../web/lib/teach/folds.js';
import { foldsOf } from '../../web/lib/teach/held-out.js';
import { makeSeededModel } from '../support/seeded-model.mjs';
import { lookedAt, pairsOf, starsOf, warmPictures } from '../support/lessons.mjs';

const warm = warmPictures(12);
const pictures = warm.map(({ source }, at) => ({ name: `picture ${at}`, source }));
const LESSON = {
  id: 'warmth', kind: 'score', pictures, labels: warm.slice(0, 11).map((one, picture) => ({ picture, label: starsOf(one) })), scale: [1, 5],
  depth: { last: 1 }, epochs: 1, folds: 2, rank: 4,
};
const ALL = { ...LESSON, depth: 'all', epochs: 1 };
const PAIRS = { ...LESSON, labels: undefined, scale: undefined, pairs: pairsOf(warm.slice(0, 11), 6), epochs: 1 };

let model;
before(async () => { model = await makeSeededModel(); });
after(() => model.remove());

/** A lesson's trait and the parts that it came from, all as text. */
async function taught(lesson, { variant = 'simd128', threads = 1 } = {}) {
  const scorer = await Scorer.load(model.folder, { variant, threads });
  try {
    const parts = {};
    const result = await scorer.teach(lesson, { onPart: (name, bytes) => { parts[name] = bytes; } });
    return { result, parts, file: Buffer.from(await result.toFile()).toString('base64'), scores: (await scorer.score(warm[11].source)).scores.warmth };
  } finally {
    scorer.dispose();
  }
}

const textOf = (parts) => Object.fromEntries(Object.entries(parts).map(([name, bytes]) => [name, new TextDecoder().decode(bytes)]));

const WAYS = [{ threads: 2 }, { variant: 'reference' }, ...(supports('relaxed') ? [{ variant: 'relaxed', threads: 2 }] : [])];

for (const [name, lesson] of Object.entries({ 'the last block': LESSON, 'all blocks': ALL, 'pairs': PAIRS })) {
  test(`${name}: the same folds and file by every build and number of threads`, async () => {
    const expected = await taught(lesson);
    assert.ok(Object.keys(expected.parts).length >= 1);
    for (const way of name === 'the last block' ? WAYS : WAYS.slice(0, 1)) {
      const found = await taught(lesson, way);
      assert.deepEqual(textOf(found.parts), textOf(expected.parts), JSON.stringify(way));
      assert.equal(found.file, expected.file, JSON.stringify(way));
    }
    assert.ok(expected.result.evidence.held_out.deeper, 'the deeper fit was judged');
    assert.ok(expected.result.evidence.difference.low <= expected.result.evidence.difference.high);
  });
}

test('pictures whose features are known are not computed again: only their views are kept, and the file is the same', async () => {
  const scorer = await Scorer.load(model.folder, { variant: 'simd128', threads: 1 });
  const lesson = { ...LESSON, pictures: await lookedAt(scorer, warm) };
  const seconds = await Promise.all([LESSON, lesson].map((each) => scorer.teachingNeeds({ ...each, depth: 'head' }))).then((all) => all.map((needs) => needs.seconds));
  scorer.dispose();
  assert.ok(seconds[0] > 0 && seconds[1] === 0, `${seconds}`);
  assert.equal((await taught({ ...lesson, pictures: lesson.pictures.map((each, at) => ({ ...each, name: pictures[at].name })) })).file, (await taught(LESSON)).file);

  const asked = [];
  const { lesson: { pictures: seen } } = await look({ ...lesson, depth: 1, pairs: null, pictures: [lesson.pictures[0], { ...lesson.pictures[1], features: null }, lesson.pictures[11]] }, ['a', 'b', 'c'], {
    readAhead: async (source) => `${source}, read`,
    featuresOf: async (source, { keep, ahead }) => { asked.push(`features ${source} ${keep} ${await ahead}`); return new Float32Array(1); },
    keepViews: async (source, { keep, ahead }) => { asked.push(`views ${source} ${keep} ${await ahead}`); },
  });
  assert.deepEqual(asked, ['views a 0 null', 'features b 1 b, read', 'views c 2 c, read']); // picture 2 is judged here
  assert.equal(seen[0].features, lesson.pictures[0].features);
});

test('finished parts are not computed again, and those of another lesson are not taken', async () => {
  const whole = await taught(LESSON);
  const resumed = await taught({ ...LESSON, parts: { 'fold-0': whole.parts['fold-0'] } });
  assert.deepEqual(Object.keys(resumed.parts), ['fold-1']);
  assert.equal(resumed.file, whole.file);
  const other = await taught({ ...LESSON, seed: 5, parts: whole.parts });
  assert.deepEqual(Object.keys(other.parts), ['fold-0', 'fold-1']);
  const damaged = await taught({ ...LESSON, parts: { 'fold-0': new Uint8Array([1, 2, 3]), 'fold-1': whole.parts['fold-1'] } });
  assert.deepEqual([Object.keys(damaged.parts), damaged.file], [['fold-0'], whole.file]);
});

/** Nobody can learn these from the pictures: what is taught at once is no better than chance. */
const RANDOM = { ...LESSON, labels: LESSON.labels.map(({ picture }) => ({ picture, label: 2 + (4 * picture * picture + 1) % 5 })) };

/** Parts of a run whose folds were right about every picture: folds that lie, so that the deeper fit is kept. */
async function perfect(parts, shown = warm, options = {}) {
  const scorer = await Scorer.load(model.folder, { threads: 1 });
  const { order, basis } = new Memory().judged({ ...RANDOM, pairs: null, pictures: await lookedAt(scorer, shown, options) });
  scorer.dispose();
  const foldOf = foldsOf(groupAlike(basis.coordinates), RANDOM.folds, 1);
  return Object.fromEntries(Object.entries(parts).map(([name, bytes]) => {
    const outputs = order.filter((_, row) => `fold-${foldOf[row]}` === name).map((at) => [(RANDOM.labels[at].label - 3) / 2]);
    return [name, new TextEncoder().encode(JSON.stringify({ ...JSON.parse(new TextDecoder().decode(bytes)), outputs, epochs: 1 }))];
  }));
}

test('a deeper fit that the folds find better is kept: it scores, is a file, and has the same bits by every build', async () => {
  const { parts } = await taught(RANDOM);
  const lesson = { ...RANDOM, parts: await perfect(parts) };
  const expected = await taught(lesson);
  const { evidence, predictions, heldOut, task } = expected.result;
  assert.deepEqual([evidence.kept, task.adapter, evidence.held_out.deeper.value > 0.9], ['deeper', true, true]);
  assert.ok(!evidence.notes.includes('no-deeper') && evidence.difference.low > 0);
  const moved = new Set(RANDOM.labels.map(({ picture, label }) => (heldOut[picture] - label).toFixed(9)));
  assert.ok(moved.size <= RANDOM.folds, 'a fold may only be moved as a whole, to the level of all labels');
  assert.equal(expected.scores.value, predictions[11]); // nobody judged it: the task was asked
  for (const way of WAYS.slice(-1)) assert.equal((await taught(lesson, way)).file, expected.file, JSON.stringify(way));
  const scorer = await Scorer.load(model.folder, { threads: 2 });
  const none = new Blob(['x']);
  const gone = { name: 'gone since it was looked at', features: await scorer.features(warm[11].source), source: none };
  const other = await taught({ ...lesson, pictures: [...pictures, gone, { name: 'none', source: none }] });
  assert.deepEqual([other.file, other.result.predictions], [expected.file, [...predictions, null, null]]);
  assert.deepEqual(other.result.unread.map(({ picture, error: { code } }) => [picture, code]), [[12, 'unsupported-format'], [13, 'unsupported-format']]);
  await scorer.addTask(Buffer.from(expected.file, 'base64'));
  assert.deepEqual((await scorer.score(warm[11].source)).scores.warmth, expected.scores);
  const { scores: { warmth } } = await scorer.score(warm[0].source);
  assert.ok(Math.abs(warmth.value - predictions[0]) < 1e-4, `${warmth.value} ${predictions[0]}`);
  scorer.dispose();
});

test('pictures may differ in the number of their views', async () => {
  // The model takes fifteen views of a picture; of these the small ones give two, the large ones six.
  const preprocess = {
    ...(JSON.parse(await readFile(`${model.folder}/model.json`, 'utf8'))).tasks[1].preprocess,
    resize: { shorter: 64, interpolation: 'bilinear' }, views: { grid: [1, 2], size: 64, edges: true }, detail: { shorter: 90, grid: [2, 2] },
  };
  const mixed = [...warmPictures(6, { seed: 3, size: 64 }), ...warmPictures(6, { seed: 4, size: 120 })];
  const named = mixed.map(({ source }, at) => ({ name: `picture ${at}`, source }));
  const pairs = pairsOf(mixed.slice(0, 11), 6);
  const judged = { ...PAIRS, pictures: named, pairs, preprocess };
  assert.deepEqual(await taught(judged, { threads: 2 }).then(({ file }) => file), (await taught(judged)).file);
  const lesson = { ...RANDOM, pictures: named, preprocess };
  const { parts } = await taught(lesson);
  const { result: { evidence, predictions }, file } = await taught({ ...lesson, parts: await perfect(parts, mixed, { preprocess }) });
  assert.equal(evidence.kept, 'deeper');
  const scorer = await Scorer.load(model.folder, { threads: 1 });
  await scorer.addTask(Buffer.from(file, 'base64'));
  for (const [at, views] of [[0, 2], [10, 6], [11, 6]]) {
    const { scores: { warmth } } = await scorer.score(mixed[at].source);
    assert.equal(warmth.views.length, views);
    assert.ok(Math.abs(warmth.value - predictions[at]) < 1e-4, `${warmth.value} ${predictions[at]}`);
  }
  const [few, most] = [await scorer.teachingNeeds(LESSON), await scorer.teachingNeeds(lesson)];
  assert.ok(most.bytes > few.bytes, 'the most views that a picture may have count');
  scorer.dispose();
});

test('what a lesson takes is said before', async () => {
  const scorer = await Scorer.load(model.folder, { threads: 1 });
  const few = await scorer.teachingNeeds(LESSON);
  const all = await scorer.teachingNeeds({ ...LESSON, depth: 'all', epochs: 10 });
  assert.ok(few.fits && few.seconds > 0 && few.bytes > 1e5 && few.bytes < 1e9, JSON.stringify(few));
  assert.ok(all.fits && all.seconds > few.seconds, JSON.stringify([few, all]));
  assert.equal(few.reason, undefined);
  const head = await scorer.teachingNeeds({ ...LESSON, depth: 'head' });
  assert.deepEqual([head.bytes, head.fits, head.seconds > 0], [0, true, true]);
  await assert.rejects(scorer.teachingNeeds({ ...LESSON, labels: [] }), { code: 'too-few-labels' });
  scorer.dispose();
});
