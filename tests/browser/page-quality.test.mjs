/** What holds for the page as a whole: accessible, under the strictest policy, light to load, and still. */
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
});
