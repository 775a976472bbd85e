/**
 * The worker in which everything happens. It answers one call after another; the scorer on the other side
 * keeps the queue.
 *
 * In:  {id, call: 'load' | 'score', request} or {abort: id}
 * Out: {id, progress}, then {id, result} or {id, error: {code, message}, broken}. After `broken` the engine's
 *      memory may be damaged and the worker must be thrown away.
 */
import { PerceptError, throwIfAborted, toPlainError } from '../errors.js';
import { host } from '../platform.js';
import { Model } from './model.js';

let model = null;
const running = new Map();

const calls = {
  async load(request, call) {
    model = await Model.load(request, call);
    return { manifest: model.manifest, engine: model.engine };
  },
  score: (request, call) => model.score(request, call),
};

async function answer({ id, call, request }) {
  const controller = new AbortController();
  running.set(id, controller);
  const onProgress = (progress) => host.post({ id, progress });
  try {
    host.post({ id, result: await calls[call](request, { signal: controller.signal, onProgress }) });
  } catch (error) {
    const coded = describe(error, controller.signal);
    const broken = coded.code === 'engine-trap' || !(coded instanceof PerceptError);
    host.post({ id, error: toPlainError(coded), broken });
  } finally {
    running.delete(id);
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

host.listen((message) => {
  if (message.abort === undefined) answer(message);
  else running.get(message.abort)?.abort();
});
host.post({ ready: true });
