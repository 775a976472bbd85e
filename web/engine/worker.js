/**
 * The worker in which everything happens. It answers one call after another; the scorer on the other side
 * keeps the queue.
 *
 * In:  {id, call: 'load' | 'score' | 'explain' | 'requests', request}, {abort: id}, {threadReady: index} or {end: true}
 * Out: {ready: true} once; {thread: {module, seat}} for each thread that it wants; {persist: true} when it stores much;
 *      {id, progress}, then {id, result} or {id, error: {code, message}, broken}. After `broken` the engine's memory may be damaged
 *      and the worker must be thrown away. {ended: true} once nothing runs any more.
 */
import { PerceptError, throwIfAborted, toPlainError } from '../errors.js';
import { host } from '../platform.js';
import { mountFolder } from '../weights/folder.js';
import { Model } from './model.js';

let model = null;
const running = new Map();

const calls = {
  async load(request, call) {
    if (request.files) mountFolder(request.files);
    model = new Model();
    await model.load(request, call);
    return { manifest: model.manifest, engine: model.engine, storage: model.storage };
  },
  async score(request, call) {
    const result = await model.score(request, call);
    return { result, storage: model.storage };
  },
  async explain(request, call) {
    const result = await model.explain(request, call);
    return { result, storage: model.storage };
  },
  requests: () => performance.getEntriesByType('resource').map(({ name, transferSize }) => ({ url: name, bytes: transferSize })),
};

function start(message) {
  const controller = new AbortController();
  const answered = answer(message, controller.signal).finally(() => running.delete(message.id));
  running.set(message.id, { controller, answered });
}

async function answer({ id, call, request }, signal) {
  const onProgress = (progress) => host.post({ id, progress });
  try {
    host.post({ id, result: await calls[call](request, { signal, onProgress }) });
  } catch (error) {
    const coded = describe(error, signal);
    const broken = coded.code === 'engine-trap' || !(coded instanceof PerceptError);
    host.post({ id, error: toPlainError(coded), broken });
  }
}

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
  model?.end();
  host.post({ ended: true });
}

await host.listen((message) => {
  if (message.end) end();
  else if (message.threadReady !== undefined) model.join();
  else if (message.abort !== undefined) running.get(message.abort)?.controller.abort();
  else start(message);
});
host.post({ ready: true });
