/** The page as somebody new opens it: the model that ships scores its samples, and each degraded one is below its clean one. */
import assert from 'node:assert/strict';
import { readFile } from 'node:fs/promises';
import { test } from 'node:test';
import { BROWSERS, openPage, readCard, servePage } from './browsers.mjs';

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
      assert.deepEqual(problems, []);
    } finally {
      await browser.close();
      server.close();
    }
  });
}
