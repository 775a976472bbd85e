/** The engine's own packing code (c_src/tower/pack.h), compiled to build/pack.wasm and run by Node. */
import { readFile } from 'node:fs/promises';
import { fileURLToPath } from 'node:url';
import { ConvertError, NOT_FINITE, NOT_FOUND, OUTPUT, UNSUPPORTED } from './errors.mjs';

const WASM = fileURLToPath(new URL('../../build/pack.wasm', import.meta.url));

const PERCEPT_OK = 0;
const PERCEPT_NOT_FINITE = 10;

/** Rows of a linear layer come in panels of 8; blocks of inputs are padded to a multiple of 4. */
export const PANEL = 8;
const BLOCK_MULTIPLE = 4;

/** Inputs of a panel that q4 stores as one unit, and the unit's bytes (c_src/tower/q4.h). */
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

export class Packer {
  constructor(exports, memory) {
    this.exports = exports;
    this.memory = memory;
  }

  /** @param {string} [path] */
  static async load(path = WASM) {
    let bytes;
    try {
      bytes = await readFile(path);
    } catch {
      throw new ConvertError(NOT_FOUND, `${path} does not exist; run "make wasm" first.`);
    }
    const memory = new WebAssembly.Memory(MEMORY_PAGES);
    const { instance } = await WebAssembly.instantiate(bytes, { env: { memory } });
    return new Packer(instance.exports, memory);
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
    return new Uint8Array(this.memory.buffer, pointer, bytes).slice();
  }

  check(status, name) {
    if (status === PERCEPT_OK) return;
    if (status === PERCEPT_NOT_FINITE) {
      throw new ConvertError(NOT_FINITE, `${name} holds a number that is not finite or too large for a half float; `
        + 'convert with --outtype f32 if the weights are sound.');
    }
    throw new ConvertError(UNSUPPORTED, `${name} cannot be packed (status ${status}); its sizes are out of range.`);
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
   * @param {Float32Array} weights [out, in]
   * @param {Float32Array | null} smooth [in]
   * @returns {{codes: Uint8Array, scales: Uint8Array, sums: Uint8Array, restored: Float32Array}} the bytes of the three
   *   tensors, and the weights that they stand for, [out, in]; `restored` holds until the next call
   */
  q8(name, weights, smooth, out, inputs, blocks) {
    this.exports.pack_reset();
    const rows = roundUp(out, PANEL);
    const sizes = { codes: rows * blocks * blockInputs(inputs, blocks), scales: rows * blocks * 4, sums: rows * blocks * 4 };
    const source = this.place(weights);
    const factors = smooth ? this.place(smooth) : 0;
    const codes = this.reserve(sizes.codes);
    const scales = this.reserve(sizes.scales);
    const sums = this.reserve(sizes.sums);
    this.check(this.exports.pack_q8(source, factors, out, inputs, blocks, codes, scales, sums), name);
    return this.unpacked({ codes, scales, sums }, sizes, source, factors, out, inputs, blocks, name);
  }

  /** The bytes of q8's tensors, and the weights that they stand for, which overwrite the source. */
  unpacked(pointers, sizes, source, factors, out, inputs, blocks, name) {
    const { codes, scales } = pointers;
    const packed = Object.fromEntries(Object.keys(pointers).map((part) => [part, this.take(pointers[part], sizes[part])]));
    this.check(this.exports.unpack_q8(codes, scales, factors, out, inputs, blocks, source), name);
    return { ...packed, restored: new Float32Array(this.memory.buffer, source, out * inputs) };
  }

  /**
   * A patch embedding, a group for each colour, rounded for pictures whose neighbouring pixels are alike.
   * @param {Float32Array} weights [out, 3, patch, patch]
   * @param {number} correlation of neighbouring pixels, and of colours
   * @returns {object} as q8
   */
  patch(name, weights, out, patch, correlation) {
    this.exports.pack_reset();
    const [rows, inputs] = [roundUp(out, PANEL), 3 * patch * patch];
    const sizes = { codes: rows * 3 * blockInputs(inputs, 3), scales: rows * 3 * 4, sums: rows * 3 * 4 };
    const source = this.place(weights);
    const scratch = this.reserve(inputs * 4);
    const codes = this.reserve(sizes.codes);
    const scales = this.reserve(sizes.scales);
    const sums = this.reserve(sizes.sums);
    this.check(this.exports.pack_patch(source, out, patch, correlation, scratch, codes, scales, sums), name);
    return this.unpacked({ codes, scales, sums }, sizes, source, 0, out, inputs, 3, name);
  }

  /** Whether q4 can store groups of so many inputs: they come in units of 32. */
  static takesQ4(inputs, blocks) {
    return (inputs / blocks) % Q4_GROUP === 0;
  }

  /** The feedback of error-compensating rounding. @returns {number} where it lies */
  feedback(name, gram, factors, inputs) {
    const pointer = this.place(gram);
    const scratch = this.reserve(2 * PANEL * inputs * 4);
    this.check(this.exports.pack_factor(pointer, factors, inputs, DAMPING, scratch), name);
    return pointer;
  }

  /**
   * As q8, with `nibbles` instead of codes.
   * @param {Float32Array | null} [gram] xᵀx of what the layer reads (calibrate.mjs): errors then make up for one another
   */
  q4(name, weights, smooth, out, inputs, blocks, gram = null) {
    this.exports.pack_reset();
    const rows = roundUp(out, PANEL);
    const units = rows / PANEL * inputs / Q4_GROUP;
    const sizes = { nibbles: units * Q4_UNIT_BYTES, scales: rows * blocks * 4, sums: rows * blocks * 4 };
    const source = this.place(weights);
    const factors = smooth ? this.place(smooth) : 0;
    const feedback = gram ? this.feedback(name, gram, factors, inputs) : 0;
    const scratch = gram ? this.reserve(4 * (out * (inputs + Q4_GROUP) + PANEL * inputs)) : 0;
    const nibbles = this.reserve(sizes.nibbles);
    const scales = this.reserve(sizes.scales);
    const sums = this.reserve(sizes.sums);
    this.check(this.exports.pack_q4(source, factors, feedback, out, inputs, blocks, scratch, nibbles, scales, sums), name);
    const codes = this.reserve(rows * inputs);
    this.exports.tower_expand_q4(nibbles, codes, units);
    const packed = this.unpacked({ codes, scales, sums }, { ...sizes, codes: 0 }, source, factors, out, inputs, blocks, name);
    return { ...packed, nibbles: this.take(nibbles, sizes.nibbles) };
  }
}
