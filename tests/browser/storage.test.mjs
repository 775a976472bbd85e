/** Models that stay on the device, in Chromium and Firefox: the second visit, a killed one, two tabs, and no storage. */
import assert from 'node:assert/strict';
import { mkdir, mkdtemp, readFile, readdir, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, before, describe, test } from 'node:test';
import { GOOD_JPEG } from '../support/broken-pictures.mjs';
import { serveFaulty } from '../support/faulty-server.mjs';
import { makeSeededModel } from '../support/seeded-model.mjs';
import { BROWSERS, forgetModelsOf, openPage, servePlainly } from '../support/browsers.mjs';
import { scoreInNode, useBrowser } from '../support/set-up.mjs';

const BLANK = '/icon.svg';
const MIB = 1 << 20;

let pages;
let expected;
let files;
let manifest;
let work;
before(async () => {
  work = await mkdtemp(join(tmpdir(), 'percept-storage-'));
  pages = await servePlainly([]); // whose policy allows models of another origin
  const model = await makeSeededModel();
  expected = (await scoreInNode(model.folder)).scores;
  const names = (await readdir(model.folder)).filter((name) => !name.endsWith('.svg'));
  files = Object.fromEntries(await Promise.all(names.map(async (name) => [`/m/${name}`, await readFile(join(model.folder, name))])));
  manifest = JSON.parse(files['/m/model.json']);
  await model.remove();
});
after(async () => {
  pages.close();
  await rm(work, { recursive: true, force: true });
});

const bytesOf = (shards) => shards.reduce((sum, { bytes }) => sum + bytes, 0);
const allShards = ({ base, tasks }) => [...base.shards, ...tasks.flatMap(({ shards }) => shards)];

/** Loads the model of `server` in a page, scores a picture, and says what came of it. */
function visit(page, server, options = {}) {
  return page.evaluate(async ({ url, base64, load }) => {
    const { Scorer: Library } = await import('/percept.js');
    const phases = [];
    try {
      const scorer = await Library.load(url, { ...load, onProgress: ({ phase, loaded = 0 }) => { if (phases.at(-1) !== phase) phases.push(phase); globalThis.cameSoFar = loaded; } });
      const blob = new Blob([Uint8Array.from(atob(base64), (character) => character.charCodeAt(0))]);
      const { scores } = await scorer.score(blob);
      const { storage } = scorer;
      scorer.dispose();
      return { scores, storage, phases };
    } catch (error) {
      return { code: error.code ?? String(error), message: error.message };
    }
  }, { url: `${server.origin}/m/`, base64: GOOD_JPEG.toString('base64'), load: options });
}

for (const [name, launch] of Object.entries(BROWSERS)) {
  describe(name, () => {
    const session = useBrowser(launch);

    /** A test with a model server of its own, and nothing on the device: shards are kept by content, whoever served them. */
    const withServer = (run, chooseFault) => async () => {
      const server = await serveFaulty({ ...files }, chooseFault);
      const { page } = await openPage(session.browser, pages.origin + BLANK);
      await forgetModelsOf(page);
      try {
        await run(page, server);
      } finally {
        if (!page.isClosed()) await page.close();
        await server.close();
      }
    };

    test('the second visit asks for no weights, and an offline one for nothing', withServer(async (page, server) => {
      const total = bytesOf(allShards(manifest));
      const first = await visit(page, server);
      assert.deepEqual(first.scores, expected, first.message);
      assert.deepEqual(first.storage, { kind: 'files', reason: null, persisted: first.storage.persisted, offline: false, fromNetwork: total, fromDevice: 0 });
      assert.deepEqual(first.phases, ['starting', 'downloading', 'preparing', 'ready']);
      assert.equal(server.shardBytes, total);
      await page.reload();
      server.requests.length = 0;
      const second = await visit(page, server);
      assert.deepEqual(second.scores, expected);
      assert.deepEqual([second.storage.fromNetwork, second.storage.fromDevice], [0, total]);
      assert.deepEqual(second.phases, ['starting', 'reading', 'preparing', 'ready']);
      assert.deepEqual(server.requests.map(({ path }) => path), ['/m/model.json']);
      await server.close();
      const offline = await visit(page, server);
      assert.deepEqual(offline.scores, expected, offline.message);
      assert.equal(offline.storage.offline, true);
      await server.listen(server.port);
    }));

    test('a tab that is closed while it downloads leaves all but a MiB to the next one', withServer(async (page, server) => {
      const closing = visit(page, server).catch(() => {});
      // What the tab has, not what the server has sent: a busy tab leaves more than a MiB between the two.
      const came = await page.waitForFunction((enough) => globalThis.cameSoFar > enough && globalThis.cameSoFar, {}, 1.5 * MIB).then((handle) => handle.jsonValue());
      await page.close();
      await closing;
      const again = await openPage(session.browser, pages.origin + BLANK);
      const { scores, storage, message } = await visit(again.page, server);
      assert.deepEqual(scores, expected, message);
      assert.ok(storage.fromDevice > 0 && storage.fromNetwork <= bytesOf(allShards(manifest)) - came + MIB, `${came} came, then ${JSON.stringify(storage)}`);
      await again.page.close();
    }, ({ path, count }) => path.includes('base') && count === 1 && { drip: 16384 }));

    test('two tabs fetch each byte once', withServer(async (page, server) => {
      const other = await openPage(session.browser, pages.origin + BLANK);
      const results = await Promise.all([visit(page, server), visit(other.page, server)]);
      for (const { scores, message } of results) assert.deepEqual(scores, expected, message);
      assert.equal(server.shardBytes, bytesOf(allShards(manifest)));
      assert.equal(results[0].storage.fromNetwork + results[1].storage.fromNetwork, server.shardBytes);
      await other.page.close();
    }));

    test('a new version brings what changed, and the old one goes; models are listed and deleted', withServer(async (page, server) => {
      await visit(page, server);
      const old = files['/m/model.json'];
      const [task] = manifest.tasks;
      const next = { ...manifest, name: 'next', tasks: [task] };
      server.files['/m/model.json'] = Buffer.from(JSON.stringify(next));
      server.requests.length = 0;
      const { scores } = await visit(page, server);
      assert.deepEqual(scores, { [task.id]: expected[task.id] });
      assert.equal(server.shardBytes, 0);
      const listed = await page.evaluate(async () => (await import('/percept.js')).listCachedModels());
      const mine = listed.find(({ url }) => url.startsWith(server.origin));
      const bytes = bytesOf(allShards(next));
      assert.deepEqual({ ...mine, used: null }, { url: `${server.origin}/m/model.json`, name: 'next', bytes, total: bytes, used: null });
      server.files['/m/model.json'] = old;
      assert.ok(!(await visit(page, server)).message);
      assert.equal(server.shardBytes, bytesOf(allShards(manifest)) - bytes, 'what only the first version had was swept away');
      const deleted = await page.evaluate(async (url) => {
        const { deleteCachedModel, listCachedModels } = await import('/percept.js');
        return [await deleteCachedModel(url), await deleteCachedModel(url), (await listCachedModels()).map((each) => each.url).includes(`${url}model.json`)];
      }, `${server.origin}/m/`);
      assert.deepEqual(deleted, [true, false, false]);
      server.requests.length = 0;
      await visit(page, server);
      assert.equal(server.shardBytes, bytesOf(allShards(manifest)));
    }));

    test('a manifest that is not the pinned one is refused', withServer(async (page, server) => {
      const digest = Buffer.from(await crypto.subtle.digest('SHA-256', files['/m/model.json']));
      const integrity = `sha256-${digest.toString('base64')}`;
      assert.deepEqual((await visit(page, server, { integrity })).scores, expected);
      server.requests.length = 0;
      assert.deepEqual((await visit(page, server, { integrity })).scores, expected);
      assert.deepEqual(server.requests, [], 'a pinned model that is here needs no network');
      digest[0] ^= 1;
      assert.equal((await visit(page, server, { integrity: `sha256-${digest.toString('base64')}` })).code, 'manifest-integrity');
      assert.equal((await visit(page, server, { integrity: 'md5-x' })).code, 'bad-argument');
    }));

    const FAULTS = {
      'wrong bytes once, and a break': [({ path, count }) => path.includes('base') && (count === 1 ? { flipAt: 1000 } : count === 2 && { cutAt: 1_200_000 }), null],
      'a server in trouble for a moment': [({ count }) => count === 1 && { status: 503 }, null],
      'compression without lengths': [() => ({ gzip: true, noLength: true }), null],
      'a server without ranges that breaks': [({ path, count }) => ({ ignoreRange: true, ...(path.includes('base') && count === 1 && { cutAt: 1_200_000 }) }), null],
      'a file that is missing': [({ path }) => path.includes('base') && { status: 404 }, 'not-found'],
      'a file of wrong length': [({ path }) => path.includes('base') && { length: 1_300_000 }, 'weights-corrupt'],
      'bytes that stay wrong': [({ path }) => path.includes('base') && { flipAt: 1_300_000 }, 'weights-corrupt'],
    };
    for (const [what, [chooseFault, code]] of Object.entries(FAULTS)) {
      test(`${what}: ${code ?? 'the right scores'}`, withServer(async (page, server) => {
        const outcome = await visit(page, server);
        if (code) assert.equal(outcome.code, code, outcome.message);
        else assert.deepEqual(outcome.scores, expected, outcome.message);
        const listed = await page.evaluate(async () => (await (await import('/percept.js')).listCachedModels()).map(({ bytes }) => bytes));
        assert.deepEqual(listed.filter((bytes) => bytes === 0), [], 'a model of which nothing is here is listed');
      }, chooseFault));
    }
  });
}

/** Browsers that give no storage, or another one. */
const KINDS = {
  'Chromium without site data': ['chromium', async () => ({ userDataDir: await chromiumProfile({ profile: { default_content_setting_values: { cookies: 2 } } }) }), { kind: 'memory', reason: 'refused' }],
  'Firefox without site data': ['firefox', async () => ({ preferences: { 'network.cookie.cookieBehavior': 2 } }), { kind: 'memory', reason: 'refused' }],
  'Firefox without a file system': ['firefox', async () => ({ preferences: { 'dom.fs.enabled': false } }), { kind: 'cache', reason: null }],
  'a private window of Firefox': ['firefox', async () => ({ preferences: { 'browser.privatebrowsing.autostart': true } }), null],
  'a private window of Chromium': ['chromium', async () => ({ flags: ['--incognito'] }), null],
};

async function chromiumProfile(preferences) {
  const profile = await mkdtemp(join(work, 'profile-'));
  await mkdir(join(profile, 'Default'));
  await writeFile(join(profile, 'Default/Preferences'), JSON.stringify(preferences));
  return profile;
}

for (const [what, [name, settings, storage]] of Object.entries(KINDS)) {
  test(`${what}: scored twice, and it says where the weights are`, async () => {
    const browser = await BROWSERS[name](await settings());
    const server = await serveFaulty(files);
    try {
      const { page } = await openPage(browser, pages.origin + BLANK);
      const first = await visit(page, server);
      assert.deepEqual(first.scores, expected, first.message);
      const { kind, reason } = first.storage;
      if (storage) assert.deepEqual({ kind, reason }, storage);
      else assert.ok(kind === 'memory' ? reason === 'refused' : reason === null, JSON.stringify(first.storage));
      await page.reload();
      server.requests.length = 0;
      const second = await visit(page, server);
      assert.deepEqual(second.scores, expected, second.message);
      assert.equal(server.shardBytes, kind === 'memory' ? bytesOf(allShards(manifest)) : 0);
    } finally {
      await browser.close();
      await server.close();
    }
  });
}

const SMALL = 300 << 10;
const QUOTAS = {
  chromium: {
    settings: {},
    limit: async (page) => (await page.createCDPSession()).send('Storage.overrideQuotaForOrigin', { origin: pages.origin, quotaSize: SMALL }),
  },
  firefox: { settings: { preferences: { 'dom.quotaManager.temporaryStorage.fixedLimit': SMALL >> 10 } }, limit: () => {} },
};

for (const [name, { settings, limit }] of Object.entries(QUOTAS)) {
  test(`${name} with a full storage: scored, and it says so`, async () => {
    const browser = await BROWSERS[name](settings);
    const server = await serveFaulty(files);
    try {
      const { page } = await openPage(browser, pages.origin + BLANK);
      await limit(page);
      const { scores, storage, message } = await visit(page, server);
      assert.deepEqual(scores, expected, message);
      assert.deepEqual([storage.kind, storage.reason], ['memory', 'full']);
    } finally {
      await browser.close();
      await server.close();
    }
  });
}

/** A page on plain HTTP, under a name that browsers do not trust as they trust localhost. */
const PLAIN = {
  chromium: { flags: ['--host-resolver-rules=MAP percept.test 127.0.0.1'] },
  firefox: { preferences: { 'network.dns.localDomains': 'percept.test', 'dom.security.https_first': false } },
};

for (const [name, settings] of Object.entries(PLAIN)) {
  test(`${name} on plain HTTP verifies with the engine's own SHA-256`, async () => {
    const browser = await BROWSERS[name](settings);
    const server = await serveFaulty(files, ({ path, count }) => path.includes('base') && count === 1 && { flipAt: 1000 });
    try {
      const { page } = await openPage(browser, pages.origin.replace('localhost', 'percept.test') + BLANK);
      assert.equal(await page.evaluate(() => typeof crypto.subtle), 'undefined');
      const { scores, storage, message } = await visit(page, server);
      assert.deepEqual(scores, expected, message);
      assert.deepEqual([storage.kind, storage.reason], ['memory', 'absent']);
      assert.equal(server.requests.filter(({ path }) => path.includes('base')).length, 2);
    } finally {
      await browser.close();
      await server.close();
    }
  });
}
