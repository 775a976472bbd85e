/** Teaching in Chromium and Firefox: the bytes of Node, at once and deeper; a trait beside the element. */
import assert from 'node:assert/strict';
import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { after, before, describe, test } from 'node:test';
import { BROWSERS, openPage, servePage } from '../support/browsers.mjs';
import { deepLesson, filesOf, headLesson } from '../support/lessons.mjs';
import { makeSeededModel } from '../support/seeded-model.mjs';
import { useBrowser } from '../support/set-up.mjs';
import { Scorer } from '../../web/lib/percept.js';

const at = (path) => fileURLToPath(new URL(path, import.meta.url));
/** A page of the server's without the app. */
const BLANK = '/icon.svg';

let model;
let server;
let expected;
before(async () => {
  model = await makeSeededModel();
  const scorer = await Scorer.load(model.folder, { threads: 1 });
  expected = await filesOf(scorer, [headLesson(), deepLesson()]);
  scorer.dispose();
  await writeFile(join(model.folder, 'warmth.safetensors'), Buffer.from(expected[0].file, 'base64'));
  server = await servePage([{ prefix: '/q8/', folder: model.folder }, { prefix: '/tests/support/', folder: at('../support') }, { prefix: '/web/', folder: at('../../web') }]);
});
after(async () => {
  server.close();
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
      const { page } = await openPage(session.browser, server.origin + BLANK);
      const outcome = await page.evaluate(async () => {
        await import('/percept-scorer.js');
        const { warmPictures } = await import('/tests/support/lessons.mjs');
        const [{ source }] = warmPictures(1);
        const canvas = new OffscreenCanvas(source.width, source.height);
        canvas.getContext('2d').putImageData(new ImageData(source.data, source.width, source.height), 0, 0);
        const picture = await canvas.convertToBlob({ type: 'image/png' });
        const ask = async (traits) => {
          const element = document.createElementNS('http://www.w3.org/1999/xhtml', 'percept-scorer');
          Object.assign(element, { src: '/q8/', traits, tasks: 'warmth' });
          document.documentElement.append(element);
          return element.score(picture).then(({ scores }) => scores.warmth.value, (error) => error.code).finally(() => element.remove());
        };
        return [await ask('/q8/warmth.safetensors'), await ask('/q8/model.json'), await ask('')];
      });
      assert.ok(outcome[0] >= 1 && outcome[0] <= 5, String(outcome));
      assert.deepEqual(outcome.slice(1), ['trait-invalid', 'unknown-task']);
      await page.close();
    });
  });
}
