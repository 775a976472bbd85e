/** One measurement: the runtimes load one after the other, then run in turn. */
import { Racer, runRounds } from '../measure/race.js';
import { RuntimeSession } from '../session.js';
import { LOADS } from './plan.js';

/**
 * @typedef {object} Measurement
 * @property {import('../measure/runtimes.js').Runtime[]} runtimes Percept first
 * @property {object} model of the setup
 * @property {number} threads
 * @property {number} views
 * @property {number} rounds
 */

/**
 * @param {Measurement} measurement
 * @param {{signal: AbortSignal, onStep: (words: string, done: number) => void}} watch done: a share of the steps
 * @returns {Promise<object>} a race, as measure/table.js takes it
 * @throws {Error} where Percept itself does not run; the signal's reason where it was cancelled
 */
export async function measure({ runtimes, model, threads, views, rounds }, { signal, onStep }) {
  const racers = runtimes.map((runtime) => new Racer(runtime, new RuntimeSession()));
  const end = () => { for (const { session } of racers) session.close(); };
  signal.addEventListener('abort', end, { once: true });
  const steps = racers.length + rounds;
  let wasHidden = document.hidden;
  const look = () => { wasHidden ||= document.hidden; };
  document.addEventListener('visibilitychange', look);
  try {
    for (const [at, racer] of racers.entries()) {
      onStep(`Loading ${racer.runtime.title} (${at + 1} of ${racers.length})`, at / steps);
      await start(racer, racer.runtime.options(location.origin, model, threads), model.reference);
      signal.throwIfAborted();
      if (racers[0].failed) break;
    }
    const result = await runRounds(racers, { views, rounds, onRound: (round) => onStep(`Round ${round + 1} of ${rounds}`, (racers.length + round) / steps) });
    signal.throwIfAborted();
    if (racers[0].failed) throw new Error(`Percept itself failed: ${racers[0].failed}`);
    return { model: model.name, threads, hidden: wasHidden, ...result };
  } finally {
    document.removeEventListener('visibilitychange', look);
    signal.removeEventListener('abort', end);
    end();
  }
}

/** Who does not come up is out, with its reason, and gives its memory back. */
async function start(racer, options, reference) {
  try {
    await racer.start(options, { loads: LOADS, reference });
  } catch (error) {
    racer.failed = error.message;
    racer.session.close();
  }
}

/** The peak of this processor now, by way: 10⁹ multiplications a second on one core. */
export async function peakNow() {
  const session = new RuntimeSession();
  session.start();
  try {
    return await session.call('peak');
  } finally {
    session.close();
  }
}
