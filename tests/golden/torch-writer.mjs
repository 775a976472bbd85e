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

/** An object of TorchScript's: a dictionary of its tensors and modules. */
function pickleModule(children) {
  const items = [...children].map(([name, child]) => bytes(text(name), child instanceof Map ? pickleModule(child) : child));
  return bytes('c__torch__\nModule\n', ')\x81', '}', '(', ...items, 'u', 'b');
}

function pickleScript(tensors) {
  const root = new Map();
  for (const [index, { name, shape }] of tensors.entries()) {
    const path = name.split('.');
    const last = path.pop();
    const module = path.reduce((parent, part) => parent.get(part) ?? parent.set(part, new Map()).get(part), root);
    module.set(last, pickleTensor(shape, index));
  }
  return bytes('\x80\x02', pickleModule(root), '.');
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

async function writeArchive(path, pickle, tensors, others) {
  const handle = await open(path, 'w');
  try {
    const zip = new ZipWriter(handle);
    await zip.add('data.pkl', pickle);
    for (const [index, { make }] of tensors.entries()) await zip.add(`data/${index}`, new Uint8Array(make().buffer));
    for (const [name, content] of Object.entries({ ...others, version: '3\n' })) await zip.add(name, Buffer.from(content, 'latin1'));
    await zip.finish();
  } finally {
    await handle.close();
  }
}

/**
 * @param {string} path
 * @param {{name: string, shape: number[], make: () => Float32Array}[]} tensors
 */
export async function writeTorchFile(path, tensors) {
  await writeArchive(path, pickleStateDict(tensors), tensors, {});
}

/** The same as torch.jit.save does it, a module for each part of a name. */
export async function writeScriptFile(path, tensors) {
  await writeArchive(path, pickleScript(tensors), tensors, { 'constants.pkl': '\x80\x02).' });
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

const OPENAI_NAMES = [
  [/^vision_model\.encoder\.layers\./, 'transformer.resblocks.'], [/^vision_model\.(embeddings\.)?/, ''], [/^patch_embedding/, 'conv1'],
  [/^position_embedding\.weight/, 'positional_embedding'], ['pre_layrnorm', 'ln_pre'], ['post_layernorm', 'ln_post'], ['layer_norm', 'ln_'],
  ['self_attn.out_proj', 'attn.out_proj'], ['mlp.fc1', 'mlp.c_fc'], ['mlp.fc2', 'mlp.c_proj'],
];

/** Parts of one row-major matrix or vector, below one another. */
function stack(parts) {
  const all = new Float32Array(parts.reduce((sum, part) => sum + part.length, 0));
  parts.reduce((start, part) => { all.set(part, start); return start + part.length; }, 0);
  return all;
}

/**
 * A seeded tower in OpenAI's names, below `visual.`: query, key and value packed, the projection transposed.
 * @param {{name: string, shape: number[], make: () => Float32Array}[]} tower in transformers' names
 */
export function openAiTensors(tower) {
  const byName = new Map(tower.map((tensor) => [tensor.name, tensor]));
  const rename = (name) => OPENAI_NAMES.reduce((left, [from, to]) => left.replace(from, to), name);
  return tower.flatMap(({ name, shape, make }) => {
    if (/self_attn\.[kv]_proj/.test(name)) return [];
    if (name === 'visual_projection.weight') {
      const [out, inputs] = shape;
      const transposed = () => { const w = make(); return Float32Array.from({ length: w.length }, (_, i) => w[(i % out) * inputs + Math.floor(i / out)]); };
      return [{ name: 'visual.proj', shape: [inputs, out], make: transposed }];
    }
    if (!name.includes('q_proj')) return [{ name: `visual.${rename(name)}`, shape, make }];
    const sides = ['q', 'k', 'v'].map((side) => byName.get(name.replace('q_proj', `${side}_proj`)));
    const packed = rename(name).replace(/self_attn\.q_proj\./, 'attn.in_proj_');
    return [{ name: `visual.${packed}`, shape: [3 * shape[0], ...shape.slice(1)], make: () => stack(sides.map((side) => side.make())) }];
  });
}
