/**
 * The device's storage fails, is full, or never answers, at its first, second, … step, for a moment or for good, in Chromium
 * and Firefox: the scores are right all the same, and so are those of the next visit.
 */
import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { createServer } from 'node:http';
import { after, before, describe, test } from 'node:test';
import { findFile } from '../../build_scripts/serve/files.mjs';
import { SITE } from '../../build_scripts/site/place.mjs';
import { GOOD_JPEG } from '../support/broken-pictures.mjs';
import { makeSeededModel } from '../support/seeded-model.mjs';
import { BROWSERS, listen, openPage } from '../support/browsers.mjs';
import { scoreInNode, useBrowser } from '../support/set-up.mjs';

/** Milliseconds after which a visit hangs. */
const PATIENCE = 30_000;

/** Steps between two that are tried, each test beginning at another one: all of them take half an hour. `STORAGE_STEPS=1` tries all. */
const STRIDE = Number(process.env.STORAGE_STEPS ?? 23);

const TYPES = { html: 'text/html', css: 'text/css', js: 'text/javascript', svg: 'image/svg+xml', json: 'application/json' };

/**
 * Goes before the worker's own code: counts its steps with the storage, and spoils one, or all from one on. Time runs twenty
 * times as fast there, so that what does not answer is given up soon.
 */
function spoil({ at, way, forGood, withoutFiles }) {
  const told = new BroadcastChannel('steps');
  let steps = 0;
  const isSpoilt = () => {
    steps += 1;
    told.postMessage(steps);
    return forGood ? steps >= at : steps === at;
  };
  const failure = () => new DOMException('spoilt', way);
  const silence = (signal) => new Promise((_, reject) => { signal?.addEventListener('abort', () => reject(signal.reason)); });
  const wrap = (owner, name, { sync = false } = {}) => {
    const real = owner?.prototype[name];
    if (!real || (sync && way === 'silence')) return;
    owner.prototype[name] = function spoilt(...given) {
      if (!isSpoilt()) return real.apply(this, given);
      if (sync) throw failure();
      return way === 'silence' ? silence(given[1]?.signal) : Promise.reject(failure());
    };
  };
  for (const name of ['getDirectory', 'estimate', 'persisted']) wrap(globalThis.StorageManager, name);
  for (const name of ['getDirectoryHandle', 'getFileHandle', 'removeEntry']) wrap(globalThis.FileSystemDirectoryHandle, name);
  for (const name of ['createSyncAccessHandle', 'getFile']) wrap(globalThis.FileSystemFileHandle, name);
  for (const name of ['getSize', 'read', 'write', 'truncate', 'close']) wrap(globalThis.FileSystemSyncAccessHandle, name, { sync: true });
  for (const name of ['match', 'put', 'delete', 'keys']) wrap(globalThis.Cache, name);
  wrap(globalThis.CacheStorage, 'open');
  wrap(globalThis.LockManager, 'request');
  wrap(Object.getPrototypeOf(globalThis.FileSystemDirectoryHandle?.prototype.entries?.prototype ?? {})?.constructor, 'next');
  if (withoutFiles) delete globalThis.FileSystemFileHandle?.prototype.createSyncAccessHandle;
  for (const name of ['setTimeout', 'setInterval']) {
    const real = globalThis[name];
    globalThis[name] = (handler, delay) => real(handler, delay / 20);
  }
  const { timeout } = AbortSignal;
  AbortSignal.timeout = (delay) => timeout.call(AbortSignal, delay / 20);
}

let model;
let expected;
let server;
/** What spoil is told for the next worker. */
let fault = {};
before(async () => {
  model = await makeSeededModel();
  expected = (await scoreInNode(model.folder)).scores;
  const mounts = [{ prefix: '/m/', folder: model.folder }, { prefix: '/', folder: SITE }];
  server = await listen(createServer(async (request, response) => {
    const file = await findFile(mounts, request.url);
    if (!file) return response.writeHead(404).end();
    const type = TYPES[file.path.split('.').at(-1)] ?? 'application/octet-stream';
    response.writeHead(200, { 'Content-Type': type, 'Cache-Control': 'no-store' });
    const bytes = readFileSync(file.path);
    return response.end(request.url === '/engine/worker.js' ? `(${spoil})(${JSON.stringify(fault)});${bytes}` : bytes);
  }));
});
after(async () => {
  server.close();
  await model.remove();
});

/** Loads and scores in a page whose storage has this fault. @returns {Promise<{scores: object | string, kind: string, steps: number}>} */
async function visit(page, given = {}) {
  fault = given;
  return page.evaluate(async ({ base64, patience }) => {
    const { Scorer: Library } = await import('/percept.js');
    const told = new BroadcastChannel('steps');
    let steps = 0;
    told.onmessage = ({ data }) => { steps = data; };
    const call = async () => {
      const scorer = await Library.load('/m/', { threads: 1 });
      const { scores } = await scorer.score(new Blob([Uint8Array.from(atob(base64), (character) => character.charCodeAt(0))]));
      const { kind } = scorer.storage;
      scorer.dispose();
      return { scores, kind };
    };
    const hung = new Promise((resolve) => { setTimeout(resolve, patience, { scores: 'hung' }); });
    const outcome = await Promise.race([call().catch(({ code, message }) => ({ scores: `${code}: ${message}` })), hung]);
    await new Promise((resolve) => { setTimeout(resolve, 50); }); // the last of its steps are told
    told.close();
    return { ...outcome, steps };
  }, { base64: GOOD_JPEG.toString('base64'), patience: PATIENCE });
}

const forget = (page) => page.evaluate(async () => {
  await (await navigator.storage.getDirectory()).removeEntry('percept', { recursive: true }).catch(() => {});
  await caches.delete('percept-models');
});

const WAYS = {
  'fails once': { way: 'UnknownError' },
  'is full from then on': { way: 'QuotaExceededError', forGood: true },
  'does not answer once': { way: 'silence' },
  'does not answer any more': { way: 'silence', forGood: true },
};

let begin = 0;
for (const [name, launch] of Object.entries(BROWSERS)) {
  describe(name, () => {
    const session = useBrowser(launch);

    for (const kind of ['files', 'cache']) {
      const withoutFiles = kind === 'cache';
      for (const [what, way] of Object.entries(WAYS)) {
        begin += 5;
        const from = 1 + begin % STRIDE;
        test(`${kind}: the storage ${what}, at any step of a first visit and of a second`, async (context) => {
          const { page } = await openPage(session.browser, `${server.origin}/icon.svg`);
          await forget(page);
          const first = await visit(page, { withoutFiles, ...way });
          assert.equal(first.kind, kind);
          const second = await visit(page, { withoutFiles, ...way });
          assert.ok(first.steps > 10 && second.steps > 5, `${first.steps} and ${second.steps} steps`);
          for (const [steps, isFirst] of [[first.steps, true], [second.steps, false]]) {
            for (let at = from; at <= steps; at += STRIDE) {
              if (isFirst) await forget(page);
              const spoilt = await visit(page, { withoutFiles, at, ...way });
              assert.deepEqual(spoilt.scores, expected, `step ${at} of ${steps}`);
              const next = await visit(page, { withoutFiles });
              assert.deepEqual(next.scores, expected, `the visit after step ${at} of ${steps}`);
              assert.equal(next.kind, kind);
            }
          }
          context.diagnostic(`${first.steps} and ${second.steps} steps`);
          await page.close();
        });
      }
    }

    test('a model that the browser does not let be deleted is told of, and stays', async () => {
      fault = {};
      const { page } = await openPage(session.browser, `${server.origin}/icon.svg`);
      await forget(page);
      await page.goto(`${server.origin}/?model=/m/`);
      await page.waitForSelector('.remove-model');
      const codes = await page.evaluate(async () => {
        const { deleteCachedModel, listCachedModels } = await import('/percept.js');
        const { removeEntry, entries } = FileSystemDirectoryHandle.prototype;
        const refuse = () => { throw new DOMException('not now', 'InvalidStateError'); };
        const codeOf = (promise) => promise.then(() => 'done', ({ code }) => code);
        FileSystemDirectoryHandle.prototype.entries = refuse;
        const listing = await codeOf(listCachedModels());
        FileSystemDirectoryHandle.prototype.entries = entries;
        FileSystemDirectoryHandle.prototype.removeEntry = refuse;
        const deleting = await codeOf(deleteCachedModel('/m/'));
        document.querySelector('.remove-model').click();
        window.allow = () => { FileSystemDirectoryHandle.prototype.removeEntry = removeEntry; };
        return [listing, deleting];
      });
      assert.deepEqual(codes, ['storage', 'storage']);
      await page.waitForFunction(() => document.querySelector('.kept-state').textContent.includes('does not let seeded be deleted'));
      await page.evaluate(() => {
        window.allow();
        document.querySelector('.remove-model:enabled').click();
      });
      await page.waitForFunction(() => document.querySelector('.kept-state').textContent.includes('seeded was deleted'));
      assert.equal(await page.$('.remove-model'), null);
      await page.close();
    });
  });
}
