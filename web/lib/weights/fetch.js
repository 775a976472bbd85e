/** Bytes over HTTP (or from a file in Node): a request ends in bytes or in a coded error, and never hangs. */
import { orAborted } from '../abort.js';
import { PerceptError, messageOf, throwIfAborted } from '../errors.js';
import { fetchLocation, isElsewhere, pathOf } from '../platform/locations.js';
import { BodyReader } from './body.js';
import { linkedController } from './linked.js';
import { fetchFromFolder, isInFolder } from './folder.js';
import { PATIENCE } from './retries.js';

/** @import {Bytes, TransferOptions} from './types.d.ts' */

/** Statuses beside 5xx that another attempt may cure: timeout, too early, too many requests. */
const TRANSIENT = new Set([408, 425, 429]);

/** How often in `stall` a transfer looks whether something came. They are counted: no clock can mislead it, nor a pause of the page. */
const LOOKS = 8;

/** Room for most small files. */
const FIRST_BYTES = 1 << 16;

/** One response and its body, as it arrives. It must be read to its end or closed. */
export class Transfer {
  #options;
  #link;
  #watch;
  /** @type {BodyReader | null} */
  #body = null;
  status = 0;
  headers = new Headers();
  /** How often it was looked since the last byte; null while nothing is waited for. @type {number | null} */
  #looks = null;

  /** @param {{signal?: AbortSignal, name: string, stall: number}} options */
  constructor(options) {
    this.#options = options;
    this.#link = linkedController(options.signal);
    this.#watch = setInterval(() => this.#look(), options.stall / LOOKS);
  }

  /**
   * Asks for `url`. Statuses other than 2xx and 416 throw 'network' where asking again may help, else 'not-found'.
   * @param {string} url
   * @param {TransferOptions} options
   */
  static async open(url, { signal, headers = {}, cache = 'default', name, stall = PATIENCE.stall }) {
    const transfer = new Transfer({ signal, name, stall });
    const failed = `${name} could not be fetched`;
    const init = { signal: transfer.#link.controller.signal, headers, cache };
    const ask = isInFolder(url) ? async () => fetchFromFolder(url, { headers }) : () => fetchLocation(url, init);
    const response = await transfer.#watched(ask, `${failed}: $. Check the connection and the address ${url}.${isElsewhere(url) ? ' Its server must allow pages of other origins to fetch it (CORS).' : ''}`);
    const { status, ok } = response;
    transfer.status = status;
    transfer.headers = response.headers;
    if (ok || status === 416) {
      transfer.#body = new BodyReader(response.body);
      return transfer;
    }
    const retryAfter = 1000 * Number(response.headers.get('Retry-After')) || 0;
    transfer.close();
    if (status >= 500 || TRANSIENT.has(status)) {
      throw Object.assign(new PerceptError('network', `${failed}: the server is in trouble and answered ${status} for ${url}. Try again later.`), { retryAfter });
    }
    if (isInFolder(url)) throw new PerceptError('not-found', `The chosen folder has no ${name}. Choose the folder that holds model.json and its .safetensors files.`);
    const path = pathOf(url);
    if (path !== null) throw new PerceptError('not-found', `${failed}: there is no file ${path}.`);
    throw new PerceptError('not-found', `${failed}: the server answered ${status} for ${url}.`);
  }

  /** The next bytes, which live until the next call, or null at the end. */
  async read() {
    const part = await this.#watched(async () => this.#body?.read() ?? null, `The connection broke while ${this.#options.name} was fetched: $.`);
    if (part === null) this.#release();
    return part;
  }

  /** Gives up what has not come. @param {unknown} [reason] */
  close(reason) {
    this.#release();
    this.#link.controller.abort(reason);
    this.#body?.cancel();
  }

  #release() {
    clearInterval(this.#watch);
    this.#link.release();
  }

  /** One timer for the whole transfer: one for each part would cost more than the part. */
  #look() {
    if (this.#looks === null) return;
    this.#looks += 1;
    if (this.#looks > LOOKS) this.close(new Error(`nothing came for ${this.#options.stall / 1000} seconds`));
  }

  /**
   * What `step` gives; `sentence` tells people of a failure, with its reason in place of $. An abort ends it here: Node 20
   * may forget to tell the request, whose body then stays open.
   * @template T
   * @param {() => Promise<T>} step @param {string} sentence
   * @returns {Promise<T>}
   */
  async #watched(step, sentence) {
    const { signal: stop } = this.#link.controller;
    this.#looks = 0;
    try {
      const result = await orAborted(step(), stop);
      if (stop.aborted) throw stop.reason; // a body that is given up ends without an error
      return result;
    } catch (cause) {
      const reason = stop.aborted ? stop.reason : cause;
      this.close();
      throwIfAborted(this.#options.signal);
      throw new PerceptError('network', sentence.replace('$', () => messageOf(reason)), { cause });
    } finally {
      this.#looks = null;
    }
  }
}

/**
 * A whole small file.
 * @param {string} url
 * @param {TransferOptions & {most: number, code?: import('../percept.js').ErrorCode}} options most: bytes that it may have; code: of one that has more
 * @returns {Promise<Bytes>}
 */
export async function fetchBytes(url, { most, code = 'manifest-invalid', ...options }) {
  const transfer = await Transfer.open(url, options);
  let whole = new Uint8Array(Math.min(most, FIRST_BYTES));
  let length = 0;
  for (let part = await transfer.read(); part !== null; part = await transfer.read()) {
    if (length + part.length > most) {
      transfer.close();
      throw new PerceptError(code, `${options.name} is larger than ${most} bytes, the most that it can have.`);
    }
    if (length + part.length > whole.length) whole = grown(whole, Math.min(most, 2 * (length + part.length)));
    whole.set(part, length);
    length += part.length;
  }
  return whole.slice(0, length);
}

/** @param {Bytes} bytes @param {number} length */
function grown(bytes, length) {
  const larger = new Uint8Array(length);
  larger.set(bytes);
  return larger;
}
