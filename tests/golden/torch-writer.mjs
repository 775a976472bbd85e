/**
 * Writes a state dict as torch.save does: a zip of stored entries, `archive/data.pkl` and one storage for each
 * tensor. For seeded files of full size, one tensor in memory at a time; files below 4 GB only.
 */
import { open } from 'node:fs/promises';
import { crc32 } from 'node:zlib';

const FOLDER = 'archive';
const VERSION = 20;

function bytes(...parts) {
  return Buffer.concat(parts.map((part) => (typeof part === 'string' ? Buffer.from(part, 'latin1') : Buffer.from(part))));
}

function uint(value, length) {
  const buffer = Buffer.alloc(length);
  buffer.writeUIntLE(value, 0, length);
  return buffer;
}

const text = (value) => bytes('X', uint(Buffer.byteLength(value), 4), value);
const integer = (value) => bytes('J', uint(value, 4));
const tuple = (...items) => bytes('(', ...items, 't');

/** _rebuild_tensor_v2(storage, offset, size, stride, requires_grad, backward hooks) */
function pickleTensor(shape, key) {
  const count = shape.reduce((product, side) => product * side, 1);
  const strides = shape.map((_, axis) => shape.slice(axis + 1).reduce((product, side) => product * side, 1));
  const storage = bytes(tuple(text('storage'), 'ctorch\nFloatStorage\n', text(String(key)), text('cpu'), integer(count)), 'Q');
  const lists = [shape, strides].map((list) => tuple(...list.map(integer)));
  return bytes('ctorch._utils\n_rebuild_tensor_v2\n', tuple(storage, integer(0), ...lists, '\x89', 'ccollections\nOrderedDict\n)R'), 'R');
}

function pickleStateDict(tensors) {
  const items = tensors.map(({ name, shape }, index) => bytes(text(name), pickleTensor(shape, index)));
  return bytes('\x80\x02', 'ccollections\nOrderedDict\n)R', '(', ...items, 'u.');
}

class ZipWriter {
  constructor(handle) {
    this.handle = handle;
    this.offset = 0;
    this.entries = [];
  }

  async write(buffer) {
    await this.handle.writeFile(buffer);
    this.offset += buffer.length;
  }

  async add(name, data) {
    const path = `${FOLDER}/${name}`;
    const common = bytes(uint(VERSION, 2), Buffer.alloc(8), uint(crc32(data), 4), uint(data.length, 4), uint(data.length, 4), uint(path.length, 2));
    this.entries.push(bytes('PK\x01\x02', uint(VERSION, 2), common, Buffer.alloc(12), uint(this.offset, 4), path));
    await this.write(bytes('PK\x03\x04', common, uint(0, 2), path));
    await this.write(data);
  }

  async finish() {
    const start = this.offset;
    for (const entry of this.entries) await this.write(entry);
    const count = uint(this.entries.length, 2);
    await this.write(bytes('PK\x05\x06', Buffer.alloc(4), count, count, uint(this.offset - start, 4), uint(start, 4), uint(0, 2)));
  }
}

/**
 * @param {string} path
 * @param {{name: string, shape: number[], make: () => Float32Array}[]} tensors
 */
export async function writeTorchFile(path, tensors) {
  const handle = await open(path, 'w');
  try {
    const zip = new ZipWriter(handle);
    await zip.add('data.pkl', pickleStateDict(tensors));
    for (const [index, { make }] of tensors.entries()) await zip.add(`data/${index}`, new Uint8Array(make().buffer));
    await zip.add('version', Buffer.from('3\n'));
    await zip.finish();
  } finally {
    await handle.close();
  }
}

/**
 * The tensors of a PerceptCLIP file: transformers' vision model inside PEFT, the projection, the head.
 * @param {{name: string, shape: number[], make: () => Float32Array}[]} tower
 * @param {{name: string, shape: number[], make: () => Float32Array}[]} adapter on q_proj, k_proj and v_proj
 * @param {{name: string, shape: number[], make: () => Float32Array}[]} head
 */
export function perceptClipTensors(tower, adapter, head) {
  const prefix = 'model.base_model.model.';
  const rename = (name) => (name === 'visual_projection.weight' ? 'proj.weight'
    : prefix + name.replace('vision_model.', '').replace(/\.([qkv]_proj)\./, '.$1.base_layer.'));
  return [
    ...tower.map((tensor) => ({ ...tensor, name: rename(tensor.name) })),
    ...adapter.map((tensor) => ({ ...tensor, name: tensor.name.replace('base_model.model.vision_model.', prefix).replace(/\.weight$/, '.default.weight') })),
    ...head.map((tensor) => ({ ...tensor, name: `mlp.${tensor.name}` })),
  ];
}
