/** What the tests of <percept-scorer> share: servers with a page's headers, and hands on the element. */
import { readFileSync } from 'node:fs';
import { createServer } from 'node:http';
import { extname } from 'node:path';
import { fileURLToPath } from 'node:url';
import { findFile } from '../../build_scripts/serve/files.mjs';
import { SITE } from '../../build_scripts/site/place.mjs';
import { listen } from './browsers.mjs';

const TYPES = { '.js': 'text/javascript', '.html': 'text/html', '.css': 'text/css', '.svg': 'image/svg+xml', '.wasm': 'application/wasm', '.json': 'application/json' };
const WEIGHTS = fileURLToPath(new URL('../../weights', import.meta.url));
const MOUNTS = [{ prefix: '/', folder: SITE }, { prefix: '/weights/', folder: WEIGHTS }];

/** As much as a page with the element needs to allow, and no more, but for the icon of the tests' own page. */
export const STRICT = [
  "default-src 'none'", "script-src 'self' 'wasm-unsafe-eval'", "worker-src 'self'", "connect-src 'self'", 'img-src data:',
  "require-trusted-types-for 'script'", 'trusted-types percept',
].join('; ');

/** A page with one script tag. */
const page = (body) => `<!doctype html><html lang="en"><meta charset="utf-8"><title>Test</title>
<link rel="icon" href="data:,"><script type="module" src="/percept-scorer.js"></script><body>${body}</body></html>`;

/**
 * A plain host: no isolation, and the headers that are given.
 * @param {{mounts?: {prefix: string, folder: string}[], pages?: Record<string, string>, headers?: Record<string, string>}} options
 *   pages: bodies by path, such as '/a'
 */
export function serveElement({ mounts = [], pages = {}, headers = {} }) {
  return listen(createServer(async (request, response) => {
    const path = new URL(request.url, 'http://localhost').pathname;
    if (path.startsWith('/hang/')) return; // for ever
    if (Object.hasOwn(pages, path)) {
      response.writeHead(200, { 'Content-Type': 'text/html; charset=utf-8', ...headers }).end(page(pages[path]));
      return;
    }
    const file = await findFile([...mounts, ...MOUNTS], request.url);
    response.writeHead(file ? 200 : 404, { 'Content-Type': TYPES[extname(file?.path ?? '')] ?? 'application/octet-stream', ...headers });
    response.end(file ? readFileSync(file.path) : undefined);
  }));
}

/** Gives the page's element a file and waits: {scores} or {code}. @param {string} [selector] */
export function give(page_, { name, bytes }, selector = 'percept-scorer') {
  return page_.evaluate(async ({ base64, fileName, wanted }) => {
    await customElements.whenDefined('percept-scorer');
    const bytes_ = Uint8Array.from(atob(base64), (character) => character.charCodeAt(0));
    try {
      return { scores: (await document.querySelector(wanted).score(new File([bytes_], fileName))).scores };
    } catch ({ code }) {
      return { code };
    }
  }, { base64: Buffer.from(bytes).toString('base64'), fileName: name, wanted: selector });
}

/** What people see of the element, and what a form sees. */
export function look(page_, selector = 'percept-scorer') {
  return page_.$eval(selector, (each) => {
    const visible = (part) => [...each.shadowRoot.querySelectorAll(`[part~="${part}"]`)].filter((found) => found.checkVisibility()).map((found) => found.textContent).join(' ');
    const states = ['empty', 'scoring', 'scored', 'failed', 'refused'].filter((state) => each.matches(`:state(${state})`));
    const flags = [];
    for (const flag in each.validity) if (each.validity[flag] && flag !== 'valid') flags.push(flag);
    return {
      states, flags, valid: each.validity.valid, why: each.validationMessage,
      invitation: visible('invitation'), file: visible('file'), message: visible('message'), buttons: visible('button'),
      labels: visible('label'), values: visible('value'), asked: visible('asked'), spoken: each.shadowRoot.querySelector('[role=status]').textContent,
    };
  });
}
