/** A race in a real browser: each runtime in a browser of its own, so that its processes' memory is that runtime's. */
import { BrowserSession } from './browser.mjs';
import { Racer, runRounds } from './page/measure/race.js';

/** Firefox may lose a worker that is started while it is debugged, and what waits for that worker waits for ever. */
const ATTEMPTS = 3;

/** A racer that has loaded, in a browser of its own; in a new one where it did not come up. */
async function startRacer(runtime, { browser, server, models, threads, loads }) {
  for (let attempt = 1; ; attempt += 1) {
    const racer = new Racer(runtime, await BrowserSession.open(browser, server.origin));
    try {
      await racer.start(runtime.options(server.origin, models, threads), { loads, reference: models.reference });
      return racer;
    } catch (error) {
      await racer.session.close();
      if (attempt === ATTEMPTS) throw error;
      process.stderr.write(`${runtime.title} did not come up: ${error.message}. Once more.\n`);
    }
  }
}

/**
 * @param {object} race
 * @param {'chromium' | 'firefox'} race.browser
 * @param {object} race.server of server.mjs
 * @param {object[]} race.runtimes of runtimes.js, Percept first
 * @param {object} race.models of models.mjs
 * @param {number} race.threads
 * @param {number} race.loads
 * @param {{views: number, rounds: number}[]} race.series how many views are scored together, and in how many rounds
 * @returns {Promise<object[]>} what runRounds says, with browser and threads, one for each of `series`
 */
export async function race({ browser, server, runtimes, models, threads, loads, series }) {
  const racers = [];
  const results = [];
  try {
    for (const runtime of runtimes) racers.push(await startRacer(runtime, { browser, server, models, threads, loads }));
    const version = await racers[0].session.version();
    for (const extent of series) {
      const result = await runRounds(racers, extent);
      const lost = racers.find(({ failed }) => failed);
      if (lost) throw new Error(`${lost.runtime.title}: ${lost.failed}`);
      const entries = result.entries.map((entry, at) => ({ ...entry, peakBytes: racers[at].session.peakBytes() }));
      results.push({ browser: version, threads, ...result, entries });
    }
    return results;
  } finally {
    for (const { session } of racers) await session.close();
  }
}
