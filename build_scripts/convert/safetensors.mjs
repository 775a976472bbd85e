/**
 * Reader for safetensors, the file of tensors:
 *
 *   8 bytes   the header's length, an unsigned little-endian integer
 *   header    JSON: {"name": {"dtype", "shape", "data_offsets": [begin, end]}, …, "__metadata__": {…}}
 *   data      the tensors' elements; offsets count from here
 *
 * Nothing in the header is believed: each tensor's type times shape must give its bytes, and together they
 * must cover the data from its first byte to the file's last one, without holes or overlaps.
 */
import { ConvertError, BAD_FILE, MISSING_TENSOR } from './errors.mjs';
import { parseJson } from './files.mjs';
import { ELEMENT_BYTES, checkWeightType, elementCount, toFloat32 } from './floats.mjs';
import { isCount } from './json-values.mjs';

/** The format's own cap on a header. */
const HEADER_LIMIT = 100_000_000;

const MAX_RANK = 8;

function bad(path, what) {
  return new ConvertError(BAD_FILE, `${path} is not a sound safetensors file: ${what}; download or save it again.`);
}

/** Where a string ends that begins at `start`. One pattern for whole strings would go on a stack, character by character. */
function stringEnd(text, start) {
  const next = /["\\]/g;
  next.lastIndex = start + 1;
  let found = next.exec(text);
  while (found[0] === '\\') {
    next.lastIndex = found.index + 2;
    found = next.exec(text);
  }
  return found.index + 1;
}

/**
 * JSON.parse keeps the last of two equal keys without a word, so the header's text is searched for them.
 * A name can hold any character, so strings are skipped one by one; depth 1 holds the tensors' names.
 * @param {string} text valid JSON
 */
function findDuplicateName(text) {
  const seen = new Set();
  const tokens = /["{}[\]]/g;
  const colon = /\s*:/y;
  let depth = 0;
  for (let token = tokens.exec(text); token; token = tokens.exec(text)) {
    if ('{['.includes(token[0])) depth += 1;
    else if ('}]'.includes(token[0])) depth -= 1;
    else {
      const end = stringEnd(text, token.index);
      tokens.lastIndex = end;
      colon.lastIndex = end;
      if (depth !== 1 || !colon.test(text)) continue;
      const name = JSON.parse(text.slice(token.index, end));
      if (seen.has(name)) return name;
      seen.add(name);
    }
  }
  return null;
}

function checkEntry(path, name, entry) {
  const label = JSON.stringify(name);
  if (entry === null || typeof entry !== 'object') throw bad(path, `${label} is not described by an object`);
  const { dtype, shape, data_offsets: offsets } = entry;
  if (!Object.hasOwn(ELEMENT_BYTES, dtype)) throw bad(path, `${label} has the unknown type ${JSON.stringify(dtype)}`);
  if (!Array.isArray(shape) || shape.length > MAX_RANK || !shape.every(isCount)) {
    throw bad(path, `${label} has no usable shape`);
  }
  if (!Array.isArray(offsets) || offsets.length !== 2 || !offsets.every(isCount)) {
    throw bad(path, `${label} has no usable data_offsets`);
  }
  const bytes = elementCount(shape) * ELEMENT_BYTES[dtype];
  if (!Number.isSafeInteger(bytes) || offsets[1] - offsets[0] !== bytes) {
    throw bad(path, `${label} is ${dtype} [${shape}], ${bytes} bytes, but its data has ${offsets[1] - offsets[0]}`);
  }
  return { dtype, shape, begin: offsets[0], end: offsets[1] };
}

/** Sorted by where they begin, tensors must follow one another exactly, up to the end of the data. */
function checkCover(path, tensors, dataBytes) {
  const ordered = [...tensors].sort(([, a], [, b]) => a.begin - b.begin || a.end - b.end);
  let end = 0;
  for (const [name, tensor] of ordered) {
    if (tensor.begin < end) throw bad(path, `${JSON.stringify(name)} overlaps the tensor before it`);
    if (tensor.begin > end) throw bad(path, `there is a hole before ${JSON.stringify(name)}`);
    end = tensor.end;
  }
  if (end > dataBytes) throw bad(path, `the header promises ${end} bytes of data, but the file holds ${dataBytes}`);
  if (end < dataBytes) throw bad(path, `${dataBytes - end} bytes follow the last tensor`);
}

async function readHeader(file) {
  const { path } = file;
  if (file.size < 8) throw bad(path, `it has only ${file.size} bytes`);
  const length = Number(new DataView((await file.read(0, 8)).buffer).getBigUint64(0, true));
  if (length > HEADER_LIMIT) throw bad(path, `its header claims ${length} bytes, above the limit of ${HEADER_LIMIT}`);
  if (length < 2 || 8 + length > file.size) throw bad(path, `its header claims ${length} bytes of ${file.size}`);
  const bytes = await file.read(8, length);
  const header = parseJson(bytes, `${path}: the header`);
  if (header === null || typeof header !== 'object' || Array.isArray(header)) throw bad(path, 'its header is no object');
  const duplicate = findDuplicateName(new TextDecoder().decode(bytes));
  if (duplicate !== null) throw bad(path, `the header names ${JSON.stringify(duplicate)} twice`);
  return { header, dataStart: 8 + length };
}

/** One safetensors file as a checkpoint: names, types and shapes now, elements one tensor at a time. */
export class SafetensorsFile {
  constructor(file, tensors, dataStart) {
    this.file = file;
    this.label = file.path;
    this.format = 'safetensors';
    /** @type {Map<string, {dtype: string, shape: number[]}>} */
    this.tensors = tensors;
    this.dataStart = dataStart;
  }

  /** @param {import('./files.mjs').RandomAccessFile} file */
  static async parse(file) {
    const { header, dataStart } = await readHeader(file);
    const tensors = new Map();
    for (const [name, entry] of Object.entries(header)) {
      if (name !== '__metadata__') tensors.set(name, checkEntry(file.path, name, entry));
    }
    checkCover(file.path, tensors, file.size - dataStart);
    return new SafetensorsFile(file, tensors, dataStart);
  }

  /**
   * @param {string} name
   * @returns {Promise<Float32Array>} row-major
   */
  async read(name) {
    const tensor = this.tensors.get(name);
    if (!tensor) throw new ConvertError(MISSING_TENSOR, `${this.label} has no tensor ${name}.`);
    checkWeightType(tensor, name, this.label);
    return toFloat32(tensor.dtype, await this.file.read(this.dataStart + tensor.begin, tensor.end - tensor.begin));
  }

  async close() {
    await this.file.close();
  }
}
