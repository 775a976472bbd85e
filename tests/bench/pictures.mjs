/**
 * Photographs from their files to their scores: one call after the other, as if nothing were read ahead, and all calls at once.
 *
 *   node tests/bench/pictures.mjs --model weights/demo --threads 2 FOLDER
 */
import { openAsBlob } from 'node:fs';
import { readdir } from 'node:fs/promises';
import { join } from 'node:path';
import { parseArgs } from 'node:util';
import { Scorer } from '../../web/lib/percept.js';

const { values: { model, threads, rounds, task }, positionals: [folder] } = parseArgs({
  options: { model: { type: 'string', default: 'weights/demo' }, threads: { type: 'string', default: '2' }, rounds: { type: 'string', default: '4' }, task: { type: 'string', multiple: true } },
  allowPositionals: true,
});

const files = (await readdir(folder)).sort();
const scorer = await Scorer.load(model, { threads: Number(threads) });
const score = async (file) => scorer.score(await openAsBlob(join(folder, file)), { tasks: task });

const WAYS = {
  async 'one by one'() {
    const results = [];
    for (const file of files) results.push(await score(file));
    return results;
  },
  'at once': () => Promise.all(files.map(score)),
};

await score(files[0]);
const figures = Object.fromEntries(Object.keys(WAYS).map((way) => [way, []]));
let bits = null;
for (let round = 0; round < Number(rounds); round += 1) {
  for (const [way, run] of Object.entries(WAYS)) {
    const start = performance.now();
    const before = process.cpuUsage();
    const results = await run();
    const { user, system } = process.cpuUsage(before);
    figures[way].push({ seconds: (performance.now() - start) / 1000, processor: (user + system) / 1e6 });
    const scores = JSON.stringify(results.map((result) => result.scores));
    bits ??= scores;
    if (scores !== bits) throw new Error(`${way} gave other scores`);
    const mean = (name) => results.reduce((sum, { milliseconds }) => sum + milliseconds[name], 0) / results.length;
    console.log(`${way}: ${figures[way].at(-1).seconds.toFixed(2)} s, processor ${figures[way].at(-1).processor.toFixed(2)} s; decode ${mean('decode').toFixed(0)} ms, compute ${mean('compute').toFixed(0)} ms each`);
  }
}
const ratios = figures['one by one'].map(({ seconds }, round) => seconds / figures['at once'][round].seconds);
console.log(`${files.length} pictures on ${scorer.engine.threads} threads (${scorer.engine.build}): ${ratios.map((ratio) => ratio.toFixed(2)).join(', ')} times as fast at once, in each of ${rounds} rounds`);
scorer.dispose();
