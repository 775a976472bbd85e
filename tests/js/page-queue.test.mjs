/** The queue of pictures: order, forecast, cancelling. */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { Queue } from '../../web/page/queue.js';
import { Scoring, scoreItem } from '../../web/page/scoring.js';
import { Thumbnails } from '../../web/page/thumbnails.js';

/** A queue whose work is ended by hand, on a clock of its own. */
function harness() {
  const started = [];
  const states = [];
  let now = 0;
  let finish = null;
  const queue = new Queue((entry, signal) => {
    started.push(entry);
    return new Promise((resolve) => {
      finish = resolve;
      signal.addEventListener('abort', resolve);
    });
  }, { onChange: (state) => states.push(state), now: () => now });
  const next = async (milliseconds = 0) => {
    now += milliseconds;
    finish();
    await new Promise((resolve) => { setImmediate(resolve); });
  };
  return { queue, started, states, next };
}

test('the more urgent come first, each kind in its order', async () => {
  const { queue, started, next } = harness();
  queue.add(['s1', 's2', 's3']);
  queue.add(['a', 'b'], 1);
  queue.add(['c'], 1);
  for (let at = 0; at < 6; at += 1) await next();
  assert.deepEqual(started, ['s1', 'a', 'b', 'c', 's2', 's3']);
});

test('it counts, forecasts, and begins anew when it is empty', async () => {
  const { queue, states, next } = harness();
  queue.add(['a', 'b', 'c']);
  assert.deepEqual(queue.state, { done: 0, total: 3, remaining: null });
  await next(100);
  assert.deepEqual(queue.state, { done: 1, total: 3, remaining: 200 });
  await next(300);
  assert.deepEqual(queue.state, { done: 2, total: 3, remaining: 200 });
  await next(100);
  assert.deepEqual(states.at(-1), { done: 0, total: 0, remaining: null });
});

test('it counts as if there were some of the entries alone', async () => {
  const { queue, next } = harness();
  const isOwn = (entry) => entry !== 's';
  queue.add(['s']);
  queue.add(['a', 'b', 'c'], 1);
  assert.deepEqual(queue.stateOf(isOwn), { done: 0, total: 3, remaining: null });
  await next(100); // s, which had begun
  await next(100);
  assert.deepEqual(queue.stateOf(isOwn), { done: 1, total: 3, remaining: 200 });
  assert.deepEqual(queue.state, { done: 2, total: 4, remaining: 200 });
});

test('an entry that comes again is one entry, and done when it has been there for the last time', async () => {
  const counts = [];
  const seen = new Set();
  const queue = new Queue(async (entry) => {
    if (!seen.has(entry)) queue.add([entry], -1);
    seen.add(entry);
  }, { onChange: ({ done, total }) => counts.push([done, total]) });
  queue.add(['a', 'b']);
  for (let turn = 0; turn < 8; turn += 1) await new Promise((resolve) => { setImmediate(resolve); });
  assert.deepEqual(counts.filter(([, total]) => total !== 2 && total !== 3), [[0, 0]]);
  assert.deepEqual(counts.slice(-2), [[2, 2], [0, 0]]);
});

test('an entry is counted once, also where it is there twice, or comes again when it was done', async () => {
  const { queue, states, next } = harness();
  queue.add(['a', 'b', 'c']);
  await next();
  queue.add(['a', 'b']);
  assert.deepEqual([queue.state.done, queue.state.total], [0, 3], 'there is more to do for the first one');
  await next();
  await next();
  assert.deepEqual([queue.state.done, queue.state.total], [1, 3], 'the second one is there once more');
  queue.remove(['b']);
  assert.deepEqual([queue.state.done, queue.state.total], [1, 2]);
  await next();
  assert.ok(states.every(({ total }) => total <= 3));
  assert.deepEqual([queue.state.done, queue.state.total], [0, 0]);
});

test('work that resolves to true comes again, after all others', async () => {
  const order = [];
  const done = [];
  const queue = new Queue(async (entry) => {
    order.push(entry);
    return order.length === 1;
  }, { onDone: (entry) => done.push(entry) });
  queue.add(['a', 'b', 'c']);
  for (let turn = 0; turn < 8; turn += 1) await new Promise((resolve) => { setImmediate(resolve); });
  assert.deepEqual(order, ['a', 'b', 'c', 'a']);
  assert.deepEqual(done, order);
});

test('an entry taken out is not worked on; the one in work is stopped', async () => {
  const { queue, started, next } = harness();
  queue.add(['a', 'b', 'c', 'd']);
  queue.remove(['b']);
  queue.remove(['a']);
  await new Promise((resolve) => { setImmediate(resolve); });
  assert.deepEqual(started, ['a', 'c']);
  assert.equal(queue.state.total, 2);
  await next();
  assert.deepEqual(started, ['a', 'c', 'd']);
});

test('a few are worked on at once, in their order, and each slot goes to the most urgent', async () => {
  const started = [];
  const finish = new Map();
  let now = 0;
  const queue = new Queue((entry) => {
    started.push(entry);
    return new Promise((resolve) => { finish.set(entry, resolve); });
  }, { atOnce: 3, now: () => now });
  const end = async (entry, milliseconds) => {
    now += milliseconds;
    finish.get(entry)();
    await new Promise((resolve) => { setImmediate(resolve); });
  };
  queue.add(['s1', 's2', 's3', 's4', 's5']);
  assert.deepEqual(started, ['s1', 's2', 's3']);
  queue.add(['a'], 1);
  await end('s1', 100);
  assert.deepEqual(started.slice(3), ['a']);
  assert.deepEqual(queue.state, { done: 1, total: 6, remaining: 500 });
  await end('s2', 300);
  assert.deepEqual(queue.state, { done: 2, total: 6, remaining: 800 });
  assert.deepEqual(queue.cancel(), ['s3', 'a', 's4', 's5']);
});

test('cancelling stops all and says what was left', async () => {
  const { queue, started } = harness();
  queue.add(['a', 'b', 'c']);
  assert.deepEqual(queue.cancel(), ['a', 'b', 'c']);
  await new Promise((resolve) => { setImmediate(resolve); });
  assert.deepEqual(started, ['a']);
  queue.add(['d']);
  assert.deepEqual(started, ['a', 'd']);
});

/** What scoring a picture leaves of it. @param {(abort: () => void) => Promise<object>} score */
async function itemAfter({ wanted = ['quality'], score, item = {}, memory = { isOn: false } }) {
  const controller = new AbortController();
  const picture = { id: 1, file: new Blob(), state: 'waiting', scores: null, thumbnail: 'there', ...item };
  const pictures = { update: Object.assign };
  await scoreItem(picture, {
    scorer: async () => ({ score: () => score(() => controller.abort()) }), wanted: () => wanted, memory, pictures, thumbnails: {}, signal: controller.signal,
  });
  return picture;
}

const RESULT = { scores: { quality: { value: 1 } }, picture: {}, milliseconds: { decode: 1, compute: 1 } };

test('a picture that no task is switched on for can go on later', async () => {
  assert.equal((await itemAfter({ wanted: [] })).state, 'cancelled');
  assert.equal((await itemAfter({ wanted: [], item: { state: 'scored', scores: {} } })).state, 'scored');
});

test('of a file in an unknown format it is said what the page reads beside what the library does', async () => {
  const refuse = (code) => itemAfter({ score: async () => { throw Object.assign(new Error('The file is a text file.'), { code }); } });
  const { error } = await refuse('unsupported-format');
  assert.deepEqual([error.code, error.message.startsWith('The file is a text file. '), error.message.includes('HEIC')], ['unsupported-format', true, true]);
  assert.equal((await refuse('corrupt-picture')).error.message, 'The file is a text file.');
});

test('what is remembered of a picture is not computed again, and what is missing is', async () => {
  const quality = { value: 0.5 };
  const memory = { isOn: true, recall: async (key, wanted) => (key === 'k' && wanted.includes('quality') ? { scores: { quality }, facts: {}, brightness: 0.5 } : null) };
  const refuse = async () => { throw new Error('it was scored'); };
  const known = await itemAfter({ memory, score: refuse, item: { key: 'k' } });
  assert.deepEqual([known.state, known.scores, known.error], ['scored', { quality }, null]);
  const beauty = { value: 2 };
  const half = await itemAfter({ memory, wanted: ['quality', 'beauty'], item: { key: 'k', brightness: 1 }, score: async () => ({ ...RESULT, scores: { beauty } }) });
  assert.deepEqual(half.scores, { quality, beauty });
  assert.equal((await itemAfter({ memory, score: refuse, item: { key: 'other' } })).state, 'failed');
});

test('a result that comes after the cancel is not taken: it may be another model\'s', async () => {
  assert.equal((await itemAfter({ score: async () => RESULT })).state, 'scored');
  const late = await itemAfter({ score: async (abort) => { abort(); return RESULT; } });
  assert.deepEqual([late.state, late.scores], ['cancelled', null]);
});

test('a small picture that is waited for when another model comes harms none of those after it', async () => {
  const facts = { width: 1, height: 1 };
  const items = ['a', 'b', 'c'].map((name, id) => ({ id, name, file: new Blob([name]), key: name, state: 'waiting', scores: null, thumbnail: null, brightness: null }));
  let first;
  const thumbnails = Object.assign(new Thumbnails(), {
    async make({ name, facts: { width } }) {
      if (name === 'a') await new Promise((resolve) => { first = resolve; });
      return { thumbnail: null, brightness: width };
    },
  });
  const pictures = { update: Object.assign, get: (id) => items[id] };
  const score = (item) => scoreItem(item, {
    scorer: async () => ({ score: async () => ({ ...RESULT, picture: facts }) }), wanted: () => ['quality'], memory: { isOn: false }, pictures, thumbnails, signal: new AbortController().signal,
  });
  const forget = (item) => Object.assign(item, { state: 'waiting', scores: null, facts: null }); // as scoring-run.js does for another model
  const [a, b, c] = items;
  await score(a);
  const second = score(b);
  await new Promise((resolve) => { setImmediate(resolve); });
  forget(b);
  first();
  await second;
  await score(c);
  await score(b);
  await thumbnails.begin(async () => {});
  assert.deepEqual(items.map(({ brightness, error }) => [brightness, error]), [[1, null], [1, null], [1, null]]);
});

test('what is remembered of a file that was made readable is there at once; the picture is made behind all others', async () => {
  const quality = { value: 0.5 };
  const recall = async (key, wanted) => (wanted.includes('quality') ? { scores: { quality }, facts: { decoder: 'preview' }, brightness: 0.5 } : null);
  const item = { id: 1, key: 'k', file: new Blob(['raw']), state: 'waiting', scores: null, brightness: null };
  const scoring = new Scoring({
    memory: { isOn: true, recall }, model: { scorer: Promise.resolve({}), scoring: [{ id: 'quality' }] }, pictures: { update: Object.assign }, thumbnails: {},
  });
  const { file } = item;
  assert.equal(await scoring.score(item, new AbortController().signal), true, 'it comes again');
  assert.deepEqual([item.state, item.scores, item.file, item.original === file], ['scored', { quality }, null, true]);
  assert.ok(scoring.isUnfinished(item));
});

test('a picture comes again for a task that came while it was scored, and not where that failed', async () => {
  const scoring = [{ id: 'quality' }];
  const model = { scoring, scorer: Promise.resolve({ score: async (_, { tasks }) => {
    if (tasks.includes('refused')) throw Object.assign(new Error('refused'), { code: 'internal' });
    if (scoring.length === 1) scoring.push({ id: 'own' });
    return { ...RESULT, scores: Object.fromEntries(tasks.map((id) => [id, { value: 1 }])) };
  } }) };
  const item = { id: 1, key: 'k', file: new Blob(), state: 'waiting', scores: null, thumbnail: 'there', brightness: 1 };
  const work = new Scoring({ memory: { isOn: false }, model, pictures: { update: Object.assign, get: () => item }, thumbnails: {} });
  const { signal } = new AbortController();
  assert.equal(await work.score(item, signal), true);
  assert.equal(await work.score(item, signal), false);
  assert.deepEqual([Object.keys(item.scores), item.state], [['quality', 'own'], 'scored']);
  scoring.push({ id: 'refused' });
  assert.equal(await work.score(item, signal), false);
  assert.equal(item.error.code, 'internal');
});
