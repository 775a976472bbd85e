/** Teaching through the library, in Node: what comes of good judgements, of strange ones and of none, and that nothing is lost. */
import assert from 'node:assert/strict';
import { after, before, test } from 'node:test';
import { runInNewContext } from 'node:vm';
import { workers } from '../support/watched-workers.mjs';
import { PerceptError, Scorer } from '../../web/lib/percept.js';
import { sourcesOf, toSend } from '../../web/lib/teaching.js';
import { seededRandom } from '../../web/lib/shared/statistics.js';
import { makeSeededModel } from '../support/seeded-model.mjs';
import { lookedAt, pairsOf, starsOf, warmPictures } from '../support/lessons.mjs';

const warm = warmPictures(48);
let model;
let scorer;
let pictures;
before(async () => {
  model = await makeSeededModel();
  scorer = await Scorer.load(model.folder, { threads: 1 });
  pictures = await lookedAt(scorer, warm);
});
after(async () => {
  scorer.dispose();
  await model.remove();
});

const stars = (count = 40) => warm.slice(0, count).map((one, picture) => ({ picture, label: starsOf(one) }));
const lesson = (changes = {}) => ({ id: 'warmth', kind: 'score', pictures, labels: stars(), scale: [1, 5], ...changes });
const bytesOf = async (taught) => Buffer.from(await taught.toFile()).toString('base64');

async function refused(changes, code, sentence) {
  await assert.rejects(scorer.teach(lesson(changes)), (error) => {
    assert.ok(error instanceof PerceptError, error.stack);
    assert.equal(error.code, code);
    assert.match(error.message, sentence);
    return true;
  });
}

test('a score from stars: it scores at once, agrees on what it has not seen, and says how far', async () => {
  const told = [];
  const { task, evidence, predictions, heldOut, uncertainty, next } = await scorer.teach(lesson({ date: '2026-01-01' }), { onProgress: (progress) => told.push(progress) });
  const fitting = told.filter(({ phase }) => phase === 'fitting');
  assert.deepEqual(fitting[0].predictions, predictions, 'told before anything is held out');
  assert.ok(fitting.length > 10 && fitting.slice(1).every((each) => !('predictions' in each)));
  assert.deepEqual(task.output, { kind: 'score', from: [-1, 1], to: [1, 5], clamp: true });
  assert.deepEqual(scorer.tasks.map(({ id }) => id), ['quality', 'emotion', 'beauty', 'warmth']);
  const { head, deeper } = evidence.held_out;
  assert.equal(deeper, null);
  assert.ok(head.measure === 'spearman' && head.value > 0.8 && head.low < head.value && head.value < head.high && head.low > 0.6, JSON.stringify(head));
  assert.deepEqual([evidence.pictures, evidence.labels, evidence.folds, evidence.kept, evidence.date], [40, 40, 5, 'head', '2026-01-01']);
  assert.ok(evidence.curve.length >= 1 && evidence.curve.at(-1).value === head.value);
  const { scores } = await scorer.score(warm[0].source);
  assert.ok(Math.abs(scores.warmth.value - predictions[0]) < 1e-5, `${scores.warmth.value} ${predictions[0]}`);
  assert.deepEqual(heldOut.map((value) => value !== null), warm.map((_, at) => at < 40));
  assert.ok(uncertainty.every((value) => value > 0 && value < 4));
  assert.deepEqual([...next.pictures].sort((a, b) => a - b), [40, 41, 42, 43, 44, 45, 46, 47]);
  assert.deepEqual(next.pairs, []);
});

test('a trait is a file that gives the same scores wherever its model is, and is refused by another', async () => {
  const taught = await scorer.teach(lesson());
  const { scores: { warmth } } = await scorer.score(warm[41].source);
  const file = await taught.toFile();
  await scorer.removeTask('warmth');
  await assert.rejects(scorer.score(warm[41].source, { tasks: ['warmth'] }), { code: 'unknown-task' });
  await assert.rejects(scorer.removeTask('warmth'), { code: 'unknown-task' });
  await assert.rejects(scorer.removeTask('beauty'), { code: 'bad-argument' });
  for (const given of [file, new Blob([file])]) {
    const { task, evidence } = await scorer.addTask(given);
    assert.deepEqual([task, evidence], [taught.task, taught.evidence]);
    assert.deepEqual((await scorer.score(warm[41].source)).scores.warmth, warmth);
  }
  const other = await makeSeededModel('f32');
  const stranger = await Scorer.load(other.folder, { threads: 1 });
  await assert.rejects(stranger.addTask(file), (error) => error.code === 'trait-other-base' && /'seeded'/.test(error.message));
  assert.deepEqual(stranger.traits, []);
  stranger.dispose();
  await other.remove();
});

test('pairs teach an order, classes teach classes, and each says what to ask next', async () => {
  const pairs = pairsOf(warm);
  const ordered = await scorer.teach(lesson({ labels: undefined, scale: undefined, pairs }));
  assert.ok(ordered.evidence.held_out.head.measure === 'pairs' && ordered.evidence.held_out.head.value > 0.8, JSON.stringify(ordered.evidence.held_out));
  assert.ok(ordered.predictions.every((value) => value > 0 && value < 1));
  assert.equal(ordered.evidence.pairs, pairs.length);
  assert.ok(ordered.next.pairs.length > 5);
  const asked = new Set(pairs.map(({ better, worse }) => [better, worse].sort((a, b) => a - b).join()));
  for (const pair of ordered.next.pairs) assert.ok(!asked.has([...pair].sort((a, b) => a - b).join()), String(pair));
  const right = pairs.filter(({ better, worse }) => ordered.predictions[better] > ordered.predictions[worse]).length;
  assert.ok(right > 0.85 * pairs.length);

  const labels = warm.slice(0, 40).map(({ warmth }, picture) => ({ picture, label: warmth < 0.34 ? 'cold' : warmth < 0.67 ? 'mild' : 'warm' }));
  const classed = await scorer.teach(lesson({ kind: 'classes', labels, scale: undefined, classes: ['cold', 'mild', 'warm'] }));
  assert.ok(classed.evidence.held_out.head.measure === 'accuracy' && classed.evidence.held_out.head.value > 0.6, JSON.stringify(classed.evidence.held_out));
  const { scores } = await scorer.score(warm[45].source);
  assert.equal(scores.warmth.label, classed.predictions[45].label);
  scores.warmth.probabilities.forEach((each, at) => assert.ok(Math.abs(each - classed.predictions[45].probabilities[at]) < 1e-5));
});

test('the same judgements give the same bytes, in whatever order pictures, labels and raters come', async () => {
  const expected = await bytesOf(await scorer.teach(lesson()));
  assert.equal(await bytesOf(await scorer.teach(lesson())), expected);
  const order = pictures.map((_, at) => at).sort((a, b) => (a * 29) % 48 - (b * 29) % 48);
  const shuffled = lesson({ pictures: order.map((at) => pictures[at]), labels: stars().map(({ picture, label }) => ({ picture: order.indexOf(picture), label })).reverse() });
  const again = await scorer.teach(shuffled);
  assert.equal(await bytesOf(again), expected);
  const first = await scorer.teach(lesson());
  assert.deepEqual(again.predictions, order.map((at) => first.predictions[at]));
  assert.notEqual(await bytesOf(await scorer.teach(lesson({ seed: 2 }))), expected);
});

test('few judgements score at once and say that nothing is known yet', async () => {
  for (const changes of [{ labels: stars(2) }, { labels: stars(9) }, { labels: undefined, scale: undefined, pairs: [{ better: 0, worse: 1 }] }]) {
    const { evidence, predictions, heldOut } = await scorer.teach(lesson(changes));
    assert.deepEqual([evidence.held_out.head, evidence.curve, evidence.folds], [null, [], 0]);
    assert.ok(evidence.notes.includes('few-labels'));
    assert.ok(predictions.every(Number.isFinite) && heldOut.every((value) => value === null));
  }
  const { predictions } = await scorer.teach(lesson({ labels: undefined, scale: undefined, pairs: [{ better: 0, worse: 1 }] }));
  assert.ok(predictions[0] > predictions[1]);
});

test('ten decided pairs give a figure, and so does every one more; ties do not count', async () => {
  const random = seededRandom(4);
  const different = pictures.map(({ name, features: { length } }) => ({ name, features: Float32Array.from({ length }, () => random() - 0.5) }));
  const two = pairsOf(warm).map((pair) => ({ pair, at: random() })).sort((a, b) => a.at - b.at).map(({ pair }) => pair);
  const isKnown = async (pairs) => (await scorer.teach(lesson({ pictures: different, labels: undefined, scale: undefined, pairs }))).evidence.held_out.head !== null;
  const known = [];
  for (let count = 9; count <= 18; count += 1) known.push(await isKnown(two.slice(0, count)));
  assert.deepEqual(known, [false, ...new Array(9).fill(true)]);
  assert.equal(await isKnown(two.slice(0, 12).map((pair, at) => ({ ...pair, tie: at < 3 }))), false);
});

test('labels that are all the same, ties and contradictions are taught from, and named', async () => {
  const constant = await scorer.teach(lesson({ labels: stars().map(({ picture }) => ({ picture, label: 3 })) }));
  assert.deepEqual([constant.evidence.notes[0], constant.evidence.held_out.head], ['constant-labels', null]);
  assert.ok(constant.predictions.every((value) => Math.abs(value - 3) < 1e-6));
  const unscaled = await scorer.teach(lesson({ scale: undefined, labels: stars(12).map(({ picture }) => ({ picture, label: 7 })) }));
  assert.deepEqual(unscaled.task.output.to, [6.5, 7.5]);
  const ties = await scorer.teach(lesson({ labels: undefined, scale: undefined, pairs: pairsOf(warm).map((pair) => ({ ...pair, tie: true })) }));
  assert.ok(ties.evidence.notes.includes('ties-only'));
  assert.equal(ties.evidence.held_out.head, null);
  assert.ok(ties.predictions.every((value) => Math.abs(value - 0.5) < 1e-6));
  const both = await scorer.teach(lesson({ labels: undefined, scale: undefined, pairs: [...pairsOf(warm), { better: 0, worse: 1 }, { better: 1, worse: 0 }] }));
  assert.ok(both.evidence.notes.includes('contradictions'));
  const copies = await scorer.teach(lesson({ pictures: Array.from({ length: 12 }, (_, at) => ({ ...pictures[at % 2], name: `copy ${at}` })), labels: stars(12) }));
  assert.deepEqual([copies.evidence.notes, copies.evidence.folds], [['near-copies'], 2]); // all copies of one lie in one fold
});

test('raters are averaged, and their agreement is the ceiling', async () => {
  const labels = stars().flatMap(({ picture, label }) => [{ picture, label, rater: 'a' }, { picture, label: Math.min(5, label + picture % 2), rater: 'b' }]);
  const { evidence } = await scorer.teach(lesson({ labels }));
  assert.equal(evidence.raters.count, 2);
  assert.ok(evidence.raters.agreement > 0.8 && evidence.raters.agreement < 1);
  assert.equal(evidence.labels, 80);
});

test('groups are compared, and can be weighed equally', async () => {
  const grouped = pictures.map((one, at) => ({ ...one, group: at % 4 === 0 ? 'few' : 'many' }));
  const { evidence } = await scorer.teach(lesson({ pictures: grouped }));
  assert.deepEqual(evidence.groups.map(({ group, pictures: count }) => [group, count]), [['few', 10], ['many', 30]]);
  for (const { difference, low, high } of evidence.groups) assert.ok(low <= difference && difference <= high);
  const equal = await scorer.teach(lesson({ pictures: grouped, equalGroups: true }));
  assert.equal(equal.evidence.equal_groups, true);
  assert.notEqual(await bytesOf(equal), await bytesOf(await scorer.teach(lesson({ pictures: grouped }))));
});

test('what makes no sense is refused by a sentence, and the trait that was there stays', async () => {
  await scorer.teach(lesson());
  const before = (await scorer.score(warm[0].source)).scores.warmth;
  const some = stars();
  const nan = pictures.slice();
  nan[3] = { ...nan[3], features: nan[3].features.map(() => NaN) };
  const wrong = [
    [{ labels: [] }, 'too-few-labels', /no label/], [{ labels: stars(1) }, 'too-few-labels', /one label/],
    [{ labels: undefined, pairs: [] }, 'too-few-labels', /no pair/],
    [{ labels: [...some, { picture: 48, label: 1 }] }, 'lesson-invalid', /Label 40 names picture 48.*has 48/],
    [{ labels: [...some, { picture: 1.5, label: 1 }] }, 'lesson-invalid', /names picture 1\.5/],
    [{ labels: [...some, { picture: 1, label: NaN }] }, 'lesson-invalid', /Label 40 is NaN/],
    [{ labels: [...some, { picture: 1, label: '4' }] }, 'lesson-invalid', /finite/],
    [{ labels: [...some, { picture: 1, label: 6 }] }, 'lesson-invalid', /outside of the lesson's scale/],
    [{ pairs: [{ better: 0, worse: 1 }] }, 'lesson-invalid', /labels or pairs/],
    [{ labels: undefined, pairs: [{ better: 2, worse: 2 }] }, 'lesson-invalid', /with itself/],
    [{ labels: undefined, pairs: [{ better: 2, worse: 99 }] }, 'lesson-invalid', /Pair 0 names picture 99/],
    [{ id: 'beauty' }, 'lesson-invalid', /task 'beauty' of its own/], [{ id: 'a b' }, 'lesson-invalid', /id/], [{ id: 'constructor' }, 'lesson-invalid', /every object/],
    [{ kind: 'embedding' }, 'lesson-invalid', /kind/], [{ pictures: nan }, 'lesson-invalid', /features of 'picture 3'/], [{ pictures: [] }, 'lesson-invalid', /two pictures/],
    [{ pictures: pictures.map(({ name }) => ({ name })) }, 'lesson-invalid', /neither features nor a source/],
    [{ scale: [5, 1] }, 'lesson-invalid', /scale/], [{ folds: 1 }, 'lesson-invalid', /folds/], [{ rank: 65 }, 'lesson-invalid', /rank/], [{ seed: -1 }, 'lesson-invalid', /seed/],
    [{ depth: { last: 5 } }, 'lesson-invalid', /depth/], [{ depth: 'all', pictures: pictures.map((one) => ({ ...one, source: undefined })) }, 'lesson-invalid', /source/],
    [{ preprocess: { ...scorer.tasks[1].preprocess, views: { center: 32 } } }, 'lesson-invalid', /size 32/],
    [{ kind: 'classes', labels: stars(), classes: ['1', '2'], scale: undefined }, 'lesson-invalid', /none of the lesson's classes/],
    [{ kind: 'classes', labels: stars(), classes: '12345', scale: undefined }, 'lesson-invalid', /classes must be a list of 1 to 256/],
    [{ kind: 'classes', labels: stars(), classes: ['1', {}], scale: undefined }, 'lesson-invalid', /classes\[1\] must be a text/],
    [{ kind: 'classes', labels: [...some, { picture: 1, label: {} }], scale: undefined }, 'lesson-invalid', /Label 40 must be a text of/],
    [{ labels: [...some, { picture: 1, label: 4, rater: {} }] }, 'lesson-invalid', /rater must be a text/],
    [{ labels: undefined, pairs: [{ better: 0, worse: 1, tie: 'no' }] }, 'lesson-invalid', /pairs\[0\]\.tie must be true or false, not "no"/],
    [{ equalGroups: 'false' }, 'lesson-invalid', /equalGroups must be true or false/], [{ date: new Date(0) }, 'lesson-invalid', /date must be a text/], [{ title: true }, 'lesson-invalid', /title/],
    [{ title: Object.fromEntries(Array.from({ length: 51 }, (_, at) => [`x${'abcdefgh'[at >> 3]}${'abcdefgh'[at & 7]}`, 'X'])) }, 'lesson-invalid', /title has more than .* 50 languages/],
    [{ pictures: pictures.map((one) => ({ ...one, group: ['a'] })) }, 'lesson-invalid', /group must be a text, not \["a"\]/],
  ];
  for (const [changes, code, sentence] of wrong) await refused(changes, code, sentence);
  await assert.rejects(scorer.teach(null), { code: 'lesson-invalid' });
  assert.deepEqual((await scorer.score(warm[0].source)).scores.warmth, before);
});

test('a cancelled lesson leaves what was there, at whatever stage', async () => {
  await scorer.teach(lesson());
  const before = (await scorer.score(warm[0].source)).scores.warmth;
  const unseen = pictures.map(({ name, source }) => ({ name, source }));
  for (const [changes, phase] of [[{ pictures: unseen }, 'looking'], [{}, 'fitting'], [{ depth: { last: 1 }, epochs: 1 }, 'training']]) {
    const controller = new AbortController();
    const onProgress = (told) => { if (told.phase === phase) controller.abort(); };
    await assert.rejects(scorer.teach(lesson({ seed: 3, ...changes }), { signal: controller.signal, onProgress }), { code: 'aborted', name: 'AbortError' }, phase);
  }
  assert.deepEqual((await scorer.score(warm[0].source)).scores.warmth, before);
  await assert.rejects(scorer.teach(lesson(), { onProgress: () => { throw new Error('mine'); } }), /mine/);
});

test('a lesson that is cancelled at any moment leaves no trait behind', async () => {
  let cancelled = 0;
  for (let delay = 0; delay < 120; delay += 3) {
    const controller = new AbortController();
    setTimeout(() => controller.abort(), delay);
    const outcome = await scorer.teach(lesson({ id: 'passing' }), { signal: controller.signal }).then(() => 'taught', ({ code }) => code);
    if (outcome === 'taught') {
      await scorer.removeTask('passing');
      continue;
    }
    assert.equal(outcome, 'aborted');
    cancelled += 1;
    await assert.rejects(scorer.removeTask('passing'), { code: 'unknown-task' }, `after ${delay} ms`);
    assert.ok(scorer.traits.every(({ task }) => task.id !== 'passing'));
  }
  assert.ok(cancelled > 0);
});

test('a worker that dies amid a lesson takes no trait with it', async () => {
  const own = await Scorer.load(model.folder, { threads: 1 });
  const worker = workers.at(-1);
  await own.teach(lesson());
  const added = await own.teach(lesson({ id: 'second', seed: 2 }));
  const expected = (await own.score(warm[0].source)).scores;
  const onProgress = ({ phase }) => { if (phase === 'training') worker.terminate(); };
  await assert.rejects(own.teach(lesson({ seed: 4, depth: { last: 1 }, epochs: 1 }), { onProgress }), { code: 'worker-died' });
  assert.deepEqual((await own.score(warm[0].source)).scores, expected);
  assert.deepEqual(own.traits.map(({ task }) => task.id), ['warmth', 'second']);
  assert.equal(await bytesOf(own.traits[1]), await bytesOf(added));
  own.dispose();
});

test('a trait that is taught again takes no more memory, however often', async () => {
  await scorer.teach(lesson());
  await scorer.teach(lesson({ seed: 2 }));
  const { memory } = (await scorer.score(warm[0].source)).engine;
  for (let times = 0; times < 150; times += 1) await scorer.teach(lesson({ labels: stars(5 + times % 3), seed: times }));
  assert.equal((await scorer.score(warm[0].source)).engine.memory, memory);
});

test('sixteen traits fit; the seventeenth is refused and one can still be exchanged', async () => {
  const own = await Scorer.load(model.folder, { threads: 1 });
  for (let at = 0; at < 16; at += 1) await own.teach(lesson({ id: `trait-${at}`, labels: stars(4) }));
  const told = [];
  await assert.rejects(own.teach(lesson({ id: 'one-more', labels: stars(4) }), { onProgress: (progress) => told.push(progress) }), { code: 'too-many-traits' });
  assert.deepEqual(told, [], 'before anything is done');
  await own.teach(lesson({ id: 'trait-3', labels: stars(5) }));
  assert.equal(own.tasks.length, 19);
  await own.removeTask('trait-0');
  await own.teach(lesson({ id: 'one-more', labels: stars(4) }));
  own.dispose();
});

test('5,000 labels are taken', async () => {
  const many = Array.from({ length: 5000 }, (_, at) => ({ picture: at % 48, label: starsOf(warm[at % 48]), rater: `r${Math.floor(at / 48)}` }));
  const { evidence } = await scorer.teach(lesson({ labels: many }));
  assert.deepEqual([evidence.labels, evidence.pictures, evidence.raters.count], [5000, 48, 105]);
});

test('figures, file and range are of what was judged, whatever other pictures are there', async () => {
  const few = lesson({ pictures: pictures.slice(0, 42) });
  const expected = await scorer.teach(few);
  const more = await scorer.teach(lesson());
  assert.deepEqual(more.evidence, expected.evidence);
  assert.equal(await bytesOf(more), await bytesOf(expected));
  assert.deepEqual(more.predictions.slice(0, 42), expected.predictions);
  const pairs = pairsOf(warm.slice(0, 30));
  const ordered = (some) => scorer.teach(lesson({ pictures: some, labels: undefined, scale: undefined, pairs }));
  assert.equal(await bytesOf(await ordered(pictures)), await bytesOf(await ordered(pictures.slice(0, 30))));
});

test('a table of groups has the largest ones, and the file with them can be read', async () => {
  const random = seededRandom(6);
  const crowd = Array.from({ length: 600 }, (_, at) => ({ name: `picture ${at}`, features: pictures[at % 48].features.map((value) => value + random() - 0.5), group: `group ${at % 110}` }));
  const taught = await scorer.teach(lesson({ pictures: crowd, labels: crowd.map((_, picture) => ({ picture, label: starsOf(warm[picture % 48]) })) }));
  const names = taught.evidence.groups.map(({ group }) => group);
  assert.deepEqual([names.length, names], [100, names.slice().sort()]);
  assert.ok(taught.evidence.groups.filter(({ pictures: count }) => count === 6).length === 50); // 600 = 50 · 6 + 60 · 5
  assert.deepEqual((await scorer.addTask(await taught.toFile())).evidence, taught.evidence);
});

test('features of another window are taken', async () => {
  const Foreign = runInNewContext('Float32Array');
  const foreign = pictures.map((one) => ({ ...one, features: Foreign.from(one.features) }));
  assert.equal(await bytesOf(await scorer.teach(lesson({ pictures: foreign }))), await bytesOf(await scorer.teach(lesson())));
});

/** As a page's framework watches an object: by proxies all the way down. */
const watched = (value) => (typeof value === 'object' && value !== null ? new Proxy(value, { get: (from, name) => watched(Reflect.get(from, name)) }) : value);

test('preprocessing that a page watches is taken; what is no data is refused, by the call that has it', async () => {
  const { preprocess } = scorer.tasks[1];
  assert.equal(await bytesOf(await scorer.teach(lesson({ preprocess: watched(preprocess) }))), await bytesOf(await scorer.teach(lesson({ preprocess }))));
  const [{ source, features }] = pictures;
  assert.deepEqual(await scorer.features(source, { preprocess: watched(preprocess) }), features);
  const circular = { ...preprocess };
  circular.mean = circular;
  for (const [wrong, sentence] of [[circular, /plain data/], [{ ...preprocess, mean: () => 0 }, /mean/]]) {
    await refused({ preprocess: wrong }, 'lesson-invalid', sentence);
    await assert.rejects(scorer.features(source, { preprocess: wrong }), (error) => error.code === 'bad-argument' && sentence.test(error.message));
  }
});

/** A file of so many bytes that it is not even read. */
const huge = () => Object.defineProperty(new Blob(['x']), 'size', { value: 2 ** 30 });

test('only sources that will be read are copied, and what is wrong with one is told as of the others', async () => {
  const [one, other, third] = pictures;
  const checked = (depth, judged = 2) => ({ depth, pictures: [one, other, { ...third, features: null }], labels: Array.from({ length: judged }, (_, picture) => ({ picture })), pairs: null });
  const given = (last) => [one, other, { ...third, source: last }];
  assert.deepEqual(sourcesOf(given(third.source), checked(0)).map((source) => source?.data.length ?? null), [null, null, third.source.data.length]);
  const copies = sourcesOf(given(third.source), checked(1));
  for (const [at, { source }] of [one, other, third].entries()) assert.ok(copies[at].data !== source.data && copies[at].data.length === source.data.length);
  const unjudged = sourcesOf(given(huge()), checked(0));
  assert.throws(() => toSend(unjudged[2]), { code: 'picture-too-large' });
  assert.throws(() => sourcesOf(given(huge()), checked(0, 3)), ({ code, picture, message }) => code === 'picture-too-large' && picture === 2 && message.startsWith('picture 2: '));
});

for (const depth of ['head', { last: 1 }]) {
  test(`a file of more than a gigabyte that nobody judged costs only itself, depth ${JSON.stringify(depth)}`, async () => {
    const large = lesson({ depth, epochs: 1, folds: 2, labels: stars(10), pictures: [...pictures.slice(0, 10), { name: 'large', source: huge() }] });
    assert.ok((await scorer.teachingNeeds(large)).fits);
    const { unread, predictions } = await scorer.teach(large);
    assert.deepEqual([unread.map(({ picture, error }) => [picture, error.picture, error.code]), predictions[10]], [[[10, 10, 'picture-too-large']], null]);
    await assert.rejects(scorer.teach({ ...large, labels: [...large.labels, { picture: 10, label: 3 }] }), { code: 'picture-too-large', picture: 10 });
  });
}

/** A lesson from pictures themselves, with files that are none before, among and behind those that are judged. */
const withUnread = (changes = {}) => {
  const sources = warm.slice(0, 14).map((one, at) => ({ name: `warm ${at}`, source: one.source }));
  const bad = (at) => ({ name: `bad ${at}`, source: new Blob(['x']) });
  const pictures = [bad(0), ...sources.slice(0, 6), bad(7), ...sources.slice(6, 13), bad(15), sources[13]];
  const judged = [...pictures.keys()].filter((at) => ![0, 7, 15, 16].includes(at));
  return { judged, ...lesson({ pictures, labels: judged.map((picture) => ({ picture, label: 1 + picture % 5 })), ...changes }) };
};
const twin = ({ judged, ...given }) => {
  const places = [...given.pictures.keys()].filter((at) => ![0, 7, 15].includes(at));
  const among = (at) => places.indexOf(at);
  return { places, ...given, pictures: places.map((at) => given.pictures[at]), labels: given.labels.map(({ picture, label }) => ({ picture: among(picture), label })) };
};

for (const depth of ['head', { last: 1 }]) {
  test(`a picture that nobody judged and that cannot be read costs only itself, depth ${JSON.stringify(depth)}`, async () => {
    const { judged, ...given } = withUnread({ depth, epochs: 2 });
    const { places, ...without } = twin({ judged, ...given });
    const told = [];
    const taught = await scorer.teach(given, { onProgress: (progress) => told.push(progress) });
    const expected = await scorer.teach(without);
    assert.equal(await bytesOf(taught), await bytesOf(expected), 'the trait of the others alone');
    for (const member of ['predictions', 'heldOut', 'uncertainty']) {
      assert.deepEqual(taught[member], Array.from(given.pictures, (_, at) => (places.includes(at) ? expected[member][places.indexOf(at)] : null)), member);
    }
    assert.deepEqual(taught.next.pictures, [16]);
    assert.deepEqual(taught.unread.map(({ picture, error }) => [picture, error.picture, error.code, error.message.split(':')[0]]),
      [0, 7, 15].map((at) => [at, at, 'unsupported-format', `bad ${at}`]));
    const early = told.find(({ predictions }) => predictions)?.predictions;
    assert.deepEqual(early.map((each) => each === null), given.pictures.map((_, at) => !places.includes(at)));
    assert.deepEqual(expected.unread, []);
  });
}

test('a judged picture that cannot be read ends the lesson, and the error says which one it is', async () => {
  const given = withUnread();
  const labels = [...given.labels, { picture: 7, label: 3 }];
  await assert.rejects(scorer.teach({ ...given, labels }), ({ code, picture, message }) => {
    assert.deepEqual([code, picture, message.split(':')[0]], ['unsupported-format', 7, 'bad 7']);
    return true;
  });
  const { unread } = await scorer.teach(lesson({ pictures: [{ name: 'good', source: warm[0].source }, { name: 'bad', source: new Blob(['x']) }], labels: [{ picture: 0, label: 3 }, { picture: 0, label: 4 }] }));
  assert.deepEqual(unread.map(({ picture }) => picture), [1], 'also where one alone is left');
});
