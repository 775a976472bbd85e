/**
 * The benchmark's own use of the library: it reaches behind Scorer, so that nothing else would notice when that moves. And the page of
 * comparison, with a small tower.
 */
import assert from 'node:assert/strict';
import { existsSync, readFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { after, before, describe, test } from 'node:test';
import { BrowserSession } from '../bench/browser.mjs';
import { makeModels, sweepCase } from '../bench/models.mjs';
import { ONNXRUNTIME, PERCEPT } from '../bench/page/measure/runtimes.js';
import { VIEWS } from '../bench/page/measure/views.js';
import { serve } from '../bench/server.mjs';
import { BROWSERS, openPage, press } from '../support/browsers.mjs';
import { lowestCosine } from '../support/closeness.mjs';

const PEERS = fileURLToPath(new URL('../bench/node_modules/', import.meta.url));
const AXE = readFileSync(new URL('../../node_modules/axe-core/axe.min.js', import.meta.url), 'utf8');
const nothingFetched = !existsSync(PEERS) && 'the peers are not fetched: npm ci in tests/bench';

let models;
let server;
before(async () => {
  models = await makeModels(sweepCase('small', { width: 128 }), () => {}, { graphics: true });
  server = await serve();
});
after(() => server.close());

/** One embedding by a runtime in Chromium. */
async function embedOnce(runtime, threads) {
  const session = await BrowserSession.open('chromium', server.origin);
  try {
    const { embeddings } = await session.loadAnew(runtime.options(server.origin, models, threads), { ...VIEWS, count: 1 });
    return lowestCosine([Object.values(embeddings)], models.reference.slice(0, 1));
  } finally {
    await session.close();
  }
}

test('the benchmark makes its models and embeds a view with Percept, on one thread and on two', async () => {
  for (const threads of [1, 2]) assert.ok(await embedOnce(PERCEPT, threads) > 0.999);
});

test('the exported ONNX in float16 and float32 says what Percept does', { skip: nothingFetched }, async () => {
  const inNumbers = (format) => ({ options: (origin, { addresses, ...rest }, threads) => (
    ONNXRUNTIME.options(origin, { ...rest, addresses: { onnx: addresses[format] } }, threads)) });
  assert.ok(await embedOnce(inNumbers('onnxFloat'), 1) > 0.999999);
  assert.ok(await embedOnce(inNumbers('onnxHalf'), 1) > 0.9999);
});

/** A page that looks the same to whoever has no graphics card and no peers, by browser: how its WebGPU column says so. */
const WITHOUT_CARD = { chromium: 'no graphics card', firefox: 'not in this browser' };

for (const [kind, missing] of Object.entries(WITHOUT_CARD)) {
  describe(`the page of comparison in ${kind}, without peers`, () => {
    let visit;
    let browser;
    let alone;
    before(async () => {
      alone = await serve({ models: [{ name: 'tiny', ...models }], peers: '/nowhere' });
      browser = await BROWSERS[kind]();
      visit = await openPage(browser, `${alone.origin}/bench/compare/`);
      await visit.page.waitForSelector('#run:enabled');
    });
    after(async () => {
      await browser.close();
      alone.close();
    });

    test('says before what it will fetch and how long it takes, and why nothing runs beside Percept', async () => {
      assert.match(await textOf(visit.page, '#cost'), /^It fetches \d+ MB .* takes about \d+ seconds\.$/);
      assert.deepEqual(await visit.page.$$eval('#processor input', (all) => all.map(({ disabled }) => disabled)), [true, true]);
      assert.match(await textOf(visit.page, '#processor'), /not fetched.*make bench-page/);
      assert.match(await textOf(visit.page, '#graphics'), new RegExp(`\\(${missing}\\)`));
    });

    test('measures Percept, and its table says what is not here', async () => {
      await measureIn(visit.page);
      const rows = await visit.page.$$eval('.race > .scrolls tbody tr', (all) => all.map((row) => [...row.children].map(({ innerText }) => innerText)));
      assert.match(rows[0][1], /^\d+(\.\d)? ± /);
      assert.deepEqual(rows.map(([name, ...cells]) => [name, cells[1]]), [['Percept', 'Percept has no WebGPU'], ['onnxruntime-web', missing], ['LiteRT.js', missing]]);
      assert.deepEqual(rows.slice(1).map((cells) => cells[1]), ['not fetched', 'not fetched']);
      assert.equal(await visit.page.evaluate(() => document.activeElement.id), 'measured');
      assert.match(await textOf(visit.page, '#said'), /No other runtime ran on the processor\./);
    });

    test('gives what it measured as JSON, with all that a reader needs to judge it', async () => {
      await visit.page.evaluate(() => { navigator.clipboard.writeText = () => Promise.reject(new Error('not allowed')); });
      await press(visit.page, '#copy-json');
      await visit.page.waitForSelector('#copied', { visible: true });
      const { facts, versions, races } = JSON.parse(await visit.page.$eval('#copied', ({ value }) => value));
      assert.equal(facts['Cross-origin isolated'], 'yes');
      assert.match(facts.Browser, kind === 'firefox' ? /Firefox/ : /Chrom/);
      assert.deepEqual(versions, { percept: '0.1.0', 'onnxruntime-web': null, '@litertjs/core': null });
      const [{ entries: [percept], peaks, date }] = races;
      assert.ok(percept.times.length === 3 && peaks.length === 3 && percept.cosine > 0.999 && !Number.isNaN(Date.parse(date)));
    });

    test('can be cancelled, and measures again', async () => {
      await press(visit.page, '#run');
      await press(visit.page, '#cancel');
      await visit.page.waitForFunction(() => document.getElementById('said').textContent === 'Cancelled.');
      assert.equal(await visit.page.$$eval('.race', (all) => all.length), 1);
      await measureIn(visit.page);
      assert.equal(await visit.page.$$eval('.race', (all) => all.length), 2);
    });

    test('has nothing for axe to complain of, also on a phone in the dark, and does not scroll sideways there', async () => {
      await visit.page.setViewport({ width: 360, height: 740 });
      if (kind === 'chromium') await visit.page.emulateMediaFeatures([{ name: 'prefers-color-scheme', value: 'dark' }]);
      await visit.page.evaluate(AXE);
      const { violations } = await visit.page.evaluate(() => axe.run()); // eslint-disable-line no-undef
      assert.deepEqual(violations.map(({ id, nodes }) => [id, nodes[0].html]), []);
      assert.ok(await visit.page.evaluate(() => document.documentElement.scrollWidth <= innerWidth));
    });

    test('has logged nothing wrong', () => assert.deepEqual(visit.problems.filter((each) => !/No available adapters/.test(each)), []));
  });
}

test('a card that Chromium imitates is offered, and called an imitation', async () => {
  const alone = await serve({ models: [{ name: 'tiny', ...models }], peers: '/nowhere' });
  const browser = await BROWSERS.chromium({ flags: ['--enable-unsafe-webgpu'] });
  try {
    const { page } = await openPage(browser, `${alone.origin}/bench/compare/`);
    await page.waitForSelector('#run:enabled');
    assert.match(await textOf(page, '#facts'), /imitated on the processor, no real card/);
    assert.match(await textOf(page, '#graphics'), /WebGPU, float32 \(not fetched/);
  } finally {
    await browser.close();
    alone.close();
  }
});

test('the peers run beside Percept on the page, on the processor and on an imitated card', { skip: nothingFetched }, async () => {
  const all = await serve({ models: [{ name: 'tiny', ...models }] });
  const browser = await BROWSERS.chromium({ flags: ['--enable-unsafe-webgpu'], protocolTimeout: 600_000 });
  try {
    const { page } = await openPage(browser, `${all.origin}/bench/compare/`);
    page.setDefaultTimeout(600_000); // software draws what a card would
    await page.waitForSelector('#run:enabled');
    await measureIn(page);
    assert.deepEqual(await page.$$eval('.race > ul', (lists) => lists.map(({ textContent }) => textContent)), [], 'all of them ran');
    const cosines = await page.$$eval('.race details tbody tr', (rows) => rows.map((row) => Number(row.children[row.children.length - 3].textContent)));
    assert.equal(cosines.length, 5);
    assert.ok(Math.min(...cosines) > 0.998, String(cosines));
  } finally {
    await browser.close();
    all.close();
  }
});

const textOf = (page, selector) => page.$eval(selector, ({ textContent }) => textContent.trim());

async function measureIn(page) {
  const before = await page.$$eval('.race', (all) => all.length);
  await page.select('#rounds', '3');
  await press(page, '#run');
  await page.waitForFunction((count) => document.querySelectorAll('.race').length > count || !document.getElementById('trouble').hidden, {}, before);
  assert.equal(await textOf(page, '#trouble'), '');
}
