/**
 * The page's own work on pictures, away from its thread. A page starts one for small pictures and, when it is asked for near-copies,
 * another for these: the one file is a request fewer of its first visit.
 *
 * In: {id, task, ...what the task takes}; out: {id, ...what it gives}
 */
import { alike } from './alike.js';
import { shrink } from './shrink.js';

const TASKS = { alike, shrink };

/** @param {MessageEvent<{id: number, task: keyof typeof TASKS}>} event */
onmessage = async ({ data: { id, task, ...given } }) => {
  postMessage({ id, ...await TASKS[task](/** @type {any} */ (given)) });
};
