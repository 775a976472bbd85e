/** Where <percept-scorer> must live: one script tag, strict policies, no isolation, frames, bundlers, frameworks. */
import assert from 'node:assert/strict';
import { cp, mkdtemp, readFile, rm, symlink, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { after, before, describe, test } from 'node:test';
import vue from '@vitejs/plugin-vue';
import { build as esbuild } from 'esbuild';
import { build as vite } from 'vite';
import { BROKEN, GOOD_JPEG } from '../support/broken-pictures.mjs';
import { packPackage, unpackInto } from '../support/packed.mjs';
import { BROWSERS, openPage, servePage } from '../support/browsers.mjs';
import { STRICT, give, look, serveElement } from '../support/component-pages.mjs';
import { scoreInNode, useBrowser } from '../support/set-up.mjs';

const project = fileURLToPath(new URL('../..', import.meta.url));
const DEMO = join(project, 'weights/demo');
const GOOD = { name: 'good.jpg', bytes: GOOD_JPEG };
const ELEMENT = '<percept-scorer src="/weights/demo/" tasks="quality"></percept-scorer>';

let work;
let archive;
let servers = {};
let expected;
before(async () => {
  work = await mkdtemp(join(tmpdir(), 'percept-hosts-'));
  ({ path: archive } = await packPackage(work));
  await buildReactWithEsbuild(join(work, 'react'));
  await buildVueWithVite(join(work, 'vue'));
  servers = {
    isolated: await servePage([{ prefix: '/plain/', folder: work }]),
    strict: await serveElement({ pages: { '/': ELEMENT }, headers: { 'Content-Security-Policy': STRICT } }),
    noPolicyName: await serveElement({ pages: { '/': ELEMENT }, headers: { 'Content-Security-Policy': `${STRICT.replace('trusted-types percept', 'trusted-types other')}` } }),
    noWorkers: await serveElement({ pages: { '/': ELEMENT }, headers: { 'Content-Security-Policy': STRICT.replace("worker-src 'self'", "worker-src 'none'") } }),
    plain: await serveElement({
      mounts: [{ prefix: '/react/', folder: join(work, 'react') }, { prefix: '/vue/', folder: join(work, 'vue') }],
      pages: { '/': ELEMENT, '/frame': '<iframe src="/" width="600" height="500"></iframe>' },
    }),
  };
  expected = (await scoreInNode(DEMO, { threads: 1 }, { tasks: ['quality'] })).scores;
});
after(async () => {
  for (const server of Object.values(servers)) server.close();
  await rm(work, { recursive: true });
});

/** A folder in which `percept` is installed, beside what the example needs, and an example's file. */
async function writeApplication(folder, example, entry) {
  await cp(join(project, 'web/examples', example), join(folder, example), { recursive: true });
  await writeFile(join(folder, 'main.jsx'), entry);
  await writeFile(join(folder, 'index.html'), '<!doctype html><html lang="en"><meta charset="utf-8"><title>Test</title><link rel="icon" href="data:,"><div id="app"></div><script type="module" src="./main.jsx"></script></html>');
  await unpackInto(archive, folder);
  for (const name of ['react', 'react-dom', 'scheduler', 'vue']) await symlink(join(project, 'node_modules', name), join(folder, 'node_modules', name));
}

/** As the README says: engine/ is copied beside the bundle. */
async function buildReactWithEsbuild(folder) {
  await writeApplication(folder, 'PhotoField.jsx', "import { createRoot } from 'react-dom/client'; import { PhotoField } from './PhotoField.jsx'; createRoot(document.getElementById('app')).render(<PhotoField model=\"/weights/demo/\" />);");
  await esbuild({
    absWorkingDir: folder,
    entryPoints: { main: 'main.jsx' },
    bundle: true, format: 'esm', outdir: '.', allowOverwrite: true, jsx: 'automatic', minify: true, logLevel: 'error', target: 'es2022',
    define: { 'process.env.NODE_ENV': '"production"' },
  });
  await cp(join(folder, 'node_modules/percept/build/package/engine'), join(folder, 'engine'), { recursive: true });
  await writeFile(join(folder, 'index.html'), (await readFile(join(folder, 'index.html'), 'utf8')).replace('main.jsx', 'main.js'));
}

async function buildVueWithVite(folder) {
  await writeApplication(folder, 'PhotoField.vue', "import { createApp, h } from 'vue'; import PhotoField from './PhotoField.vue'; createApp({ render: () => h(PhotoField, { model: '/weights/demo/' }) }).mount('#app');");
  await vite({
    root: folder, base: './', configFile: false, logLevel: 'warn', build: { outDir: 'dist' },
    plugins: [vue({ template: { compilerOptions: { isCustomElement: (tag) => tag === 'percept-scorer' } } })],
  });
}

for (const [browserName, launch] of Object.entries(BROWSERS)) {
  describe(browserName, () => {
    const session = useBrowser(launch);

    const open = async (host, path) => {
      const opened = await openPage(session.browser, servers[host].origin + path);
      return { ...opened, threads: () => opened.page.$eval('percept-scorer', (each) => each.result.engine.threads) };
    };

    test('one script tag, isolated: threads', async () => {
      const { page, problems, threads } = await open('isolated', '/examples/one-tag.html');
      await give(page, GOOD);
      assert.deepEqual((await look(page)).labels, 'Image quality Sharpness');
      assert.ok(await threads() >= 1);
      assert.deepEqual(problems, []);
      await page.close();
    });

    test('a strict policy with Trusted Types, without isolation: one thread, and no complaint', async () => {
      const { page, problems, threads } = await open('strict', '/');
      assert.deepEqual(await give(page, GOOD), { scores: expected });
      assert.equal(await threads(), 1);
      assert.ok(await page.waitForFunction(() => document.querySelector('percept-scorer').shadowRoot.querySelector('canvas')), 'the picture is shown');
      assert.notEqual(await page.$eval('percept-scorer', (each) => getComputedStyle(each.shadowRoot.querySelector('[part=zone]')).borderRadius), '0px', 'the style is there');
      assert.deepEqual(problems, []);
      await page.close();
    });

    for (const host of ['noPolicyName', 'noWorkers']) {
      test(`a policy that forbids the worker ends in a sentence: ${host}`, async () => {
        const { page } = await open(host, '/');
        assert.deepEqual(await give(page, GOOD), { code: 'engine-unreachable' });
        assert.match((await look(page)).message, /policy/);
        await page.close();
      });
    }

    test('a library from another origin says that it cannot start its worker there', async () => {
      const { page } = await open('plain', '/');
      const outcome = await page.evaluate(async (origin) => {
        const { Scorer: Library } = await import(`${origin}/percept.js`);
        return Library.load(`${origin}/weights/demo/`).catch(({ code, message }) => `${code}: ${message}`);
      }, servers.isolated.origin);
      assert.match(outcome, /^engine-unreachable: .*page's own origin/);
      await page.close();
    });

    test('in a frame', async () => {
      const { page, problems } = await open('plain', '/frame');
      const frame = await (await page.waitForSelector('iframe')).contentFrame();
      assert.deepEqual(await give(frame, GOOD), { scores: expected });
      assert.deepEqual(problems, []);
      await page.close();
    });

    test('React 19, bundled by esbuild', async () => {
      const { page, problems } = await open('plain', '/react/');
      await page.waitForSelector('percept-scorer');
      assert.deepEqual(await give(page, GOOD), { scores: expected });
      await page.waitForFunction((text) => document.querySelector('p').textContent === text, {}, `Quality ${expected.quality.value.toFixed(2)}`);
      await give(page, BROKEN[0]);
      await page.waitForFunction((text) => document.querySelector('p').textContent === text, {}, BROKEN[0].code);
      assert.deepEqual(problems, []);
      await page.close();
    });

    test('Vue 3, built by Vite', async () => {
      const { page, problems } = await open('plain', '/vue/dist/');
      await page.waitForSelector('percept-scorer');
      assert.deepEqual(await give(page, GOOD), { scores: expected });
      await page.waitForFunction((text) => document.querySelector('p').textContent === text, {}, `Quality ${expected.quality.value.toFixed(2)}`);
      await give(page, BROKEN[0]);
      await page.waitForFunction((text) => document.querySelector('p').textContent === text, {}, BROKEN[0].code);
      assert.deepEqual(problems, []);
      await page.close();
    });
  });
}
