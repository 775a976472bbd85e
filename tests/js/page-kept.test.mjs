/** Keeping pictures in the browser: what is said to be kept is on the disk, and nothing is looked through without need. */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { setImmediate, setTimeout as sleep } from 'node:timers/promises';
import { installDisk } from '../support/disk.mjs';

globalThis.navigator ??= /** @type {any} */ ({});
globalThis.addEventListener ??= () => {}; // what other tabs choose; page-session.test.mjs has two
const { KeptPictures } = await import('../../web/page/kept-pictures.js');
const { ScoreMemory } = await import('../../web/page/score-memory.js');
const { SESSION, Shelf } = await import('../../web/page/shelf.js');

/** A disk that takes a moment, in the order of what it is asked for, as shelf.js. */
class SlowShelf {
  rows = new Map();
  isKept = true;
  #work = Promise.resolve();

  onChange() {}

  giveUp() {}

  read = async () => [];

  #next(act) {
    this.#work = this.#work.then(() => sleep(5)).then(act);
    return this.#work;
  }

  write(edits) {
    return this.#next(() => {
      for (const { key, room, value } of edits) this.rows[value === undefined ? 'delete' : 'set']([room, ...key].join(), value);
    });
  }

  clear() {
    return this.#next(() => this.rows.clear());
  }

  /** Resolves when it is asked for nothing more. */
  async idle() {
    for (let work = null; work !== this.#work;) {
      work = this.#work;
      await work;
      await setImmediate(); // who waited for it asks for the next
    }
  }

  get pictures() {
    return [...this.rows.keys()].filter((each) => each.startsWith('pictures')).length;
  }
}

test('a choice that is taken back, and taken again, while pictures are written: what is said to be kept is', async () => {
  const items = Array.from({ length: 20 }, (_, id) => ({ id, name: `${id}.jpg`, path: `${id}.jpg`, sample: false, key: null, file: new Blob(['x']) }));
  let tell;
  const pictures = { items, get: (id) => items[id], onChange: (listener) => { tell = listener; } };
  const shelf = new SlowShelf();
  const kept = new KeptPictures({ pictures, shelf });
  await kept.restore(() => []);
  tell({ list: true, items: new Set() });
  kept.choose(true);
  await setImmediate(); // the first are on their way
  kept.choose(false);
  await kept.choose(true);
  await shelf.idle();
  assert.deepEqual([kept.facts.kept, shelf.pictures], [20, 20]);
  kept.choose(false);
  kept.choose(true);
  await kept.choose(false);
  await shelf.idle();
  assert.deepEqual([kept.facts.kept, shelf.rows.size], [0, 0]);
});

test('keeping pictures looks at those that changed, not at all of them with each', async () => {
  const items = Array.from({ length: 1000 }, (_, id) => ({ id, name: `${id}.jpg`, path: `${id}.jpg`, sample: false, key: null, file: new Blob(['x']) }));
  const byId = new Map(items.map((item) => [item.id, item]));
  let looks = 0;
  let tell;
  const pictures = { get items() { looks += 1; return items; }, get: (id) => byId.get(id), onChange: (listener) => { tell = listener; } };
  const rooms = { pictures: new Map(), keys: new Map(), order: new Map() };
  const shelf = {
    isKept: true, read: async () => [], clear: async () => {},
    write: async (edits) => { for (const { key, room, value } of edits) rooms[room][value === undefined ? 'delete' : 'set'](key[0], value); },
  };
  const kept = new KeptPictures({ pictures, shelf });
  await kept.restore(() => []);
  tell({ list: true, items: new Set() });
  await kept.choose(true);
  assert.deepEqual([rooms.pictures.size, rooms.order.get('order').length, kept.facts], [1000, 1000, { own: 1000, kept: 1000, bytes: 1000, isFull: false }]);
  looks = 0;
  for (const item of items) {
    item.key = `hash of ${item.id}`;
    tell({ list: false, items: new Set([item]) });
    await null;
  }
  await new Promise((resolve) => { setTimeout(resolve); });
  assert.equal(rooms.keys.size, 1000);
  assert.equal(looks, 0);
  byId.delete(items.shift().id);
  tell({ list: true, items: new Set() });
  await new Promise((resolve) => { setTimeout(resolve); });
  assert.deepEqual([rooms.pictures.size, rooms.keys.size, kept.facts.kept], [999, 999, 999]);
});

/** Waits for so many rows, or ten seconds. */
async function untilWritten(rows, count) {
  for (let tries = 0; rows.length < count && tries < 1000; tries += 1) await sleep(10);
}

test('what was said of a picture is not written when the choice is taken back meanwhile', async () => {
  const kept = { choice: true, onChange: () => {} };
  const model = { loaded: { engine: { version: '1' } }, manifest: { tasks: [{ id: 'quality' }], tower: {}, base: { shards: [] } } };
  const item = { id: 1, key: 'k', file: new Blob(['x']), state: 'scored', brightness: 0.5, scores: { quality: { value: 1 } } };
  let tell;
  const written = [];
  const memory = new ScoreMemory({
    kept, model, pictures: { items: [item], get: () => item, onChange: (listener) => { tell = listener; } }, shelf: { write: async (edits) => written.push(...edits) }, traits: {},
  });
  tell({ list: false, items: new Set([item]) });
  kept.choice = false;
  await sleep(20);
  assert.deepEqual([memory.isOn, written], [false, []]);
  kept.choice = true;
  tell({ list: false, items: new Set([Object.assign(item, { scores: { quality: { value: 2 } } })]) });
  await untilWritten(written, 2);
  assert.deepEqual(written.map(({ room }) => room), ['looks', 'results']);

  const raw = { ...item, id: 2, key: 'raw', original: item.file, file: null }; // its picture is still to be made
  written.length = 0;
  tell({ list: false, items: new Set([raw]) });
  await untilWritten(written, 2);
  tell({ list: true, items: new Set() });
  await untilWritten(written, 4);
  assert.deepEqual(written.filter(({ key }) => key[0] === 'raw').map(({ value }) => value === undefined), [false, false, true, true], 'gone with the picture');
});

/** A visit with what the disk has: brought back, with one picture more. */
async function visitWith(name) {
  const items = [];
  let tell;
  const pictures = { items, get: (id) => items.find((item) => item.id === id), onChange: (listener) => { tell = listener; } };
  const add = (added) => {
    items.unshift(...added.map((each, at) => ({ ...each, id: items.length + at, sample: false, key: null })));
    tell({ list: true, items: new Set() });
    return items.slice(0, added.length);
  };
  const kept = new KeptPictures({ pictures, shelf: new Shelf(SESSION) });
  await kept.restore(add);
  add([{ name, path: name, file: new Blob(['x']) }]);
  await sleep(50);
  return { kept, names: items.map((item) => item.name) };
}

for (const room of ['order', 'pictures']) {
  test(`the order of kept pictures stays, where the browser does not give ${room} at one visit`, async () => {
    const disk = installDisk();
    await (await visitWith('a')).kept.choose(true);
    for (const name of ['b', 'c', 'd', 'e', 'f']) await visitWith(name);
    disk.fails = (of) => of === room;
    const { kept } = await visitWith('g');
    assert.equal(kept.facts.isFull, room === 'pictures', 'the new one is kept, unless those that are there are not known');
    disk.fails = () => false;
    const { names } = await visitWith('h');
    assert.deepEqual(names.filter((name) => name < 'g'), ['f', 'e', 'd', 'c', 'b', 'a']);
    delete globalThis.indexedDB;
  });
}
