/** What people need is in sight: buttons on a phone, the picture beside its scores, and that a tile leaves scores out. The model is the page's own, of seven tasks. */
import assert from 'node:assert/strict';
import { after, before, describe, test } from 'node:test';
import { BROWSERS, drop, press, servePage } from '../support/browsers.mjs';
import { choose } from '../support/page-controls.mjs';
import { runOnPage, useBrowser } from '../support/set-up.mjs';
import { png } from '../support/teach-pictures.mjs';

const PICTURE = { name: 'wide.png', bytes: png(240, 160, (x, y) => [x, y, 128]) };
const MORE = { en: 'and 1 more', ja: 'ほか 1 件' };

let server;
before(async () => { server = await servePage([]); });
after(() => server.close());

const boxOf = (page, selector) => page.$eval(selector, (each) => {
  const { bottom, left, right, top } = each.getBoundingClientRect();
  return { bottom, left, right, top };
});

for (const [name, launch] of Object.entries(BROWSERS)) {
  describe(name, () => {
    const session = useBrowser(launch);
    /** With a picture that all tasks have scored. */
    const withPicture = (language, run) => () => runOnPage(session, `${server.origin}/?samples=none&lang=${language}`, async (page) => {
      await drop(page, [PICTURE]);
      await page.waitForFunction(() => document.querySelector('.card[data-state="scored"] img') && document.getElementById('open-best'), { timeout: 60000 });
      await run(page);
    });

    for (const [language, more] of Object.entries(MORE)) {
      test(`a phone shows all of the line of choosing, and a tile says what it leaves out (${language})`, withPicture(language, async (page) => {
        await page.setViewport({ width: 390, height: 844 });
        for (const button of ['#arrange', '#open-best', '#open-filter', '#open-order', '#save-pictures']) {
          const { left, right } = await boxOf(page, button);
          assert.ok(left >= 0 && right <= 390, `${button} reaches from ${left} to ${right}`);
        }
        assert.equal(await page.$$eval('.card .line', (all) => all.length), 6);
        assert.equal(await page.$eval('.card .more', (each) => each.innerText), more);
        assert.ok(await page.$eval('.card .open', (each, words) => each.ariaLabel.includes(words), more));
        assert.ok((await boxOf(page, '.card .more')).bottom <= (await boxOf(page, '.card')).bottom);
      }));
    }

    test('beside its scores the picture stays in sight, and what lies under it can be reached', withPicture('en', async (page) => {
      await page.setViewport({ width: 1280, height: 900 });
      const task = await page.$$eval('#by-task option', (all) => all.at(-1).value);
      await choose(page, '#by-task', task);
      for (const height of [900, 720]) {
        await page.setViewport({ width: 1280, height });
        await press(page, '.card .open');
        await page.waitForSelector('#detail .layers button');
        assert.equal(await page.$eval('#detail', (each) => each.scrollTop), 0, 'it opens at its top');
        assert.equal(await page.$eval('#detail .result', (each) => each.dataset.task), task, 'what the gallery is sorted by comes first');
        await page.$eval('#detail', (each) => each.scrollTo(0, 500));
        const [head, lens, layers, dialog] = await Promise.all(['header', '.lens', '.layers', ''].map((each) => boxOf(page, `#detail ${each}`.trim())));
        const seen = (lens.bottom - Math.max(lens.top, head.bottom)) / (lens.bottom - lens.top);
        assert.ok(seen >= (height === 900 ? 1 : 0.6), `${seen} of the picture is in sight at ${height}`);
        assert.ok(layers.top > head.bottom && layers.bottom <= dialog.bottom, `the buttons are from ${layers.top} to ${layers.bottom} at ${height}`);
        await page.keyboard.press('Escape');
        await page.waitForFunction(() => !document.getElementById('detail').open);
      }
    }));
  });
}
