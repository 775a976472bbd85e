/** Import this before anything of web/: every worker that is made in this thread is then in the list. */
import { setTimeout as sleep } from 'node:timers/promises';
import workerThreads from 'node:worker_threads';

export const workers = [];

/** Faults for the workers to come, first to last, in the words of faulty-engine.mjs; '' is none, 'refused' that it cannot be made. */
export const faults = [];

workerThreads.Worker = class extends workerThreads.Worker {
  constructor(file, options) {
    const fault = faults.shift();
    if (fault === 'refused') throw Object.assign(new Error('no more workers'), { code: 'ERR_WORKER_INIT_FAILED' });
    super(file, fault ? { ...options, execArgv: ['--import', import.meta.resolve('./faulty-engine.mjs')], env: { ...process.env, PERCEPT_FAULT: fault } } : options);
    workers.push(this);
  }
};

/** Resolves when none lives any more. @throws {Error} if some live on for ten seconds */
export async function allWorkersEnd() {
  const living = () => workers.filter(({ threadId }) => threadId !== -1).length;
  for (let tries = 0; living() > 0; tries += 1) {
    if (tries === 500) throw new Error(`${living()} workers live on`);
    await sleep(20);
  }
}

/** What a promise comes to; one that takes longer hangs. @template T @param {Promise<T>} promise @param {number} [milliseconds] @returns {Promise<T>} */
export function inTime(promise, milliseconds = 60_000) {
  const hung = sleep(milliseconds, null, { ref: false }).then(() => { throw new Error('it hangs'); });
  return Promise.race([promise, hung]);
}
