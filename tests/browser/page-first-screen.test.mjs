/** What somebody sees first, on a desktop and on a phone, and that what the page says of itself is so. */
import assert from 'node:assert/strict';
import { readFile } from 'node:fs/promises';
import { after, before, describe, test } from 'node:test';
import { violations } from '../support/axe.mjs';
import { GOOD_JPEG } from '../support/broken-pictures.mjs';
import { makeSeededModel } from '../support/seeded-model.mjs';
import { BROWSERS, drop, listen, press, readCard } from '../support/browsers.mjs';
import { createPageServer } from '../../build_scripts/serve.mjs';
import { runOnPage, useBrowser } from '../support/set-up.mjs';

const PAGE = '/?model=/model/&lang=en';
const TABS = ['pictures', 'teach', 'judgements', 'reports', 'model', 'privacy'];
const OWN = ['house.jpg', 'lake.jpg'];

let model;
let server;
let pictures;
/** Paths that the server was asked for. */
const asked = new Set();
before(async () => {
  model = await makeSeededModel();
  const http = createPageServer({ mounts: [{ prefix: '/model/', folder: model.folder }] });
  http.on('request', ({ url }) => asked.add(url));
  server = await listen(http);
  pictures = await Promise.all(OWN.map(async (name) => ({ name: `my-${name}`, bytes: await readFile(new URL(`../../web/samples/${name}`, import.meta.url)) })));
});
after(async () => {
  server.close();
  await model.remove();
});

const atRest = (page) => page.waitForFunction(() => !document.getElementById('idle').hidden, { timeout: 60000 });
const text = (page, selector) => page.$eval(selector, (each) => each.innerText.trim());

for (const [name, launch] of Object.entries(BROWSERS)) {
  describe(name, () => {
    const session = useBrowser(launch);
    const onPage = (path, run, allowed) => () => runOnPage(session, server.origin + path, run, allowed);

    test('an empty page says what it is for in three steps; samples go when one\'s own pictures come, and come back', onPage(PAGE, async (page) => {
      await page.setViewport({ width: 1280, height: 1600 });
      await atRest(page);
      assert.equal(await page.$$eval('#guide li', (all) => all.filter((each) => each.checkVisibility()).length), 3);
      assert.match(await text(page, '.group h3'), /^Samples/);
      await drop(page, pictures);
      await readCard(page, 'my-lake.jpg');
      await atRest(page);
      assert.deepEqual(await page.$$eval('.card h3', (all) => all.map((each) => each.textContent)), ['my-house.jpg', 'my-lake.jpg']);
      assert.equal(await page.$eval('#guide', (each) => each.hidden), true);
      await press(page, '.card .open');
      assert.match(await text(page, '#detail [data-task="quality"]'), /number [12] of 2 here/, 'ranks are among one\'s own');
      await page.setViewport({ width: 700, height: 500 });
      await page.$eval('#detail', (each) => { each.scrollTop = 200; });
      const before = await page.$eval('#detail', (each) => each.scrollTop);
      assert.ok(before > 0);
      await press(page, '#detail .next');
      assert.equal(await page.$eval('#detail', (each) => each.scrollTop), before, 'stepping keeps what is in sight');
      await page.keyboard.press('Escape');
      await press(page, '#clear');
      await page.waitForFunction(() => document.querySelector('.group h3')?.textContent.startsWith('Samples'));
      assert.equal(await page.$eval('#guide', (each) => each.hidden), false);
    }));

    test('a phone shows pictures at once, two in a row, and every tab', onPage('/?lang=en', async (page) => {
      await page.setViewport({ width: 390, height: 844 });
      await page.waitForSelector('.card:nth-of-type(3)');
      const layout = () => page.evaluate(() => {
        const tops = [...document.querySelectorAll('.card')].map((each) => each.getBoundingClientRect());
        return {
          first: tops[0].top, inRow: tops.filter(({ top }) => top === tops[0].top).length,
          tabs: [...document.querySelectorAll('[role="tab"]')].filter((each) => each.getBoundingClientRect().right <= innerWidth).length,
          overflow: Math.max(0, document.documentElement.scrollWidth - innerWidth), // a scroll bar takes of the width
        };
      });
      const samples = await layout();
      assert.deepEqual({ ...samples, first: 0 }, { first: 0, inRow: 2, tabs: 6, overflow: 0 });
      assert.ok(samples.first < 600, `the first sample begins at ${samples.first} of 844`);
      await page.waitForSelector('.card[data-state="scored"] .line');
      assert.deepEqual(await page.$$eval('.line .title', (all) => all.filter((each) => each.scrollWidth > each.clientWidth).map((each) => each.textContent)), [], 'no name of a task is cut');
      await drop(page, pictures);
      await page.waitForFunction(() => document.querySelector('.card h3')?.textContent === 'my-house.jpg');
      await press(page, '#keep-no');
      const own = await layout();
      assert.ok(own.first < 400, `the first picture begins at ${own.first} of 844`);
      await page.waitForSelector('.card[data-state="scored"]');
      await page.waitForSelector('#open-best');
      await press(page, '.card[data-state="scored"] .open');
      const rows = await page.$$eval('#detail .rating button', (all) => new Set(all.map((each) => Math.round(each.getBoundingClientRect().top + each.offsetHeight / 2))).size);
      assert.equal(rows, 1, 'stars and flags lie in one row');
      assert.equal(await page.$eval('#detail', (each) => each.scrollWidth - each.clientWidth), 0);
      await page.keyboard.press('Escape');
      assert.equal(await page.$eval('#sort', (each) => each.checkVisibility()), false);
      await press(page, '#arrange');
      assert.equal(await page.$eval('#sort', (each) => each.checkVisibility()), true);
    }));

    test('axe finds nothing of any weight, headings in order, quiet text at AAA, in both languages', onPage(`${PAGE}&samples=none`, async (page) => {
      await page.emulateMediaFeatures([{ name: 'prefers-reduced-motion', value: 'reduce' }]).catch(() => {}); // Firefox has no such switch
      await drop(page, [...pictures, { name: 'bad.jpg', bytes: Buffer.from('no picture') }]);
      await readCard(page, 'bad.jpg');
      await atRest(page);
      const found = [];
      const check = async (where) => {
        const options = { rules: { 'color-contrast-enhanced': { enabled: true } } };
        found.push(...(await violations(page, undefined, options)).map((each) => `${where}: ${each}`));
      };
      for (const language of ['en', 'ja']) {
        await page.$eval('#language', (each, wanted) => {
          each.value = wanted;
          each.dispatchEvent(new Event('input', { bubbles: true }));
        }, language);
        for (const tab of TABS) {
          await press(page, `#tab-${tab}`);
          await page.waitForFunction((id) => document.getElementById(id).childElementCount > 0, {}, tab);
          await check(`${tab} ${language}`);
        }
        await press(page, '#tab-pictures');
        await page.$$eval('.card[data-state="scored"] .open', ([first]) => first.click());
        await check(`detail ${language}`);
        await page.keyboard.press('Escape');
      }
      assert.deepEqual(found, []);
    }));

    test('the list of requests has all that the server was asked for, the service worker\'s too', onPage(`${PAGE}&samples=none`, async (page) => {
      await drop(page, pictures.slice(0, 1));
      await readCard(page, 'my-house.jpg');
      await page.evaluate(() => navigator.serviceWorker.ready.then(() => true));
      await page.waitForSelector('#report .ranking'); // all that comes later has come
      asked.clear();
      await page.reload();
      await page.waitForFunction(() => document.getElementById('engine').textContent);
      await drop(page, [{ name: 'b.jpg', bytes: GOOD_JPEG }]);
      await readCard(page, 'b.jpg');
      await atRest(page);
      await press(page, '#tab-privacy');
      await page.waitForSelector('#privacy .requests li');
      const listed = new Set(await page.$$eval('#privacy .requests code', (all) => all.map((each) => each.textContent)));
      const isOwn = (path) => !/^\/(favicon\.ico|service-worker\.js|\?.*)?$/.test(path); // what the browser asks for of itself, and the page as it is opened
      assert.deepEqual([...asked].filter((path) => isOwn(path) && !listed.has(path)), []);
      assert.ok([...listed].some((path) => path === '/engine/wasm/picture.wasm'));
    }));

    test('an address that the page\'s policy forbids is said to be, at once', onPage(`${PAGE}&samples=none`, async (page) => {
      await page.waitForFunction(() => document.getElementById('engine').textContent);
      await press(page, '#tab-model');
      await page.$eval('#model-address', (each) => { each.value = 'http://elsewhere.test/model/'; });
      const start = performance.now();
      await press(page, '#model-panel button[type="submit"]');
      await page.waitForSelector('#model-problem [data-code="address-forbidden"]', { timeout: 8000 });
      assert.ok(performance.now() - start < 8000);
      assert.match(await text(page, '#model-problem'), /lets it fetch nothing from another address/);
      assert.equal(await page.$eval('#loading', (each) => each.hidden), true);
    }, /Content.Security.Policy|violates|blocked/i));

    test('deleting a model is announced', onPage(`${PAGE}&samples=none`, async (page) => {
      await page.waitForFunction(() => document.getElementById('engine').textContent);
      await press(page, '#tab-model');
      await page.waitForSelector('.remove-model');
      await page.evaluate(() => {
        globalThis.heard = [];
        new MutationObserver(() => globalThis.heard.push(document.getElementById('announcer').textContent)).observe(document.getElementById('announcer'), { childList: true });
      });
      await press(page, '.remove-model');
      await page.waitForFunction(() => globalThis.heard.length > 1);
      const [first, last] = await page.evaluate(() => [globalThis.heard[0], globalThis.heard.at(-1)]);
      assert.match(first, /is being deleted/);
      assert.match(last, /was deleted from this device/);
    }));
  });
}
