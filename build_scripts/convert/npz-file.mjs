/** Reader for numpy's .npz, a zip of .npy files: for heads. The format is described in numpy.lib.format. */
import { ConvertError, BAD_FILE, MISSING_TENSOR, UNSUPPORTED } from './errors.mjs';
import { ELEMENT_BYTES, elementCount, toFloat32 } from './floats.mjs';
import { transpose } from './tower.mjs';

/** Heads are small. Bytes of all arrays together, which stay in memory. */
const ARCHIVE_LIMIT = 1 << 30;

const MAGIC = '\x93NUMPY';
const DTYPES = { '<f4': 'F32', '<f2': 'F16' };

/** The header is a Python dictionary in a fixed form; anything else than these three members is refused. */
const HEADER = /^\{'descr': '([^']{1,16})', 'fortran_order': (True|False), 'shape': \(([\d, ]*)\), \}\s*$/;

function bad(label, name, what) {
  return new ConvertError(BAD_FILE, `${label}: ${name}.npy ${what}; save the file again with numpy.savez.`);
}

function parseArray(bytes, label, name) {
  const data = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  if (bytes.length < 12 || String.fromCharCode(...bytes.subarray(0, 6)) !== MAGIC) throw bad(label, name, 'is no array');
  const isFirstVersion = bytes[6] === 1;
  const start = isFirstVersion ? 10 : 12;
  const length = isFirstVersion ? data.getUint16(8, true) : data.getUint32(8, true);
  if (start + length > bytes.length) throw bad(label, name, 'is cut short');
  const match = HEADER.exec(new TextDecoder('latin1').decode(bytes.subarray(start, start + length)));
  if (!match) throw bad(label, name, 'has a header that is not understood');
  const [, descr, fortran, sides] = match;
  if (!Object.hasOwn(DTYPES, descr)) {
    throw new ConvertError(UNSUPPORTED, `${label}: ${name} has the type ${descr}; save it as float32 (array.astype("<f4")).`);
  }
  const shape = sides.split(',').map((side) => side.trim()).filter(Boolean).map(Number);
  const body = bytes.slice(start + length);
  if (body.length !== elementCount(shape) * ELEMENT_BYTES[DTYPES[descr]]) {
    throw bad(label, name, 'has a shape that is not its size');
  }
  const isColumnMajor = fortran === 'True' && shape.length > 1;
  if (isColumnMajor && shape.length !== 2) throw bad(label, name, 'is column-major with more than two sides');
  return { dtype: DTYPES[descr], shape, body, isColumnMajor };
}

export class NpzFile {
  constructor(archive, tensors) {
    this.archive = archive;
    this.label = archive.file.path;
    this.format = 'numpy .npz';
    /** @type {Map<string, {dtype: string, shape: number[]}>} */
    this.tensors = tensors;
  }

  /** @param {import('./zip.mjs').ZipArchive} archive */
  static async parse(archive) {
    const tensors = new Map();
    let left = ARCHIVE_LIMIT;
    for (const entry of archive.entries.keys()) {
      if (!entry.endsWith('.npy')) throw new ConvertError(BAD_FILE, `${archive.file.path} holds ${entry}, which is no array.`);
      const name = entry.slice(0, -'.npy'.length);
      const bytes = await archive.readAll(entry, left);
      left -= bytes.length;
      tensors.set(name, parseArray(bytes, archive.file.path, name));
    }
    return new NpzFile(archive, tensors);
  }

  /** @param {string} name */
  async read(name) {
    const tensor = this.tensors.get(name);
    if (!tensor) throw new ConvertError(MISSING_TENSOR, `${this.label} has no array ${name}.`);
    const floats = toFloat32(tensor.dtype, tensor.body);
    return tensor.isColumnMajor ? transpose(floats, tensor.shape[1], tensor.shape[0]) : floats;
  }

  async close() {
    await this.archive.file.close();
  }
}
