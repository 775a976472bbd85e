/**
 * What the linear layers of a float32 tower read on given pictures, block by block: the sums xᵀx that error-compensating
 * rounding needs. One block's weights and sums are in memory at a time, beside the pictures' residual streams.
 */
import { openAsBlob } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { PictureReader } from '../../web/lib/engine/picture.js';
import { PANEL } from '../../web/lib/model/packed-head.js';
import { fillStruct } from '../../web/lib/wasm.js';
import { PerceptError } from '../../web/lib/errors.js';
import { loadInstance, roundUp } from './engine.mjs';
import { BAD_USAGE, ConvertError, OUTPUT } from './errors.mjs';

const WASM = fileURLToPath(new URL('../../build/calibrate.wasm', import.meta.url));
const LABEL_BYTES = 256;

/** Enough that the sums are well determined beside their damping; more only takes longer. */
const TOKENS = 4096;

/** The layers of a block in the order of calibrate_block's sums. */
const LAYERS = ['attention.qkv', 'attention.out', 'mlp.fc1', 'mlp.fc2'];

/** Without a byte where there is nothing to open, such as at a link to nowhere. @param {string} path */
async function blobOf(path) {
  try {
    return await openAsBlob(path);
  } catch {
    return new Blob([]);
  }
}

/** Views of the pictures, as `preprocess` cuts them; pictures that cannot be read are passed over. */
async function readViews(paths, preprocess, most) {
  const reader = await PictureReader.load();
  const size = preprocess.views.center ?? preprocess.views.size;
  const views = [];
  const step = Math.max(1, paths.length / most);
  for (let at = 0; at < paths.length && views.length < most; at += step) {
    const picture = await blobOf(paths[Math.floor(at)]);
    try {
      const { views: [{ bytes }] } = await reader.read(picture, [preprocess]);
      views.push(bytes.subarray(0, size * size * 3));
    } catch (error) {
      if (!(error instanceof PerceptError)) throw error;
    }
  }
  if (views.length === 0) throw new ConvertError(BAD_USAGE, 'None of the calibration pictures could be read; choose others.');
  return views;
}

export class Calibrator {
  #instance;
  #info;
  #tower;
  #planner;
  #source;
  #places = new Map();
  #residuals = [];
  #block = -1;
  #grams;
  #scratch;

  /**
   * @param {import('./tower.mjs').TowerSource} source
   * @param {import('./plan.mjs').Planner} planner an f32 one, for packing
   * @param {string[]} pictures paths
   * @param {object} preprocess how the first task sees pictures
   */
  static async open(source, planner, pictures, preprocess) {
    const calibrator = new Calibrator();
    calibrator.#source = source;
    calibrator.#planner = planner;
    calibrator.#instance = await loadInstance(WASM);
    calibrator.#info = calibrator.#instance.info(calibrator.#engine.tower_info());
    calibrator.#configure();
    await calibrator.#bindEnds(preprocess);
    await calibrator.#embed(await readViews(pictures, preprocess, Math.max(1, Math.floor(TOKENS / calibrator.#tokens))));
    return calibrator;
  }

  get #engine() {
    return this.#instance.exports;
  }

  get #tokens() {
    const { image, patch } = this.#source.sizes;
    return 1 + (image / patch) ** 2;
  }

  #check(status) {
    if (status === 0) return;
    throw new ConvertError(OUTPUT, `Calibration failed. ${this.#instance.text(this.#engine.tower_message(this.#tower))}`);
  }

  /** Fills the struct that the next call reads, and says where it lies. */
  #given(name, values) {
    const pointer = this.#engine.tower_arguments();
    fillStruct(this.#instance.memory, pointer, this.#info.structs[name], values);
    return pointer;
  }

  #reserve(bytes) {
    const address = this.#engine.tower_reserve(this.#tower, bytes) >>> 0;
    if (address === 0) throw new ConvertError(OUTPUT, 'There is no memory for calibration.');
    return address;
  }

  #floats(address, count) {
    return new Float32Array(this.#instance.memory.buffer, address, count);
  }

  #configure() {
    const { width, heads, mlp_width: mlpWidth, patch, image, activation, norm_epsilon } = this.#source.sizes;
    this.#tower = this.#engine.tower_new();
    this.#check(this.#engine.tower_configure(this.#tower, this.#given('tower_configuration', {
      width, layers: 1, heads, mlp_width: mlpWidth, patch, image, embedding: 0, activation: this.#info.activations[activation],
      norm_epsilon, tasks: 0, views: 1, batch: 0, threads: 1,
    })));
    this.#check(this.#engine.tower_allocate(this.#tower));
    const [width8, mlp8] = [roundUp(width, PANEL), roundUp(mlpWidth, PANEL)];
    this.#grams = { address: 0, sizes: [width8, width8, width8, mlp8] };
    this.#grams.address = this.#reserve(4 * this.#grams.sizes.reduce((sum, size) => sum + size * size, 0));
    this.#scratch = this.#reserve(4 * (Math.max(width8, mlp8) + PANEL) * this.#engine.tower_batch(this.#tower) * this.#tokens);
  }

  /** Writes the tensors of groups (plan.mjs) where those of the same names were, or into new places. */
  async #write(groups, rename = (name) => name) {
    for (const { tensors: [{ name, shape }], produce } of groups) {
      const [bytes] = await produce();
      const own = rename(name);
      if (!this.#places.has(own)) this.#bind(own, shape, bytes.length);
      this.#instance.bytes(this.#places.get(own), bytes.length).set(bytes);
    }
  }

  #bind(name, shape, bytes) {
    const address = this.#reserve(bytes);
    const label = this.#reserve(LABEL_BYTES + 4 * shape.length);
    const text = new TextEncoder().encode(name);
    this.#instance.bytes(label, text.length).set(text);
    new Uint32Array(this.#instance.memory.buffer, label + LABEL_BYTES, shape.length).set(shape);
    this.#check(this.#engine.tower_bind(this.#tower, this.#info.base, this.#given('tower_tensor', {
      name: label, name_length: text.length, dtype: this.#info.dtypes.F32, shape: label + LABEL_BYTES, rank: shape.length, data: address,
    })));
    this.#places.set(name, address);
  }

  async #bindEnds({ mean, std }) {
    const { width } = this.#source.sizes;
    await this.#write([...this.#planner.beginning(this.#source), ...this.#planner.norm('post_norm', this.#source, width)]);
    await this.#write(await this.#planner.block('blocks.0', this.#source, this.#source.sizes));
    this.#check(this.#engine.tower_set_normalization(this.#tower, this.#given('tower_normalization', { mean, std })));
  }

  async #embed(views) {
    const batch = this.#engine.tower_batch(this.#tower);
    for (let start = 0; start < views.length; start += batch) {
      const part = views.slice(start, start + batch);
      const target = this.#engine.tower_views(this.#tower) >>> 0;
      part.forEach((view, index) => this.#instance.bytes(target + index * view.length, view.length).set(view));
      this.#check(this.#engine.calibrate_embed(this.#tower, part.length));
      this.#residuals.push({ count: part.length, values: this.#residual(part.length).slice() });
    }
  }

  #residual(views) {
    const length = views * this.#tokens * this.#engine.calibrate_stride(this.#tower);
    return this.#floats(this.#engine.calibrate_residual(this.#tower) >>> 0, length);
  }

  async #advance() {
    this.#block += 1;
    const name = `blocks.${this.#block}`;
    if (this.#block > 0) {
      await this.#write(await this.#planner.block(name, this.#source, this.#source.sizes), (own) => own.replace(name, 'blocks.0'));
    }
    this.#floats(this.#grams.address, this.#grams.sizes.reduce((sum, size) => sum + size * size, 0)).fill(0);
    for (const { count, values } of this.#residuals) {
      this.#residual(count).set(values);
      this.#check(this.#engine.calibrate_block(this.#tower, count, this.#grams.address, this.#scratch));
      values.set(this.#residual(count));
    }
  }

  /**
   * @param {string} name a layer of a block; blocks must be asked for in rising order
   * @returns {Promise<Float32Array | null>} the lower triangle of xᵀx, [in8, in8], until the next call; null for a layer
   *   outside of the blocks
   */
  async gram(name) {
    const [, block, layer] = /^blocks\.(\d+)\.(.+)$/.exec(name) ?? [];
    const index = LAYERS.indexOf(layer);
    if (index < 0) return null;
    while (this.#block < Number(block)) await this.#advance();
    const { address, sizes } = this.#grams;
    const before = sizes.slice(0, index).reduce((sum, size) => sum + size * size, 0);
    return this.#floats(address + 4 * before, sizes[index] ** 2);
  }
}
