/** The library in Node: results, order, cancelling, failures, and what is left afterwards. */
import assert from 'node:assert/strict';
import { existsSync, openAsBlob, readdirSync } from 'node:fs';
import { cp, mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, before, beforeEach, test } from 'node:test';
import { setTimeout as sleep } from 'node:timers/promises';
import { workers } from '../support/watched-workers.mjs';
import { PerceptError, Scorer } from '../../web/lib/percept.js';
import { BROKEN, GOOD_JPEG, AVIF_HEAD } from '../support/broken-pictures.mjs';
import { GRID_VIEWS, LABELS, flipBit, makeSeededModel, shardPaths } from '../support/seeded-model.mjs';

let model;
let scorer;
let work;
before(async () => {
  work = await mkdtemp(join(tmpdir(), 'percept-scorer-'));
  model = await makeSeededModel();
  scorer = await Scorer.load(model.folder, { threads: 1 });
});
after(async () => {
  scorer.dispose();
  await model.remove();
  await rm(work, { recursive: true });
});
beforeEach(() => {
  workers.length = 0;
});

const jpeg = () => new Blob([GOOD_JPEG], { type: 'image/jpeg' });
const pixels = (width, height) => ({
  width, height, data: Uint8ClampedArray.from({ length: width * height * 4 }, (_, at) => (at * 7919) >>> 3),
});
const isCoded = (code) => (error) => {
  assert.ok(error instanceof PerceptError, error.stack);
  assert.equal(error.code, code, error.message);
  assert.match(error.message, /\w.*\.$/);
  return true;
};

test('a result has the shape that percept.d.ts promises', async () => {
  const progress = [];
  const result = await scorer.score(jpeg(), { embedding: true, onProgress: (each) => progress.push(each) });
  const { quality, emotion, beauty } = result.scores;
  assert.deepEqual(Object.keys(result.scores), ['quality', 'emotion', 'beauty']);
  assert.equal(quality.views.length, GRID_VIEWS);
  const mean = quality.views.reduce((sum, [value]) => sum + value, 0) / GRID_VIEWS;
  const deviation = Math.sqrt(quality.views.reduce((sum, [value]) => sum + (value - mean) ** 2, 0) / (GRID_VIEWS - 1));
  assert.equal(quality.raw[0], mean);
  assert.ok(Math.abs(quality.value - (mean + 4) / 8) < 1e-12);
  assert.ok(Math.abs(quality.standardError - deviation / Math.sqrt(GRID_VIEWS) / 8) < 1e-9);
  assert.equal(emotion.label, LABELS[emotion.raw.indexOf(Math.max(...emotion.raw))]);
  assert.ok(Math.abs(emotion.probabilities.reduce((sum, each) => sum + each) - 1) < 1e-6);
  assert.equal(beauty.standardError, null);
  assert.equal(beauty.views.length, 1);
  assert.deepEqual(beauty.views[0], beauty.raw);
  assert.equal(result.embedding.length, 128);
  assert.deepEqual(result.picture, { width: 61, height: 43, decoder: 'percept', damaged: false });
  assert.deepEqual(result.engine, scorer.engine);
  const computing = progress.filter(({ phase }) => phase === 'computing');
  assert.deepEqual(computing.at(-1), { phase: 'computing', done: GRID_VIEWS + 2, total: GRID_VIEWS + 2 });
});

test('several heads on one pass give what each gives alone', async () => {
  const { scores } = await scorer.score(jpeg());
  for (const id of ['quality', 'emotion', 'beauty']) {
    const alone = await scorer.score(jpeg(), { tasks: [id] });
    assert.deepEqual(alone.scores, { [id]: scores[id] });
  }
});

test('heads share passes of several batches', async () => {
  const folder = join(work, 'wide');
  await cp(model.folder, folder, { recursive: true });
  const manifest = JSON.parse(await readFile(join(folder, 'model.json'), 'utf8'));
  const wide = { ...manifest.tasks[0].preprocess, views: { grid: [9, 9], size: 64 } };
  for (const task of manifest.tasks) if (!task.adapter) task.preprocess = wide;
  await writeFile(join(folder, 'model.json'), JSON.stringify(manifest));
  const fresh = await Scorer.load(folder, { threads: 2 });
  const steps = [];
  const onProgress = ({ phase, done }) => { if (phase === 'computing') steps.push(done); };
  const { scores } = await fresh.score(jpeg(), { tasks: ['emotion', 'beauty'], onProgress });
  assert.ok(steps.length > 1 && steps.at(-1) === 81, `one pass of several batches: ${steps}`);
  assert.equal(new Set(scores.beauty.views.flat()).size, 81);
  for (const id of ['emotion', 'beauty']) assert.deepEqual((await fresh.score(jpeg(), { tasks: [id] })).scores[id], scores[id]);
  fresh.dispose();
});

test('embed gives the embedding of the first task\'s first view, without its adapter', async () => {
  const { embedding } = await scorer.embed(jpeg());
  assert.deepEqual(embedding, (await scorer.score(jpeg(), { embedding: true })).embedding);
  const ofEmotion = await scorer.embed(jpeg(), { tasks: ['emotion'] });
  assert.notDeepEqual(embedding, ofEmotion.embedding);
  assert.deepEqual(ofEmotion.embedding, (await scorer.score(jpeg(), { tasks: ['emotion'], embedding: true })).embedding);
  assert.equal('scores' in ofEmotion, false);
});

test('every build and thread count gives the same bits', async () => {
  const expected = await scorer.score(jpeg(), { embedding: true });
  const settings = [{ variant: 'reference' }, { variant: 'simd128', threads: 1 }, ...[2, 3, 8].map((threads) => ({ threads }))];
  for (const setting of settings) {
    const other = await Scorer.load(model.folder, setting);
    assert.equal(other.engine.threads, setting.threads ?? 1);
    const result = await other.score(jpeg(), { embedding: true });
    other.dispose();
    assert.deepEqual(result.scores, expected.scores, JSON.stringify(setting));
    assert.deepEqual(result.embedding, expected.embedding, JSON.stringify(setting));
  }
});

test('f16 and f32 models of the same numbers agree, and q8 is near', async () => {
  const results = {};
  for (const outtype of ['f32', 'f16']) {
    const made = await makeSeededModel(outtype);
    const loaded = await Scorer.load(made.folder, { threads: 2 });
    results[outtype] = await loaded.score(jpeg(), { embedding: true });
    loaded.dispose();
    await made.remove();
  }
  const q8 = await scorer.score(jpeg(), { embedding: true });
  const norm = (a) => Math.hypot(...a);
  const cosine = (a, b) => a.reduce((sum, value, at) => sum + value * b[at], 0) / norm(a) / norm(b);
  assert.ok(cosine(results.f32.embedding, results.f16.embedding) > 0.99999);
  assert.ok(cosine(results.f32.embedding, q8.embedding) > 0.99);
});

test('pixels, addresses and files are pictures', async () => {
  const { picture } = await scorer.score(pixels(100, 70), { tasks: ['beauty'] });
  assert.deepEqual(picture, { width: 100, height: 70, decoder: 'none', damaged: false });
  const url = new URL('../golden/pictures/jpeg-420.jpg', import.meta.url);
  const expected = (await scorer.score(jpeg())).scores;
  assert.deepEqual((await scorer.score(url)).scores, expected);
  await assert.rejects(scorer.score(new URL('none.jpg', url)), isCoded('unreadable-picture'));
  for (const wrong of [undefined, null, 3, {}, { width: 2, height: 2, data: new Uint8ClampedArray(3) }]) {
    await assert.rejects(scorer.score(wrong), isCoded('bad-argument'));
  }
});

test('pixels are scored as they were when the call was made, and stay the caller\'s', async () => {
  const expectedOfGrey = (await scorer.score(pixels(32, 32), { tasks: ['beauty'] })).scores;
  const shared = new Uint8ClampedArray(1 << 20);
  const picture = { width: 32, height: 32, data: shared.subarray(64, 64 + 32 * 32 * 4) };
  picture.data.set(pixels(32, 32).data);
  const calls = [scorer.score(jpeg()), scorer.score(picture, { tasks: ['beauty'] })];
  picture.data.fill(200);
  const [, { scores }] = await Promise.all(calls);
  assert.deepEqual(scores, expectedOfGrey);
  assert.equal(shared.length, 1 << 20);
  const given = scorer.score(picture, { tasks: ['beauty'] });
  structuredClone(shared, { transfer: [shared.buffer] });
  assert.notDeepEqual((await given).scores, expectedOfGrey);
});

test('a picture whose bytes never come holds up nobody once it is given up', async () => {
  class Endless extends Blob {
    arrayBuffer() { return new Promise(() => {}); }
  }
  const own = await Scorer.load(model.folder, { threads: 1 });
  const controller = new AbortController();
  const first = own.score(new Endless(['x']), { signal: controller.signal });
  const second = own.score(jpeg(), { tasks: ['beauty'] });
  setTimeout(() => controller.abort(), 20);
  await assert.rejects(first, isCoded('aborted'));
  assert.deepEqual(Object.keys((await second).scores), ['beauty']);
  const calls = [own.score(new Endless(['x'])), own.score(jpeg())];
  setTimeout(() => own.dispose(), 20);
  for (const call of calls) await assert.rejects(call, isCoded('disposed'));
});

test('what cannot hold a folder is no address of a model', async () => {
  for (const url of ['data:application/json,{}', 'blob:nodedata:1', 'javascript:0', 'mailto:x@example.org']) { // eslint-disable-line no-script-url -- it is refused
    await assert.rejects(Scorer.load(url), isCoded('bad-argument'), url);
  }
});

test('file: addresses that tell no path are refused at once', async () => {
  for (const url of ['file://host/x.jpg', 'file:///a%2Fb.jpg', new URL('file:///a%2Fb.jpg')]) {
    await assert.rejects(scorer.score(url), isCoded('bad-argument'), String(url));
    await assert.rejects(scorer.addTask(url), isCoded('bad-argument'), String(url));
    await assert.rejects(Scorer.load(url), isCoded('bad-argument'), String(url));
  }
  assert.equal(workers.length, 0);
});

test('lists that a framework watches are lists', async () => {
  const watched = (list) => new Proxy(list, {});
  const { scores } = await scorer.score(jpeg(), { tasks: watched(['beauty']) });
  assert.deepEqual(Object.keys(scores), ['beauty']);
  const { grid } = await scorer.explain(jpeg(), { task: 'beauty', grid: watched([2, 2]) });
  assert.deepEqual(grid, [2, 2]);
  await assert.rejects(Scorer.load(watched([new File([], 'a.txt')])), isCoded('not-found'));
});

for (const { name, bytes, code } of BROKEN) {
  test(`${name} fails as ${code}, and the next picture works`, async () => {
    await assert.rejects(scorer.score(new Blob([bytes])), isCoded(code));
    assert.ok((await scorer.score(jpeg())).scores.quality);
  });
}

test('a Blob that stands for a file is a picture, until the file is gone', async () => {
  const path = join(work, 'picture.jpg');
  await writeFile(path, GOOD_JPEG);
  const picture = await openAsBlob(path);
  assert.deepEqual((await scorer.score(picture)).scores, (await scorer.score(jpeg())).scores);
  await rm(path);
  await assert.rejects(scorer.score(picture), isCoded('unreadable-picture'));
});

test('formats that only a browser decodes get their own code', () => (
  assert.rejects(scorer.score(new Blob([AVIF_HEAD])), isCoded('unsupported-here'))
));

test('calls made at once are answered in order', async () => {
  const order = [];
  const sizes = [90, 70, 80, 100];
  const results = await Promise.all(sizes.map(async (size) => {
    const { picture } = await scorer.score(pixels(size, size), { tasks: ['quality'] });
    order.push(picture.width);
    return picture.width;
  }));
  assert.deepEqual(order, sizes);
  assert.deepEqual(results, sizes);
});

test('a cancelled call rejects at once, before, while waiting and while computing', async () => {
  await assert.rejects(scorer.score(jpeg(), { signal: AbortSignal.abort() }), isCoded('aborted'));

  const running = scorer.score(jpeg());
  const waiting = new AbortController();
  const queued = scorer.score(jpeg(), { signal: waiting.signal });
  waiting.abort();
  await assert.rejects(queued, { name: 'AbortError', code: 'aborted' });
  assert.ok((await running).scores);

  const computing = new AbortController();
  const stopped = scorer.score(jpeg(), {
    signal: computing.signal,
    onProgress: ({ phase }) => { if (phase === 'computing') computing.abort(); },
  });
  const next = scorer.score(pixels(90, 90), { tasks: ['beauty'] });
  await assert.rejects(stopped, isCoded('aborted'));
  assert.equal((await next).picture.width, 90);
});

test('no progress is told of a call that was cancelled', async () => {
  const fresh = await Scorer.load(model.folder, { threads: 1 });
  const controller = new AbortController();
  const told = [];
  const call = fresh.score(jpeg(), { signal: controller.signal, onProgress: ({ phase }) => told.push(phase) });
  await sleep(0);
  const tell = (phase) => workers[0].emit('message', { type: 'progress', id: 2, progress: { phase, done: 0, total: 1 } });
  tell('before');
  controller.abort();
  tell('after');
  await assert.rejects(call, isCoded('aborted'));
  assert.ok(told.includes('before') && !told.includes('after'), String(told));
  fresh.dispose();
});

test('loading can be cancelled and leaves no worker', async () => {
  await assert.rejects(Scorer.load(model.folder, { signal: AbortSignal.abort() }), isCoded('aborted'));
  assert.equal(workers.length, 0);
  const controller = new AbortController();
  const loading = Scorer.load(model.folder, {
    signal: controller.signal,
    onProgress: ({ phase }) => { if (phase === 'downloading') controller.abort(); },
  });
  await assert.rejects(loading, isCoded('aborted'));
  await waitFor(() => workers.every(({ threadId }) => threadId === -1), 'the worker ended');
});

test('unknown tasks and wrong options are refused', async () => {
  await assert.rejects(scorer.score(jpeg(), { tasks: ['nothing'] }), isCoded('unknown-task'));
  await assert.rejects(scorer.score(jpeg(), { tasks: [] }), isCoded('bad-argument'));
  await assert.rejects(Scorer.load(model.folder, { threads: 0 }), isCoded('bad-argument'));
  await assert.rejects(Scorer.load(model.folder, { variant: 'fast' }), isCoded('bad-argument'));
  await assert.rejects(Scorer.load('/no/such/folder'), isCoded('not-found'));
});

test('one flipped bit of the base refuses the model, of an adapter its task alone', async () => {
  const [base] = await shardPaths(model.folder, 'base');
  await flipBit(base, 2_000_000);
  await assert.rejects(Scorer.load(model.folder), isCoded('weights-corrupt'));
  await flipBit(base, 2_000_000);

  const [adapter] = await shardPaths(model.folder, 'quality');
  const fresh = await Scorer.load(model.folder, { threads: 1 });
  await flipBit(adapter, 50_000);
  await assert.rejects(fresh.score(jpeg(), { tasks: ['quality'] }), isCoded('weights-corrupt'));
  assert.ok((await fresh.score(jpeg(), { tasks: ['beauty'] })).scores.beauty);
  await flipBit(adapter, 50_000);
  const { scores } = await fresh.score(jpeg(), { tasks: ['quality'] });
  assert.deepEqual(scores, (await scorer.score(jpeg(), { tasks: ['quality'] })).scores);
  fresh.dispose();
});

test('a worker that dies rejects its call, and the next call starts another', async () => {
  const fresh = await Scorer.load(model.folder, { threads: 3 });
  const expected = (await fresh.score(jpeg())).scores;
  const first = workers.splice(0);
  const lost = fresh.score(jpeg());
  await sleep(0);
  const kept = fresh.score(jpeg());
  first[0].terminate();
  await assert.rejects(lost, isCoded('worker-died'));
  assert.deepEqual((await kept).scores, expected);
  assert.equal(workers.length, 3);
  await waitFor(() => first.every(({ threadId }) => threadId === -1), 'the dead worker\'s threads ended');
  fresh.dispose();
});

test('a model that has changed is not taken in place of the one that was loaded', async () => {
  const folder = join(work, 'changing');
  await cp(model.folder, folder, { recursive: true });
  const manifest = await readFile(join(folder, 'model.json'), 'utf8');
  const fresh = await Scorer.load(folder, { threads: 1 });
  const expected = (await fresh.score(jpeg())).scores;
  await workers[0].terminate();
  await writeFile(join(folder, 'model.json'), JSON.stringify({ ...JSON.parse(manifest), name: 'Another' }));
  await assert.rejects(fresh.score(jpeg()), isCoded('manifest-integrity'));
  await assert.rejects(fresh.score(jpeg()), isCoded('manifest-integrity'));
  assert.equal(fresh.manifest.name, JSON.parse(manifest).name);
  await writeFile(join(folder, 'model.json'), manifest);
  assert.deepEqual((await fresh.score(jpeg())).scores, expected);
  fresh.dispose();
  await waitFor(() => workers.every(({ threadId }) => threadId === -1), 'those that loaded another model ended');
});

test('a trap throws the worker away', async () => {
  const fresh = await Scorer.load(model.folder, { threads: 1 });
  const lost = fresh.score(jpeg());
  await sleep(0);
  workers[0].emit('message', { type: 'error', id: 2, error: { code: 'engine-trap', message: 'The engine stopped.' }, broken: true });
  await assert.rejects(lost, isCoded('engine-trap'));
  assert.ok((await fresh.score(jpeg())).scores);
  assert.equal(workers.length, 2);
  await waitFor(() => workers[0].threadId === -1, 'the broken worker ended');
  fresh.dispose();
});

test('dispose ends the worker and its threads, and rejects what is in flight', {
  skip: !existsSync('/proc/self/task') && 'threads are counted in /proc, which this system lacks',
}, async () => {
  const threads = () => readdirSync('/proc/self/task').length;
  let earlier;
  do { // until the workers of earlier tests are gone
    earlier = threads();
    await sleep(200);
  } while (threads() < earlier);
  const fresh = await Scorer.load(model.folder, { threads: 4 });
  assert.ok(threads() >= earlier + 4);
  const lost = assert.rejects(fresh.score(jpeg()), isCoded('disposed'));
  const waiting = assert.rejects(fresh.score(jpeg()), isCoded('disposed'));
  await sleep(0);
  fresh.dispose();
  await lost;
  await waiting;
  await assert.rejects(fresh.score(jpeg()), isCoded('disposed'));
  await waitFor(() => threads() <= earlier, () => `${threads()} threads where there were ${earlier}`);
});

async function waitFor(condition, what) {
  for (const deadline = performance.now() + 5000; !condition();) {
    assert.ok(performance.now() < deadline, typeof what === 'string' ? `never: ${what}` : what());
    await sleep(20);
  }
}
