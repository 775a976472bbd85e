/** The page in Chromium and Firefox, used as people use it. */
import assert from 'node:assert/strict';
import { cp, mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { after, before, describe, test } from 'node:test';
import { BROKEN, GOOD_JPEG, fixture } from '../support/broken-pictures.mjs';
import { GRID_VIEWS, flipBit, makeSeededModel, shardPaths } from '../support/seeded-model.mjs';
import { BROWSERS, drop, forgetModels, openPage, press, readCard, servePage, servePlainly } from '../support/browsers.mjs';
import { holdCalls, holdCallsFromStart, letCallsGo } from '../support/held-calls.mjs';
import { runOnPage, scoreInNode, useBrowser } from '../support/set-up.mjs';

const PICTURES = fileURLToPath(new URL('../golden/pictures', import.meta.url));
const PAGE = '/?model=/model/&samples=none';
const sample = fixture('jpeg-444.jpg');

let model;
let work;
let server;
let expected;
before(async () => {
  model = await makeSeededModel();
  work = await mkdtemp(join(tmpdir(), 'percept-page-'));
  await cp(model.folder, join(work, 'damaged'), { recursive: true });
  await writeFile(join(work, 'sample.jpg'), sample);
  await writeFile(join(work, 'samples.json'), JSON.stringify({
    pictures: Array.from({ length: 12 }, (_, at) => ({ file: 'sample.jpg', title: { en: `Sample ${at}` } })),
  }));
  server = await servePage([
    { prefix: '/model/', folder: model.folder },
    { prefix: '/damaged/', folder: join(work, 'damaged') },
    { prefix: '/samples/', folder: work },
  ]);
  expected = (await scoreInNode(model.folder)).scores;
});
after(async () => {
  server.close();
  await model.remove();
  await rm(work, { recursive: true });
});

for (const [name, launch] of Object.entries(BROWSERS)) {
  describe(name, () => {
    const session = useBrowser(launch);

    /** Opens the page, runs the test, and asks that nothing went wrong meanwhile. */
    const onPage = (path, run) => () => runOnPage(session, server.origin + path, run);

    test('a dropped JPEG is scored, with the bits of Node', onPage(PAGE, async (page) => {
      await drop(page, [{ name: 'picture.jpg', bytes: GOOD_JPEG }]);
      const card = await readCard(page, 'picture.jpg');
      assert.equal(card.state, 'scored');
      assert.equal(card.values.quality, expected.quality.value);
      assert.equal(card.values.beauty, expected.beauty.value);
      assert.match(card.text, new RegExp(`Emotion\\s+${expected.emotion.label}`));
      assert.match(card.text, /Image quality/);
      assert.match(card.facts, /61 × 43 pixels/);
      const announced = await page.waitForFunction(() => document.getElementById('announcer').textContent);
      assert.match(await announced.jsonValue(), /^picture\.jpg: Image quality .* on a scale from 0 to 1/);
    }));

    test('chosen and pasted pictures are scored too, the newest first', onPage(PAGE, async (page) => {
      await (await page.$('#files')).uploadFile(join(PICTURES, 'png-palette-8bit.png'));
      await readCard(page, 'png-palette-8bit.png');
      await page.evaluate((base64) => {
        const clipboardData = new DataTransfer();
        clipboardData.items.add(new File([Uint8Array.from(atob(base64), (character) => character.charCodeAt(0))], 'clip.jpg'));
        const event = new Event('paste', { bubbles: true }); // Firefox's ClipboardEvent takes no clipboardData
        Object.defineProperty(event, 'clipboardData', { value: clipboardData });
        document.dispatchEvent(event);
      }, GOOD_JPEG.toString('base64'));
      assert.equal((await readCard(page, 'clip.jpg')).values.quality, expected.quality.value);
      assert.deepEqual(await page.$$eval('.card h3', (all) => all.map((each) => each.textContent)), ['clip.jpg', 'png-palette-8bit.png']);
    }));

    test('what is no picture says why, and the next one works', onPage(PAGE, async (page) => {
      await drop(page, [...BROKEN, { name: 'good.jpg', bytes: GOOD_JPEG }]);
      for (const { name: file, code } of BROKEN) {
        const card = await readCard(page, file);
        assert.equal(card.state, 'failed', file);
        assert.equal(card.code, code, `${file}: ${card.text}`);
        assert.match(card.text, /\.$/);
      }
      assert.equal((await readCard(page, 'good.jpg')).values.quality, expected.quality.value);
    }));

    test('a 12-megapixel JPEG is scored', onPage(PAGE, async (page) => {
      const bytes = await page.evaluate(async () => {
        const canvas = new OffscreenCanvas(4000, 3000);
        const context = canvas.getContext('2d');
        for (let at = 0; at < 400; at += 1) {
          context.fillStyle = `hsl(${at * 7} 70% ${at % 100}%)`;
          context.fillRect((at * 997) % 4000, (at * 613) % 3000, 500, 300);
        }
        const blob = await canvas.convertToBlob({ type: 'image/jpeg' });
        const dataTransfer = new DataTransfer();
        dataTransfer.items.add(new File([blob], 'large.jpg'));
        document.dispatchEvent(new DragEvent('drop', { dataTransfer, bubbles: true, cancelable: true }));
        return blob.size;
      });
      assert.ok(bytes > 100_000);
      const card = await readCard(page, 'large.jpg');
      assert.equal(card.state, 'scored', card.text);
      assert.match(card.facts, /4,000 × 3,000 pixels/);
    }));

    test('a WebP picture is scored', onPage(PAGE, async (page) => {
      await page.evaluate(async () => {
        const canvas = new OffscreenCanvas(90, 70);
        canvas.getContext('2d').fillRect(10, 10, 30, 30);
        const blob = await canvas.convertToBlob({ type: 'image/webp' });
        if (blob.type !== 'image/webp') throw new Error(`the browser wrote ${blob.type}`);
        const dataTransfer = new DataTransfer();
        dataTransfer.items.add(new File([blob], 'picture.webp'));
        document.dispatchEvent(new DragEvent('drop', { dataTransfer, bubbles: true, cancelable: true }));
      });
      const card = await readCard(page, 'picture.webp');
      assert.equal(card.state, 'scored', card.text);
      assert.match(card.facts, /90 × 70 pixels/);
    }));

    test('a damaged model says so, and is there after it was repaired', async () => {
      const [base] = await shardPaths(join(work, 'damaged'), 'base');
      await flipBit(base, 1_500_000);
      await forgetModels(session.browser, server.origin); // the right bytes are on the device, from tests before
      const { page } = await openPage(session.browser, `${server.origin}/?model=/damaged/&samples=none`);
      await page.waitForSelector('#model-problem [data-code="weights-corrupt"]');
      await drop(page, [{ name: 'early.jpg', bytes: GOOD_JPEG }]);
      assert.equal((await readCard(page, 'early.jpg')).code, 'weights-corrupt');
      await flipBit(base, 1_500_000);
      await press(page, '#model-problem button');
      await drop(page, [{ name: 'late.jpg', bytes: GOOD_JPEG }]);
      assert.equal((await readCard(page, 'late.jpg')).values.quality, expected.quality.value);
      await page.close();
    });

    test('removing a card cancels its work: what is computed is stopped, and what waits is not begun', onPage(PAGE, async (page) => {
      await holdCalls(page, 'score');
      await drop(page, Array.from({ length: 6 }, (_, at) => ({ name: `${at}.jpg`, bytes: GOOD_JPEG })));
      await page.waitForFunction(() => globalThis.heldCalls.asked.length === 1 && document.querySelectorAll('.card').length === 6);
      const remove = (wanted) => page.$$eval('.card', (all, title) => all.find((each) => each.querySelector('h3').textContent === title).querySelector('.remove').click(), wanted);
      await remove('0.jpg');
      await page.waitForFunction(() => globalThis.heldCalls.aborted[0] === globalThis.heldCalls.asked[0]);
      await remove('1.jpg');
      await remove('5.jpg');
      await letCallsGo(page);
      await readCard(page, '4.jpg');
      assert.deepEqual(await page.$$eval('.card', (all) => all.map((each) => [each.querySelector('h3').textContent, each.dataset.state])), ['2.jpg', '3.jpg', '4.jpg'].map((each) => [each, 'scored']));
      assert.equal(await page.evaluate(() => globalThis.heldCalls.asked.length), 4);
    }));

    test('the samples are scored at opening', onPage('/?model=/model/', async (page) => {
      await page.setViewport({ width: 1280, height: 1600 });
      const card = await readCard(page, 'Sample 11');
      assert.equal(card.state, 'scored');
      assert.match(card.facts, /^Sample · /);
    }));

    test('samples that are stopped go on where they were, and have all their scores', onPage('/?model=/model/', async (page) => {
      await holdCallsFromStart(page, 'score');
      await page.waitForFunction(() => globalThis.heldCalls.asked.length === 1);
      await letCallsGo(page, sample.length);
      await page.waitForSelector('.card[data-state=scored]');
      await press(page, '#cancel');
      await page.waitForSelector('#idle:not([hidden])');
      await page.waitForSelector('#resume:not([hidden])');
      await letCallsGo(page);
      await press(page, '#resume');
      await page.waitForFunction(() => {
        const counts = [...document.querySelectorAll('.card')].map((card) => card.querySelectorAll('[data-task] data, [data-task] .label').length);
        return document.getElementById('resume').hidden && !document.getElementById('idle').hidden && counts.every((count) => count > 1);
      }, { timeout: 20000 });
    }));

    test('a picture does not wait for all samples', onPage('/?model=/model/', async (page) => {
      await holdCallsFromStart(page, 'score');
      await page.waitForSelector('.card');
      await drop(page, [{ name: 'urgent.jpg', bytes: GOOD_JPEG }]);
      await page.waitForFunction(() => document.querySelector('.card h3').textContent === 'urgent.jpg');
      await letCallsGo(page, GOOD_JPEG.length);
      await readCard(page, 'urgent.jpg');
      assert.deepEqual(await page.$$eval('.card h3', (all) => all.map((each) => each.textContent)), ['urgent.jpg'], 'samples stay apart from what is the person\'s own');
      await page.waitForFunction(() => document.getElementById('queue').hidden); // and are not counted
      await page.$eval('.card .remove', (button) => button.click());
      await page.waitForFunction(() => document.querySelectorAll('.card').length > 1);
      assert.equal(await page.$eval('#queue', (each) => each.hidden), false, 'they still wait');
      await letCallsGo(page);
      await page.waitForSelector('#idle:not([hidden])');
    }));

    test('an untrained model is called one, and the engine is named', onPage(PAGE, async (page) => {
      await page.waitForFunction(() => document.getElementById('engine').textContent);
      assert.match(await page.$eval('#notice', (each) => each.innerText), /untrained: its scores mean nothing/);
      assert.match(await page.$eval('#engine', (each) => each.innerText), /relaxed SIMD · \d+ threads?/);
    }));

    test('only files of the page and the model are requested, and nothing is sent', onPage(PAGE, async (page, { requests }) => {
      await drop(page, [{ name: 'first.jpg', bytes: GOOD_JPEG }]);
      await readCard(page, 'first.jpg');
      await page.waitForSelector('#open-best'); // what comes after the first score
      const earlier = requests.length;
      await drop(page, [{ name: 'second.jpg', bytes: GOOD_JPEG }]);
      await readCard(page, 'second.jpg');
      const { origin } = server;
      const leavesThePage = ({ url }) => !/^(blob|data):/.test(url);
      for (const { method, url, body } of requests.filter(leavesThePage)) {
        assert.equal(method, 'GET');
        assert.equal(body, false);
        assert.ok(url.startsWith(`${origin}/`), url);
      }
      const later = requests.slice(earlier).filter(leavesThePage);
      assert.deepEqual(later, []);
    }));

    test('the page fits from 320 pixels up', onPage(PAGE, async (page) => {
      await drop(page, [{ name: 'a-rather-long-name-of-a-picture-that-does-not-fit-anywhere.jpg', bytes: GOOD_JPEG }]);
      await page.waitForSelector('.card[data-state="scored"]');
      for (const width of [320, 360, 768, 1280]) {
        await page.setViewport({ width, height: 700 });
        for (const tab of ['pictures', 'teach', 'judgements', 'reports', 'model', 'privacy']) {
          await press(page, `#tab-${tab}`);
          const overflow = await page.evaluate(() => document.documentElement.scrollWidth - innerWidth);
          assert.ok(overflow <= 0, `${tab} is ${overflow} pixels too wide at ${width}`);
        }
        await press(page, '#tab-pictures');
        await press(page, '.card .open');
        assert.ok(await page.$eval('#detail', (each) => each.scrollWidth - each.clientWidth) <= 0, `the detail is too wide at ${width}`);
        await page.keyboard.press('Escape');
      }
    }));

    test('without isolation, and with a wrong type for .wasm, one thread does the work', async () => {
      const plain = await servePlainly([{ prefix: '/model/', folder: model.folder }]);
      const { page, problems } = await openPage(session.browser, plain.origin + PAGE);
      await drop(page, [{ name: 'picture.jpg', bytes: GOOD_JPEG }]);
      assert.equal((await readCard(page, 'picture.jpg')).values.quality, expected.quality.value);
      assert.match(await page.$eval('#engine', (each) => each.innerText), /1 thread ·/);
      assert.equal(expected.quality.views.length, GRID_VIEWS);
      assert.deepEqual(problems, []);
      await page.close();
      plain.close();
    });
  });
}
