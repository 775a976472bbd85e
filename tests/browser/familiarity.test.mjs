/** A picture that is unlike what the model learnt from is told so: on its tile, in its panel, on the model's card, by the element. */
import assert from 'node:assert/strict';
import { readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { after, before, test } from 'node:test';
import { GOOD_JPEG } from '../support/broken-pictures.mjs';
import { BROWSERS, drop, openPage, press, readCard, servePage } from '../support/browsers.mjs';
import { give, serveElement } from '../support/component-pages.mjs';
import { makeSeededModel } from '../support/seeded-model.mjs';

const GOOD = { name: 'good.jpg', bytes: GOOD_JPEG };
const WORDS = { en: 'Unlike the photographs that this model learnt from: its scores may mean little here.', ja: 'このモデルが学んだ写真と似ていません' };

let model;
let manifest;
let browser;
before(async () => {
  model = await makeSeededModel('q8', { familiarity: true });
  manifest = JSON.parse(await readFile(join(model.folder, 'model.json'), 'utf8'));
  browser = await BROWSERS.chromium();
});
after(async () => {
  await browser.close();
  await model.remove();
});

/** A threshold of 1 calls every picture of this model unlike, one of 0 none. */
const limit = (threshold) => writeFile(join(model.folder, 'model.json'), JSON.stringify({ ...manifest, familiarity: { ...manifest.familiarity, threshold } }));

for (const [language, threshold] of [['en', 1], ['ja', 1], ['en', 0]]) {
  test(`the page says it where it is so: ${language}, threshold ${threshold}`, async () => {
    await limit(threshold);
    const server = await servePage([{ prefix: '/known/', folder: model.folder }]);
    try {
      const { page, problems } = await openPage(browser, `${server.origin}/?model=/known/&samples=none&lang=${language}`);
      await drop(page, [GOOD]);
      const { state, text } = await readCard(page, GOOD.name);
      assert.equal(state, 'scored', text);
      assert.equal(await page.$$eval('.card .unfamiliar', (marks) => marks.filter((each) => each.checkVisibility()).length), threshold);
      const label = await page.$eval('.card .open', (button) => button.getAttribute('aria-label'));
      assert.equal(label.includes(WORDS[language]), threshold === 1, label);
      await press(page, '.card .open');
      const panel = await page.$eval('#detail', (dialog) => dialog.innerText);
      assert.equal(panel.includes(WORDS[language]), threshold === 1, panel);
      await page.keyboard.press('Escape');
      await press(page, '#tab-model');
      const card = await page.$eval('#model', (each) => each.innerText);
      assert.match(card, /Noise\s+.*90/);
      assert.deepEqual(problems, []);
      await page.close();
    } finally {
      server.close();
    }
  });
}

test('the element says it, and aloud', async () => {
  for (const threshold of [1, 0]) {
    await limit(threshold);
    const server = await serveElement({ mounts: [{ prefix: '/known/', folder: model.folder }], pages: { '/one': '<percept-scorer src="/known/"></percept-scorer>' } });
    const page = await browser.newPage();
    await page.goto(`${server.origin}/one`);
    assert.ok((await give(page, GOOD)).scores);
    const told = await page.$eval('percept-scorer', ({ shadowRoot, result }) => ({
      isShown: shadowRoot.querySelector('[part=unfamiliar]').checkVisibility(), spoken: shadowRoot.querySelector('[role=status]').textContent, familiar: result.familiar,
    }));
    assert.equal(told.isShown, threshold === 1);
    assert.equal(told.spoken.includes(WORDS.en), threshold === 1, told.spoken);
    assert.ok(told.familiar >= 0 && told.familiar < 1);
    await page.close();
    server.close();
  }
});
