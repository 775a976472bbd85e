#!/usr/bin/env node
/**
 * When a page that is opened has its first scores: the site with its samples and the model that ships, over localhost, in Chromium
 * and Firefox. Each round opens it twice in a profile of its own: with nothing kept, then again. Prints medians and ranges of the
 * seconds since the navigation began.
 *
 *   node tests/bench/first-scores.mjs [--rounds 9] [--browsers chromium,firefox]
 */
import { parseArgs } from 'node:util';
import { BROWSERS, servePage } from '../support/browsers.mjs';
import { median } from './page/measure/statistics.js';

/** Between two visits, so that one does not write what the next would read. */
const REST = 500;

const { values } = parseArgs({ options: { rounds: { type: 'string', default: '9' }, browsers: { type: 'string', default: 'chromium,firefox' } } });

/** Notes in the page itself when a sample, and when each one, has a score. */
function watch() {
  const scored = () => [...document.querySelectorAll('.card')].map((card) => card.querySelector('[data-task] data') !== null);
  window.seen = {};
  new MutationObserver(() => {
    const all = scored();
    if (all.includes(true)) window.seen.first ??= performance.now();
    if (all.length > 0 && !all.includes(false)) window.seen.every ??= performance.now();
  }).observe(document, { childList: true, subtree: true });
}

async function visit(context, origin) {
  const page = await context.newPage();
  await page.setViewport({ width: 1280, height: 2400 }); // all samples are in sight
  await page.evaluateOnNewDocument(watch);
  await page.goto(origin);
  const seen = await (await page.waitForFunction(() => window.seen.every && window.seen, { timeout: 60_000 })).jsonValue();
  await new Promise((resolve) => { setTimeout(resolve, REST); });
  await page.close();
  return seen;
}

async function measure(browser, origin) {
  const rounds = [];
  for (let round = 0; round < Number(values.rounds); round += 1) {
    const context = await browser.createBrowserContext();
    rounds.push({ fresh: await visit(context, origin), again: await visit(context, origin) });
    await context.close();
  }
  return rounds;
}

function line(title, times) {
  const [least, middle, most] = [Math.min(...times), median(times), Math.max(...times)].map((time) => (time / 1000).toFixed(2));
  return `  ${title.padEnd(42)}${middle} s (${least} to ${most})\n`;
}

const host = await servePage([]);
try {
  for (const name of values.browsers.split(',')) {
    const browser = await BROWSERS[name]();
    const rounds = await measure(browser, host.origin);
    await browser.close();
    process.stdout.write(`${name}, ${rounds.length} rounds\n`
      + line('a sample has a score', rounds.map(({ fresh }) => fresh.first)) + line('every sample has one', rounds.map(({ fresh }) => fresh.every))
      + line('a sample has a score, second visit', rounds.map(({ again }) => again.first)) + line('every sample has one, second visit', rounds.map(({ again }) => again.every)));
  }
} finally {
  host.close();
}
