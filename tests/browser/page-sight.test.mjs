/** What people need is in sight: buttons on a phone, in both languages. The model is the page's own. */
import assert from 'node:assert/strict';
import { after, before, describe, test } from 'node:test';
import { BROWSERS, drop, servePage } from '../support/browsers.mjs';
import { runOnPage, useBrowser } from '../support/set-up.mjs';
import { png } from '../support/teach-pictures.mjs';

const PICTURE = { name: 'wide.png', bytes: png(240, 160, (x, y) => [x, y, 128]) };

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

    for (const language of ['en', 'ja']) {
      test(`a phone shows all of the line of choosing (${language})`, withPicture(language, async (page) => {
        await page.setViewport({ width: 390, height: 844 });
        for (const button of ['#arrange', '#open-best', '#open-filter', '#open-order', '#save-pictures']) {
          const { left, right } = await boxOf(page, button);
          assert.ok(left >= 0 && right <= 390, `${button} reaches from ${left} to ${right}`);
        }
      }));
    }
  });
}
