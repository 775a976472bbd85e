/** `make dist` below some path of a plain host, in Chromium and Firefox: online, offline, and when it changes. */
import assert from 'node:assert/strict';
import { createServer } from 'node:http';
import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { extname, join } from 'node:path';
import { after, before, describe, test } from 'node:test';
import { writeDist } from '../../build_scripts/dist.mjs';
import { findFile } from '../../build_scripts/serve/files.mjs';
import { SERVICE_WORKER, writeServiceWorker } from '../../build_scripts/site/service-worker.mjs';
import { GOOD_JPEG } from '../support/broken-pictures.mjs';
import { makeSeededModel } from '../support/seeded-model.mjs';
import { BROWSERS, drop, openPage, press, readCard } from '../support/browsers.mjs';
import { scoreInNode, useBrowser } from '../support/set-up.mjs';

/** Of formats whose decoders only come with the first such picture. */
const LATER = await Promise.all([['IMG_1.HEIC', 'avif/opaque.heic'], ['small.webp', 'pictures/webp-lossy.webp']].map(async ([name, path]) => ({ name, bytes: await readFile(new URL(`../golden/${path}`, import.meta.url)) })));

const PATH = '/some/where/';
const TYPES = { '.js': 'text/javascript', '.html': 'text/html', '.css': 'text/css', '.svg': 'image/svg+xml', '.wasm': 'application/wasm' };
const PLACE = '<title>Percept';

const hosts = [];
let work;
let expected;
let modelName;
before(async () => {
  work = await mkdtemp(join(tmpdir(), 'percept-dist-'));
  const model = await makeSeededModel();
  modelName = model.folder.split('/').at(-1);
  await writeDist(join(work, 'dist'), [model.folder]);
  expected = (await scoreInNode(model.folder)).scores;
  await model.remove();
});
after(async () => {
  for (const host of hosts) await host.stop();
  await rm(work, { recursive: true, force: true });
});

/** A host of files that sends nothing but their types. @param {Record<string, string>} changed texts by path in the folder */
async function serveFolder(folder, changed = {}) {
  const server = createServer(async (request, response) => {
    const text = changed[new URL(request.url, 'http://x').pathname.slice(PATH.length)];
    const file = text === undefined && await findFile([{ prefix: PATH, folder }], request.url);
    if (!file && text === undefined) return response.writeHead(404).end();
    const type = TYPES[extname(file ? file.path : request.url.split('?')[0])] ?? (file ? 'application/octet-stream' : 'text/html');
    return response.writeHead(200, { 'Content-Type': type }).end(file ? await readFile(file.path) : text);
  });
  await new Promise((resolve) => { server.listen(0, 'localhost', resolve); });
  const host = {
    page: `http://localhost:${server.address().port}${PATH}?model=weights/${modelName}/&samples=none`,
    stop: () => {
      server.closeAllConnections();
      return new Promise((resolve) => { server.close(resolve); });
    },
  };
  hosts.push(host);
  return host;
}

const state = (page, pattern) => page.waitForFunction((source) => new RegExp(source).test(document.getElementById('storage').textContent), { timeout: 60000 }, pattern.source);

async function scoreOn(page) {
  await drop(page, [{ name: 'picture.jpg', bytes: GOOD_JPEG }]);
  assert.equal((await readCard(page, 'picture.jpg')).values.quality, expected.quality.value);
}

for (const [name, launch] of Object.entries(BROWSERS)) {
  describe(name, () => {
    const session = useBrowser(launch);

    test('after one visit the page works without the network, and says so', async () => {
      const host = await serveFolder(join(work, 'dist'));
      const first = await openPage(session.browser, host.page);
      await scoreOn(first.page);
      await state(first.page, /fetched, and is kept here.*page is kept here/);
      assert.equal(await first.page.evaluate(() => crossOriginIsolated), false);
      await first.page.close();
      await host.stop();

      const { page } = await openPage(session.browser, host.page);
      await scoreOn(page);
      await state(page, /offline.*read from this device/);
      assert.equal(await page.evaluate(() => crossOriginIsolated), true, 'the second visit has threads on any host');
      await drop(page, LATER);
      for (const { name: each } of LATER) {
        const { state: became, text } = await readCard(page, each);
        if (became === 'failed') assert.match(text, /network/, 'what is not here says what it needs');
      }
      assert.equal((await readCard(page, LATER[0].name)).state, 'failed', 'neither browser here reads HEIC, and nobody asked for its decoder before');
      await page.close();
    });

    test('a model is listed, and deleted by its button', async () => {
      const host = await serveFolder(join(work, 'dist'));
      const { page } = await openPage(session.browser, host.page);
      await scoreOn(page);
      await page.reload();
      await state(page, /read from this device/);
      assert.match(await page.$eval('#storage', (each) => each.textContent), /seeded.* MB, last used/);
      const entries = await page.$$('#storage li');
      const count = entries.length;
      await press(page, '#tab-model'); // the list is read anew, and its entries stay who they are
      await page.waitForFunction((first) => first.isConnected && first.checkVisibility(), {}, entries[0]);
      await press(page, '#storage li button');
      await state(page, /was deleted from this device/);
      assert.equal((await page.$$('#storage li')).length, count - 1);
      assert.equal(await page.evaluate(() => document.activeElement.className), 'kept-models', 'the focus is not lost with its button');
      await page.close();
    });

    test('a new version comes whole, and when it is asked for', async () => {
      const changed = {};
      const host = await serveFolder(join(work, 'dist'), changed);
      const title = (page) => page.evaluate(() => document.title);
      const first = await openPage(session.browser, host.page);
      await state(first.page, /page is kept here/);
      await first.page.close();

      const index = await readFile(join(work, 'dist/index.html'), 'utf8');
      const next = index.replace(PLACE, '<title>Next');
      const folder = await mkdtemp(join(work, 'next-'));
      await writeDist(folder, []);
      await writeFile(join(folder, 'index.html'), next);
      await writeFile(join(folder, SERVICE_WORKER), (await readFile(join(folder, SERVICE_WORKER), 'utf8')).replace(/^const FILES = [^;]*;/m, ''));
      changed[SERVICE_WORKER] = await writeServiceWorker(folder);

      const half = await openPage(session.browser, host.page); // the new worker, but not yet the new page: the upload goes on
      await half.page.evaluate(async () => (await navigator.serviceWorker.getRegistration()).update().catch(() => {})); // not some time later
      await half.page.waitForFunction(async () => {
        const registration = await navigator.serviceWorker.getRegistration();
        return registration.active && !registration.installing && !registration.waiting;
      });
      assert.equal(await title(half.page), 'Percept');

      changed[''] = next;
      const { page } = await openPage(session.browser, host.page);
      await half.page.close(); // not before: its own look for a new worker may only now succeed, which then need not wait
      assert.equal(await title(page), 'Percept');
      await page.evaluate(async () => (await navigator.serviceWorker.getRegistration()).update());
      const button = await page.waitForSelector('.kept-update:not([hidden]) button', { timeout: 120000 });
      await Promise.all([page.waitForNavigation(), button.click()]);
      assert.equal(await title(page), 'Next');
      await page.close();
    });
  });
}
