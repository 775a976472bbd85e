/**
 * Many pictures: no task of 100 ms on the page's thread while they come, are kept, sorted, grouped, chosen and taken off; few tiles;
 * memory flat.
 *
 *   PERCEPT_PICTURES=5000 node --test tests/browser/many-pictures.test.mjs      default: 600
 *   PERCEPT_SIDE=4000 makes them of 12 megapixels, which takes their decoding with it
 */
import assert from 'node:assert/strict';
import { after, before, describe, test } from 'node:test';
import { fileURLToPath } from 'node:url';
import { BROWSERS, openPage, press, servePage } from '../support/browsers.mjs';
import { choose } from '../support/page-controls.mjs';
import { useBrowser } from '../support/set-up.mjs';

const COUNT = Number(process.env.PERCEPT_PICTURES ?? 600);
const SIDE = Number(process.env.PERCEPT_SIDE ?? 160);
/** A large picture takes its time to be decoded. */
const PATIENCE = 60000 + COUNT * (SIDE > 1000 ? 5000 : 1000);
/** Processor time of one task, in milliseconds. */
const LONGEST = 100;
/** Tiles in the document: those in sight, and what is kept ready above and below. */
const MOST_TILES = 60;
/** What a picture's own record may take of the page's heap, in bytes. */
const BYTES_EACH = 6000;

/** Scores in a millisecond: what is measured is the page. */
const MODEL = fileURLToPath(new URL('../golden/vectors/q8', import.meta.url));

let server;
before(async () => { server = await servePage([{ prefix: '/model/', folder: MODEL }]); });
after(() => server.close());

/** Makes so many pictures, whose contents differ, ready to be dropped. */
async function prepare(page) {
  await page.evaluate(async ({ count, side }) => {
    const canvas = new OffscreenCanvas(side, Math.round(side * 0.75));
    const drawing = canvas.getContext('2d');
    const bases = [];
    for (let at = 0; at < 20; at += 1) {
      for (let field = 0; field < 12; field += 1) {
        drawing.fillStyle = `hsl(${(at * 67 + field * 131) % 360} ${30 + ((at * field * 7) % 60)}% ${20 + ((at * 13 + field * 29) % 60)}%)`;
        drawing.fillRect((field % 4) * (side / 4), Math.floor(field / 4) * (side / 4), side / 4, side / 4);
      }
      bases.push(new Uint8Array(await (await canvas.convertToBlob({ type: 'image/jpeg' })).arrayBuffer()));
    }
    const transfer = new DataTransfer();
    for (let at = 0; at < count; at += 1) transfer.items.add(new File([bases[at % bases.length], String(at)], `${at}.jpg`, { type: 'image/jpeg' })); // what follows a JPEG's end is no part of the picture
    globalThis.dropped = transfer;
  }, { count: COUNT, side: SIDE });
}

/** Waits until so many are scored. */
const areScored = (page, count) => page.waitForFunction((wanted) => !document.getElementById('idle').hidden || Number(document.getElementById('queue-text').textContent.replace(/,/g, '').match(/^\d+/)?.[0]) >= wanted, { timeout: PATIENCE, polling: 500 }, count);

async function heapOf(page) {
  const inspector = await page.createCDPSession();
  await inspector.send('HeapProfiler.collectGarbage');
  await inspector.detach();
  return (await page.metrics()).JSHeapUsedSize;
}

describe(`chromium, ${COUNT} pictures`, () => {
  const session = useBrowser(() => BROWSERS.chromium({ protocolTimeout: PATIENCE })); // a wait for many pictures is one call

  test('every step stays short, the document small, the memory flat', async (context) => {
    const { page, problems } = await openPage(session.browser, `${server.origin}/?model=/model/&samples=none&lang=en`);
    await page.setViewport({ width: 1280, height: 800 });
    await page.waitForFunction(() => document.getElementById('engine').textContent);
    const told = [];
    const tooLong = [];
    /** A step, with the longest task that the page's thread had meanwhile. */
    const during = async (name, act) => {
      await page.tracing.start({ categories: ['toplevel', '__metadata'] });
      const result = await act();
      const longest = longestTask(JSON.parse(Buffer.from(await page.tracing.stop()).toString()).traceEvents);
      told.push(`${name} ${longest.toFixed(0)} ms`);
      assert.ok(longest > 0, `${name}: nothing was measured`);
      if (longest >= LONGEST) tooLong.push(`${name}: a task of ${longest.toFixed(0)} ms`);
      return result;
    };
    /** Two frames later, when what was asked for is drawn. */
    const settled = () => page.evaluate(() => new Promise((resolve) => { requestAnimationFrame(() => requestAnimationFrame(() => setTimeout(resolve, 100))); }));
    const tiles = () => page.$$eval('.card', (all) => all.length);

    await prepare(page);
    await during('dropped', async () => {
      await page.evaluate(() => document.dispatchEvent(new DragEvent('drop', { dataTransfer: globalThis.dropped, bubbles: true, cancelable: true })));
      await page.waitForFunction((count) => document.getElementById('count').textContent.replace(/,/g, '').startsWith(`${count} `), { timeout: PATIENCE }, COUNT);
    });
    await page.evaluate(() => { delete globalThis.dropped; });
    await press(page, '#keep-yes');
    await during('scored as they came', () => areScored(page, Math.round(COUNT / 10)));
    const early = await heapOf(page);
    await choose(page, '#sort', 'high');
    await during('scored in order of score', () => areScored(page, Math.round(COUNT / 4)));
    await during('scrolled', async () => {
      for (let step = 0; step < 20; step += 1) {
        await page.evaluate((part) => { scrollTo(0, (document.documentElement.scrollHeight * part) / 20); }, step);
        await settled();
      }
    });
    assert.ok(await tiles() < MOST_TILES, `${await tiles()} tiles`);
    await choose(page, '#sort', 'added');
    await areScored(page, COUNT);
    await page.waitForFunction((count) => document.getElementById('session').textContent.includes(`${count.toLocaleString('en')} of ${count.toLocaleString('en')}`), { timeout: PATIENCE }, COUNT);
    await settled();
    const late = await heapOf(page);
    assert.equal(await page.$eval('#idle-text', (each) => each.textContent), `${COUNT.toLocaleString('en')} scored`);

    for (const sort of ['high', 'low', 'doubt', 'name', 'combined']) {
      await during(`sort ${sort}`, async () => {
        await choose(page, '#sort', sort);
        await settled();
      });
    }
    await during('grouped by brightness', async () => {
      await choose(page, '#group', 'brightness');
      await settled();
    });
    await choose(page, '#group', 'none');
    await page.evaluate(() => { scrollTo(0, 0); }); // where the first group's name is
    await during('near-copies', async () => {
      await choose(page, '#group', 'similar');
      await page.waitForFunction(() => document.querySelector('#cards .group h3'), { timeout: PATIENCE });
      await settled();
    });
    await choose(page, '#group', 'none');
    await page.evaluate(() => { scrollTo(0, 0); document.activeElement.blur(); });
    for (const [name, keys] of Object.entries({ 'all selected': ['Control', 'a'], 'five stars to all': ['5'], 'undone': ['Control', 'z'], 'all selected again': ['Control', 'a'] })) {
      await during(name, async () => {
        for (const key of keys.slice(0, -1)) await page.keyboard.down(key);
        await page.keyboard.press(keys.at(-1));
        for (const key of keys.slice(0, -1)) await page.keyboard.up(key);
        await settled();
      });
    }
    await during('all removed', async () => {
      await press(page, '#clear');
      await settled();
    });
    await during('all put back', async () => {
      await press(page, '#undo');
      await settled();
    });
    assert.ok(await tiles() < MOST_TILES, `${await tiles()} tiles`);
    const grown = (late - early) / (COUNT - Math.round(COUNT / 10));
    context.diagnostic(`longest tasks, in processor time: ${told.join(', ')}; the heap grew by ${grown.toFixed(0)} bytes a picture from ${(early / 1e6).toFixed(1)} MB`);
    assert.deepEqual(tooLong, []);
    assert.ok(grown < BYTES_EACH, `${grown} bytes a picture`);
    assert.deepEqual(problems, []);
    await page.close();
  });
});

/** The most processor time that one task took on a page's main thread, in milliseconds. */
function longestTask(events) {
  const mains = new Set(events.filter(({ name, args }) => name === 'thread_name' && args.name === 'CrRendererMain').map(({ pid, tid }) => `${pid}:${tid}`));
  const tasks = events.filter(({ pid, tid, ph, tdur }) => ph === 'X' && tdur > 0 && mains.has(`${pid}:${tid}`));
  return tasks.reduce((most, { tdur }) => Math.max(most, tdur / 1000), 0); // of a long step there are more than a call takes arguments
}
