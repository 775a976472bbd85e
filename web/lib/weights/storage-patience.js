/** For browsers whose storage answers neither yes nor no: after a while that counts as a no. */

/** @import {Backend, BackendFile, Bytes} from './types.d.ts' */

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

/** A backend each of whose steps ends. @param {() => Promise<Backend>} open @returns {Promise<Backend>} */
export async function openInTime(open) {
  return new PatientBackend(await inTime(open()));
}

/** What is waited for once only: a storage that has left one step unanswered is asked for nothing more. */
class Patience {
  /** @type {unknown} */
  #lost = null;

  /**
   * @template T
   * @param {() => Promise<T>} step
   * @param {(value: T) => unknown} [undo]
   * @returns {Promise<T>}
   */
  async wait(step, undo) {
    if (this.#lost) throw this.#lost;
    try {
      return await inTime(step(), undo);
    } catch (error) {
      if (isSilence(error)) this.#lost = error;
      throw error;
    }
  }

  /** For steps that may end at once, as those of synchronous handles do: they need no watch. @param {() => unknown} step */
  waitIfLater(step) {
    if (this.#lost) throw this.#lost;
    const result = step();
    return result instanceof Promise ? this.wait(() => result) : result;
  }
}

/** Whether an error is that of a storage which does not answer. @param {unknown} error */
export function isSilence(error) {
  return error instanceof DOMException && error.name === 'TimeoutError';
}

/** @implements {Backend} */
class PatientBackend {
  #backend;
  #patience = new Patience();

  /** @param {Backend} backend */
  constructor(backend) {
    this.#backend = backend;
  }

  get kind() {
    return this.#backend.kind;
  }

  /** A file that comes too late is closed: nobody else could open it. @param {string} name */
  async openFile(name) {
    return new PatientFile(await this.#patience.wait(() => this.#backend.openFile(name), (file) => file.close()), this.#patience);
  }

  files() {
    return this.#patience.wait(() => this.#backend.files());
  }

  /** @param {string} name */
  removeFile(name) {
    return this.#patience.wait(() => this.#backend.removeFile(name));
  }

  /** @param {string} name */
  readSeal(name) {
    return this.#patience.wait(() => this.#backend.readSeal(name));
  }

  /** @param {string} name @param {string} text */
  writeSeal(name, text) {
    return this.#patience.wait(() => this.#backend.writeSeal(name, text));
  }

  /** @param {string} name @param {string} text */
  writeRecord(name, text) {
    return this.#patience.wait(() => this.#backend.writeRecord(name, text));
  }

  records() {
    return this.#patience.wait(() => this.#backend.records());
  }

  /** @param {string} name */
  removeRecord(name) {
    return this.#patience.wait(() => this.#backend.removeRecord(name));
  }
}

/** @implements {BackendFile} */
class PatientFile {
  #file;
  #patience;

  /** @param {BackendFile} file @param {Patience} patience */
  constructor(file, patience) {
    this.#file = file;
    this.#patience = patience;
  }

  get length() {
    return this.#file.length;
  }

  /** @param {number} offset @param {Bytes} target */
  read(offset, target) {
    return this.#patience.waitIfLater(() => this.#file.read(offset, target));
  }

  /** @param {number} offset @param {Bytes} bytes */
  write(offset, bytes) {
    return this.#patience.waitIfLater(() => this.#file.write(offset, bytes));
  }

  /** @param {number} length */
  truncate(length) {
    return this.#patience.waitIfLater(() => this.#file.truncate(length));
  }

  /** Also where the storage is lost: what has closed leaves the reader's memory alone. */
  close() {
    const closing = this.#file.close();
    return closing instanceof Promise ? inTime(closing) : closing;
  }
}
