/**
 * Percept: scores pictures with a CLIP tower, LoRA adapters and small heads, on this machine.
 *
 *   import { Scorer } from './percept.js';
 *   const scorer = await Scorer.load('weights/demo/');
 *   const { scores } = await scorer.score(file);
 *
 * Types, result shapes and error codes are in percept.d.ts.
 */
import { orAborted } from './abort.js';
import { checkOptions } from './arguments.js';
import { Connection } from './model/connection.js';
import { threadCount } from './engine/thread-count.js';
import { PerceptError, messageOf, throwIfAborted } from './errors.js';
import { checkFileSize } from './file-size.js';
import { resolveLocation, sendable } from './platform.js';
import { isBlob, isClampedBytes, isFile, isUrl } from './realms.js';
import { FOLDER } from './weights/folder.js';

export { PerceptError };

/** @import {Calls, Call, LoadRequest, Loaded, Source} from './model/types.d.ts' */
/** @import {CachedModel, EmbedOptions, EmbedResult, EngineFacts, Explanation, ExplainOptions, LoadOptions, Manifest, PictureSource, ScoreOptions, ScoreResult, StorageFacts, Task} from './percept.js' */

/**
 * The models that this browser keeps for this origin, the last used one first.
 * @returns {Promise<CachedModel[]>} url: model.json's;
 *   bytes: on this device, of `total`. Empty where nothing can be kept, and in Node.
 */
export async function listCachedModels() {
  return stored((await catalog()).listModels());
}

/**
 * Deletes a model from this device, but for shards that another one needs. A scorer that is loaded goes on.
 * @param {string | URL} url the model's folder or its model.json
 * @returns {Promise<boolean>} whether it was there
 */
export async function deleteCachedModel(url) {
  const location = resolveLocation(url);
  return stored((await catalog()).deleteModel(location));
}

/** @template T @param {Promise<T>} step @returns {Promise<T>} */
function stored(step) {
  return step.catch((cause) => {
    throw new PerceptError('storage', `The browser does not let this page use what it keeps on this device: ${messageOf(cause)} Try again, or delete this site's data in the browser's settings.`, { cause });
  });
}

/** Fetched when it is asked for: without it a model's worker starts sooner. */
const catalog = () => import('./weights/catalog.js').catch((cause) => {
  throw new PerceptError('engine-unreachable', `A part of Percept could not be fetched: ${messageOf(cause)}.`, { cause });
});

/** Only `load` makes scorers. */
const FROM_LOAD = Symbol('from load');

/** What load gives before anybody has the scorer. @type {any} */
const LATER = undefined;

export class Scorer {
  /** @type {LoadRequest} */
  #request = LATER;
  /** @type {Connection} */
  #connection = LATER;
  /** @type {Loaded} */
  #loaded = LATER;
  /** @type {Promise<unknown>} */
  #last = Promise.resolve();
  #disposal = new AbortController();

  /** @param {symbol} origin */
  constructor(origin) {
    if (origin !== FROM_LOAD) throw new PerceptError('bad-argument', 'A scorer is not made with new, but by await Scorer.load(url).');
  }

  /**
   * Fetches a model: its manifest, the engine and the base's weights. A task's own weights come when the task
   * is first asked for.
   * @param {string | URL | File[]} location the model's folder or its model.json; in Node also a path on disk; or the
   *   folder's files, as a file input or a drop gives them
   * @param {LoadOptions} [options]
   * @returns {Promise<Scorer>}
   * @throws {PerceptError}
   */
  static async load(location, options) {
    const { onProgress, signal, variant = 'auto', threads, integrity, maximumPixels } = checkOptions(options);
    throwIfAborted(signal);
    const scorer = new Scorer(FROM_LOAD);
    scorer.#request = { ...modelAt(location), variant, threads, integrity, maximumPixels };
    const loading = scorer.#connect({ signal, onProgress: /** @type {Call['onProgress']} */ (onProgress) }); // it tells no other progress
    try {
      await orAborted(loading, signal);
    } catch (error) {
      scorer.dispose();
      throw error;
    }
    return scorer;
  }

  /** The model's tasks, as its manifest has them. @returns {Task[]} */
  get tasks() {
    return this.#loaded.manifest.tasks;
  }

  /** model.json, whole. @returns {Manifest} */
  get manifest() {
    return this.#loaded.manifest;
  }

  /** What runs, and the bytes of its memory. @returns {EngineFacts} */
  get engine() {
    return this.#loaded.engine;
  }

  /** Where the weights came from, and where they stay. @returns {StorageFacts} */
  get storage() {
    return this.#loaded.storage;
  }

  /**
   * Scores a picture. Calls are answered in order.
   * @param {PictureSource} picture a file, pixels, or an address to fetch it from
   * @param {ScoreOptions} [options]
   * @returns {Promise<ScoreResult>}
   * @throws {PerceptError}
   */
  async score(picture, options) {
    const { tasks, embedding = false, signal, onProgress } = checkOptions(options);
    return this.#enqueue('score', { source: sourceOf(picture), tasks, scores: true, embedding }, { signal, onProgress });
  }

  /**
   * The base tower's projected embedding of a picture, without any adapter and before any L2 normalisation,
   * of the first view that the first of `tasks` makes.
   * @param {PictureSource} picture
   * @param {EmbedOptions} [options]
   * @returns {Promise<EmbedResult>}
   * @throws {PerceptError}
   */
  async embed(picture, options) {
    const { tasks, signal, onProgress } = checkOptions(options);
    return this.#enqueue('score', { source: sourceOf(picture), tasks, scores: false, embedding: true }, { signal, onProgress });
  }

  /**
   * Occlusion: which parts of a picture a score rests on. The resized picture is cut into rows x columns cells; each
   * in turn is painted with the mean colour of the task's views (over all their pixels, each colour rounded), the
   * views that it touches are computed again, and the score is compared with that of the whole picture. The value
   * explained is, for a score, the mean over views on the scale `output.to` and never clamped, so that a score at
   * its limit still moves; for classes, the probability of the label that the whole picture gets.
   * It shows what the number reacts to, a flat patch included; it does not show why, nor what people look at.
   * The cost is a view for each pair of a cell and a view that meet, and one for each view.
   * @param {PictureSource} picture
   * @param {ExplainOptions} [options]
   * @returns {Promise<Explanation>}
   * @throws {PerceptError}
   */
  async explain(picture, options) {
    const { task, grid = [6, 6], signal, onProgress } = checkOptions(options);
    return this.#enqueue('explain', { source: sourceOf(picture), task, grid }, { signal, onProgress });
  }

  /**
   * What the worker has asked the network for, by the browser's own record (resource timing), its threads' script
   * aside. `bytes` is 0 for what came from the browser's cache, and for other origins that do not tell.
   * @returns {Promise<{url: string, bytes: number}[]>}
   */
  async requests() {
    return this.#connection.call('requests', {}, {});
  }

  /** Ends the worker and its threads and frees their memory. Calls in flight are rejected. */
  dispose() {
    this.#disposal.abort();
    this.#connection?.end(disposed());
  }

  /** @param {Partial<Call>} options */
  async #connect(options) {
    this.#connection = new Connection(threadCount(this.#request.threads));
    this.#loaded = await this.#connection.call('load', this.#request, options);
    this.#connection.dismissSpareThreads();
  }

  /**
   * Waits for its turn, then for the answer; a cancelled call returns at once and its turn passes on.
   * @template {'score' | 'explain'} Name
   * @param {Name} call @param {Calls[Name]['request']} request @param {Partial<Call>} options
   * @returns {Promise<Calls[Name]['answer']['result']>}
   */
  #enqueue(call, request, options) {
    const before = this.#last;
    const answer = before.then(() => this.#ask(call, request, options));
    this.#last = answer.catch(() => {});
    return orAborted(answer, options.signal);
  }

  /**
   * @template {'score' | 'explain'} Name
   * @param {Name} call @param {Calls[Name]['request']} request @param {Partial<Call>} options
   */
  async #ask(call, request, options) {
    if (this.#disposal.signal.aborted) throw disposed();
    throwIfAborted(options.signal);
    if (!this.#connection.alive) await this.#reconnect(options);
    const source = await this.#sendable(request.source, options.signal);
    const { result, storage } = await this.#connection.call(call, { ...request, source }, options);
    this.#loaded.engine = result.engine;
    this.#loaded.storage = storage;
    return result;
  }

  /** A picture's bytes may never come: those who gave up do not make others wait. @param {Source} source @param {AbortSignal} [signal] */
  async #sendable(source, signal) {
    try {
      return await orAborted(orAborted(sendable(source), signal), this.#disposal.signal);
    } catch (error) {
      throw this.#disposal.signal.aborted ? disposed() : error;
    }
  }

  /** A new worker with the same model; one that cannot load it is thrown away again. @param {Partial<Call>} options */
  async #reconnect(options) {
    try {
      await this.#connect(options);
    } catch (error) {
      this.#connection.end(/** @type {PerceptError} */ (error));
      throw error;
    }
  }
}

function disposed() {
  return new PerceptError('disposed', 'The scorer was disposed of. Load another.');
}

/** Where the worker finds the model. @param {string | URL | File[]} location */
function modelAt(location) {
  if (!Array.isArray(location)) return { url: folderLocation(location) };
  if (!location.every(isFile)) {
    throw new PerceptError('bad-argument', 'A model is an address, or the files of its folder.');
  }
  return { url: FOLDER, files: [...location] };
}

/** An address beside which other files can lie. @param {string | URL} location */
function folderLocation(location) {
  const url = resolveLocation(location);
  try {
    new URL('.', url); // throws where there is no folder
    return url;
  } catch (cause) {
    throw new PerceptError('bad-argument', `A model is a folder of files, which ${new URL(url).protocol} addresses cannot be.`, { cause });
  }
}

/** @param {Uint8ClampedArray} pixels */
function copyOf(pixels) {
  try {
    return new Uint8ClampedArray(pixels);
  } catch (cause) {
    throw new PerceptError('out-of-memory', `There is no memory for a copy of the picture's ${pixels.length} bytes. Make it smaller, or give its file.`, { cause });
  }
}

/** What the worker takes: a Blob, an absolute address, or pixels of its own, since the caller's may change before their turn. @param {PictureSource} picture @returns {Source} */
function sourceOf(picture) {
  if (isBlob(picture)) {
    checkFileSize(picture.size);
    return picture;
  }
  if (typeof picture === 'string' || isUrl(picture)) return resolveLocation(picture);
  const { width, height, data } = picture ?? {};
  const isPixels = Number.isInteger(width) && Number.isInteger(height) && width > 0 && height > 0
    && isClampedBytes(data) && data.length === width * height * 4;
  if (isPixels) return { width, height, data: copyOf(data) };
  throw new PerceptError('bad-argument', 'A picture is a Blob or File, an ImageData, or the address of one.');
}
