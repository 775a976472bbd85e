/** Stored number types and their widening to float32. Files are little-endian, as is WebAssembly. */
import { endianness } from 'node:os';
import { ConvertError, UNSUPPORTED } from './errors.mjs';

if (endianness() !== 'LE') {
  throw new ConvertError(UNSUPPORTED, 'The converter runs on little-endian machines only.');
}

/** Bytes of one element, by safetensors' names. */
export const ELEMENT_BYTES = {
  BOOL: 1, U8: 1, I8: 1, F8_E4M3: 1, F8_E5M2: 1, I16: 2, U16: 2, F16: 2, BF16: 2,
  I32: 4, U32: 4, F32: 4, F64: 8, I64: 8, U64: 8,
};

/** The types that weights may have. */
const WEIGHT_TYPES = new Set(['F32', 'F16', 'BF16']);

/**
 * @param {{dtype: string}} tensor
 * @param {string} name its own
 * @param {string} label its file's
 */
export function checkWeightType({ dtype }, name, label) {
  if (WEIGHT_TYPES.has(dtype)) return;
  throw new ConvertError(UNSUPPORTED, `${name} in ${label} has the type ${dtype}; weights must be F32, F16 or BF16: save them as one of these.`);
}

/**
 * The value of an IEEE half: sign 1 bit, exponent 5 bits, fraction 10 bits.
 * @param {number} half 0..65535
 * @returns {number}
 */
export function halfToNumber(half) {
  const sign = half & 0x8000 ? -1 : 1;
  const exponent = (half >> 10) & 31;
  const fraction = half & 1023;
  if (exponent === 31) return fraction ? NaN : sign * Infinity;
  return exponent === 0 ? sign * fraction * 2 ** -24 : sign * (1024 + fraction) * 2 ** (exponent - 25);
}

let halfTable = null; /* all 65536 halves; made when the first one is widened */

function widenHalves(bytes) {
  halfTable ??= Float32Array.from({ length: 65536 }, (_, half) => halfToNumber(half));
  const halves = new Uint16Array(bytes.buffer, bytes.byteOffset, bytes.byteLength / 2);
  const floats = new Float32Array(halves.length);
  for (let i = 0; i < halves.length; i += 1) floats[i] = halfTable[halves[i]];
  return floats;
}

function widenBfloats(bytes) {
  const halves = new Uint16Array(bytes.buffer, bytes.byteOffset, bytes.byteLength / 2);
  const words = new Uint32Array(halves.length);
  for (let i = 0; i < halves.length; i += 1) words[i] = halves[i] << 16;
  return new Float32Array(words.buffer);
}

/**
 * @param {string} dtype one of those that checkWeightType lets through
 * @param {Uint8Array} bytes its elements; the array must begin at a multiple of the element's size
 * @returns {Float32Array} a view of `bytes` for F32, a new array otherwise
 */
export function toFloat32(dtype, bytes) {
  if (dtype === 'F32') return new Float32Array(bytes.buffer, bytes.byteOffset, bytes.byteLength / 4);
  if (dtype === 'F16') return widenHalves(bytes);
  return widenBfloats(bytes);
}

/**
 * @param {number[]} shape
 * @returns {number} how many elements it has
 */
export function elementCount(shape) {
  return shape.reduce((product, side) => product * side, 1);
}
