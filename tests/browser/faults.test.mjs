/** What browsers do to a page: workers, tabs and stored weights end without a word, pages freeze, memory gets short. */
import assert from 'node:assert/strict';
import { existsSync } from 'node:fs';
import { readFile, readdir } from 'node:fs/promises';
import { join } from 'node:path';
import { after, before, describe, test } from 'node:test';
import { setTimeout as sleep } from 'node:timers/promises';
import { Scorer } from '../../web/percept.js';
import { GOOD_JPEG } from '../js/broken-pictures.mjs';
import { serveFaulty } from '../js/faulty-server.mjs';
import { makeSeededModel } from '../js/seeded-model.mjs';
import { BROWSERS, countWorkerThreads, openPage, servePage } from './browsers.mjs';

const BLANK = '/icon.svg';
/** Milliseconds after which a promise counts as hung. */
const PATIENCE = 10_000;

let model;
let server;
let expected;
before(async () => {
  model = await makeSeededModel();
  server = await servePage([{ prefix: '/m/', folder: model.folder }]);
  const scorer = await Scorer.load(model.folder);
  expected = (await scorer.score(new Blob([GOOD_JPEG]))).scores;
  scorer.dispose();
});
after(async () => {
  server.close();
  await model.remove();
});

/** Runs in the page before anything else: remembers its workers, and gives the tests their words. */
function prepare(base64, patience) {
  const { Worker: PageWorker } = globalThis;
  Object.assign(globalThis, {
    workers: [],
    picture: new Blob([Uint8Array.from(atob(base64), (character) => character.charCodeAt(0))]),
    library: () => import('/percept.js'),
    /** A call's scores, 'done' or code; 'hung' where it does not settle. */
    outcome: (promise) => Promise.race([
      promise.then((result) => result?.scores ?? 'done', (error) => error.code ?? String(error)),
      new Promise((resolve) => { setTimeout(resolve, patience, 'hung'); }),
    ]),
    Worker: class extends PageWorker {
      constructor(...given) {
        super(...given);
        globalThis.workers.push(this);
      }
    },
  });
}

async function openPrepared(browser) {
  const { page } = await openPage(browser, server.origin + BLANK);
  await page.evaluateOnNewDocument(prepare, GOOD_JPEG.toString('base64'), PATIENCE);
  await page.goto(server.origin + BLANK);
  return page;
}

/** Weights are kept from test to test, unless it begins with this. */
const forget = (page) => page.evaluate(async () => (await navigator.storage.getDirectory()).removeEntry('percept', { recursive: true }).catch(() => {}));

/** Ended workers take a moment; Firefox keeps a few threads for the next ones. */
async function leavesNoWorker(browser, name) {
  if (!existsSync('/proc/self/task')) return;
  const allowed = name === 'chromium' ? 0 : 4;
  for (let tries = 0; countWorkerThreads(browser) > allowed && tries < 100; tries += 1) await sleep(50);
  assert.ok(countWorkerThreads(browser) <= allowed, `${countWorkerThreads(browser)} worker threads live on`);
}

for (const [name, launch] of Object.entries(BROWSERS)) {
  describe(name, () => {
    let browser;
    before(async () => { browser = await launch(); });
    after(() => browser.close());

    /** A test with a page of its own, at the end of which no worker may be left. */
    const withPage = (run) => async () => {
      const page = await openPrepared(browser);
      await run(page);
      if (!page.isClosed()) await page.close();
      await leavesNoWorker(browser, name);
    };

    for (const [what, at] of [['the engine\'s worker', 0], ['a thread', 1]]) {
      for (const moment of ['idle', 'decoding', 'computing']) {
        test(`${what} is ended by the browser, ${moment}: the call is told, and the next one is right`, withPage(async (page) => {
          const results = await page.evaluate(async ({ killed, when }) => {
            const { Scorer: Library } = await library();
            const scorer = await Library.load('/m/', { threads: 2 });
            const end = () => workers[killed].terminate(); // behind the library's back
            if (when === 'idle') end();
            const onProgress = ({ phase }) => { if (phase === when) end(); };
            const outcomes = [await outcome(scorer.score(picture, { onProgress })), await outcome(scorer.score(picture))];
            scorer.dispose();
            return outcomes;
          }, { killed: at, when: moment });
          if (results[0] !== 'worker-died') assert.deepEqual(results[0], expected);
          assert.deepEqual(results[1], expected);
        }));
      }
    }

    test('the worker is ended while it loads: that is told, and the next load is right', withPage(async (page) => {
      for (const moment of ['starting', 'downloading', 'preparing']) {
        await forget(page);
        const results = await page.evaluate(async (when) => {
          const { Scorer: Library } = await library();
          workers.length = 0;
          const first = await outcome(Library.load('/m/', { onProgress: ({ phase }) => { if (phase === when) workers[0].terminate(); } }));
          const scorer = await Library.load('/m/');
          const second = await outcome(scorer.score(picture));
          scorer.dispose();
          return [first, second];
        }, moment);
        assert.deepEqual(results, ['worker-died', expected], moment);
      }
    }));
  });
}
