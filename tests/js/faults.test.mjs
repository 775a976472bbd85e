/** Faults put in while the library works, in Node: every promise settles, in order, and nothing is left behind. */
import assert from 'node:assert/strict';
import { readFile, readdir } from 'node:fs/promises';
import { join } from 'node:path';
import { after, before, beforeEach, test } from 'node:test';
import { setTimeout as sleep } from 'node:timers/promises';
import { allWorkersEnd, faults, inTime, workers } from '../support/watched-workers.mjs';
import { PerceptError, Scorer } from '../../web/lib/percept.js';
import { mayCrash } from '../../web/lib/platform/node.js';
import { serveLies } from '../fuzz/lying-server.mjs';
import { BROKEN, GOOD_JPEG } from '../support/broken-pictures.mjs';
import { makeSeededModel } from '../support/seeded-model.mjs';

let model;
let expected;
before(async () => {
  model = await makeSeededModel();
  const scorer = await Scorer.load(model.folder, { threads: 1 });
  expected = (await scorer.score(jpeg())).scores;
  scorer.dispose();
});
after(() => model.remove());
beforeEach(() => { workers.length = 0; });

const jpeg = () => new Blob([GOOD_JPEG]);
const pixels = (size) => ({ width: size, height: size, data: new Uint8ClampedArray(size * size * 4).fill(size) });

/** What a call came to: its result, or its code. What is no PerceptError, and what does not settle, fails the test. */
function outcome(promise) {
  return inTime(promise).catch((error) => {
    assert.ok(error instanceof PerceptError, error.stack);
    return error.code;
  });
}

test('hundreds of calls at once, good, broken and cancelled, settle in their order', async () => {
  const scorer = await Scorer.load(model.folder, { threads: 2 });
  const order = [];
  const calls = Array.from({ length: 240 }, (_, at) => {
    const kind = ['pixels', 'broken', 'cancelled'][at % 3];
    const controller = new AbortController();
    const picture = kind === 'broken' ? new Blob([BROKEN[at % BROKEN.length].bytes]) : pixels(64 + at % 30);
    const call = scorer.score(picture, { tasks: ['beauty'], signal: controller.signal });
    if (kind === 'cancelled') controller.abort();
    else call.then(() => order.push(at), () => order.push(at));
    return outcome(call).then((result) => ({ kind, at, result }));
  });
  for (const { kind, at, result } of await Promise.all(calls)) {
    if (kind === 'pixels') assert.equal(result.picture.width, 64 + at % 30);
    else assert.equal(result, kind === 'broken' ? BROKEN[at % BROKEN.length].code : 'aborted');
  }
  assert.deepEqual(order, order.toSorted((a, b) => a - b));
  assert.deepEqual((await scorer.score(jpeg())).scores, expected);
  scorer.dispose();
  await allWorkersEnd();
});

test('where no further worker can be started the engine computes alone', async () => {
  faults.push('', 'refused', 'refused');
  const scorer = await Scorer.load(model.folder, { threads: 2 });
  assert.equal(scorer.engine.threads, 1);
  assert.deepEqual((await scorer.score(jpeg())).scores, expected);
  scorer.dispose();
  await allWorkersEnd();
});

test('a call cancelled at any of its steps settles as aborted, and the next one is right', async () => {
  const scorer = await Scorer.load(model.folder, { threads: 1 });
  let steps = 0;
  await scorer.score(jpeg());
  await scorer.score(jpeg(), { onProgress: () => { steps += 1; } });
  assert.ok(steps >= 3);
  for (let wanted = 0; wanted < steps; wanted += 1) {
    const controller = new AbortController();
    let step = 0;
    const call = scorer.score(jpeg(), { signal: controller.signal, onProgress: () => { if (step++ === wanted) controller.abort(); } });
    assert.equal(await outcome(call), 'aborted', `step ${wanted}`);
  }
  for (let turns = 0; turns < 36; turns += 4) {
    const controller = new AbortController();
    const call = scorer.score(jpeg(), { signal: controller.signal });
    for (let turn = 0; turn < turns; turn += 1) await Promise.resolve();
    controller.abort();
    assert.equal(await outcome(call), 'aborted', `after ${turns} turns`);
  }
  assert.deepEqual((await scorer.score(jpeg())).scores, expected);
  scorer.dispose();
  await allWorkersEnd();
});

test('loading cancelled at any time settles, and leaves no worker', async () => {
  for (const delay of [0, 3, 20, 80]) {
    const controller = new AbortController();
    setTimeout(() => controller.abort(), delay);
    const loaded = await outcome(Scorer.load(model.folder, { threads: 2, signal: controller.signal }));
    if (loaded instanceof Scorer) loaded.dispose();
    else assert.equal(loaded, 'aborted');
  }
  await allWorkersEnd();
});

test('a worker killed at any time loses its own call alone', async () => {
  const scorer = await Scorer.load(model.folder, { threads: 2 });
  for (const delay of [0, 5, 25]) {
    const killed = workers.findLast(({ threadId }) => threadId !== -1 );
    const calls = Array.from({ length: 3 }, () => outcome(scorer.score(jpeg())));
    await sleep(delay);
    killed.terminate();
    const results = await Promise.all(calls);
    const lost = results.filter((result) => result === 'worker-died');
    assert.ok(lost.length <= 1, `${lost.length} calls died with one worker, after ${delay} ms`);
    for (const result of results) if (result !== 'worker-died') assert.deepEqual(result.scores, expected);
  }
  scorer.dispose();
  await allWorkersEnd();
});

test('Nodes that may crash where a worker ends are known', () => {
  for (const version of ['20.16.0', '20.20.2', '22.0.0', '22.15.1', '23.11.0']) assert.equal(mayCrash(version), true, version);
  for (const version of ['22.16.0', '24.0.0', '26.10.0']) assert.equal(mayCrash(version), false, version);
});

test('a worker, which may end at any time, compiles nothing in the background, where Node 20 would crash', async (context) => {
  const names = await readdir(model.folder);
  const files = new Map(await Promise.all(names.map(async (name) => [`/m/${name}`, await readFile(join(model.folder, name))])));
  const server = await serveLies(files, () => null);
  context.after(() => server.close());
  for (const location of [model.folder, `${server.origin}/m/`]) {
    faults.push('background', 'background');
    const scorer = await Scorer.load(location, { threads: 2 });
    assert.deepEqual((await scorer.score(jpeg())).scores, expected);
    scorer.dispose();
    await allWorkersEnd();
  }
});

/** picture_info is asked before there is a picture to blame. */
for (const fault of ['tower_forward:2', 'tower_task_finish:1', 'tower_set_normalization:1', 'picture_info:1']) {
  test(`a trap in C (${fault}) is told, and the next call has another engine`, async () => {
    faults.push(fault);
    const scorer = await Scorer.load(model.folder, { threads: 1 });
    const calls = [scorer.score(jpeg()), scorer.score(jpeg())].map(outcome);
    assert.equal(await calls[0], 'engine-trap');
    assert.deepEqual((await calls[1]).scores, expected);
    assert.equal(workers.length, 2);
    scorer.dispose();
    await allWorkersEnd();
  });
}

for (const fault of ['picture_decode:1', 'picture_resize_exact:1', 'picture_crop_grid:1']) {
  test(`a trap in the picture module (${fault}) costs one picture and no worker`, async () => {
    faults.push(fault);
    const scorer = await Scorer.load(model.folder, { threads: 1 });
    assert.equal(await outcome(scorer.score(jpeg())), 'corrupt-picture');
    assert.deepEqual((await scorer.score(jpeg())).scores, expected);
    assert.equal(workers.length, 1);
    scorer.dispose();
    await allWorkersEnd();
  });
}

test('memory that is refused, wherever it is asked for, is told as out-of-memory and asked for again', async () => {
  const codes = [];
  // The hasher's, without which the platform hashes, the trial's, the tower's, two pictures'; the first three in the order in which they compile.
  for (let at = 1; at <= 5; at += 1) {
    faults.push(`memory:${at}`);
    const scorer = await Scorer.load(model.folder, { threads: 1 }).catch((error) => error);
    if (scorer instanceof Scorer) {
      const results = [];
      for (let call = 0; call < 4; call += 1) results.push(await outcome(scorer.score(jpeg())));
      codes.push(results.find((result) => typeof result === 'string') ?? 'scored');
      assert.deepEqual(results.at(-1).scores, expected);
      assert.equal(workers.filter(({ threadId }) => threadId !== -1).length, 1);
      scorer.dispose();
    } else {
      codes.push(scorer.code);
    }
    await allWorkersEnd();
  }
  assert.deepEqual(codes.slice(3), ['out-of-memory', 'out-of-memory'], codes.join());
  assert.ok(codes.every((code) => code === 'out-of-memory' || code === 'scored'), codes.join());
});

for (const [name, message] of [['tower_reserve', /model needs \d+ MiB/], ['tower_new', /no memory for the engine/], ['picture_new', /no memory for a picture/], ['picture_input', /^/]]) {
  test(`${name} without memory is told as out-of-memory`, async () => {
    faults.push(`null:${name}`);
    const loadAndScore = async () => {
      const scorer = await Scorer.load(model.folder, { threads: 1 });
      await scorer.score(jpeg()).finally(() => scorer.dispose());
    };
    await assert.rejects(loadAndScore(), { name: 'PerceptError', code: 'out-of-memory', message });
    await allWorkersEnd();
  });
}

test('dispose in the middle rejects what is in flight, waits or comes later', async () => {
  for (const delay of [0, 5]) {
    const scorer = await Scorer.load(model.folder, { threads: 2 });
    const calls = Array.from({ length: 12 }, () => outcome(scorer.score(jpeg())));
    await sleep(delay);
    scorer.dispose();
    scorer.dispose();
    for (const result of await Promise.all(calls)) if (result !== 'disposed') assert.deepEqual(result.scores, expected);
    assert.equal(await outcome(scorer.score(jpeg())), 'disposed');
  }
  await allWorkersEnd();
});

test('a clock that runs backwards or stands still changes nothing', async () => {
  for (const step of [-1000, 0]) {
    faults.push(`clock:${step}`);
    const scorer = await outcome(Scorer.load(model.folder, { threads: 2 }));
    assert.deepEqual((await scorer.score(jpeg())).scores, expected);
    scorer.dispose();
  }
  await allWorkersEnd();
});
