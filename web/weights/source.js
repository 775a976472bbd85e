import { PerceptError } from '../errors.js';
import { chunks, fetchOk } from './fetch.js';

/**
 * One remote file, read front to back. After a failure it is asked for again from where it is needed, so
 * that nothing that came is fetched twice.
 */
export class ByteSource {
  #url;
  #options;
  #total;
  #iterator = null;
  #at = 0;
  #rest = new Uint8Array(0);
  #cache = 'default';

  /** @param {{signal?: AbortSignal, name: string, total: number}} options total: the size that it must have */
  constructor(url, { signal, name, total }) {
    this.#url = url;
    this.#options = { signal, name };
    this.#total = total;
  }

  /**
   * Fills `target` with the file's bytes from `offset` on.
   * @param {(bytes: number) => void} onBytes called for every part that arrives
   */
  async fill(target, offset, onBytes) {
    if (this.#iterator === null || this.#at !== offset) await this.#open(offset);
    let filled = 0;
    while (filled < target.length) {
      const part = await this.#next(target.length - filled);
      if (part === null) throw this.#wrongLength(`ended at byte ${this.#at} of ${this.#total}`);
      target.set(part, filled);
      filled += part.length;
      onBytes(part.length);
    }
  }

  /** Throws unless the file ends here. */
  async expectEnd() {
    if (await this.#next(1) !== null) throw this.#wrongLength(`is longer than ${this.#total} bytes`);
  }

  /** Gives up the connection. The next fill opens another. */
  async close() {
    const iterator = this.#iterator;
    this.#iterator = null;
    this.#rest = new Uint8Array(0);
    await iterator?.return();
  }

  /** Gives up the connection because what came was wrong: the browser's cache may hold it, and is passed over. */
  async distrust() {
    this.#cache = 'reload';
    await this.close();
  }

  async #open(offset) {
    await this.close();
    const headers = offset > 0 ? { Range: `bytes=${offset}-` } : {};
    const response = await fetchOk(this.#url, { ...this.#options, headers, cache: this.#cache });
    this.#iterator = chunks(response, this.#options);
    this.#at = offset;
    if (offset > 0 && response.status !== 206) await this.#skip(offset);
  }

  /** For servers that know no ranges: reads and drops what is already there. */
  async #skip(bytes) {
    this.#at = 0;
    while (this.#at < bytes) {
      if (await this.#next(bytes - this.#at) === null) throw this.#wrongLength(`ended at byte ${this.#at} of ${this.#total}`);
    }
  }

  /** At most `most` bytes, or null at the end. */
  async #next(most) {
    while (this.#rest.length === 0) {
      const { done, value } = await this.#iterator.next();
      if (done) return null;
      this.#rest = value;
    }
    const part = this.#rest.subarray(0, most);
    this.#rest = this.#rest.subarray(part.length);
    this.#at += part.length;
    return part;
  }

  #wrongLength(problem) {
    return new PerceptError('weights-corrupt', `The weights file ${this.#options.name} ${problem}. Reload, or publish the model again.`);
  }
}
