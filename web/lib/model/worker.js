/**
 * The worker in which everything happens. It answers one call after another; the scorer on the other side
 * keeps the queue. What is said in either direction is in types.d.ts. It can be a thread instead, where a bundler has left those
 * without a file (platform/assets.js).
 */
import { asThread } from '../engine/thread-work.js';
import { PerceptError, abortedBy, toPlainError } from '../errors.js';
import { useAssets } from '../platform/assets.js';
import { byType, host } from '../platform/workers.js';
import { mountFolder } from '../weights/folder.js';
import { Model } from './model.js';
import { ownedBy } from './owned.js';
import { AheadReader } from './read-picture.js';

/** @import {AnyCall, Call, Calls, FromWorker, Progress, ToWorker} from './types.d.ts' */
/** @import {ToThread} from '../engine/types.d.ts' */
/** @import {Hearing} from '../platform/workers.js' */

/** @type {Model | null} */
let model = null;
/** @type {Map<number, {controller: AbortController, answered: Promise<unknown>}>} */
const running = new Map();

const reader = new AheadReader();

/** The one that was loaded, as it is before anything else is asked for. */
const loaded = () => /** @type {Model} */ (model);

/** @type {{[Name in keyof Calls]: (request: Calls[Name]['request'], call: Call) => Promise<Calls[Name]['answer']>}} */
const calls = {
  async load(request, call) {
    useAssets(request.assets);
    if (request.files) mountFolder(request.files);
    const made = new Model();
    model = made; // threads may come, and the end, while it loads
    await made.load(request, call);
    return { manifest: made.manifest, engine: made.engine, storage: made.storage };
  },
  read: (request, call) => reader.read(request, call),
  async score(request, call) {
    const result = await loaded().score(request, call);
    return { result, storage: loaded().storage };
  },
  async explain(request, call) {
    const result = await loaded().explain(request, call);
    return { result, storage: loaded().storage };
  },
  features: (request, call) => loaded().features(request, call),
  keep: (request, call) => loaded().keep(request, call),
  teach: (request, call) => loaded().teach(request, call),
  needs: async (request) => loaded().needs(request),
  forget: async () => loaded().forget(),
  addTask: (request, call) => loaded().addTask(request, call),
  removeTask: async ({ id }) => loaded().removeTask(id),
  async requests() {
    const entries = /** @type {PerformanceResourceTiming[]} */ (performance.getEntriesByType('resource'));
    return entries.map(({ name, transferSize }) => ({ url: name, bytes: transferSize }));
  },
};

/** @param {FromWorker} message */
const tell = (message) => host.post(message, message.type === 'result' ? ownedBy(message.result) : []);

/** @param {AnyCall} call */
function start(call) {
  const controller = new AbortController();
  const answered = answer(call, controller.signal).finally(() => running.delete(call.id));
  running.set(call.id, { controller, answered });
}

/** @param {AnyCall} call @param {AbortSignal} signal */
async function answer({ id, name, request }, signal) {
  const onProgress = (/** @type {Progress} */ progress) => tell({ type: 'progress', id, progress });
  const onPart = (/** @type {string} */ part, /** @type {Uint8Array<ArrayBuffer>} */ bytes) => tell({ type: 'part', id, name: part, bytes });
  const asked = /** @type {(request: AnyCall['request'], call: Call) => Promise<unknown>} */ (calls[name]);
  try {
    tell({ type: 'result', id, result: await asked(request, { signal, onProgress, onPart }) });
  } catch (error) {
    const coded = describe(error, signal);
    const broken = !(coded instanceof PerceptError) || coded.code === 'engine-trap';
    tell({ type: 'error', id, error: toPlainError(coded), broken });
  }
}

/** @param {unknown} error @param {AbortSignal} signal */
function describe(error, signal) {
  if (error instanceof WebAssembly.RuntimeError) {
    return new PerceptError('engine-trap', `The engine stopped: ${error.message}. The next score starts a new one.`);
  }
  return signal.aborted ? abortedBy(signal) : error;
}

/** Waits for what runs, which stops at the next batch, and then lets the threads go. */
async function end() {
  for (const { controller } of running.values()) controller.abort();
  await Promise.all(Array.from(running.values(), ({ answered }) => answered));
  await model?.end();
  tell({ type: 'ended' });
}

host.listen(byType(/** @type {Hearing<ToWorker | ToThread>} */ ({
  call: start,
  abort: ({ id }) => running.get(id)?.controller.abort(),
  threadReady: () => loaded().join(),
  end,
  ...asThread,
})));
