/**
 * Several runtimes in turn, so that what else the machine does meets all alike. The same for the benchmark that drives browsers and
 * for the page of comparison: a session is what has session.js's `loadAnew`, `call` and `close`.
 */
import { cosine, summarize } from './statistics.js';
import { COMPARED, VIEWS } from './views.js';

/** Before each run, in milliseconds, so that threads which spin after the last one have gone to sleep. */
const REST = 60;

/** Runs that nobody times, by views: engines optimise code after it has run. */
const warmUp = (views) => (views === 1 ? 3 : 1);

/** Runs of each runtime besides the rounds. */
export const runsBefore = (views, loads) => loads + COMPARED + warmUp(views) * views;

/** A runtime with its session, and what was learnt from it. */
export class Racer {
  /** @param {import('./runtimes.js').Runtime} runtime @param {object} session */
  constructor(runtime, session) {
    this.runtime = runtime;
    this.session = session;
    this.times = [];
    /** Why it is out of the race. @type {string | null} */
    this.failed = null;
  }

  /** Loads it, several times from an empty worker, and compares its embeddings. @param {{loads: number, reference: number[][]}} wishes */
  async start(options, { loads, reference }) {
    const milliseconds = [];
    for (let count = 0; count < loads; count += 1) {
      milliseconds.push((await this.session.loadAnew(options, { ...VIEWS, count: 1 })).milliseconds);
    }
    this.load = summarize(milliseconds);
    const cosines = [];
    for (let first = 0; first < COMPARED; first += 1) {
      await this.session.call('prepare', { ...VIEWS, count: 1, first });
      cosines.push(cosine((await this.session.call('run')).embeddings, reference[first]));
    }
    /** The lowest cosine of an embedding to float32's. */
    this.cosine = Math.min(...cosines);
  }

  async prepare(views) {
    this.times = [];
    await this.session.call('prepare', { ...VIEWS, count: views });
    for (let run = 0; run < warmUp(views); run += 1) await this.session.call('run');
  }

  async lap() {
    await new Promise((resolve) => { setTimeout(resolve, REST); });
    this.times.push((await this.session.call('run')).milliseconds);
  }

  async finish() {
    const { name, title, of, place } = this.runtime;
    const about = { name, title, of, place };
    if (this.failed) return { ...about, failed: this.failed };
    return { ...about, time: summarize(this.times), times: this.times, load: this.load, cosine: this.cosine, ...await this.session.call('facts') };
  }
}

/**
 * Rounds of one run of each racer and one measurement of the peak. Who fails is out; the others go on.
 * @param {Racer[]} racers started ones, Percept first
 * @param {{views: number, rounds: number, onRound?: (round: number) => void}} extent views: how many are scored together
 * @returns {Promise<{views: number, rounds: number, entries: object[], peak: Record<string, object>, peaks: Record<string, number>[]}>}
 */
export async function runRounds(racers, { views, rounds, onRound = () => {} }) {
  const each = async (run) => {
    for (const racer of racers.filter(({ failed }) => !failed)) {
      try {
        await run(racer);
      } catch (error) {
        racer.failed = error.message;
      }
    }
  };
  await each((racer) => racer.prepare(views));
  const peaks = [];
  for (let round = 0; round < rounds; round += 1) {
    onRound(round);
    await each((racer) => racer.lap());
    if (racers[0].failed) break;
    peaks.push(await racers[0].session.call('peak'));
  }
  const entries = [];
  for (const racer of racers) entries.push(await racer.finish());
  const peak = Object.fromEntries(Object.keys(peaks[0] ?? {}).map((way) => [way, summarize(peaks.map((each) => each[way]))]));
  return { views, rounds, entries, peak, peaks };
}
