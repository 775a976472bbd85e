import { PerceptError, throwIfAborted } from '../errors.js';
import { decodeWithBrowser, needsBrowser } from './browser-decoder.js';
import { HEADER_BYTES } from './claimed-size.js';
import { Instance, compileModule, createMemory, statusCode } from '../wasm.js';
import { detailResize } from './views.js';

/** @import {GridViews, PictureExports, PictureFacts, PictureInfo, Preprocess, ReadPicture, Size, Views} from './types.d.ts' */
/** @import {PixelSource} from '../percept.js' */
/** What decides how a file becomes pixels. @typedef {Pick<Preprocess, 'orientation' | 'convert'>} Opening */

/** Of the engine's memory: what a picture module starts with, and the most that it may take. */
const MEMORY = { initial: 64, maximum: 16384 };

/**
 * Turns files and pixels into views. Each picture gets an instance of its own, with its own memory, and
 * both are dropped with it: nothing of a hostile picture outlives it.
 */
export class PictureReader {
  #module;
  #maximumPixels;
  /** The module that reads WebP, from the first such picture on. @type {Promise<WebAssembly.Module> | null} */
  #webp = null;

  /** @param {WebAssembly.Module} module @param {number} [maximumPixels] */
  constructor(module, maximumPixels) {
    this.#module = module;
    this.#maximumPixels = maximumPixels;
  }

  /**
   * @param {AbortSignal} [signal]
   * @param {number} [maximumPixels] pictures of more are refused; the engine's own limit by default
   */
  static async load(signal, maximumPixels) {
    const reader = new PictureReader(await compileModule('picture.wasm', signal), maximumPixels);
    if (maximumPixels !== undefined) await reader.#begin(); // a limit that the engine does not take is told now
    return reader;
  }

  async #begin(module = this.#module) {
    const picture = await Picture.create(module);
    if (this.#maximumPixels !== undefined) picture.limitPixels(this.#maximumPixels);
    return picture;
  }

  /** The module for a file that begins so. @param {Uint8Array | null} head */
  #moduleFor(head) {
    if (!head || !isWebp(head)) return this.#module;
    this.#webp ??= compileModule('picture-webp.wasm').catch((error) => {
      this.#webp = null; // the next picture asks again
      throw error;
    });
    return this.#webp;
  }

  /**
   * @param {Blob | PixelSource} source
   * @param {Preprocess[]} recipes one or more
   * @param {AbortSignal} [signal]
   * @returns {Promise<ReadPicture>}
   */
  async read(source, recipes, signal) {
    /** @type {PictureFacts | undefined} */
    let first;
    /** @type {Views[]} */
    const views = new Array(recipes.length);
    const head = source instanceof Blob ? await readBlob(source.slice(0, HEADER_BYTES)) : null;
    const module = await this.#moduleFor(head);
    for (const { orientation, convert } of withoutCopies(recipes)) {
      throwIfAborted(signal);
      const picture = await this.#begin(module);
      const decoder = await picture.guarded(() => picture.decode(source, head, { orientation, convert }));
      recipes.forEach((recipe, at) => {
        if (recipe.orientation === orientation && recipe.convert === convert) views[at] = picture.guarded(() => picture.views(recipe));
      });
      first ??= { ...picture.size, decoder, damaged: picture.isDamaged };
    }
    return { .../** @type {PictureFacts} */ (first), views };
  }
}

/** percept.h's part one, typed, for one picture. */
class Picture {
  #instance;
  #info;
  #limits;
  #handle;

  /** @param {Instance<PictureExports>} instance */
  constructor(instance) {
    this.#instance = instance;
    /** @type {PictureInfo} */
    this.#info = instance.info(this.#exports.picture_info());
    this.#limits = this.#info.limits;
    this.#handle = this.#exports.picture_new();
    if (this.#handle === 0) throw new PerceptError('out-of-memory', 'There is no memory for a picture.');
  }

  /** @param {WebAssembly.Module} module */
  static async create(module) {
    return new Picture(await Instance.create(module, createMemory(MEMORY)));
  }

  get #exports() {
    return this.#instance.exports;
  }

  /** @param {number} status */
  #check(status) {
    if (status === 0) return;
    throw new PerceptError(statusCode(this.#info, status), this.#instance.text(this.#exports.picture_message(this.#handle)));
  }

  /** Pictures of more pixels are refused. @param {number} pixels */
  limitPixels(pixels) {
    this.#check(this.#exports.picture_limit_pixels(this.#handle, Math.min(pixels, 2 ** 32 - 1)));
    this.#limits = { ...this.#limits, pixels };
  }

  /** For a buffer that the module would not give: memory lacks, or the limits forbid pixels of this size. */
  #noRoom({ width = 0, height = 0 } = {}) {
    const { pixels, side } = this.#limits;
    const code = width * height > pixels || Math.max(width, height) > side ? 'picture-too-large' : 'out-of-memory';
    return new PerceptError(code, this.#instance.text(this.#exports.picture_message(this.#handle)) );
  }

  /**
   * Runs a step; what is no PerceptError came out of the module as a trap, which harms this picture alone.
   * @template T
   * @param {() => T} step
   * @returns {T}
   */
  guarded(step) {
    const coded = (/** @type {unknown} */ cause) => {
      if (!(cause instanceof WebAssembly.RuntimeError)) throw cause;
      throw new PerceptError('corrupt-picture', 'The picture broke its decoder: the file is damaged.', { cause });
    };
    try {
      const result = step();
      return result instanceof Promise ? /** @type {T} */ (result.catch(coded)) : result;
    } catch (cause) {
      return coded(cause);
    }
  }

  /** @returns {Size} */
  get size() {
    return {
      width: this.#exports.picture_width(this.#handle),
      height: this.#exports.picture_height(this.#handle),
    };
  }

  get isDamaged() {
    return this.#exports.picture_damaged(this.#handle) !== 0;
  }

  /**
   * Returns who decoded: 'percept', 'browser', or 'none' where the caller gave pixels.
   * @param {Blob | PixelSource} source @param {Uint8Array | null} head a file's beginning @param {Opening} opening
   * @returns {Promise<PictureFacts['decoder']>}
   */
  async decode(source, head, { orientation, convert }) {
    const applyOrientation = orientation === 'apply';
    if (!(source instanceof Blob) || !head) {
      this.#takePixels(/** @type {PixelSource} */ (source));
      return 'none';
    }
    const format = needsBrowser(head);
    if (format) {
      this.#takePixels(await decodeWithBrowser(source, { head, format, applyOrientation, limits: this.#limits }));
      return 'browser';
    }
    this.#check(this.#exports.picture_convert_after(this.#handle, Number(convert === 'after')));
    this.#decodeFile(await readBlob(source), applyOrientation);
    return 'percept';
  }

  /** @param {Uint8Array} bytes @param {boolean} applyOrientation */
  #decodeFile(bytes, applyOrientation) {
    const address = this.#exports.picture_input(this.#handle, bytes.length) >>> 0;
    if (address === 0) throw this.#noRoom();
    this.#instance.bytes(address, bytes.length).set(bytes);
    this.#check(this.#exports.picture_decode(this.#handle, Number(applyOrientation)));
  }

  /** @param {PixelSource} pixels */
  #takePixels({ width, height, data }) {
    const address = this.#exports.picture_rgba_input(this.#handle, width, height) >>> 0;
    if (address === 0) throw this.#noRoom({ width, height });
    this.#instance.bytes(address, data.length).set(data);
    this.#check(this.#exports.picture_take_rgba(this.#handle));
  }

  /** @param {Preprocess['resize']} resize */
  #resize(resize) {
    const { exports } = this.#instance;
    const filter = this.#info.filters[resize.interpolation];
    if ('shorter' in resize) this.#check(exports.picture_resize_shorter(this.#handle, resize.shorter, filter));
    else if ('longer' in resize) this.#check(exports.picture_resize_longer(this.#handle, resize.longer, filter));
    else this.#check(exports.picture_resize_exact(this.#handle, resize.height, resize.width, filter));
  }

  /** @param {Extract<Preprocess['views'], {center: number}>} views */
  #cropCenter({ center, rounding, pad }) {
    const { exports } = this.#instance;
    if (pad !== undefined) this.#check(exports.picture_pad(this.#handle, center, pad));
    const crop = rounding === 'down' ? exports.picture_crop_center_down : exports.picture_crop_center;
    this.#check(crop(this.#handle, center));
  }

  /** @param {GridViews} views */
  #cropGrid({ grid: [rows, columns], size, edges }) {
    const { exports } = this.#instance;
    const crop = edges ? exports.picture_crop_grid_to_edges : exports.picture_crop_grid;
    this.#check(crop(this.#handle, rows, columns, size));
  }

  /** The views that a recipe asks for, copied out. @param {Preprocess} recipe @returns {Views} */
  views({ resize, views, detail }) {
    const whole = this.#cut(resize, views);
    const finer = detailResize({ resize, detail }, this.size);
    return finer && detail && 'size' in views ? joined(whole, this.#cut(finer, { grid: detail.grid, size: views.size })) : whole;
  }

  /** @param {Preprocess['resize']} resize @param {Preprocess['views']} views @returns {Views} */
  #cut(resize, views) {
    const { exports } = this.#instance;
    this.#resize(resize);
    if ('center' in views) this.#cropCenter(views);
    else this.#cropGrid(views);
    const size = 'center' in views ? views.center : views.size;
    const count = exports.picture_view_count(this.#handle);
    return { count, bytes: this.#instance.bytes(exports.picture_views(this.#handle), count * size * size * 3).slice() };
  }
}

/** @param {Views} first @param {Views} second @returns {Views} */
function joined(first, second) {
  const bytes = new Uint8Array(first.bytes.length + second.bytes.length);
  bytes.set(first.bytes);
  bytes.set(second.bytes, first.bytes.length);
  return { count: first.count + second.count, bytes };
}

/** Each way in which recipes want the picture opened, once. @param {Opening[]} recipes @returns {Opening[]} */
function withoutCopies(recipes) {
  return recipes.filter((recipe, at) => recipes.findIndex((other) => other.orientation === recipe.orientation && other.convert === recipe.convert) === at);
}

/** @param {Uint8Array} head a file's beginning */
function isWebp(head) {
  const name = (/** @type {number} */ start) => String.fromCharCode(...head.subarray(start, start + 4));
  return name(0) === 'RIFF' && name(8) === 'WEBP';
}

/** @param {Blob} blob */
async function readBlob(blob) {
  try {
    return new Uint8Array(await blob.arrayBuffer());
  } catch (cause) {
    throw new PerceptError('unreadable-picture', 'The picture could not be read. Was the file moved or changed?', { cause });
  }
}
