/** Import this before anything of web/: every worker that is made in this thread is then in the list. */
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
