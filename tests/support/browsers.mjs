/** Real browsers on the real page, from the real server. */
import { readFileSync, readdirSync } from 'node:fs';
import { createServer } from 'node:http';
import { extname } from 'node:path';
import { fileURLToPath } from 'node:url';
import puppeteer from 'puppeteer-core';
import { createPageServer } from '../../build_scripts/serve.mjs';
import { findFile } from '../../build_scripts/serve/files.mjs';
import { SITE } from '../../build_scripts/site/place.mjs';
import { CHROMIUM_FLAGS } from './chromium-flags.mjs';
import { listen } from './listen.mjs';

/** By name, what launches a browser; `flags` are Chromium's, `preferences` Firefox's. */
export const BROWSERS = {
  chromium: ({ flags = [], ...options } = {}) => puppeteer.launch({
    executablePath: process.env.CHROMIUM || '/usr/bin/chromium', args: [...CHROMIUM_FLAGS, ...flags], ...options,
  }),
  firefox: ({ preferences, ...options } = {}) => puppeteer.launch({
    browser: 'firefox', executablePath: process.env.FIREFOX || '/usr/bin/firefox-esr', extraPrefsFirefox: preferences, ...options,
  }),
};

export { listen };

/** For tests of a single module of web/, which browsers get bundled. */
export const SOURCES = { prefix: '/source/', folder: fileURLToPath(new URL('../../web', import.meta.url)) };

/** The project's server, with further folders. */
export function servePage(mounts) {
  return listen(createPageServer({ mounts }));
}

/** A host that knows nothing of us: no isolation, no policy, no compression, and the wrong type for .wasm. */
export function servePlainly(mounts) {
  const types = { '.js': 'text/javascript', '.html': 'text/html', '.css': 'text/css', '.svg': 'image/svg+xml' };
  const all = [...mounts, { prefix: '/', folder: SITE }];
  return listen(createServer(async (request, response) => {
    const file = await findFile(all, request.url);
    if (!file) {
      response.writeHead(404).end();
      return;
    }
    response.writeHead(200, { 'Content-Type': types[extname(file.path)] ?? 'application/octet-stream' });
    response.end(readFileSync(file.path));
  }));
}

/**
 * A page that remembers what it asked for and what went wrong.
 * @returns {Promise<{page: import('puppeteer-core').Page, requests: {method: string, url: string, body: boolean}[],
 *   problems: string[]}>}
 */
export async function openPage(browser, url) {
  const page = await browser.newPage();
  await page.setViewport({ width: 1280, height: 2400 }); // the gallery makes the tiles that can be seen
  const requests = [];
  const problems = [];
  page.on('request', (request) => requests.push({ method: request.method(), url: request.url(), body: request.hasPostData() }));
  page.on('pageerror', (error) => problems.push(error.message));
  page.on('console', (message) => {
    const isOptional = /(samples|vectors)\.json$/.test(message.location()?.url ?? ''); // a page or a model may lack them
    if (['error', 'warn'].includes(message.type()) && !isOptional) problems.push(message.text());
  });
  await page.goto(url);
  return { page, requests, problems };
}

/** Presses a button by its name: clicked by its place, what loads above it may move it from under the pointer. */
export const press = (page, selector) => page.$eval(selector, (each) => each.click());

/** Deletes all models that the page's origin keeps. */
export function forgetModelsOf(page) {
  return page.evaluate(async () => (await navigator.storage.getDirectory()).removeEntry('percept', { recursive: true }).catch(() => {}));
}

/** Deletes all models that an origin keeps. */
export async function forgetModels(browser, origin) {
  const page = await browser.newPage();
  await page.goto(`${origin}/icon.svg`);
  await forgetModelsOf(page);
  await page.close();
}

/** Drops files on the page, as a user does. @param {{name: string, bytes: Uint8Array}[]} files */
export async function drop(page, files) {
  const encoded = files.map(({ name, bytes }) => ({ name, base64: Buffer.from(bytes).toString('base64') }));
  await page.evaluate((given) => {
    const dataTransfer = new DataTransfer();
    for (const { name, base64 } of given) {
      const bytes = Uint8Array.from(atob(base64), (character) => character.charCodeAt(0));
      dataTransfer.items.add(new File([bytes], name));
    }
    const target = document.elementFromPoint(innerWidth / 2, innerHeight / 2);
    target.dispatchEvent(new DragEvent('drop', { dataTransfer, bubbles: true, cancelable: true }));
  }, encoded);
}

/**
 * The card of a picture, once it is scored or has failed.
 * @returns {Promise<{state: string, code: string | null, text: string, values: Record<string, number>}>}
 */
export async function readCard(page, name) {
  const handle = await page.waitForFunction((wanted) => {
    const card = [...document.querySelectorAll('.card[data-state]')].find((each) => each.querySelector('h3').textContent === wanted);
    return card && {
      state: card.dataset.state,
      code: card.querySelector('[data-code]')?.dataset.code ?? null,
      text: card.querySelector('.body').innerText,
      facts: card.querySelector('.facts').textContent,
      values: Object.fromEntries([...card.querySelectorAll('[data-task] data')].map((each) => [each.closest('[data-task]').dataset.task, Number(each.value)])),
    };
  }, { timeout: 30000 }, name);
  return handle.jsonValue();
}

/** Scores in a page through the library alone; see percept.d.ts for what comes back. */
export function scoreInPage(page, { model, bytes, load = {} }) {
  return page.evaluate(async ({ url, base64, options }) => {
    const { Scorer } = await import('/percept.js');
    const scorer = await Scorer.load(url, options);
    const blob = new Blob([Uint8Array.from(atob(base64), (character) => character.charCodeAt(0))]);
    const result = await scorer.score(blob, { embedding: true });
    scorer.dispose();
    return result;
  }, { url: model, base64: Buffer.from(bytes).toString('base64'), options: load });
}

/** What the operating system calls the threads in which workers run. */
const WORKER_THREAD = /^(DedicatedWorker|DOM Worker)/;

/** Worker threads of a browser and of all processes that it started. */
export function countWorkerThreads(browser) {
  const children = new Map();
  for (const id of readdirSync('/proc').filter((name) => /^\d+$/.test(name))) {
    const parent = readProcess(`/proc/${id}/stat`).replace(/^.*\) \S+ /, '').split(' ')[0];
    children.set(parent, [...(children.get(parent) ?? []), id]);
  }
  const family = [String(browser.process().pid)];
  for (const id of family) family.push(...(children.get(id) ?? []));
  return family.flatMap((id) => listThreads(id)).filter((name) => WORKER_THREAD.test(name)).length;
}

/** A process may end while it is looked at. */
function readProcess(path) {
  try {
    return readFileSync(path, 'utf8');
  } catch {
    return '';
  }
}

function listThreads(id) {
  try {
    return readdirSync(`/proc/${id}/task`).map((thread) => readProcess(`/proc/${id}/task/${thread}/comm`));
  } catch {
    return [];
  }
}
