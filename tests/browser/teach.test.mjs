/** Teaching in Chromium and Firefox: the bytes of Node, at once and deeper; a trait beside the element. */
import assert from 'node:assert/strict';
import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { after, before, describe, test } from 'node:test';
import { BROWSERS, openPage, servePage } from '../support/browsers.mjs';
import { GOOD_JPEG } from '../support/broken-pictures.mjs';
import { give, serveElement } from '../support/component-pages.mjs';
import { deepLesson, filesOf, headLesson } from '../support/lessons.mjs';
import { makeSeededModel } from '../support/seeded-model.mjs';
import { useBrowser } from '../support/set-up.mjs';
import { Scorer } from '../../web/lib/percept.js';

const at = (path) => fileURLToPath(new URL(path, import.meta.url));
/** A page of the server's without the app. */
const BLANK = '/icon.svg';

const PAGES = {
  '/taught': '<percept-scorer src="/q8/" traits="/q8/warmth.safetensors" tasks="warmth"></percept-scorer>',
  '/no-trait': '<percept-scorer src="/q8/" traits="/q8/model.json" tasks="warmth"></percept-scorer>',
  '/untaught': '<percept-scorer src="/q8/" tasks="warmth"></percept-scorer>',
};

let model;
let server;
let elements;
let expected;
let warmth;
before(async () => {
  model = await makeSeededModel();
  const scorer = await Scorer.load(model.folder, { threads: 1 });
  expected = await filesOf(scorer, [headLesson(), deepLesson()]);
  warmth = (await scorer.score(new Blob([GOOD_JPEG]))).scores.warmth;
  scorer.dispose();
  elements = await serveElement({ mounts: [{ prefix: '/q8/', folder: model.folder }], pages: PAGES });
  await writeFile(join(model.folder, 'warmth.safetensors'), Buffer.from(expected[0].file, 'base64'));
  server = await servePage([{ prefix: '/q8/', folder: model.folder }, { prefix: '/tests/support/', folder: at('../support') }, { prefix: '/web/', folder: at('../../web') }]);
});
after(async () => {
  server.close();
  elements.close();
  await model.remove();
});

for (const [name, launch] of Object.entries(BROWSERS)) {
  describe(name, () => {
    const session = useBrowser(launch);

    test('the same judgements give the bytes of Node: a head, and the folds of a deeper lesson', async () => {
      const { page } = await openPage(session.browser, server.origin + BLANK);
      for (const load of [{ threads: 1 }, { threads: 2 }]) {
        const found = await page.evaluate(async (options) => {
          const { Scorer: Library } = await import('/percept.js');
          const lessons = await import('/tests/support/lessons.mjs');
          const scorer = await Library.load('/q8/', options);
          const files = await lessons.filesOf(scorer, [lessons.headLesson(), lessons.deepLesson()]);
          scorer.dispose();
          return files;
        }, load);
        assert.deepEqual(found, expected, JSON.stringify(load));
      }
      await page.close();
    });

    test('an element takes a trait from its file, and says why it does not take another', async () => {
      const outcomes = [];
      for (const path of Object.keys(PAGES)) {
        const { page } = await openPage(session.browser, elements.origin + path);
        outcomes.push(await give(page, { name: 'good.jpg', bytes: GOOD_JPEG }));
        await page.close();
      }
      assert.deepEqual(outcomes, [{ scores: { warmth } }, { code: 'trait-invalid' }, { code: 'unknown-task' }]);
    });
  });
}
