/** Pictures that are read while another is computed: what they come to is the same, in the same order, whatever befalls the readers. */
import assert from 'node:assert/strict';
import { createServer } from 'node:http';
import { after, before, beforeEach, test } from 'node:test';
import { setTimeout as sleep } from 'node:timers/promises';
import { allWorkersEnd, faults, inTime, workers } from '../support/watched-workers.mjs';
import { AheadReader, readPicture } from '../../web/lib/model/read-picture.js';
import { PerceptError, Scorer } from '../../web/lib/percept.js';
import { Turns } from '../../web/lib/turns.js';
import { GOOD_JPEG } from '../support/broken-pictures.mjs';
import { listen } from '../support/listen.mjs';
import { makeSeededModel } from '../support/seeded-model.mjs';

/** Bytes behind a JPEG's end, which make its file worth reading ahead, and are not read. */
const PADDING = new Uint8Array(300 * 1024);
const heavy = () => new Blob([GOOD_JPEG, PADDING]);
const outcome = (promise) => inTime(promise).then(({ scores }) => scores, (error) => {
  assert.ok(error instanceof PerceptError, error.stack);
  return error.code;
});

let model;
let origin;
let close;
let expected;
/** Paths that were asked for. Answers of /held/… wait until `release`, those of /never are never given. */
let asked = [];
/** @type {Map<string, () => void>} */
const held = new Map();
/** Gives the answer that a path waits for. */
async function release(path) {
  for (let tries = 0; !held.has(path) && tries < 3000; tries += 1) await sleep(20);
  held.get(path)();
  held.delete(path);
}
before(async () => {
  model = await makeSeededModel();
  const server = createServer(({ url }, response) => {
    asked.push(url);
    response.on('close', () => { if (!response.writableFinished) asked.push(`gave up ${url}`); });
    if (url.startsWith('/held')) held.set(url, () => response.end(GOOD_JPEG));
    else if (!url.startsWith('/never')) response.end(url.startsWith('/broken') ? GOOD_JPEG.subarray(0, 100) : GOOD_JPEG);
  });
  ({ origin, close } = await listen(server));
  const scorer = await Scorer.load(model.folder, { threads: 1 });
  expected = (await scorer.score(new Blob([GOOD_JPEG]))).scores;
  scorer.dispose();
});
after(async () => {
  close();
  await model.remove();
});
beforeEach(async () => {
  await allWorkersEnd();
  workers.length = 0;
  asked = [];
  held.clear();
});

/** A test with a scorer of its own, of which no worker may be left. */
const withScorer = (run) => async () => {
  const scorer = await Scorer.load(model.folder, { threads: 1 });
  try {
    await run(scorer);
  } finally {
    scorer.dispose();
  }
  await allWorkersEnd();
};

/** Waits until the server was asked for so many pictures, and a little longer, for what should not come. */
async function untilAsked(count) {
  for (let tries = 0; asked.length < count && tries < 3000; tries += 1) await sleep(20);
  await sleep(200);
}

test('two pictures are read ahead of the one at work, and no more', withScorer(async (scorer) => {
  const order = [];
  const calls = Array.from({ length: 6 }, (_, at) => scorer.score(`${origin}/held/${at}`).then((result) => { order.push(at); return result; }));
  await untilAsked(3);
  assert.deepEqual(asked.toSorted(), ['/held/0', '/held/1', '/held/2']);
  for (let at = 0; at < 6; at += 1) {
    await untilAsked(Math.min(3 + at, 6));
    assert.equal(asked.length, Math.min(3 + at, 6));
    await release(`/held/${at}`);
  }
  const results = await inTime(Promise.all(calls));
  assert.deepEqual(order, [0, 1, 2, 3, 4, 5]);
  for (const { scores, picture } of results) {
    assert.deepEqual(scores, expected);
    assert.deepEqual(picture, { width: 61, height: 43, decoder: 'percept', damaged: false });
  }
  assert.equal(workers.length, 3);
}));

test('a picture alone, and those that are soon decoded, start no worker', withScorer(async (scorer) => {
  assert.deepEqual(await outcome(scorer.score(heavy())), expected);
  const light = Array.from({ length: 4 }, () => outcome(scorer.score(new Blob([GOOD_JPEG]))));
  assert.deepEqual(await Promise.all(light), new Array(4).fill(expected));
  assert.equal(workers.length, 1);
}));

test('of files so large that two decoded ones would be much memory, one worker reads one after the other', withScorer(async (scorer) => {
  const large = () => new Blob([GOOD_JPEG, new Uint8Array(8 * 2 ** 20)]);
  const calls = Array.from({ length: 4 }, () => outcome(scorer.score(large())));
  assert.deepEqual(await Promise.all(calls), new Array(4).fill(expected));
  assert.equal(workers.length, 2);
}));

test('every kind of call has the bits that it has alone', withScorer(async (scorer) => {
  const [{ preprocess }] = scorer.tasks;
  const asking = {
    score: () => scorer.score(heavy(), { embedding: true }),
    one: () => scorer.score(heavy(), { tasks: ['beauty'] }),
    embed: () => scorer.embed(heavy(), { tasks: ['emotion'] }),
    explain: () => scorer.explain(heavy(), { task: 'quality', grid: [2, 2] }),
    features: () => scorer.features(heavy(), { preprocess }),
  };
  const withoutClock = ({ milliseconds: _, ...result }) => result;
  const alone = [];
  for (const ask of Object.values(asking)) alone.push(withoutClock(await ask()));
  assert.equal(workers.length, 1);
  const atOnce = await Promise.all(Object.values(asking).map((ask) => ask()));
  assert.equal(workers.length, 3);
  assert.deepEqual(atOnce.map(withoutClock), alone);
}));

test('a picture that is no picture fails in its turn, and alone', withScorer(async (scorer) => {
  const settled = [];
  const pictures = [heavy(), new Blob([GOOD_JPEG.subarray(0, 100), PADDING]), `${origin}/broken`, `${origin}/good`];
  const calls = pictures.map((picture, at) => outcome(scorer.score(picture)).finally(() => settled.push(at)));
  assert.deepEqual(await Promise.all(calls), [expected, 'corrupt-picture', 'corrupt-picture', expected]);
  assert.deepEqual(settled, [0, 1, 2, 3]);
}));

test('a call cancelled while it is read ahead rejects at once, lets its file go, and makes room for the next', withScorer(async (scorer) => {
  const controller = new AbortController();
  const first = outcome(scorer.score(`${origin}/held/first`));
  const cancelled = outcome(scorer.score(`${origin}/never`, { signal: controller.signal }));
  const rest = ['a', 'b'].map((name) => outcome(scorer.score(`${origin}/${name}`)));
  await untilAsked(3);
  controller.abort();
  assert.equal(await cancelled, 'aborted');
  await untilAsked(4);
  assert.ok(asked.includes('gave up /never'), asked.join());
  await release('/held/first');
  assert.deepEqual(await Promise.all([first, ...rest]), new Array(3).fill(expected));
}));

test('a file that never comes, read ahead, holds up its own turn alone', withScorer(async (scorer) => {
  const controller = new AbortController();
  const calls = [scorer.score(heavy()), scorer.score(`${origin}/never`, { signal: controller.signal }), scorer.score(heavy())].map(outcome);
  assert.deepEqual(await calls[0], expected);
  await sleep(100);
  controller.abort();
  assert.deepEqual(await Promise.all(calls), [expected, 'aborted', expected]);
}));

test('readers that are killed lose no call: what they read is read again in its turn', withScorer(async (scorer) => {
  const calls = ['held/1', 'held/2', 'held/3', 'good'].map((name) => outcome(scorer.score(`${origin}/${name}`)));
  await untilAsked(3);
  assert.equal(workers.length, 3);
  await Promise.all(workers.slice(1).map((worker) => worker.terminate()));
  held.delete('/held/2'); // their answers go nowhere now
  held.delete('/held/3');
  for (const at of [1, 2, 3]) await release(`/held/${at}`);
  assert.deepEqual(await Promise.all(calls), new Array(4).fill(expected));
}));

test('where no worker can be started, or it finds no memory, the engine\'s own reads', async () => {
  for (const fault of ['refused', 'memory:1', 'null:picture_new']) {
    workers.length = 0;
    faults.push('', fault, fault, fault);
    const scorer = await Scorer.load(model.folder, { threads: 1 });
    assert.deepEqual(await Promise.all(Array.from({ length: 3 }, () => outcome(scorer.score(heavy())))), new Array(3).fill(expected), fault);
    assert.equal(workers.length, fault === 'refused' ? 1 : 3, fault);
    faults.length = 0;
    scorer.dispose();
    await allWorkersEnd();
  }
});

test('the engine\'s worker dies: the call at work is told, what was read ahead stays', withScorer(async (scorer) => {
  const calls = ['held/1', 'a', 'b'].map((name) => outcome(scorer.score(`${origin}/${name}`)));
  await untilAsked(3);
  workers[0].terminate();
  assert.deepEqual(await Promise.all(calls), ['worker-died', expected, expected]);
  assert.deepEqual(asked.filter((path) => path !== 'gave up /held/1').toSorted(), ['/a', '/b', '/held/1']);
}));

test('dispose while pictures are read ahead rejects all, and ends all workers', async () => {
  const scorer = await Scorer.load(model.folder, { threads: 1 });
  const calls = Array.from({ length: 5 }, (_, at) => outcome(scorer.score(`${origin}/never/${at}`)));
  await untilAsked(3);
  scorer.dispose();
  assert.deepEqual(await Promise.all(calls), new Array(5).fill('disposed'));
  await allWorkersEnd();
  assert.equal(asked.filter((path) => path.startsWith('/never')).length, 3);
});

test('no reader begins once the scorer is disposed of, however near its beginning was', async () => {
  for (let ticks = 0; ticks < 12; ticks += 1) {
    const scorer = await Scorer.load(model.folder, { threads: 1 });
    const calls = ['a', 'b'].map((name) => outcome(scorer.score(`${origin}/never/${name}`)));
    for (let tick = 0; tick < ticks; tick += 1) await null;
    scorer.dispose();
    assert.deepEqual(await Promise.all(calls), ['disposed', 'disposed']);
    await allWorkersEnd();
  }
});

test('the limit of pixels holds for what is read ahead', async () => {
  const scorer = await Scorer.load(model.folder, { threads: 1, maximumPixels: 61 * 43 - 1 });
  assert.deepEqual(await Promise.all([1, 2, 3].map(() => outcome(scorer.score(heavy())))), new Array(3).fill('picture-too-large'));
  assert.equal(workers.length, 3);
  scorer.dispose();
});

test('views of other recipes than the call\'s are not taken', async () => {
  const call = { signal: undefined, onProgress: () => {} };
  const request = { source: new Blob([GOOD_JPEG]) };
  const ahead = { recipes: [{ views: { center: 32 } }], picture: 'made ahead', milliseconds: 1 };
  const pictures = { read: async () => 'read' };
  assert.equal((await readPicture(pictures, { ...request, ahead }, [{ views: { center: 32 } }], call)).picture, 'made ahead');
  assert.equal((await readPicture(pictures, { ...request, ahead }, [{ views: { center: 64 } }], call)).picture, 'read');
  assert.equal((await readPicture(pictures, request, [{ views: { center: 64 } }], call)).picture, 'read');
});

test('one reader decodes one picture at a time', async () => {
  let decoding = 0;
  let most = 0;
  const read = async () => {
    decoding += 1;
    most = Math.max(most, decoding);
    await sleep(5);
    decoding -= 1;
  };
  const reader = new AheadReader(async () => ({ read }));
  const call = { signal: undefined, onProgress: () => {} };
  await Promise.all(Array.from({ length: 4 }, () => reader.read({ source: heavy(), recipes: [], assets: {} }, call)));
  assert.equal(most, 1);
});

test('calls that are cancelled take no place among those that prepare themselves', async () => {
  const turns = new Turns();
  const begun = [];
  const end = [];
  const take = (name, signal) => turns.take({
    work: () => new Promise((resolve) => { end.push(resolve); }),
    prepare: async () => { begun.push(name); },
    signal,
  });
  take('first');
  const controller = new AbortController();
  const cancelled = ['a', 'b'].map((name) => take(name, controller.signal));
  assert.deepEqual(begun, ['a', 'b']);
  controller.abort();
  await Promise.allSettled(cancelled);
  for (const name of ['c', 'd', 'e']) take(name);
  assert.deepEqual(begun, ['a', 'b', 'c', 'd']);
});
