/** A browser that does not give what it keeps: nothing of it is deleted or written over, and the page works on in memory. */
import assert from 'node:assert/strict';
import { afterEach, beforeEach, test } from 'node:test';
import { History } from '../../web/page/history.js';
import { Ratings } from '../../web/page/ratings.js';
import { MADE, Shelf } from '../../web/page/shelf.js';
import { installDisk } from '../support/disk.mjs';
import { addPictures, deepPage, settled, taughtPage, visit, words } from '../support/teaching-page.mjs';

let disk;
beforeEach(() => { disk = installDisk(); });
afterEach(() => { delete globalThis.indexedDB; });

/** A tab's own shelf. */
const tab = () => Object.assign(new Shelf(MADE), { rows: disk.rows });
/** What is on the disk, so that it can be compared. */
const onDisk = () => Object.fromEntries([...disk.rows].sort().map(([id, [, , value]]) => [id, JSON.stringify(value)]));
/** Longer than a shelf tries to read. */
const givenUp = () => settled(1500);

/** @param {() => boolean} isSo what is waited for */
async function until(isSo) {
  for (let step = 0; step < 200 && !isSo(); step += 1) await settled();
  assert.ok(isSo(), String(isSo));
  await settled();
}

/** A trait that was trained deeper is kept, with its judgements, what was read of their pictures, and a rating. */
async function keptVisit() {
  const page = await deepPage({ shelf: tab(), looks: true });
  new Ratings(page.shelf, new History()).rate(page.items, { flag: 'pick' }, { words });
  await until(() => disk.recordsIn('features').length === 8);
  assert.deepEqual(Object.fromEntries(MADE.rooms.map((room) => [room, disk.recordsIn(room).length])), { judgements: 4, lessons: 1, traits: 1, features: 8, ratings: 4 });
  disk.closeTabs();
}

for (const room of MADE.rooms) {
  test(`${room} that are not given once: all is as it was`, async () => {
    await keptVisit();
    const before = onDisk();
    let isFirst = true;
    disk.fails = (of) => of === room && isFirst && !(isFirst = false);
    const page = await visit({ shelf: tab(), looks: true });
    const ratings = new Ratings(page.shelf, new History());
    await ratings.load();
    addPictures(page, ['Italy', 'Italy', 'Italy', 'Japan']);
    page.teaching.attend('cover');
    await givenUp();
    assert.equal(isFirst, false);
    assert.deepEqual(onDisk(), before);
    assert.deepEqual([page.judgements.isLoaded, page.judgements.ownCount('cover'), page.lessons.all.length, ratings.of(page.pictures.items[0]).flag], [true, 4, 1, 'pick']);
    assert.deepEqual([page.traits.get('cover')?.evidence.kept, page.log.length], ['deeper', 0]);
  });

  test(`${room} that are not given at all: whatever is said and taught, what is kept of it stays`, async () => {
    await keptVisit();
    const before = onDisk();
    disk.fails = (of) => of === room;
    const shelf = tab();
    const page = await visit({ shelf, looks: true });
    const ratings = new Ratings(shelf, new History());
    await ratings.load();
    const items = addPictures(page, ['Italy', 'Italy', 'Italy', 'Japan', 'Japan']);
    await givenUp();
    assert.equal(shelf.isKept, false);
    const lesson = page.lessons.get('cover') ?? page.lessons.add({ title: 'cover', language: 'ja', way: 'stars', classes: [] }, []);
    page.teaching.attend(lesson.id);
    items.slice(2).forEach((item, at) => page.judgements.judge(lesson.id, item, String(5 - at), { words }));
    ratings.rate(items, { stars: 2 }, { words });
    await until(() => page.log.length > 0);
    page.judgements.forget(lesson.id, { words });
    page.lessons.remove(lesson.id, words);
    await page.traits.remove(lesson.id, words);
    for (let step = 0; step < 3; step += 1) page.history.undo();
    await settled(100);
    assert.equal(shelf.isKept, room === 'features', 'they are made again');
    const after = onDisk();
    const stays = ([id]) => room === 'judgements' || JSON.parse(id)[0] === room;
    assert.deepEqual(Object.entries(before).filter(stays).filter(([id, value]) => after[id] !== value), []);
  });
}

test('what another tab changes, and is then not given, stays as it is here', async () => {
  await keptVisit();
  const page = await visit({ shelf: tab(), looks: true });
  const ratings = new Ratings(page.shelf, new History());
  await ratings.load();
  const other = await visit({ shelf: tab() });
  disk.fails = () => true;
  const items = addPictures(other, ['Japan', 'Italy', 'Italy', 'Japan', 'Japan']);
  other.judgements.judge('cover', items[4], '5', { words });
  other.lessons.change('cover', { classes: [] });
  new Ratings(other.shelf, new History()).rate(items, { stars: 3 }, { words });
  await givenUp();
  assert.deepEqual([page.judgements.ownCount('cover'), page.lessons.all.length, ratings.of(items[0]), page.shelf.isKept], [4, 1, { stars: 0, flag: 'pick' }, false]);
  assert.equal(page.traits.get('cover').evidence.kept, 'deeper');
  assert.deepEqual(MADE.rooms.map((room) => disk.recordsIn(room).length), [5, 1, 2, 9, 5], 'the other tab keeps what it does');
});

test('what another tab trains deeper is used here, too: nothing that is taught here is written over it', async () => {
  const page = await taughtPage({ shelf: tab(), looks: true });
  await until(() => disk.recordsIn('traits').length === 1);
  const other = await visit({ shelf: tab(), looks: true });
  const items = addPictures(other, ['Italy', 'Italy', 'Italy', 'Japan']);
  const prepared = page.teaching.prepare(page.lesson, { deeper: true });
  await page.teaching.deepen(page.lesson, { ...prepared, lesson: { ...prepared.lesson, depth: 'all' } }, {});
  await settled();
  other.teaching.attend('cover');
  await settled();
  assert.deepEqual([page.files(), other.traits.get('cover').evidence.kept, other.log.length], [['A deeper'], 'deeper', 0]);
  other.judgements.judge('cover', items[0], '5', { words });
  await settled(100);
  assert.deepEqual([page.files(), page.traits.hasDeeperAside('cover'), other.traits.hasDeeperAside('cover')], [['A deeper', 'A head'], true, true]);
});

test('what there is no room for keeps nothing else from being kept, and is kept when there is', async () => {
  const page = await taughtPage({ shelf: tab(), looks: true });
  await until(() => disk.recordsIn('features').length === 8);
  disk.isFull = (room) => room === 'features' || room === 'traits';
  const [fifth] = addPictures(page, ['Japan'], 4);
  await settled();
  page.judgements.judge('cover', fifth, '5', { words });
  await until(() => disk.recordsIn('judgements').length === 5 && disk.recordsIn('features').length === 8 && !page.shelf.isKept);
  disk.isFull = (room) => room === 'features';
  page.judgements.judge('cover', fifth, '3', { words });
  await until(() => page.shelf.isKept); // what is missing is made again
  disk.isFull = () => false;
  page.judgements.judge('cover', fifth, '4', { words });
  await until(() => disk.recordsIn('features').length === 10 && page.shelf.isKept);
});

test('without IndexedDB it is judged and taught in memory, and each model gets its own trait back', async () => {
  delete globalThis.indexedDB;
  const shelf = tab();
  const page = await taughtPage({ shelf });
  await until(() => page.traits.get('cover') !== null);
  assert.deepEqual([shelf.isKept, page.judgements.ownCount('cover'), page.traits.get('cover')?.evidence.kept], [false, 4, 'head']);
  await page.model.load('B');
  await until(() => page.traits.get('cover') !== null);
  const before = page.log.length;
  await page.model.load('A');
  await until(() => page.traits.get('cover') !== null);
  await page.judgements.load();
  assert.deepEqual([page.judgements.ownCount('cover'), page.log.length], [4, before], 'none is taught anew');
});

/** A shelf that takes its time with traits. */
function slowly(shelf) {
  const read = async (room, first) => {
    if (room === 'traits') await settled(60);
    return shelf.read(room, first);
  };
  return { ...shelf, read };
}

test('a lesson that is in sight before its trait is there does not take the place of what was trained deeper', async () => {
  const { shelf } = await deepPage();
  const page = await visit({ shelf: slowly(shelf) });
  page.teaching.attend('cover');
  await settled(150);
  assert.deepEqual([page.files(), page.traits.get('cover').evidence.kept, page.log.length], [['A deeper'], 'deeper', 0]);
});

test('what was set aside for a model is not another one\'s, which came meanwhile', async () => {
  const first = await deepPage();
  first.judgements.judge('cover', first.items[0], '5', { words });
  await settled();
  const page = await visit({ shelf: slowly(first.shelf) });
  await page.model.load('B');
  await settled(150);
  assert.equal(page.traits.hasDeeperAside('cover'), false);
});
