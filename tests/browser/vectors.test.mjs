/** The published results in real browsers: every build's bits, and the page's button. */
import assert from 'node:assert/strict';
import { fileURLToPath } from 'node:url';
import { after, before, describe, test } from 'node:test';
import { BROWSERS, SOURCES, openPage, press, servePage } from '../support/browsers.mjs';
import { useBrowser } from '../support/set-up.mjs';

const at = (path) => fileURLToPath(new URL(path, import.meta.url));
/** A page of the server's without the app. */
const BLANK = '/icon.svg';
const SETTINGS = [
  { variant: 'reference' }, { variant: 'simd128', threads: 1 }, { variant: 'simd128', threads: 2 },
  { variant: 'relaxed', threads: 1 }, { variant: 'relaxed', threads: 2 }, { variant: 'relaxed', threads: 3 },
];

let server;
before(async () => {
  server = await servePage([
    SOURCES,
    { prefix: '/vectors/', folder: at('../golden/vectors') },
    { prefix: '/samples/', folder: at('../golden/pictures') },
  ]);
});
after(() => server.close());

for (const [name, launch] of Object.entries(BROWSERS)) {
  describe(name, () => {
    const session = useBrowser(launch);

    test('every build and number of threads computes the published bits', async () => {
      const { page } = await openPage(session.browser, server.origin + BLANK);
      for (const outtype of ['q8', 'f32']) {
        for (const setting of SETTINGS) {
          const outcome = await page.evaluate(async (model, options) => {
            const { Scorer } = await import('/percept.js');
            const { fetchVectors, selfTest } = await import('/source/lib/weights/vectors.js');
            const scorer = await Scorer.load(model, options);
            const vectors = await fetchVectors(new URL(`${model}vectors.json`, location.href));
            const result = await selfTest(scorer, vectors, { base: new URL('/samples/', location.href) });
            scorer.dispose();
            return { ...result, build: scorer.engine.build };
          }, `/vectors/${outtype}/`, setting);
          assert.deepEqual(outcome.problems, [], `${outtype} ${JSON.stringify(setting)}`);
          assert.match(outcome.build, new RegExp(setting.variant));
          assert.ok(outcome.numbers > 300);
        }
      }
      await page.close();
    });

    test('the page\'s button verifies the installation', async () => {
      const { page, problems } = await openPage(session.browser, `${server.origin}/?model=/vectors/q8/&samples=none`);
      await page.waitForSelector('#self-test');
      await press(page, '#self-test');
      const outcome = await page.waitForSelector('#self-test-answer[data-outcome]');
      assert.match(await outcome.evaluate((each) => each.textContent), /^Verified: 352 numbers of 8 pictures/);
      assert.deepEqual(problems, []);
      await page.close();
    });

    test('the button verifies the model that was loaded last, by its own results', async () => {
      const { page, problems, requests } = await openPage(session.browser, `${server.origin}/?model=/vectors/q8/&samples=none`);
      await press(page, '#tab-model');
      await page.waitForSelector('[data-task-switch]');
      await page.$eval('#model-address', (input) => {
        input.value = '/vectors/f32/';
        input.form.requestSubmit();
      });
      await press(page, '#self-test');
      const outcome = await page.waitForSelector('#self-test-answer[data-outcome]');
      assert.match(await outcome.evaluate((each) => each.textContent), /^Verified: 352 numbers of 8 pictures/);
      const tables = requests.map(({ url }) => new URL(url).pathname).filter((path) => path.endsWith('/vectors.json'));
      assert.deepEqual(tables, ['/vectors/f32/vectors.json'], 'the other model has other bits, and the same sentence');
      assert.deepEqual(problems, []);
      await page.close();
    });
  });
}
