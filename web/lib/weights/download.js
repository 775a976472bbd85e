import { PerceptError } from '../errors.js';
import { Transfer } from './fetch.js';
import { Retries } from './retries.js';

/** @import {Patience} from './types.d.ts' */

/**
 * One remote file, read front to back. Whatever breaks, it is asked for again from the byte that is wanted next, so
 * that nothing that came is fetched twice.
 */
export class Download {
  #url;
  #options;
  #total;
  #retries;
  #cache;
  /** @type {Transfer | null} */
  #transfer = null;
  #at = 0;
  /** @type {Uint8Array} */
  #rest = new Uint8Array(0);
  /** @type {string | null} */
  #etag = null;
  #endedAt = -1;

  /**
   * @param {string} url
   * @param {{signal?: AbortSignal, name: string, total: number, patience: Patience, cache: RequestCache}} options
   *   total: the size that the file must have
   */
  constructor(url, { signal, name, total, patience, cache }) {
    this.#url = url;
    this.#options = { signal, name, stall: patience.stall };
    this.#total = total;
    this.#cache = cache;
    this.#retries = new Retries(patience, signal);
  }

  /**
   * The next bytes from `offset` on, at most `most` and at least one. They live until the next call.
   * @param {number} offset @param {number} most
   */
  async read(offset, most) {
    for (;;) {
      try {
        if (this.#transfer === null || this.#at !== offset) await this.#open(offset);
        const part = await this.#next(most);
        if (part === null) throw this.#tooEarly();
        this.#retries.progressed();
        return part;
      } catch (error) {
        this.close();
        await this.#retries.after(error);
      }
    }
  }

  /** Throws if the file goes on after the last byte that it should have. */
  async expectEnd() {
    if (this.#transfer === null) return;
    const part = await this.#next(1).catch(() => null); // all that was wanted is there
    this.close();
    if (part !== null) throw this.#wrongLength(`is longer than ${this.#total} bytes`);
  }

  /** Gives up the connection. The next read opens another. */
  close() {
    this.#transfer?.close();
    this.#transfer = null;
    this.#rest = new Uint8Array(0);
  }

  /** Gives up the connection because what came was wrong: the browser's cache may hold it, and is passed over. */
  distrust() {
    this.#cache = 'reload';
    this.#etag = null;
    this.close();
  }

  /** @param {number} offset */
  async #open(offset) {
    this.close();
    const transfer = await Transfer.open(this.#url, { ...this.#options, headers: this.#rangeFrom(offset), cache: this.#cache });
    this.#transfer = transfer;
    const { status, headers } = transfer;
    if (status === 416) throw this.#wrongLength(`has no byte ${offset} of ${this.#total}`);
    const etag = headers.get('ETag');
    this.#etag = etag?.startsWith('"') ? etag : null;
    this.#at = offset;
    if (status === 206) this.#checkRange(headers.get('Content-Range'), offset);
    else await this.#skipTo(offset);
  }

  /**
   * If-Range asks for the same version. To another origin it would cost a question in advance that plain hosts do not
   * answer, so that there the hashes alone tell versions apart.
   * @param {number} offset
   * @returns {Record<string, string>}
   */
  #rangeFrom(offset) {
    if (offset === 0) return {};
    const own = globalThis.location === undefined || new URL(this.#url).origin === globalThis.location.origin;
    return { Range: `bytes=${offset}-`, ...(own && this.#etag && { 'If-Range': this.#etag }) };
  }

  /** Other origins may hide the header. @param {string | null} header @param {number} offset */
  #checkRange(header, offset) {
    const [, start, total] = /^bytes (\d+)-\d+\/(\d+|\*)$/.exec(header ?? '') ?? [null, String(offset), '*'];
    if (Number(start) !== offset) throw this.#wrongLength(`came from byte ${start} where byte ${offset} was asked for`);
    if (total !== '*' && Number(total) !== this.#total) throw this.#wrongLength(`has ${total} bytes, not ${this.#total}`);
  }

  /** For servers that know no ranges: reads and drops what is already there. @param {number} offset */
  async #skipTo(offset) {
    this.#at = 0;
    while (this.#at < offset) {
      if (await this.#next(offset - this.#at) === null) throw this.#tooEarly();
    }
  }

  /** At most `most` bytes, or null at the end. @param {number} most */
  async #next(most) {
    while (this.#rest.length === 0) {
      const value = await this.#transfer?.read();
      if (!value) return null;
      this.#rest = value;
    }
    const part = this.#rest.subarray(0, most);
    this.#rest = this.#rest.subarray(part.length);
    this.#at += part.length;
    return part;
  }

  /** A body that ends early may have been cut; one that ends twice at the same byte is too short. */
  #tooEarly() {
    const problem = `ended at byte ${this.#at} of ${this.#total}`;
    if (this.#endedAt === this.#at) return this.#wrongLength(problem);
    this.#endedAt = this.#at;
    return new PerceptError('network', `The weights file ${this.#options.name} ${problem}. Check the connection.`);
  }

  /** @param {string} problem */
  #wrongLength(problem) {
    return new PerceptError('weights-corrupt', `The weights file ${this.#options.name} ${problem}. Reload, or publish the model again.`);
  }
}
