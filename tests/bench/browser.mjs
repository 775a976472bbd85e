/** One browser with one page and one runtime in it, so that its processes' memory is that runtime's. */
import { readFileSync, readdirSync } from 'node:fs';
import puppeteer from 'puppeteer-core';
import { CHROMIUM_FLAGS } from '../support/chromium-flags.mjs';

/** Milliseconds for one call: fifteen views of L/14 take a slow runtime on a busy machine more than one minute. */
const TIMEOUT = 300_000;

const LAUNCHERS = {
  chromium: { executablePath: process.env.CHROMIUM || '/usr/bin/chromium', args: CHROMIUM_FLAGS },
  firefox: { browser: 'firefox', executablePath: process.env.FIREFOX || '/usr/bin/firefox-esr' },
};

export class BrowserSession {
  /**
   * @param {'chromium' | 'firefox'} kind
   * @param {string} origin the server's
   */
  static async open(kind, origin) {
    const session = new BrowserSession();
    // The inspector's record of the network would keep a second copy of what every runtime downloads, and slow it down.
    session.browser = await puppeteer.launch({ ...LAUNCHERS[kind], protocolTimeout: TIMEOUT, networkEnabled: false });
    session.page = await session.browser.newPage();
    session.page.setDefaultTimeout(TIMEOUT);
    await session.page.goto(`${origin}/bench/`);
    if (!await session.page.evaluate(() => crossOriginIsolated)) throw new Error(`${kind} did not isolate the page.`);
    return session;
  }

  /** One of worker.js's methods. */
  call(method, ...args) {
    return this.page.evaluate((name, given) => session.call(name, ...given), method, args);
  }

  /** A new worker, the runtime in it, the first embeddings: {milliseconds, embeddings}. */
  loadAnew(options, views) {
    return this.page.evaluate((...given) => session.loadAnew(...given), options, views);
  }

  version() {
    return this.browser.version();
  }

  /** The most memory that any process of the browser has held: the one that computes. */
  peakBytes() {
    return Math.max(...family(this.browser.process().pid).map(peakOf));
  }

  async close() {
    await this.browser.close();
  }
}

function readProcess(path) {
  try {
    return readFileSync(path, 'utf8');
  } catch {
    return ''; // it has ended
  }
}

/** A process and all that descend from it. */
function family(root) {
  const children = new Map();
  for (const id of readdirSync('/proc').filter((name) => /^\d+$/.test(name))) {
    const parent = Number(readProcess(`/proc/${id}/stat`).replace(/^.*\) \S+ /, '').split(' ')[0]);
    children.set(parent, [...(children.get(parent) ?? []), Number(id)]);
  }
  const found = [root];
  for (const id of found) found.push(...(children.get(id) ?? []));
  return found;
}

function peakOf(id) {
  const kibibytes = /^VmHWM:\s+(\d+) kB/m.exec(readProcess(`/proc/${id}/status`));
  return kibibytes ? Number(kibibytes[1]) * 1024 : 0;
}
