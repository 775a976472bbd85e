/** The header of a safetensors file, with every offset, product and overlap checked. */
import { PerceptError } from '../errors.js';
import { parseJson } from './json.js';

/** @import {DataType, Tensor} from './types.d.ts' */
/** @typedef {(problem: string) => never} Fail */

const BYTES = { F32: 4, F16: 2, U8: 1, I32: 4 };
const MOST_DIMENSIONS = 8;
/** Before the header: its length, as an unsigned 64-bit little-endian number. */
const PREFIX = 8;
/** With its length. */
const MOST_HEADER_BYTES = 2 ** 20;

/**
 * @param {Uint8Array} start the file's first bytes, which must hold the whole header, within the first MiB
 * @param {number} fileBytes the file's size
 * @param {string} file its name, for errors
 * @returns {{dataStart: number, tensors: Tensor[], metadata: unknown}}
 *   tensors in the order in which they lie in the file, begin and end counted from dataStart; metadata unchecked
 */
export function parseHeader(start, fileBytes, file) {
  /** @type {Fail} */
  const fail = (problem) => {
    throw new PerceptError('weights-invalid', `${file} is not a usable safetensors file: ${problem}.`);
  };
  if (start.length < PREFIX) fail('it is too short');
  const length = new DataView(start.buffer, start.byteOffset).getBigUint64(0, true);
  if (length > BigInt(Math.min(start.length, MOST_HEADER_BYTES) - PREFIX)) fail('its header is too long');
  const dataStart = PREFIX + Number(length);
  if (dataStart % 8 !== 0) fail('its data is not aligned to 8 bytes');
  const header = readHeader(start.subarray(PREFIX, dataStart), fail);
  const tensors = Object.entries(header)
    .filter(([name]) => name !== '__metadata__')
    .map(([name, entry]) => readEntry(name, entry, fail))
    .sort((a, b) => a.begin - b.begin || a.end - b.end);
  checkCover(tensors, fileBytes - dataStart, fail);
  return { dataStart, tensors, metadata: /** @type {Record<string, unknown>} */ (header).__metadata__ };
}

/** @param {Uint8Array} bytes @param {Fail} fail @returns {object} */
function readHeader(bytes, fail) {
  let header;
  try {
    header = parseJson(new TextDecoder('utf-8', { fatal: true }).decode(bytes));
  } catch {
    fail('its header is not JSON');
  }
  if (header === null || typeof header !== 'object' || Array.isArray(header)) fail('its header is not an object');
  return header;
}

/** @param {string} name @param {unknown} entry @param {Fail} fail @returns {Tensor} */
function readEntry(name, entry, fail) {
  const { dtype, shape, data_offsets: offsets } = /** @type {{dtype: DataType, shape: number[], data_offsets: number[]}} */ (entry ?? {});
  const isCount = (/** @type {unknown} */ value) => Number.isSafeInteger(value) && Number(value) >= 0;
  if (!Object.hasOwn(BYTES, dtype)) fail(`tensor ${name} has type ${dtype}, not F32, F16, U8 or I32`);
  if (!Array.isArray(shape) || shape.length > MOST_DIMENSIONS || !shape.every(isCount)) fail(`tensor ${name} has no proper shape`);
  if (!Array.isArray(offsets) || offsets.length !== 2 || !offsets.every(isCount)) fail(`tensor ${name} has no proper offsets`);
  const [begin, end] = offsets;
  const bytes = shape.reduce((product, size) => product * size, BYTES[dtype]);
  if (end - begin !== bytes) fail(`tensor ${name} has ${end - begin} bytes where its shape asks for ${bytes}`);
  if (begin % BYTES[dtype] !== 0) fail(`tensor ${name} is not aligned`);
  return { name, dtype, shape, begin, end };
}

/**
 * Tensors follow one another from the first byte of the data to the last.
 * @param {Tensor[]} tensors @param {number} dataBytes @param {Fail} fail
 */
function checkCover(tensors, dataBytes, fail) {
  let at = 0;
  for (const { name, begin, end } of tensors) {
    if (begin !== at) fail(`tensor ${name} ${begin < at ? 'overlaps another' : 'leaves a hole before it'}`);
    at = end;
  }
  if (at !== dataBytes) fail(`its tensors end at byte ${at} of ${dataBytes}`);
}
