/**
 * The worker in which everything happens. It answers one call after another; the scorer on the other side
 * keeps the queue.
 *
 * In:  {id, call: 'load' | 'score' | 'explain' | 'requests', request}, {abort: id}, {threadReady: index} or {end: true}
 * Out: {thread: {module, seat}} for each thread that it wants; {persist: true} when it stores much;
 *      {id, progress}, then {id, result} or {id, error: {code, message}, broken}. After `broken` the engine's memory may be damaged
 *      and the worker must be thrown away. {ended: true} once nothing runs any more.
 */
import { PerceptError, throwIfAborted, toPlainError } from '../errors.js';
import { host } from '../platform.js';
import { mountFolder } from '../weights/folder.js';
import { Model } from './model.js';

/** @import {Call, Calls, LoadProgress, ScoreProgress, ToWorker} from './types.d.ts' */

/** @type {Model | null} */
let model = null;
/** @type {Map<number, {controller: AbortController, answered: Promise<unknown>}>} */
const running = new Map();

/** The one that was loaded, as it is before anything else is asked for. */
const loaded = () => /** @type {Model} */ (model);

/** @type {{[Name in keyof Calls]: (request: Calls[Name]['request'], call: Call) => Promise<Calls[Name]['answer']>}} */
const calls = {
  async load(request, call) {
    if (request.files) mountFolder(request.files);
    const made = new Model();
    model = made; // threads may come, and the end, while it loads
    await made.load(request, call);
    return { manifest: made.manifest, engine: made.engine, storage: made.storage };
  },
  async score(request, call) {
    const result = await loaded().score(request, call);
    return { result, storage: loaded().storage };
  },
  async explain(request, call) {
    const result = await loaded().explain(request, call);
    return { result, storage: loaded().storage };
  },
  async requests() {
    const entries = /** @type {PerformanceResourceTiming[]} */ (performance.getEntriesByType('resource'));
    return entries.map(({ name, transferSize }) => ({ url: name, bytes: transferSize }));
  },
};

/** @param {ToWorker} message */
function start(message) {
  const controller = new AbortController();
  const answered = answer(message, controller.signal).finally(() => running.delete(message.id));
  running.set(message.id, { controller, answered });
}

/** @param {ToWorker} message @param {AbortSignal} signal */
async function answer({ id, call, request }, signal) {
  const onProgress = (/** @type {LoadProgress | ScoreProgress} */ progress) => host.post({ id, progress });
  const asked = /** @type {(request: ToWorker['request'], call: Call) => Promise<unknown>} */ (calls[call]);
  try {
    host.post({ id, result: await asked(request, { signal, onProgress }) });
  } catch (error) {
    const coded = describe(error, signal);
    const broken = !(coded instanceof PerceptError) || coded.code === 'engine-trap';
    host.post({ id, error: toPlainError(coded), broken });
  }
}

/** @param {unknown} error @param {AbortSignal} signal */
function describe(error, signal) {
  if (error instanceof WebAssembly.RuntimeError) {
    return new PerceptError('engine-trap', `The engine stopped: ${error.message}. The next score starts a new one.`);
  }
  try {
    throwIfAborted(signal);
    return error;
  } catch (aborted) {
    return aborted;
  }
}

/** Waits for what runs, which stops at the next batch, and then lets the threads go. */
async function end() {
  for (const { controller } of running.values()) controller.abort();
  await Promise.all(Array.from(running.values(), ({ answered }) => answered));
  await model?.end();
  host.post({ ended: true });
}

await host.listen((/** @type {ToWorker} */ message) => {
  if (message.end) end();
  else if (message.threadReady !== undefined) loaded().join();
  else if (message.abort !== undefined) running.get(message.abort)?.controller.abort();
  else start(message);
});
