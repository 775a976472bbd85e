/** What holds for the page as a whole: accessible, under the strictest policy, light to load, still, and smooth with a thousand pictures. */
import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { GOOD_JPEG } from '../support/broken-pictures.mjs';
import { BROWSERS, drop, openPage, press, readCard } from '../support/browsers.mjs';
import { violations } from '../support/axe.mjs';
import { useBrowser, useSeededSite } from '../support/set-up.mjs';

const TABS = ['pictures', 'teach', 'judgements', 'reports', 'model', 'privacy'];
const PAGE = '/?model=/model/&samples=none&lang=en';
const MOST_BYTES = 250 * 1024;
/** Cumulative layout shift below which a page counts as still. */
const MOST_SHIFT = 0.02;
const THOUSAND = 1000;
/** The seeded model's. */
const TITLES = ['Image quality', 'Emotion', 'Beauty'];

const site = useSeededSite();

describe('chromium', () => {
  const session = useBrowser(BROWSERS.chromium);

  test('axe finds nothing serious, on any tab, in dialogs, light and dark', async () => {
    const { page } = await openPage(session.browser, site.origin + PAGE);
    await drop(page, [{ name: 'a.jpg', bytes: GOOD_JPEG }, { name: 'b.jpg', bytes: GOOD_JPEG }, { name: 'bad.jpg', bytes: Buffer.from('no picture') }]);
    for (const each of ['a.jpg', 'b.jpg', 'bad.jpg']) await readCard(page, each);
    const found = [];
    const check = async (where) => {
      found.push(...(await violations(page, ['serious', 'critical'])).map((each) => `${where}: ${each}`));
    };
    for (const scheme of ['light', 'dark']) {
      await page.emulateMediaFeatures([{ name: 'prefers-color-scheme', value: scheme }, { name: 'prefers-reduced-motion', value: 'reduce' }]);
      for (const tab of TABS) {
        await press(page, `#tab-${tab}`);
        await check(`${tab}, ${scheme}`);
      }
      await press(page, '#tab-pictures');
      await page.$$eval('.card[data-state="scored"] .open', ([first]) => first.click());
      await press(page, '[data-layer="map:quality"]');
      await check(`detail, ${scheme}`);
      await page.keyboard.press('Escape');
    }
    assert.deepEqual(found, []);
    await page.close();
  });

  test('the page runs where Trusted Types are enforced', async () => {
    const { page, problems } = await openPage(session.browser, site.origin + PAGE);
    await drop(page, [{ name: 'a.jpg', bytes: GOOD_JPEG }]);
    assert.equal((await readCard(page, 'a.jpg')).state, 'scored');
    await press(page, '.card .open');
    await press(page, '[data-layer="explain:beauty"]');
    await page.waitForSelector('#detail .overlay rect');
    assert.deepEqual(problems, []);
    const refused = await page.evaluate(() => {
      try {
        // eslint-disable-next-line no-restricted-properties -- what the policy must refuse
        document.createElement('p').innerHTML = '<b>x</b>';
        return false;
      } catch {
        return true;
      }
    });
    assert.ok(refused, 'the policy is in force');
    await page.close();
  });

  test('what is loaded without model and samples is light, and nothing moves while it comes', async () => {
    const fresh = await session.browser.createBrowserContext(); // with nothing cached
    const page = await fresh.newPage();
    const inspector = await page.createCDPSession();
    await inspector.send('Network.enable');
    let bytes = 0;
    inspector.on('Network.loadingFinished', ({ encodedDataLength }) => { bytes += encodedDataLength; });
    await page.evaluateOnNewDocument(() => {
      globalThis.shift = 0;
      globalThis.moved = [];
      new PerformanceObserver((list) => {
        for (const entry of list.getEntries()) {
          globalThis.shift += entry.value;
          globalThis.moved.push(...entry.sources.map(({ node }) => node?.id || node?.className || node?.nodeName));
        }
      }).observe({ type: 'layout-shift', buffered: true });
    });
    await page.goto(`${site.origin}/?samples=none`); // the model that ships
    await page.waitForFunction(() => document.getElementById('engine').textContent);
    const engine = (await page.evaluate(async () => {
      const { Scorer } = await import('/percept.js');
      const scorer = await Scorer.load('/weights/demo/');
      const requests = await scorer.requests();
      scorer.dispose();
      return requests;
    })).filter(({ url }) => !url.includes('/weights/demo/'));
    assert.ok(engine.some(({ url }) => url.includes('.wasm')));
    const total = bytes + engine.reduce((sum, each) => sum + each.bytes, 0);
    assert.ok(bytes > 20_000 && total < MOST_BYTES, `${total} bytes`);
    const { shift, moved } = await page.evaluate(() => ({ shift: globalThis.shift, moved: globalThis.moved }));
    assert.ok(shift < MOST_SHIFT, `everything together moved by ${shift}: ${moved.join(', ')}`);
    await fresh.close();
  });

  test('on paper there is the report alone, within the page, with its judgements', async () => {
    const { page } = await openPage(session.browser, `${site.origin}${PAGE}&lang=en`);
    const long = `${'a-name-that-goes-on-'.repeat(8)}.jpg`;
    await drop(page, [{ name: 'a.jpg', bytes: GOOD_JPEG }, { name: long, bytes: GOOD_JPEG }]);
    for (const each of ['a.jpg', long]) await readCard(page, each);
    await press(page, '#tab-reports');
    await page.waitForSelector('#print');
    await page.evaluate(() => { globalThis.print = () => { globalThis.printed = true; }; });
    const inspector = await page.createCDPSession();
    const emulate = (media, scheme) => inspector.send('Emulation.setEmulatedMedia', { media, features: [{ name: 'prefers-color-scheme', value: scheme }] });
    const printed = async () => {
      await page.evaluate(() => { globalThis.printed = false; });
      await press(page, '#print');
      await page.waitForFunction(() => globalThis.printed);
      await emulate('print', 'dark'); // paper stays white
      await page.setViewport({ width: 688, height: 1000 }); // A4 within its margins
      return page.evaluate(() => ({
        shown: [...document.body.children].filter((each) => each.checkVisibility()).map((each) => each.id),
        overflow: document.documentElement.scrollWidth - innerWidth,
        paper: getComputedStyle(document.body).backgroundColor,
        ink: getComputedStyle(document.body).color,
        head: [...document.querySelectorAll('#report thead th')].map((each) => each.textContent),
      }));
    };
    const plain = await printed();
    assert.deepEqual(plain, { shown: ['report'], overflow: 0, paper: 'rgb(255, 255, 255)', ink: 'rgb(0, 0, 0)', head: ['Picture', ...TITLES] });
    await emulate('screen', 'dark');
    await page.setViewport({ width: 1280, height: 2400 });
    await press(page, '#tab-pictures');
    await press(page, '.card .open');
    await press(page, '#detail [data-judging="quality"] .agree');
    await page.keyboard.press('Escape');
    await press(page, '#tab-reports');
    assert.deepEqual((await printed()).head, ['Picture', TITLES[0], 'you', ...TITLES.slice(1)]);
    const pdf = Buffer.from(await page.pdf({ preferCSSPageSize: true, format: 'A4' })).toString('latin1');
    const sheets = pdf.match(/\/Type \/Page\b/g).length;
    assert.ok(sheets >= 1 && sheets <= 3, `${sheets} sheets`);
    await page.close();
  });

  test('a thousand pictures: few tiles, no task of 100 ms on the page\'s thread, memory flat', async (context) => {
    const { page, problems } = await openPage(session.browser, site.origin + PAGE);
    await page.setViewport({ width: 1280, height: 800 });
    await page.waitForFunction(() => document.getElementById('engine').textContent);
    await press(page, '#tab-model');
    for (const task of ['quality', 'emotion']) await press(page, `[data-task-switch="${task}"]`);
    await press(page, '#tab-pictures');
    await page.evaluate(async (count) => {
      const canvas = new OffscreenCanvas(160, 120);
      const drawing = canvas.getContext('2d');
      const blobs = [];
      for (let at = 0; at < 20; at += 1) {
        drawing.fillStyle = `hsl(${at * 18} 60% 50%)`;
        drawing.fillRect(at * 3, at * 2, 90, 70);
        blobs.push(await canvas.convertToBlob({ type: 'image/jpeg' }));
      }
      const dataTransfer = new DataTransfer();
      for (let at = 0; at < count; at += 1) dataTransfer.items.add(new File([blobs[at % blobs.length]], `${at}.jpg`, { type: 'image/jpeg' }));
      globalThis.dropped = dataTransfer;
    }, THOUSAND);
    await page.tracing.start({ categories: ['toplevel', '__metadata'] });
    await page.evaluate(() => document.dispatchEvent(new DragEvent('drop', { dataTransfer: globalThis.dropped, bubbles: true, cancelable: true })));
    const isScored = (count) => page.waitForFunction((wanted) => !document.getElementById('idle').hidden || Number(/^\d+/.exec(document.getElementById('queue-text').textContent.replace(/,/g, ''))?.[0]) >= wanted, { timeout: 240000, polling: 250 }, count);
    const heap = async () => {
      const inspector = await page.createCDPSession();
      await inspector.send('HeapProfiler.collectGarbage');
      await inspector.detach();
      return (await page.metrics()).JSHeapUsedSize;
    };
    await isScored(200);
    for (let step = 0; step < 20; step += 1) await page.evaluate((part) => { scrollTo(0, (document.documentElement.scrollHeight * part) / 20); }, step);
    assert.ok(await page.$$eval('.card', (all) => all.length) < 60, 'only tiles in sight are in the document');
    const main = longestTasks(JSON.parse(Buffer.from(await page.tracing.stop()).toString()).traceEvents);
    const early = await heap();
    await isScored(THOUSAND);
    const late = await heap();
    context.diagnostic(`longest task ${main.toFixed(0)} ms of processor time; heap ${(early / 1e6).toFixed(1)} MB with 200 scored, ${(late / 1e6).toFixed(1)} MB with 1,000`);
    assert.equal(await page.$eval('#idle-text', (each) => each.textContent), '1,000 scored');
    assert.ok(main > 0 && main < 100, `a task of ${main} ms`);
    assert.ok(late - early < 6e6, `the heap grew from ${early} to ${late}`);
    assert.deepEqual(problems, []);
    await page.close();
  });
});

/** The most processor time that one task took on the main thread of the process with the most tasks, in milliseconds. */
function longestTasks(events) {
  const mains = new Set(events.filter(({ name, args }) => name === 'thread_name' && args.name === 'CrRendererMain').map(({ pid, tid }) => `${pid}:${tid}`));
  const tasks = events.filter(({ pid, tid, ph, tdur }) => ph === 'X' && tdur > 0 && mains.has(`${pid}:${tid}`));
  return Math.max(0, ...tasks.map(({ tdur }) => tdur / 1000));
}
