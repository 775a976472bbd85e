/** The engine's own packing code (c_src/pack/pack.h), compiled to build/pack.wasm and run by Node. */
import { readFile } from 'node:fs/promises';
import { fileURLToPath } from 'node:url';
import { PANEL } from '../../web/lib/model/packed-head.js';
import { Instance, fillStruct, statusCode } from '../../web/lib/wasm.js';
import { ConvertError, NOT_FINITE, NOT_FOUND, OUTPUT, UNSUPPORTED } from './errors.mjs';

const WASM = fileURLToPath(new URL('../../build/pack.wasm', import.meta.url));

/** Blocks of inputs are padded to a multiple of 4. */
const BLOCK_MULTIPLE = 4;

/** Inputs of a panel that q4 stores as one unit, and the unit's bytes, as weights/README.md defines them. */
const Q4_GROUP = 32;
export const Q4_UNIT_BYTES = 136;

/** Added to the diagonal of xᵀx, as a share of its mean, so that inputs which never moved do not take all errors. */
const DAMPING = 0.01;

const MEMORY_PAGES = { initial: 256, maximum: 65536 };

/**
 * @param {number} value
 * @param {number} multiple
 * @returns {number}
 */
export function roundUp(value, multiple) {
  return Math.ceil(value / multiple) * multiple;
}

/**
 * @param {number} inputs
 * @param {number} blocks
 * @returns {number} inputs of a block, padding included
 */
export function blockInputs(inputs, blocks) {
  return roundUp(inputs / blocks, BLOCK_MULTIPLE);
}

/**
 * @typedef {object} Layer a linear layer on its way to integers
 * @property {string} name the tensor's, for errors
 * @property {Float32Array} weights [out, in]
 * @property {Float32Array | null} [smooth] [in]
 * @property {number} out
 * @property {number} inputs
 * @property {number} blocks
 */

/**
 * @param {string} path a module that `make wasm` builds
 * @throws {ConvertError} NOT_FOUND where it is not built
 */
export async function loadInstance(path) {
  let bytes;
  try {
    bytes = await readFile(path);
  } catch {
    throw new ConvertError(NOT_FOUND, `${path} does not exist; run "make wasm" first.`);
  }
  return Instance.create(await WebAssembly.compile(bytes), new WebAssembly.Memory(MEMORY_PAGES));
}

export class Packer {
  /** @param {Instance} instance of pack.wasm */
  constructor(instance) {
    this.instance = instance;
    this.exports = instance.exports;
    this.memory = instance.memory;
    this.info = instance.info(this.exports.pack_info());
    const { panel, q4Group, q4UnitBytes } = this.info.constants;
    if (panel !== PANEL || q4Group !== Q4_GROUP || q4UnitBytes !== Q4_UNIT_BYTES) throw new Error('pack.wasm packs another format than this converter writes.');
  }

  /** @param {string} [path] */
  static async load(path = WASM) {
    return new Packer(await loadInstance(path));
  }

  reserve(bytes) {
    const pointer = this.exports.pack_reserve(bytes) >>> 0;
    if (pointer === 0) throw new ConvertError(OUTPUT, `There is no memory to pack a tensor of ${bytes} bytes.`);
    return pointer;
  }

  place(values) {
    const pointer = this.reserve(values.byteLength);
    new Float32Array(this.memory.buffer, pointer, values.length).set(values);
    return pointer;
  }

  take(pointer, bytes) {
    return this.instance.bytes(pointer, bytes).slice();
  }

  check(status, name) {
    if (status === 0) return;
    const code = statusCode(this.info, status);
    if (code === 'not-finite') {
      throw new ConvertError(NOT_FINITE, `${name} holds a number that is not finite or too large for a half float; `
        + 'convert with --outtype f32 if the weights are sound.');
    }
    throw new ConvertError(UNSUPPORTED, `${name} cannot be packed (${code}); its sizes are out of range.`);
  }

  /**
   * @param {Float32Array} weights [out, in]
   * @returns {Uint8Array} F32 [out8 / 8, in, 8]
   */
  f32(name, weights, out, inputs) {
    this.exports.pack_reset();
    const bytes = roundUp(out, PANEL) * inputs * 4;
    const source = this.place(weights);
    const packed = this.reserve(bytes);
    this.check(this.exports.pack_f32(source, out, inputs, packed), name);
    return this.take(packed, bytes);
  }

  /**
   * @param {Float32Array} values
   * @returns {Uint8Array} F16, rounded to nearest even
   */
  f16(name, values) {
    this.exports.pack_reset();
    const source = this.place(values);
    const halves = this.reserve(values.length * 2);
    this.check(this.exports.pack_f16(source, halves, values.length), name);
    return this.take(halves, values.length * 2);
  }

  /**
   * Gives a layer its place, and its scales and sums theirs.
   * @param {Layer} layer
   * @param {number} codeBytes of its codes, or q4's units
   * @returns {Record<string, number>} C's struct pack_layer
   */
  placeLayer({ weights, smooth, out, inputs, blocks }, codeBytes) {
    const each = 4 * roundUp(out, PANEL) * blocks;
    return {
      weights: this.place(weights),
      smooth: smooth ? this.place(smooth) : 0,
      out,
      in: inputs,
      blocks,
      codes: this.reserve(codeBytes),
      scales: this.reserve(each),
      sums: this.reserve(each),
    };
  }

  /** Calls a function that reads a struct pack_layer. */
  call(name, layer, placed, ...rest) {
    const layout = this.info.structs.pack_layer;
    const pointer = this.reserve(layout.bytes);
    fillStruct(this.memory, pointer, layout, placed);
    this.check(this.exports[name](pointer, ...rest), layer.name);
  }

  /**
   * The weights that a placed layer's q8 codes stand for, [out, in], written over its own: they hold until the next call.
   * @param {Layer} layer @param {Record<string, number>} placed
   */
  restore(layer, placed) {
    this.call('unpack_q8', layer, placed, placed.weights);
    return new Float32Array(this.memory.buffer, placed.weights, layer.out * layer.inputs);
  }

  /** The bytes of a placed layer's tensors. @param {Record<string, number>} placed @param {number} codeBytes */
  takeLayer({ out, blocks, codes, scales, sums }, codeBytes) {
    const each = 4 * roundUp(out, PANEL) * blocks;
    return { codes: this.take(codes, codeBytes), scales: this.take(scales, each), sums: this.take(sums, each) };
  }

  /**
   * @param {Layer} layer
   * @returns {{codes: Uint8Array, scales: Uint8Array, sums: Uint8Array, restored: Float32Array}} the bytes of the three
   *   tensors, and the weights that they stand for, [out, in]; `restored` holds until the next call
   */
  q8(layer) {
    this.exports.pack_reset();
    const codeBytes = roundUp(layer.out, PANEL) * layer.blocks * blockInputs(layer.inputs, layer.blocks);
    const placed = this.placeLayer(layer, codeBytes);
    this.call('pack_q8', layer, placed);
    return { ...this.takeLayer(placed, codeBytes), restored: this.restore(layer, placed) };
  }

  /**
   * A patch embedding, a group for each colour, rounded for pictures whose neighbouring pixels are alike.
   * @param {Omit<Layer, 'inputs' | 'blocks'>} embedding weights: [out, 3, patch, patch]
   * @param {number} patch
   * @param {number} correlation of neighbouring pixels, and of colours
   * @returns {object} as q8
   */
  patch(embedding, patch, correlation) {
    this.exports.pack_reset();
    const layer = { ...embedding, inputs: 3 * patch * patch, blocks: 3 };
    const codeBytes = roundUp(layer.out, PANEL) * 3 * blockInputs(layer.inputs, 3);
    const placed = this.placeLayer(layer, codeBytes);
    this.call('pack_patch', layer, placed, patch, correlation, this.reserve(4 * layer.inputs));
    return { ...this.takeLayer(placed, codeBytes), restored: this.restore(layer, placed) };
  }

  /** Whether q4 can store groups of so many inputs: they come in units of 32. */
  static takesQ4(inputs, blocks) {
    return (inputs / blocks) % Q4_GROUP === 0;
  }

  /** The factor of error-compensating rounding. @returns {number} where it lies */
  factor({ name, inputs }, gram, smooth) {
    const pointer = this.place(gram);
    this.check(this.exports.pack_factor(pointer, smooth, inputs, DAMPING, this.reserve(4 * 2 * PANEL * inputs)), name);
    return pointer;
  }

  /**
   * As q8, with `nibbles` instead of codes.
   * @param {Layer} layer
   * @param {Float32Array | null} [gram] xᵀx of what the layer reads (calibrate.mjs): errors then make up for one another
   */
  q4(layer, gram = null) {
    this.exports.pack_reset();
    const { out, inputs } = layer;
    const rows = roundUp(out, PANEL);
    const units = rows / PANEL * inputs / Q4_GROUP;
    const placed = this.placeLayer(layer, units * Q4_UNIT_BYTES);
    const factor = gram ? this.factor(layer, gram, placed.smooth) : 0;
    const scratch = gram ? this.reserve(4 * (out * (inputs + Q4_GROUP) + PANEL * inputs)) : 0;
    this.call('pack_q4', layer, placed, factor, scratch);
    const { codes: nibbles, scales, sums } = this.takeLayer(placed, units * Q4_UNIT_BYTES);
    const expanded = { ...placed, codes: this.reserve(rows * inputs) };
    this.exports.tower_expand_q4(placed.codes, expanded.codes, units);
    return { nibbles, scales, sums, restored: this.restore(layer, expanded) };
  }
}
