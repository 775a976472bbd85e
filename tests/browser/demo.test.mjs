/** The page as somebody new opens it: the model that ships scores its samples, each degraded one below its clean one, in two languages. */
import assert from 'node:assert/strict';
import { readFile } from 'node:fs/promises';
import { test } from 'node:test';
import { BROWSERS, openPage, press, readCard, servePage } from '../support/browsers.mjs';

const { pictures } = JSON.parse(await readFile(new URL('../../web/samples/samples.json', import.meta.url)));
const titles = pictures.map(({ title }) => title.en);

for (const [name, launch] of Object.entries(BROWSERS)) {
  test(`${name}: a fresh page scores the samples, the degraded below the clean`, async (t) => {
    const server = await servePage([]);
    const browser = await launch();
    try {
      const start = performance.now();
      const { page, problems } = await openPage(browser, `${server.origin}/`);
      const cards = new Map();
      for (const title of titles) cards.set(title, await readCard(page, title));
      t.diagnostic(`${titles.length} samples scored ${Math.round(performance.now() - start)} ms after opening the page`);
      for (const [title, card] of cards) {
        const quality = card.values.quality;
        assert.ok(Number.isFinite(quality), `${title}: ${card.text}`);
        const clean = cards.get(title.split(',')[0]).values.quality;
        assert.ok(title === title.split(',')[0] || quality < clean, `${title} has ${quality}, the clean one ${clean}`);
      }

      await page.select('#language', 'ja');
      const japanese = new Map(pictures.map(({ title }) => [title.en, title.ja]));
      const seen = await page.waitForFunction((first) => {
        const texts = (selector) => [...document.querySelectorAll(selector)].map((each) => each.textContent);
        return texts('.card h3').includes(first) && { names: texts('.card h3'), tasks: texts('.card .line .title') };
      }, {}, japanese.get(titles[0])).then((handle) => handle.jsonValue());
      assert.deepEqual(seen.names.sort(), [...japanese.values()].sort());
      await press(page, '#tab-model');
      const told = await page.$$eval('#model .tasks span, #model .topics dt, #model .topics dd', (all) => all.map((each) => each.textContent));
      await press(page, '#tab-pictures');
      await press(page, '.card .open');
      told.push(...await page.$$eval('#detail .result h3, #detail .scale strong, #detail .result .notes', (all) => all.map((each) => each.textContent)));
      assert.ok(told.length > 50);
      for (const text of [...seen.tasks, ...told]) assert.match(text, /[\u3040-\u30ff\u4e00-\u9fff]/, 'not Japanese');
      assert.deepEqual(problems, []);
    } finally {
      await browser.close();
      server.close();
    }
  });
}
