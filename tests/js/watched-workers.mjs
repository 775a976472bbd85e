/** Import this before anything of web/: every worker that is made in this thread is then in the list. */
import workerThreads from 'node:worker_threads';

export const workers = [];

workerThreads.Worker = class extends workerThreads.Worker {
  constructor(...given) {
    super(...given);
    workers.push(this);
  }
};
