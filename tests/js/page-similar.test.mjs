/** Near-copies are looked for again when the worker that groups them has failed. */
import assert from 'node:assert/strict';
import { test } from 'node:test';

const workers = [];
globalThis.Worker = class {
  posted = [];

  constructor() {
    workers.push(this);
  }

  on(type, listener) {
    this[type] = listener;
  }

  postMessage(message) {
    this.posted.push(message);
  }

  terminate() {
    this.isEnded = true;
  }
};
const timers = [];
globalThis.window = { setTimeout: (run) => timers.push(run) };
const { Similar } = await import('../../web/page/similar.js');

test('a worker that fails is followed by another, while pictures are still looked at', () => {
  const items = ['a', 'b', 'c'].map((key) => ({ key, file: new Blob([key]), state: 'scored' }));
  let tell;
  let wanted;
  const features = { of: () => new Float32Array(2), want: (those) => { wanted = those; }, progressOf: () => ({ done: 3, total: 4 }), onChange: (listener) => { tell = listener; } };
  const similar = new Similar({ features, pictures: { shown: items, items: [...items, { ...items[0], key: 's', sample: true }], onChange: () => {} } });
  similar.want();
  assert.deepEqual(wanted, items, 'samples that are not shown are not looked at');
  timers.pop()();
  assert.equal(workers[0].posted.length, 1);
  workers[0].error(new Error('out of memory'));
  assert.equal(workers[0].isEnded, true);
  tell();
  timers.pop()();
  const [{ id }] = workers[1].posted;
  workers[1].message({ id, groups: [0, 0, 1] });
  assert.deepEqual(items.map((item) => similar.groupOf(item)), [0, 0, null]);
});

test('groups are known when all was looked at and put into groups, or could not be; both are told', () => {
  const items = ['a', 'b', 'c'].map((key) => ({ key, file: new Blob([key]), state: 'scored' }));
  const features = { of: () => new Float32Array(2), want: () => {}, progressOf: () => ({ done: 3, total: 3 }), onChange: () => {} };
  const before = workers.length;
  for (const end of [(worker) => worker.message({ id: worker.posted[0].id, groups: [0, 0, 1] }), (worker) => worker.error(new Error('out of memory'))]) {
    const similar = new Similar({ features, pictures: { shown: items, onChange: () => {} } });
    const told = [];
    similar.onChange(() => told.push(similar.isSettled));
    similar.want();
    assert.equal(similar.isSettled, false, 'not begun');
    timers.pop()();
    assert.equal(similar.isSettled, false, 'asked');
    end(workers.at(-1));
    assert.deepEqual(told, [true]);
  }
  assert.equal(workers.length, before + 2);
});

test('among judged pictures they are looked for when an agreement is told, and again when others are judged', async () => {
  const { NearCopies } = await import('../../web/page/near-copies.js');
  const items = ['a', 'b', 'c', 'd', 'e'].map((key) => ({ key, file: new Blob([key]), state: 'scored' }));
  const judged = new Set(['a', 'b', 'c']);
  const wanted = [];
  let tell;
  const features = { of: () => new Float32Array(2), want: (those, client) => wanted.push([those.map(({ key }) => key).join(''), client]), progressOf: () => ({ done: 3, total: 3 }), onChange: () => {} };
  const copies = new NearCopies({ features, judgements: { judgedKeys: () => judged, onChange: (listener) => { tell = listener; } }, pictures: { shown: items, onChange: () => {} } });
  tell();
  assert.deepEqual(wanted, [], 'not before');
  const before = workers.length;
  assert.deepEqual(copies.clustersOf(items), [-1, -2, -3, -4, -5]);
  assert.equal(copies.isLooking, true, 'all were looked at, and are not grouped yet');
  timers.pop()();
  const worker = workers[before];
  worker.message({ id: worker.posted[0].id, groups: [0, 0, 2] });
  assert.deepEqual(copies.clustersOf(items), [0, 0, -3, -4, -5]);
  judged.add('d');
  tell();
  timers.pop()();
  worker.message({ id: worker.posted[1].id, groups: [0, 0, 2, 2] });
  assert.deepEqual([copies.clustersOf(items), copies.isLooking], [[0, 0, 1, 1, -5], false]);
  assert.deepEqual(wanted, [['abc', 'agreement'], ['abcd', 'agreement']]);
});
