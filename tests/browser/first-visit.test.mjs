/** What a first visit asks the host for, the service worker's share included, as the host counts it; and a visit without a host. */
import assert from 'node:assert/strict';
import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { test } from 'node:test';
import { pathToFileURL } from 'node:url';
import { createPageServer } from '../../build_scripts/serve.mjs';
import { SITE } from '../../build_scripts/site/place.mjs';
import { BROWSERS, listen, openPage, readCard } from '../support/browsers.mjs';

const MOST = 40;

const { pictures } = JSON.parse(await readFile(new URL('../../web/samples/samples.json', import.meta.url)));

for (const [name, launch] of Object.entries(BROWSERS)) {
  test(`${name}: a first visit asks for each file once, for fewer than ${MOST} in all, and keeps the page`, async (t) => {
    const asked = [];
    const host = createPageServer();
    host.on('request', ({ url }) => asked.push(url));
    const server = await listen(host);
    const browser = await launch();
    try {
      const { page } = await openPage(browser, `${server.origin}/`);
      for (const { title } of pictures) await readCard(page, title.en);
      await page.waitForFunction(() => /page is kept here/.test(document.getElementById('storage').textContent), { timeout: 60000 });
      const again = asked.filter((url, at) => asked.indexOf(url) < at && url !== '/icon.svg'); // the browser asks for an icon by itself
      t.diagnostic(`${asked.length} requests`);
      assert.deepEqual(again, []);
      assert.ok(asked.length < MOST, `${asked.length} requests:\n${asked.sort().join('\n')}`);
    } finally {
      await browser.close();
      server.close();
    }
  });
}

for (const [name, launch] of Object.entries(BROWSERS)) {
  test(`${name}: opened from the disk, the page says why it cannot work there`, async () => {
    const browser = await launch({ preferences: { 'security.fileuri.strict_origin_policy': true } }); // Firefox's own default, which the driver turns off
    try {
      const page = await browser.newPage();
      await page.goto(pathToFileURL(join(SITE, 'index.html')).href);
      await page.waitForFunction("/cannot run from a file on disk.*make serve/.test(document.getElementById('loading-text').textContent)");
      assert.equal(await page.$$eval('button:enabled, input:enabled', (all) => all.length), 0);
    } finally {
      await browser.close();
    }
  });
}
