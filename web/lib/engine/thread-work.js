/**
 * A thread of the tower: instantiates the caller's module in the caller's memory and serves it until the tower
 * stops its threads. It says 'listening' when it can take its work, 'ready' before and 'done' after.
 */
import { host } from '../platform/workers.js';
import { Instance } from '../wasm.js';

/** @import {Hearing} from '../platform/workers.js' */
/** @import {ThreadWork, ToThread, TowerExports} from './types.d.ts' */

/** The smallest page that a system gives. */
const SYSTEM_PAGE = 4096;

/**
 * The system gives memory only when it is touched, page by page, which on some machines takes longer than anything else
 * in loading. The engine's worker does so from the front, as weights arrive; the threads, which have nothing to do yet,
 * come to meet it from the back. What is there stays.
 * @param {WebAssembly.Memory} memory
 * @param {number} index of this thread, from 1
 * @param {number} threads that do the same
 */
function touch(memory, index, threads) {
  const words = new Int32Array(memory.buffer);
  const step = SYSTEM_PAGE / words.BYTES_PER_ELEMENT;
  const share = Math.ceil(words.length / step / threads);
  const end = words.length / step - share * (index - 1);
  for (let page = end - 1; page >= Math.max(0, end - share); page -= 1) Atomics.or(words, page * step, 0);
}

/** @param {ThreadWork} work */
async function serve({ module, seat }) {
  touch(seat.memory, seat.index, seat.others);
  /** @type {Instance<TowerExports>} */
  const { exports } = await Instance.create(module, seat.memory);
  exports.__stack_pointer.value = seat.stack;
  host.post({ type: 'ready' });
  exports.tower_thread_main(seat.tower, seat.index);
  host.post({ type: 'done' });
}

/** What a worker hears that is to be a thread. @type {Hearing<ToThread>} */
export const asThread = {
  beThread: () => host.post({ type: 'listening' }),
  work: ({ work }) => {
    work.onmessage = ({ data }) => {
      work.close();
      serve(data).catch(globalThis.reportError); // of a rejection in a worker a browser tells nobody; Node, which lacks this function, ends the worker
    };
  },
};
