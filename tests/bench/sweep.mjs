/** How Percept's cost grows with the work: views, tokens, width and threads, one after the other. */
import { BrowserSession } from './browser.mjs';
import { addressOf, makeQ8, sweepCase } from './models.mjs';
import { PERCEPT } from './page/measure/runtimes.js';
import { median } from './page/measure/statistics.js';
import { VIEWS } from './page/measure/views.js';
import { workOf } from './page/measure/work.js';

const NORMALIZATION = { mean: [0.48145466, 0.4578275, 0.40821073], std: [0.26862954, 0.26130258, 0.27577711] };

const VIEW_COUNTS = [1, 2, 4, 8, 15];
const PATCHES = [32, 28, 16, 14];
const WIDTHS = [384, 512, 768, 1024, 1536];

/** Towers of four layers: [what varies, its value, sizes, views, threads] */
function points(mostThreads) {
  const base = { width: 768, patch: 32 };
  return [
    ...VIEW_COUNTS.map((count) => ['views', count, base, count, 1]),
    ...PATCHES.map((patch) => ['tokens', (224 / patch) ** 2 + 1, { ...base, patch }, 1, 1]),
    ...WIDTHS.map((width) => ['width', width, { width, patch: 16 }, 1, 1]),
    ...Array.from({ length: mostThreads }, (_, at) => ['threads', at + 1, { ...base, patch: 16 }, 4, at + 1]),
  ];
}

/**
 * @param {object} server
 * @param {{rounds: number, threads: number}} extent threads: the most
 * @returns {Promise<{varied: string, value: number, milliseconds: number, gmac: number}[]>}
 */
export async function sweep(server, { rounds, threads: mostThreads }, tell) {
  const results = [];
  const session = await BrowserSession.open('chromium', server.origin);
  try {
    for (const [varied, value, sizes, count, threads] of points(mostThreads)) {
      tell(`sweep: ${varied} ${value}`);
      const testCase = sweepCase(`w${sizes.width}-p${sizes.patch}`, sizes);
      const models = { addresses: { q8: addressOf(await makeQ8(testCase)) }, normalization: NORMALIZATION };
      await session.loadAnew(PERCEPT.options(server.origin, models, threads), { ...VIEWS, count });
      const times = [];
      for (let run = 0; run < 2 + rounds; run += 1) times.push((await session.call('run')).milliseconds);
      results.push({ varied, value, milliseconds: median(times.slice(2)), gmac: (count * workOf(testCase.sizes).total) / 1e9 });
    }
  } finally {
    await session.close();
  }
  return results;
}
