/** For browsers whose storage answers neither yes nor no: after a while that counts as a no. */

/** @import {Backend, BackendFile} from './types.d.ts' */

/** Milliseconds that a step may take. Most take a few, those of a busy device some hundreds. */
const PATIENCE = 10_000;

/** How often in that time it is looked. They are counted: a page that is frozen meanwhile has had no time. */
const LOOKS = 4;

/**
 * What `step` comes to, or a TimeoutError.
 * @template T
 * @param {Promise<T>} step
 * @param {(value: T) => unknown} [undo] for what comes after nobody waits any more
 * @returns {Promise<T>}
 */
export function inTime(step, undo = () => {}) {
  return new Promise((resolve, reject) => {
    let looks = 0;
    const watch = setInterval(() => {
      looks += 1;
      if (looks < LOOKS) return;
      clearInterval(watch);
      reject(new DOMException('The storage does not answer.', 'TimeoutError'));
      step.then(undo).catch(() => {});
    }, PATIENCE / LOOKS);
    step.then(resolve, reject).finally(() => clearInterval(watch));
  });
}

/** Whether an error is that of a storage which does not answer. @param {unknown} error */
export function isSilence(error) {
  return error instanceof DOMException && error.name === 'TimeoutError';
}

/**
 * A backend each of whose steps ends, and those of its files. One that has left a step unanswered is asked for nothing more.
 * @param {() => Promise<Backend>} open
 * @returns {Promise<Backend>}
 */
export async function openInTime(open) {
  /** @type {unknown} */
  let lost = null;
  /** @type {<T>(step: () => T, undo?: (value: Awaited<T>) => unknown) => T} */
  const wait = (step, undo) => {
    if (lost) throw lost;
    const result = step();
    if (!(result instanceof Promise)) return result; // a synchronous handle's: it needs no watch
    return /** @type {any} */ (inTime(result, undo).catch((error) => {
      if (isSilence(error)) lost = error;
      throw error;
    }));
  };
  /** A backend's own steps always end later, also in a refusal. @param {() => any} step */
  const waitLater = async (step) => wait(step);
  const backend = await inTime(open());
  return through(waitLater, backend, {
    async openFile(name) {
      const file = await wait(() => backend.openFile(name), (late) => late.close()); // or nobody else could open it
      return through(wait, file, { close: () => closeInTime(file) });
    },
  });
}

/** Also where the storage is lost: what has closed leaves the reader's memory alone. @param {BackendFile} file */
function closeInTime(file) {
  const closing = file.close();
  return closing instanceof Promise ? inTime(closing) : closing;
}

/**
 * `target`, each of whose methods is called by `wait`, but for its `own` ones.
 * @template {object} Target
 * @param {(step: () => any) => any} wait @param {Target} target @param {Partial<Target>} own
 * @returns {Target}
 */
function through(wait, target, own) {
  return new Proxy(target, {
    get(_, name) {
      if (Object.hasOwn(own, name)) return own[/** @type {keyof Target} */ (name)];
      const value = target[/** @type {keyof Target} */ (name)];
      return typeof value === 'function' ? (/** @type {unknown[]} */ ...given) => wait(() => value.apply(target, given)) : value;
    },
  });
}
