/** Pictures that are read while another is computed: workers of their own fetch, decode and cut them. */
import { Connection } from './model/connection.js';
import { isOfPicture } from './errors.js';
import { isBlob } from './realms.js';

/** @import {PerceptError} from './errors.js' */
/** @import {Assets} from './platform/assets.js' */
/** @import {Ahead, Calls, Preprocess, Source} from './model/types.d.ts' */

/** Smaller files take the engine's own worker a few milliseconds: less than another worker to start. In bytes. */
const LIGHT = 256 * 1024;

/** A file of so many bytes, about 24 megapixels, is decoded by the first reader alone: one such picture ahead is memory enough. */
const LARGE = 8 * 2 ** 20;

/** Whether reading it ahead is worth a worker. Of pixels there is nothing to decode; what lies at an address must come first. @param {Source} source @returns {source is Blob | string} */
export function isWorthReading(source) {
  return typeof source === 'string' || (isBlob(source) && source.size >= LIGHT);
}

/** As many as there are calls ahead (turns.js): decoding a photograph often takes longer than computing it. Each holds one decoded picture at most. */
const READERS = 2;

/** A worker that reads, from the first picture on that no other had time for. */
class Reader {
  /** Pictures that it has not answered yet. */
  busy = 0;
  /** @type {Connection | null} */
  connection = null;

  /** @param {Calls['read']['request']} request @param {AbortSignal} [signal] */
  async read(request, signal) {
    this.busy += 1;
    try {
      if (!this.connection?.alive) this.connection = new Connection(1, request.assets);
      return await this.connection.call('read', request, { signal });
    } finally {
      this.busy -= 1;
    }
  }
}

export class ReadAhead {
  #given;
  #readers = Array.from({ length: READERS }, () => new Reader());

  /** @param {{assets: Assets, maximumPixels?: number}} options as the scorer was loaded with */
  constructor({ assets, maximumPixels }) {
    this.#given = { assets, maximumPixels };
  }

  /**
   * A picture's views. What is no fault of the picture's gives null: whoever computes then reads it anew, in its turn.
   * @param {Source} source as the worker takes it @param {Preprocess[]} recipes @param {AbortSignal} [signal]
   * @returns {Promise<Ahead | null>}
   * @throws {PerceptError} with the codes of a picture
   */
  async read(source, recipes, signal) {
    try {
      return { recipes, ...await this.#readerFor(source).read({ source, recipes, ...this.#given }, signal) };
    } catch (error) {
      if (isOfPicture(error)) throw error;
      return null;
    }
  }

  /** The least busy, the first of several. @param {Source} source @returns {Reader} */
  #readerFor(source) {
    const fitting = isBlob(source) && source.size >= LARGE ? this.#readers.slice(0, 1) : this.#readers;
    return fitting.reduce((least, reader) => (reader.busy < least.busy ? reader : least));
  }

  /** The workers that live. */
  get #connections() {
    return this.#readers.flatMap(({ connection }) => (connection?.alive ? [connection] : []));
  }

  /** What its workers have asked the network for. */
  async requests() {
    return (await Promise.all(this.#connections.map((each) => each.call('requests', {}, {})))).flat();
  }

  /** Ends the workers. @param {PerceptError} failure what those are told who wait */
  end(failure) {
    for (const each of this.#connections) each.end(failure);
  }
}
