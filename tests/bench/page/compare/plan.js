/** What a measurement would cost, before it begins. */
import { runsBefore } from '../measure/race.js';
import { plural } from '../measure/table.js';
import { bestPeak } from '../measure/verdict.js';
import { workOf } from '../measure/work.js';

/** Loads of each runtime: a visitor waits for them. */
export const LOADS = 1;

/** What a runtime reaches of the peak, roughly: the plan's estimate alone rests on it. */
const SHARES = { Percept: 0.6, 'onnxruntime-web': 0.25, 'LiteRT.js': 0.35 };
/** What each further thread adds, roughly. */
const GAIN = 0.8;
/** Bytes that are read, unpacked and compiled in a second, roughly. */
const LOADED_IN_SECOND = 60e6;
/** The largest process over the bytes that were fetched: 1.5 to 2.6 in README.md's tables. */
const MEMORY = 2.2;

const megabytes = (bytes) => (bytes >= 1e9 ? `${(bytes / 1e9).toFixed(1)} GB` : `${Math.max(1, Math.round(bytes / 1e6))} MB`);

function duration(seconds) {
  if (seconds < 55) return `about ${Math.max(10, Math.ceil(seconds / 10) * 10)} seconds`;
  return `about ${plural(Math.ceil(seconds / 60), 'minute')}`;
}

/** Bytes of a runtime's code and model; null where its code is not here. */
export function bytesOf(runtime, { bytes }, model, threads) {
  const sizes = [...runtime.code(threads), model.addresses[runtime.format]].map((address) => bytes[address] ?? null);
  return sizes.includes(null) ? null : sizes.reduce((sum, size) => sum + size, 0);
}

/**
 * @param {import('../measure/runtimes.js').Runtime[]} runtimes Percept among them
 * @param {{setup: object, model: object, threads: number, views: number, rounds: number, peak: Record<string, number>}} wishes
 * @returns {string} a sentence
 */
export function costOf(runtimes, { setup, model, threads, views, rounds, peak }) {
  const work = workOf(model.sizes);
  const best = bestPeak(Object.fromEntries(Object.entries(peak).map(([way, median]) => [way, { median }])));
  let [bytes, seconds] = [0, 0];
  for (const runtime of runtimes) {
    const own = bytesOf(runtime, setup, model, threads);
    const run = work.whole / (best * 1e9 * SHARES[runtime.of] * (1 + GAIN * (threads - 1)));
    bytes += own;
    seconds += own / LOADED_IN_SECOND + run * (rounds * views + runsBefore(views, LOADS)) + rounds * 0.1;
  }
  return `It fetches ${megabytes(bytes)} from this server, holds about ${megabytes(MEMORY * bytes)} of memory, and takes ${duration(seconds)}`
    + `${runtimes.some(({ place }) => place === 'graphics') ? ', graphics card not counted' : ''}.`;
}
