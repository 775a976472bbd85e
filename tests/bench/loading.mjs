#!/usr/bin/env node
/**
 * How a large model arrives: a seeded L/14 (300 MB) over localhost, in Chromium and Firefox. In turn: the same bytes
 * read and dropped, a first visit, a second one, as much new memory touched and nothing else. Prints medians.
 *
 *   node tests/bench/loading.mjs [--rounds 3] [--browsers chromium,firefox] [--model L/14]
 */
import { parseArgs } from 'node:util';
import { createPageServer } from '../../build_scripts/serve.mjs';
import { BROWSERS, listen } from '../support/browsers.mjs';
import { CASES, makeQ8 } from './models.mjs';
import { median } from './page/measure/statistics.js';

const MIB = 2 ** 20;
/** Milliseconds between two looks at the worker's heap. */
const LOOK = 10;

const { values } = parseArgs({ options: {
  rounds: { type: 'string', default: '3' }, browsers: { type: 'string', default: 'chromium,firefox' }, model: { type: 'string', default: 'L/14' },
} });

/** Reads all shards, three at a time, and drops them: milliseconds. */
function readAndDrop(page) {
  return page.evaluate(async () => {
    const { base } = await (await fetch('/model/model.json')).json();
    const start = performance.now();
    const waiting = base.shards.slice();
    await Promise.all(Array.from({ length: 3 }, async () => {
      for (let shard = waiting.shift(); shard; shard = waiting.shift()) {
        const reader = (await fetch(`/model/${shard.file}`, { cache: 'no-store' })).body.getReader();
        while (!(await reader.read()).done);
      }
    }));
    return performance.now() - start;
  });
}

/** Touches each page of so much new memory, on one thread: the milliseconds that the system takes to give it. */
function touch(page, bytes) {
  return page.evaluate((count) => {
    const start = performance.now();
    const words = new Int32Array(new WebAssembly.Memory({ initial: count, maximum: count }).buffer);
    for (let at = 0; at < words.length; at += 1024) words[at] = 1;
    return performance.now() - start;
  }, Math.ceil(bytes / 65536));
}

/** A visit: {load, first, compute: milliseconds; storage, engine}. The scorer stays until the page is reloaded. */
function visit(page, { empty }) {
  return page.evaluate(async (forget) => {
    if (forget) await (await navigator.storage.getDirectory()).removeEntry('percept', { recursive: true }).catch(() => {});
    const { Scorer } = await import('/percept.js');
    const start = performance.now();
    const scorer = await Scorer.load('/model/', { threads: 2 });
    const load = performance.now() - start;
    const { milliseconds } = await scorer.score(new ImageData(320, 240));
    const first = performance.now() - start;
    return { load, first, compute: milliseconds.compute, storage: scorer.storage, engine: scorer.engine };
  }, empty);
}

/**
 * Looks at the engine worker's memory while `run` goes on; the most above the first look, in bytes: of JavaScript's objects and
 * buffers, and of the browser's own objects, which hold what streams have not handed on, or have and wait to be collected.
 * Chromium only.
 */
async function heapDuring(page, run) {
  const looks = [];
  let going = true;
  const looking = (async () => {
    while (going) {
      for (const worker of page.workers().filter((each) => each.url().endsWith('/engine/worker.js'))) {
        const usage = await worker.client.send('Runtime.getHeapUsage').catch(() => null);
        if (usage) looks.push({ script: usage.usedSize + usage.backingStorageSize, browser: usage.embedderHeapUsedSize });
      }
      await new Promise((resolve) => { setTimeout(resolve, LOOK); });
    }
  })();
  const result = await run();
  going = false;
  await looking;
  const most = (of) => Math.max(...looks.map(of)) - of(looks[0]);
  return { ...result, heap: { script: most((look) => look.script), browser: most((look) => look.browser) }, looks: looks.length };
}

async function measure(name, origin, requests) {
  const browser = await BROWSERS[name]({ networkEnabled: false }); // the inspector's record of it would take half of the time
  const page = await browser.newPage();
  page.setDefaultTimeout(300_000);
  const rounds = [];
  for (let round = 0; round < Number(values.rounds); round += 1) {
    await page.goto(`${origin}/icon.svg`);
    const dropped = await readAndDrop(page);
    const first = await (name === 'chromium' ? heapDuring(page, () => visit(page, { empty: true })) : visit(page, { empty: true }));
    await page.goto(`${origin}/icon.svg`);
    requests.length = 0;
    const second = await visit(page, { empty: false });
    await page.goto(`${origin}/icon.svg`);
    const touched = await touch(page, second.storage.fromDevice);
    rounds.push({ dropped, first, second, touched, asked: requests.filter((url) => url.endsWith('.safetensors')).length });
  }
  await browser.close();
  return rounds;
}

function report(name, rounds) {
  const middle = (of) => Math.round(median(rounds.map(of)));
  const [{ first }] = rounds;
  const weights = first.storage.fromNetwork / MIB;
  const lines = [
    `${name}: ${weights.toFixed(0)} MiB, ${first.engine.build}, ${first.engine.threads} threads, kept in ${first.storage.kind}`,
    `  the same bytes read and dropped  ${middle((each) => each.dropped)} ms`,
    `  first visit, loaded              ${middle((each) => each.first.load)} ms, ${median(rounds.map((each) => each.first.load / each.dropped)).toFixed(2)} times that`,
    `  first visit, first score         ${middle((each) => each.first.first)} ms`,
    `  second visit, loaded             ${middle((each) => each.second.load)} ms, ${rounds.map((each) => each.asked)} requests for weights`,
    `  second visit, first score        ${middle((each) => each.second.first)} ms, of which ${middle((each) => each.second.compute)} ms compute`,
    `  as much new memory, touched      ${middle((each) => each.touched)} ms`,
    `  WebAssembly memory               ${(first.engine.memory / MIB - weights).toFixed(0)} MiB above the weights`,
  ];
  if (name === 'chromium') {
    const most = (part) => (Math.max(...rounds.map((each) => each.first.heap[part])) / MIB).toFixed(1);
    lines.push(`  JavaScript heap and buffers      ${most('script')} MiB above its start, of ${first.looks} looks; the browser's streams ${most('browser')} MiB`);
  }
  process.stdout.write(`${lines.join('\n')}\n`);
}

const folder = await makeQ8(CASES[values.model]);
const requests = [];
const server = createPageServer({ mounts: [{ prefix: '/model/', folder }] });
server.on('request', ({ url }) => requests.push(url));
const host = await listen(server);
try {
  for (const name of values.browsers.split(',')) report(name, await measure(name, host.origin, requests));
} finally {
  host.close();
}
