/** What keeps traits taught: the page's own parts on a scorer that only notes what it is asked, and a shelf as the browser's. */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { Listeners } from '../../web/page/listeners.js';
import { addPictures, deepPage, settled, taughtPage, visit, words } from '../support/teaching-page.mjs';
import { standInForBrowser } from '../support/templates.mjs';

test('what was trained deeper stays when its table is grouped otherwise, the user takes a name, or the page is opened again', async () => {
  const page = await deepPage();
  page.lessons.change('cover', { group: 'brightness' });
  await settled();
  page.judgements.rater = 'ann';
  await settled();
  page.judgements.rater = '';
  assert.deepEqual(page.files(), ['A deeper']);
  const again = await visit({ shelf: page.shelf });
  assert.deepEqual([again.files(), again.traits.get('cover').evidence.kept, again.log.length], [['A deeper'], 'deeper', 0]);
  again.judgements.judge('cover', page.items[0], '5', { words });
  await settled();
  assert.equal(again.traits.get('cover').evidence.kept, 'head', 'a judgement replaces it');
});

test('what was trained deeper comes back when what replaced it is undone, at once or at the next visit', async () => {
  const page = await deepPage();
  const isDeeper = (at) => [at.traits.get('cover').evidence.kept, at.traits.hasDeeperAside('cover')];
  page.judgements.judge('cover', page.items[0], '5', { words });
  await settled();
  assert.deepEqual([...isDeeper(page), page.files()], ['head', true, ['A deeper', 'A head']]);
  page.judgements.judge('cover', page.items[1], '5', { words });
  await settled();
  page.history.undo();
  await settled();
  assert.deepEqual(isDeeper(page), ['head', true], 'one judgement is still new');
  page.history.undo();
  await settled();
  assert.deepEqual([...isDeeper(page), page.files()], ['deeper', false, ['A deeper']]);
  page.lessons.change('cover', { equalGroups: true });
  await settled();
  assert.deepEqual(isDeeper(page), ['head', true]);
  const again = await visit({ shelf: page.shelf });
  assert.deepEqual(isDeeper(again), ['head', true]);
  again.lessons.change('cover', { equalGroups: false });
  await settled();
  assert.deepEqual([...isDeeper(again), again.files()], ['deeper', false, ['A deeper']]);
});

test('how a training ended is said until the trait has learnt from something else, and again when that is undone', async () => {
  standInForBrowser();
  const { Deeper } = await import('../../web/page/deeper.js');
  const page = await taughtPage();
  const deeper = new Deeper(page);
  await deeper.ask(page.lesson, 'all');
  await deeper.start(page.lesson, 'all');
  await settled();
  assert.notEqual(deeper.ending('cover'), '');
  page.judgements.judge('cover', page.items[0], '5', { words });
  await settled();
  assert.equal(deeper.ending('cover'), '');
  page.history.undo();
  await settled();
  assert.notEqual(deeper.ending('cover'), '');
});

test('a training during which judgements came says that it does not know them', async () => {
  standInForBrowser();
  const { Deeper } = await import('../../web/page/deeper.js');
  const page = await taughtPage();
  const deeper = new Deeper(page);
  await deeper.ask(page.lesson, 'all');
  const run = deeper.start(page.lesson, 'all');
  page.judgements.judge('cover', page.items[0], '5', { words });
  await run;
  await settled();
  assert.match(deeper.ending('cover'), /while the training ran/);
  assert.deepEqual([page.traits.get('cover').evidence.kept, page.traits.hasDeeperAside('cover')], ['head', true]);
  page.history.undo();
  await settled();
  assert.doesNotMatch(deeper.ending('cover'), /while the training ran/, 'it is in use again');
});

test('it comes back, too, when all judgements were forgotten; a new deeper training takes its place; removed and undone, all is there', async () => {
  const page = await deepPage();
  page.judgements.forget('cover', { rater: '', words });
  await settled();
  assert.deepEqual([page.traits.get('cover'), page.files()], [null, ['A deeper']]);
  page.history.undo();
  await settled();
  assert.deepEqual([page.traits.get('cover').evidence.kept, page.files()], ['deeper', ['A deeper']]);
  page.judgements.judge('cover', page.items[0], '5', { words });
  await settled();
  await page.traits.remove('cover', words);
  assert.deepEqual(page.files(), []);
  page.history.undo();
  await settled();
  assert.deepEqual([page.traits.hasDeeperAside('cover'), page.files()], [true, ['A deeper', 'A head']]);
  const prepared = page.teaching.prepare(page.lesson, { deeper: true });
  await page.teaching.deepen(page.lesson, { ...prepared, lesson: { ...prepared.lesson, depth: 'all' } }, {});
  await settled();
  assert.deepEqual([page.traits.hasDeeperAside('cover'), page.files()], [false, ['A deeper']]);
});

test('a removal that is undone before the browser has read anything leaves the trait as it was, on the disk, too', async () => {
  const page = await deepPage();
  const before = page.log.length;
  page.traits.remove('cover', words);
  page.history.undo();
  await settled();
  assert.deepEqual([page.traits.get('cover').evidence.kept, page.files(), page.log.length], ['deeper', ['A deeper'], before], 'and nothing was taught anew');
  const again = await visit({ shelf: page.shelf });
  assert.deepEqual([again.files(), again.traits.get('cover').evidence.kept], [['A deeper'], 'deeper']);
});

test('a deeper trait that the engine refuses at one visit is set aside, and used at the next', async () => {
  const { shelf } = await deepPage();
  const page = await visit({ shelf, isFull: true });
  page.teaching.attend('cover');
  await settled();
  assert.deepEqual([page.traits.get('cover').evidence.kept, page.traits.hasDeeperAside('cover'), page.files()], ['head', true, ['A deeper', 'A head']]);
  const again = await visit({ shelf });
  again.teaching.attend('cover');
  await settled();
  assert.deepEqual([again.traits.get('cover').evidence.kept, again.files(), again.log.length], ['deeper', ['A deeper'], 0]);
});

test('one that the engine refuses when it shall come back stays aside, and what was said since is taught', async () => {
  const page = await deepPage();
  page.judgements.judge('cover', page.items[0], '5', { words });
  await settled();
  page.model.loaded.isFull = true;
  page.history.undo();
  await settled();
  assert.deepEqual([page.log.length, page.traits.get('cover').evidence.kept, page.traits.hasDeeperAside('cover'), page.files()], [4, 'head', true, ['A deeper', 'A head']]);
  await page.traits.remove('cover', words);
  page.history.undo();
  await settled();
  assert.deepEqual(page.files(), ['A deeper', 'A head']);
});

for (const isFirst of [true, false]) {
  test(`a trait that is removed while it is taught ${isFirst ? 'for the first time' : 'again'} is on no model and not kept`, async () => {
    const page = isFirst ? await visit() : await taughtPage();
    const items = page.items ?? addPictures(page, ['Italy', 'Japan']);
    if (isFirst) page.lessons.add({ title: 'cover', language: 'en', way: 'stars', classes: [] }, []);
    page.model.loaded.hold(60);
    items.forEach((item, at) => page.judgements.judge('cover', item, String(5 - at), { words }));
    await settled(5);
    page.history.group({ words }, () => {
      page.judgements.forget('cover', { words });
      page.lessons.remove('cover', words);
      page.traits.remove('cover', words);
    });
    await settled(150);
    assert.deepEqual([page.traits.all, page.files()], [[], []]);
    page.history.undo();
    await settled();
    assert.deepEqual([page.traits.get('cover')?.evidence.kept, page.teaching.problem('cover'), page.files()], ['head', null, ['A head']]);
  });
}

test('a trait that was taught at once follows how it is grouped, once', async () => {
  const page = await taughtPage();
  const before = page.log.length;
  assert.equal(page.traits.grouping('cover'), 'folder');
  page.lessons.change('cover', { group: 'orientation' });
  await settled();
  assert.deepEqual([page.traits.grouping('cover'), page.log.length], ['orientation', before + 1]);
  const again = await visit({ shelf: page.shelf });
  assert.deepEqual([again.traits.grouping('cover'), again.log.length], ['orientation', 0], 'kept with the trait');
});

test('each model gets its own trait back, whatever another one taught meanwhile', async () => {
  const page = await deepPage();
  await page.model.load('B');
  page.teaching.attend('cover');
  await settled();
  assert.deepEqual(page.files(), ['A deeper', 'B head']);
  await page.model.load('A');
  assert.deepEqual([page.files(), page.traits.get('cover').evidence.kept], [['A deeper', 'B head'], 'deeper']);
});

test('a trait that is removed goes from all models, and comes back to all when that is undone, whichever is loaded', async () => {
  const page = await deepPage();
  await page.model.load('B');
  await settled();
  await page.model.load('A');
  const kept = page.files();
  assert.deepEqual(kept, ['A deeper', 'B head']);
  page.history.group({ words }, () => {
    page.judgements.forget('cover', { words });
    page.lessons.remove('cover', words);
    page.traits.remove('cover', words);
  });
  await settled();
  assert.deepEqual([page.files(), page.traits.get('cover')], [[], null]);
  await page.model.load('C');
  page.history.undo();
  await settled();
  assert.deepEqual(page.files().filter((file) => !file.startsWith('C')), kept);
  await page.model.load('A');
  assert.equal(page.traits.get('cover').evidence.kept, 'deeper');
});

test('removed and undone on one model, a deeper trait is not taught anew', async () => {
  const page = await deepPage();
  const before = page.log.length;
  page.history.group({ words }, () => {
    page.judgements.forget('cover', { words });
    page.lessons.remove('cover', words);
    page.traits.remove('cover', words);
  });
  await settled();
  page.history.undo();
  await settled();
  assert.deepEqual([page.files(), page.traits.get('cover').evidence.kept, page.log.length], [['A deeper'], 'deeper', before]);
});

test('traits that an earlier version kept by their id alone go on: a deeper one is not taught anew', async () => {
  const { shelf } = await deepPage();
  const [id, [, , kept]] = [...shelf.rows].find(([, [, room]]) => room === 'traits');
  shelf.rows.delete(id);
  const { grouping: _, ...older } = kept;
  await shelf.write([{ room: 'traits', key: ['cover'], value: { ...older, learnt: 'hashed otherwise' } }]);
  const other = await visit({ shelf, base: 'B' });
  assert.ok(other.files().includes('A deeper'), 'it waits for its model');
  const page = await visit({ shelf });
  assert.deepEqual([page.traits.get('cover').evidence.kept, page.log.length], ['deeper', 0]);
  assert.equal([...shelf.rows.values()].some(([key, room]) => room === 'traits' && key.length === 1), false);
  const later = await visit({ shelf });
  assert.deepEqual([later.traits.get('cover').evidence.kept, later.log.length], ['deeper', 0]);
});

test('judgements that come after the model lose no trait, and no group', async () => {
  const { shelf } = await deepPage();
  const before = [...shelf.rows.keys()].sort();
  const page = await visit({ shelf, isLate: true });
  assert.deepEqual([page.files(), page.log.length], [['A deeper'], 0]);
  assert.deepEqual([...shelf.rows.keys()].sort(), before);
});

test('groups weigh the same at the next visit, though the pictures are not on the page', async () => {
  const page = await taughtPage();
  page.lessons.change('cover', { equalGroups: true, group: 'folder' });
  await settled();
  const groupsIn = ({ given }) => given.pictures.map(({ group }) => group);
  const groups = ['Japan', 'Italy', 'Italy', 'Italy'];
  assert.deepEqual(groupsIn(page.log.at(-1)), groups);
  const again = await visit({ shelf: page.shelf });
  const [fifth] = addPictures(again, ['Japan'], 4);
  again.judgements.judge('cover', fifth, '5', { words });
  await settled();
  assert.deepEqual(groupsIn(again.log.at(-1)), ['Japan', ...groups]);
  for (const by of ['orientation', 'brightness']) {
    again.lessons.change('cover', { group: by });
    await settled();
    assert.equal(new Set(groupsIn(again.log.at(-1))).size, 1, by);
  }
  again.judgements.forget('cover', { words });
  await settled();
  assert.deepEqual([...page.shelf.rows.keys()].filter((id) => id.includes('groups')), [], 'of what nobody judges nothing is kept');
  again.history.undo();
  await settled();
  assert.equal([...page.shelf.rows.keys()].filter((id) => id.includes('groups')).length, 5);
});

test('teaching goes on after a trait was withdrawn from a model that went meanwhile', async () => {
  const page = await taughtPage();
  page.model.loaded.hold(60);
  for (let step = 0; step < 3; step += 1) page.history.undo();
  await settled();
  await page.model.load('B');
  await settled(80);
  const before = page.log.length;
  page.items.forEach((item, at) => page.judgements.judge('cover', item, String(5 - at), { words }));
  await settled();
  assert.ok(page.log.length > before, 'four new judgements');
  assert.equal(page.log.at(-1).base, 'B');
});

test('one that fails to listen keeps nobody else from hearing, and its failure is told', () => {
  const heard = [];
  const listeners = new Listeners();
  listeners.add(() => { throw new Error('on purpose'); });
  listeners.add(() => heard.push('second'));
  const later = [];
  const { queueMicrotask } = globalThis;
  globalThis.queueMicrotask = (work) => later.push(work);
  listeners.tell();
  globalThis.queueMicrotask = queueMicrotask;
  assert.deepEqual(heard, ['second']);
  assert.throws(later[0], { message: 'on purpose' });
});

test('what is counted as the user\'s is what the trait learns from: stars on another tab teach no pairs', async () => {
  const page = await visit();
  const items = addPictures(page, ['Italy', 'Italy', 'Japan']);
  const lesson = page.lessons.add({ title: 'cover', language: 'en', way: 'pairs', classes: [] }, []);
  page.judgements.compare(lesson.id, { better: items[0], worse: items[1], tie: false, shown: items.slice(0, 2) }, words);
  page.judgements.judge(lesson.id, items[2], '4', { words });
  await settled();
  const { own, said } = page.teaching.counts(lesson);
  assert.deepEqual([own, said, page.judgements.ownCount(lesson.id)], [1, 1, 2]);
});
