/** Set-ups that test files in browsers share. */
import assert from 'node:assert/strict';
import { after, before } from 'node:test';
import { Scorer } from '../../web/lib/percept.js';
import { GOOD_JPEG } from './broken-pictures.mjs';
import { openPage, servePage } from './browsers.mjs';
import { makeSeededModel } from './seeded-model.mjs';

/**
 * Starts a browser before the suite's tests and closes it after them. Call it where hooks may be declared.
 * @param {() => Promise<import('puppeteer-core').Browser>} launch
 * @returns {{browser: import('puppeteer-core').Browser}} whose browser is there while the tests run
 */
export function useBrowser(launch) {
  const session = { browser: null };
  before(async () => { session.browser = await launch(); });
  after(() => session.browser.close());
  return session;
}

/**
 * Serves the page with the seeded model at /model/ while a file's tests run. Call it where hooks may be declared.
 * @param {Parameters<typeof makeSeededModel>} of the model
 * @returns {{origin: string, folder: string}} the page's address, and where the model lies; there while the tests run
 */
export function useSeededSite(...of) {
  const site = { origin: '', folder: '' };
  let model;
  let server;
  before(async () => {
    model = await makeSeededModel(...of);
    server = await servePage([{ prefix: '/model/', folder: model.folder }]);
    Object.assign(site, { origin: server.origin, folder: model.folder });
  });
  after(async () => {
    server.close();
    await model.remove();
  });
  return site;
}

/** What a model says of the good picture in Node, which every browser must repeat. @param {object} [load] Scorer.load's options */
export async function scoreInNode(folder, load = {}, options = {}) {
  const scorer = await Scorer.load(folder, load);
  const result = await scorer.score(new Blob([GOOD_JPEG]), options);
  scorer.dispose();
  return result;
}

/**
 * Opens a page, runs a test on it, asks that nothing went wrong meanwhile, and closes it.
 * @param {(page: import('puppeteer-core').Page, opened: Awaited<ReturnType<typeof openPage>>) => Promise<void>} run
 * @param {RegExp} [allowed] problems that the test provokes
 */
export async function runOnPage({ browser }, url, run, allowed = /^$/) {
  const opened = await openPage(browser, url);
  try {
    await run(opened.page, opened);
    assert.deepEqual(opened.problems.filter((each) => !allowed.test(each)), []);
  } finally {
    await opened.page.close(); // its workers would be counted by the tests that follow
  }
}

/** As runOnPage, in a context of its own, where nobody has judged or kept anything. */
export async function runAfresh({ browser }, url, run) {
  const context = await browser.createBrowserContext();
  await runOnPage({ browser: context }, url, run);
  await context.close();
}
