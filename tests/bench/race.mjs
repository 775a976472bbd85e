/** Several runtimes in turn, each in its own browser, so that what else the machine does meets all alike. */
import { setTimeout } from 'node:timers/promises';
import { BrowserSession } from './browser.mjs';
import { COMPARED, VIEWS } from './models.mjs';
import { cosine, summarize } from './statistics.mjs';

/** Before each run, so that threads which spin after the last one have gone to sleep. */
const REST = 60;

/** A runtime that has been loaded, with what was learnt from it. */
class Racer {
  constructor(runtime, session) {
    this.name = runtime.name;
    this.title = runtime.title;
    this.session = session;
    this.times = [];
  }

  async start(options, loads) {
    const milliseconds = [];
    for (let count = 0; count < loads; count += 1) {
      milliseconds.push((await this.session.loadAnew(options, { ...VIEWS, count: 1 })).milliseconds);
    }
    this.load = summarize(milliseconds);
  }

  /** The lowest cosine of an embedding to float32's. */
  async compare(reference) {
    const cosines = [];
    for (let first = 0; first < COMPARED; first += 1) {
      await this.session.call('prepare', { ...VIEWS, count: 1, first });
      cosines.push(cosine((await this.session.call('run')).embeddings, reference[first]));
    }
    this.cosine = Math.min(...cosines);
  }

  async lap() {
    await setTimeout(REST);
    this.times.push((await this.session.call('run')).milliseconds);
  }

  async finish(facts) {
    return {
      name: this.name,
      title: this.title,
      time: summarize(this.times),
      load: this.load,
      cosine: this.cosine,
      peakBytes: this.session.peakBytes(),
      ...facts,
      ...await this.session.call('facts'),
    };
  }
}

/** Firefox may lose a worker that is started while it is debugged, and what waits for that worker waits for ever. */
const ATTEMPTS = 3;

/** A racer that has loaded, in a browser of its own; in a new one where it did not come up. */
async function startRacer(runtime, { browser, server, models, threads, loads }) {
  for (let attempt = 1; ; attempt += 1) {
    const racer = new Racer(runtime, await BrowserSession.open(browser, server.origin));
    try {
      await racer.start(runtime.options(server.origin, models, threads), loads);
      return racer;
    } catch (error) {
      await racer.session.close();
      if (attempt === ATTEMPTS) throw error;
      process.stderr.write(`${runtime.title} did not come up: ${error.message}. Once more.\n`);
    }
  }
}

/** Runs that nobody times: engines optimise code after it has run. */
const WARM_UP = 3;

/**
 * @param {object} race
 * @param {'chromium' | 'firefox'} race.browser
 * @param {object} race.server of server.mjs
 * @param {object[]} race.runtimes of runtimes.mjs
 * @param {object} race.models of models.mjs
 * @param {number} race.threads
 * @param {number} race.rounds
 * @param {number} race.loads
 * @param {number[]} race.views how many are scored together, one series of rounds for each
 * @returns {Promise<{browser: string, entries: object[], peak: object}[]>} one for each of `views`
 */
export async function race({ browser, server, runtimes, models, threads, rounds, loads, views }) {
  const racers = [];
  const results = [];
  try {
    for (const runtime of runtimes) {
      const racer = await startRacer(runtime, { browser, server, models, threads, loads });
      racers.push(racer);
      await racer.compare(models.reference);
    }
    for (const count of views) results.push(await series(racers, count, rounds));
    const version = await racers[0].session.version();
    return results.map((result) => ({ browser: version, threads, ...result }));
  } finally {
    for (const { session } of racers) await session.close();
  }
}

async function series(racers, count, rounds) {
  const peaks = [];
  for (const racer of racers) {
    racer.times = [];
    await racer.session.call('prepare', { ...VIEWS, count });
    for (let run = 0; run < (count === 1 ? WARM_UP : 1); run += 1) await racer.session.call('run');
  }
  for (let round = 0; round < rounds; round += 1) {
    for (const racer of racers) await racer.lap();
    peaks.push(await racers[0].session.call('peak'));
  }
  const entries = [];
  for (const racer of racers) entries.push(await racer.finish({ views: count }));
  const peak = Object.fromEntries(Object.keys(peaks[0]).map((way) => [way, summarize(peaks.map((each) => each[way]))]));
  return { views: count, entries, peak };
}
