/** Bytes over HTTP (or from a file in Node): a request ends in bytes or in a coded error, and never hangs. */
import { PerceptError, throwIfAborted } from '../errors.js';
import { fetchLocation } from '../platform.js';
import { fetchFromFolder, isInFolder } from './folder.js';
import { PATIENCE } from './retries.js';

/** Statuses beside 5xx that another attempt may cure: timeout, too early, too many requests. */
const TRANSIENT = new Set([408, 425, 429]);

/** One response and its body, as it arrives. */
export class Transfer {
  #options;
  #stop = new AbortController();
  #reader;

  /**
   * Asks for `url`. Statuses other than 2xx and 416 throw 'network' where asking again may help, else 'not-found'.
   * @param {string} url
   * @param {{signal?: AbortSignal, headers?: object, cache?: RequestCache, name: string, stall?: number}} options
   *   name: of what is fetched, for errors; stall: milliseconds without a byte that count as a broken connection
   */
  static async open(url, { signal, headers = {}, cache = 'default', name, stall = PATIENCE.stall }) {
    const transfer = new Transfer();
    transfer.#options = { signal, name, stall };
    const both = signal ? AbortSignal.any([signal, transfer.#stop.signal]) : transfer.#stop.signal;
    const failed = `${name} could not be fetched`;
    const asked = isInFolder(url) ? Promise.resolve(fetchFromFolder(url, { headers })) : fetchLocation(url, { signal: both, headers, cache });
    transfer.response = await transfer.#inTime(asked, `${failed}: $. Check the connection and the address ${url}.`);
    const { status, ok } = transfer.response;
    if (ok || status === 416) {
      transfer.#reader = transfer.response.body?.getReader();
      return transfer;
    }
    const retryAfter = 1000 * Number(transfer.response.headers.get('Retry-After')) || 0;
    transfer.close();
    if (status >= 500 || TRANSIENT.has(status)) {
      throw Object.assign(new PerceptError('network', `${failed}: the server is in trouble and answered ${status} for ${url}. Try again later.`), { retryAfter });
    }
    if (isInFolder(url)) throw new PerceptError('not-found', `The chosen folder has no ${name}. Choose the folder that holds model.json and its .safetensors files.`);
    throw new PerceptError('not-found', `${failed}: the server answered ${status} for ${url}.`);
  }

  /** The next bytes, or null at the end. */
  async read() {
    if (!this.#reader) return null;
    const { done, value } = await this.#inTime(this.#reader.read(), `The connection broke while ${this.#options.name} was fetched: $.`);
    return done ? null : value;
  }

  /** Gives up what has not come. */
  close() {
    this.#stop.abort();
  }

  /** What `promise` gives; `sentence` tells people of a failure, with its reason in place of $. */
  async #inTime(promise, sentence) {
    const { signal, stall } = this.#options;
    let timer;
    const stalled = new Promise((_, reject) => {
      timer = setTimeout(() => reject(new Error(`nothing came for ${stall / 1000} seconds`)), stall);
    });
    try {
      return await Promise.race([promise, stalled]);
    } catch (cause) {
      this.close();
      throwIfAborted(signal);
      throw new PerceptError('network', sentence.replace('$', () => cause.message), { cause });
    } finally {
      clearTimeout(timer);
    }
  }
}

/** A whole small file. @param {object} options of Transfer.open, and the most bytes that it may have */
export async function fetchBytes(url, { most, ...options }) {
  const transfer = await Transfer.open(url, options);
  const parts = [];
  let length = 0;
  for (let part = await transfer.read(); part !== null; part = await transfer.read()) {
    length += part.length;
    if (length > most) {
      transfer.close();
      throw new PerceptError('manifest-invalid', `${options.name} is larger than ${most} bytes: this is not a Percept model.`);
    }
    parts.push(part);
  }
  const whole = new Uint8Array(length);
  let at = 0;
  for (const part of parts) {
    whole.set(part, at);
    at += part.length;
  }
  return whole;
}
