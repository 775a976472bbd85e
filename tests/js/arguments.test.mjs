/** The library in a newcomer's hands: odd arguments, callbacks that throw, cancelling and disposing at odd times. */
import assert from 'node:assert/strict';
import { after, before, test } from 'node:test';
import { fileURLToPath } from 'node:url';
import { setTimeout as sleep } from 'node:timers/promises';
import { PerceptError, Scorer } from '../../web/lib/percept.js';
import { makeSeededModel } from '../support/seeded-model.mjs';

/** A path, since a file on disk is read as a stream, which may fail after its reader has gone. */
const PICTURE = fileURLToPath(new URL('../golden/pictures/jpeg-420.jpg', import.meta.url));

let model;
let scorer;
before(async () => {
  model = await makeSeededModel();
  scorer = await Scorer.load(model.folder, { threads: 1 });
});
after(async () => {
  scorer.dispose();
  await model.remove();
});

const isCoded = (code, words) => (error) => {
  assert.ok(error instanceof PerceptError, error.stack);
  assert.equal(error.code, code, error.message);
  assert.match(error.message, words);
  return true;
};

for (const [what, url, options, words] of [
  ['no address', undefined, {}, /type undefined is no address/],
  ['an empty address', '', {}, /empty text/],
  ['an address that cannot be read', 'http://[', {}, /cannot|can be understood/],
  ['a Blob that was given a name', [Object.assign(new Blob(['{}']), { name: 'model.json' })], {}, /the files of its folder/],
  ['options that are none', 'x', 7, /options are not an object/],
  ['threads in words', 'x', { threads: 'two' }, /threads is not a number/],
  ['threads that cannot be sent to a worker', 'x', { threads: () => 2 }, /threads is not a number/],
  ['a callback that is none', 'x', { onProgress: 'log' }, /onProgress is not a function/],
  ['a signal that is none', 'x', { signal: {} }, /signal is not an AbortSignal/],
]) {
  test(`load refuses ${what}`, () => assert.rejects(Scorer.load(url, options), isCoded('bad-argument', words)));
}

for (const [what, picture, options, words] of [
  ['bytes', new Uint8Array(9), {}, /new Blob\(\[bytes\]\)/],
  ['what readFile gives', Buffer.alloc(9), {}, /new Blob\(\[bytes\]\)/],
  ['what fetch gives', new ArrayBuffer(9), {}, /new Blob\(\[bytes\]\)/],
  ['pixels that are too few', { width: 2, height: 3, data: new Uint8ClampedArray(18) }, {}, /no Uint8ClampedArray of width x height x 4: 2 x 3 x 4/],
  ['pixels in a plain list', { width: 1, height: 1, data: [0, 0, 0, 0] }, {}, /no Uint8ClampedArray of width/],
  ['pixels of no size', { width: 0, height: 1, data: new Uint8ClampedArray(0) }, {}, /: 0 x 1 x 4/],
  ['what only looks like a Blob', Object.create(Blob.prototype), {}, /A picture is a Blob/],
  ['what only calls itself clamped bytes', { width: 1, height: 1, data: { length: 4, [Symbol.toStringTag]: 'Uint8ClampedArray' } }, {}, /no Uint8ClampedArray of width/],
  ['an empty address', '', {}, /empty text/],
  ['an address that cannot be read', 'http://[', {}, /can be understood/],
  ['one task as a text', PICTURE, { tasks: 'quality' }, /tasks is not a list/],
  ['tasks that are no ids', PICTURE, { tasks: [() => 1] }, /tasks is not a list/],
  ['an embedding in words', PICTURE, { embedding: 'yes' }, /embedding is not true or false/],
  ['a callback that is none', PICTURE, { onProgress: 3 }, /onProgress is not a function/],
  ['a signal that is none', PICTURE, { signal: {} }, /signal is not an AbortSignal/],
]) {
  test(`score refuses ${what}`, () => assert.rejects(scorer.score(picture, options), isCoded('bad-argument', words)));
}

for (const [call, ask, words] of [
  ['score', () => scorer.score(PICTURE, { task: 'beauty' }), /option task is none of this call's: tasks, embedding, signal, onProgress\./],
  ['embed', () => scorer.embed(PICTURE, { embedding: true }), /option embedding is none of this call's: tasks/],
  ['explain', () => scorer.explain(PICTURE, { tasks: ['beauty'] }), /option tasks is none of this call's: task, grid/],
  ['features', () => scorer.features(PICTURE, { tasks: ['beauty'] }), /option tasks is none of this call's: preprocess/],
  ['teach', () => scorer.teach({}, { depth: 'all' }), /option depth is none of this call's: onPart/],
  ['load', () => Scorer.load(model.folder, { thread: 1 }), /option thread is none of this call's: variant, threads, integrity, maximumPixels, assets/],
  ['any', () => scorer.score(PICTURE, { constructor: 1 }), /option constructor is none of this call's/],
]) {
  test(`${call} refuses an option that it does not have`, () => assert.rejects(ask, isCoded('bad-argument', words)));
}

test('null stands for an option that is absent', async () => {
  const { scores } = await scorer.score(PICTURE, { tasks: null, signal: null, onProgress: null });
  assert.deepEqual(Object.keys(scores), ['quality', 'emotion', 'beauty']);
  assert.ok(await scorer.score(PICTURE, null));
});

test('what is not on disk is told by its path: no server is blamed', async () => {
  const [folder, file] = [fileURLToPath(new URL('none', import.meta.url)), fileURLToPath(new URL('none.safetensors', import.meta.url))];
  for (const [ask, path] of [[() => Scorer.load(folder), `${folder}/model.json`], [() => scorer.addTask(file), file]]) {
    await assert.rejects(ask, ({ code, message }) => {
      assert.equal(code, 'not-found');
      assert.ok(message.includes(`there is no file ${path}.`) && !message.includes('server'), message);
      return true;
    });
  }
});

test('a scorer is not made with new', () => {
  assert.throws(() => new Scorer(model.folder), isCoded('bad-argument', /await Scorer\.load/));
});

test('what onProgress throws ends its call, and the next one works', async () => {
  const mine = new Error('mine');
  const onProgress = () => { throw mine; };
  await assert.rejects(scorer.score(PICTURE, { onProgress }), (error) => error === mine);
  assert.ok((await scorer.score(PICTURE)).scores);
  await assert.rejects(Scorer.load(model.folder, { onProgress }), (error) => error === mine);
});

for (const phase of ['downloading', 'ready', 'decoding', 'computing']) {
  test(`cancelled at the first word of ${phase}, with files from disk, the scorer goes on`, async () => {
    const fresh = await Scorer.load(model.folder, { threads: 1 });
    const controller = new AbortController();
    const onProgress = (progress) => { if (progress.phase === phase) controller.abort(); };
    await assert.rejects(fresh.score(PICTURE, { signal: controller.signal, onProgress }), isCoded('aborted', /./));
    assert.ok((await fresh.score(PICTURE)).scores);
    fresh.dispose();
  });
}

test('many calls share a signal without a warning, and it cancels them all', async () => {
  const warnings = [];
  const warn = (warning) => warnings.push(warning.message);
  process.on('warning', warn);
  const controller = new AbortController();
  const calls = Array.from({ length: 50 }, () => scorer.score(PICTURE, { tasks: ['beauty'], signal: controller.signal }).then(() => 'scored', ({ code }) => code));
  await calls[0];
  controller.abort();
  assert.deepEqual(new Set(await Promise.all(calls.slice(10))), new Set(['aborted']));
  await sleep(0);
  process.off('warning', warn);
  assert.deepEqual(warnings, []);
  assert.ok((await scorer.score(PICTURE)).scores);
});

test('scoring from onProgress waits its turn; disposing there ends the call', async () => {
  const fresh = await Scorer.load(model.folder, { threads: 1 });
  let inner;
  await fresh.score(PICTURE, { onProgress: () => { inner ??= fresh.score(PICTURE, { tasks: ['beauty'] }); } });
  assert.deepEqual(Object.keys((await inner).scores), ['beauty']);
  await assert.rejects(fresh.score(PICTURE, { onProgress: () => fresh.dispose() }), isCoded('disposed', /./));
  await assert.rejects(fresh.embed(PICTURE), isCoded('disposed', /./));
  fresh.dispose();
});
