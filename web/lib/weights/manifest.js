/** model.json, checked so strictly that nothing after this asks again. */
import { array, boolean, dictionary, fail, finite, integer, literal, localized, matching, object, oneOf, optional, text } from '../check.js';
import { PerceptError } from '../errors.js';
import { checkHead, checkOutput } from '../kinds.js';

/** @import {Check} from '../check.js' */
/** @import {Manifest, Shard} from './types.d.ts' */

/** Every piece of a shard has its own SHA-256; the last one is shorter. */
export const PIECE_BYTES = 1 << 20;
const VERSION = 1;

/**
 * Returns the manifest itself, or throws 'manifest-invalid' or 'manifest-version' naming the member.
 * @param {unknown} value parsed JSON
 * @returns {Manifest}
 */
export function validateManifest(value) {
  const manifest = /** @type {Manifest} */ (value); // once it is checked
  if (manifest?.format !== 'percept-model') fail('format', "is not 'percept-model': this is not a Percept model");
  if (manifest.version !== VERSION) {
    throw new PerceptError('manifest-version', `The model has format version ${manifest.version}; this Percept reads version ${VERSION}. Take a newer Percept, or convert the model again.`);
  }
  object(manifest, 'model.json', {
    format: literal('percept-model'),
    version: literal(VERSION),
    name: text,
    license: text,
    tower,
    base: (member, at) => object(member, at, { shards: shards(1) }),
    tasks: array(1, 64, task),
    about: optional(about),
    report: optional(report),
  });
  checkTasks(manifest);
  return manifest;
}

/** @type {Check} */
function tower(value, at) {
  object(value, at, {
    width: integer(1, 1 << 16),
    layers: integer(1, 1024),
    heads: integer(1, 1024),
    mlp_width: integer(1, 1 << 18),
    patch: integer(1, 1024),
    image: integer(1, 4096),
    embedding: integer(0, 1 << 16),
    activation: oneOf('quick_gelu', 'gelu'),
    norm_epsilon: finite(Number.MIN_VALUE, 1),
    storage: oneOf('f32', 'f16', 'q8', 'q4'),
  });
  if (value.width % value.heads !== 0) fail(at, 'has a width that its heads do not divide');
  if (value.image % value.patch !== 0) fail(at, 'has an image size that its patches do not divide');
}

/** @param {number} least */
function shards(least) {
  return array(least, 4096, (shard, at) => {
    object(shard, at, {
      file: matching(/^[A-Za-z0-9][A-Za-z0-9_-]*-[0-9a-f]{16}\.safetensors$/, 'a .safetensors file named by its hash'),
      bytes: integer(9, 2 ** 31),
      sha256: hash,
      pieces: array(1, 4096, hash),
    });
    if (shard.pieces.length !== Math.ceil(shard.bytes / PIECE_BYTES)) fail(`${at}.pieces`, 'does not have one hash for each MiB');
    if (!shard.file.endsWith(`-${shard.sha256.slice(0, 16)}.safetensors`)) fail(`${at}.file`, 'does not end in its hash');
  });
}

const hash = matching(/^[0-9a-f]{64}$/, 'a SHA-256 in 64 hex digits');

/** @type {Check} */
function task(value, at) {
  object(value, at, {
    id: matching(/^[A-Za-z0-9][A-Za-z0-9_-]{0,63}$/, 'a short name of letters, digits, - and _'),
    title: localized,
    license: optional(text),
    adapter: boolean,
    shards: shards(0),
    head: array(0, 16, (layer, where) => object(layer, where, {
      outputs: integer(1, 1 << 16),
      activation: oneOf('relu', 'gelu', 'identity'),
    })),
    normalize: boolean,
    preprocess,
    output: checkOutput,
    about: optional(about),
  });
}

/** @type {Check} */
function preprocess(value, at) {
  /** @type {Check} */
  const positive = (number, where) => {
    if (finite(-1e6, 1e6)(number, where) === 0 || number < 0) fail(where, 'is not above 0');
  };
  object(value, at, {
    resize: (resize, where) => object(resize, where, {
      ...(resize?.shorter !== undefined ? { shorter: integer(1, 16384) } : { height: integer(1, 16384), width: integer(1, 16384) }),
      interpolation: oneOf('bilinear', 'bicubic'),
    }),
    views: (views, where) => object(views, where, views?.center !== undefined
      ? { center: integer(1, 4096) }
      : { grid: array(2, 2, integer(1, 64)), size: integer(1, 4096) }),
    mean: array(3, 3, finite(-1e6, 1e6)),
    std: array(3, 3, positive),
    orientation: oneOf('apply', 'ignore'),
  });
}

/** What people should know, by topic. */
const about = dictionary(/^[a-z][a-z0-9_]{0,40}$/, (value, at) => (typeof value === 'string' ? text : localized)(value, at));

const measured = finite(-1e9, 1e9);
const decibels = dictionary(/^/, measured, 0);

/** What differs from float32 on pictures. @type {Check} */
function comparison(value, at) {
  object(value, at, {
    count: integer(1, 2 ** 31),
    cosines: array(1, 1 << 20, measured),
    lowest_cosine: measured,
    mean_cosine: measured,
    tasks: dictionary(/^/, dictionary(/^/, measured, 0), 0),
  });
}

/** @type {Check} */
function otherStorage(value, at) {
  object(value, at, { stored_bytes: integer(1, 2 ** 53), weight_snr_db: optional(decibels), pictures: comparison });
}

/** What the converter measured. @type {Check} */
function report(value, at) {
  object(value, at, {
    tensors: integer(1, 2 ** 31),
    bytes: dictionary(/^/, integer(1, 2 ** 53), 0),
    stored_bytes: optional(integer(1, 2 ** 53)),
    weight_snr_db: optional(decibels),
    pictures: optional(comparison),
    compared: optional(dictionary(/^/, otherStorage, 0)),
  });
}

/** What one member alone cannot tell. @param {Manifest} manifest */
function checkTasks({ tower: sizes, tasks }) {
  const seen = new Set();
  tasks.forEach(({ id, head, output, preprocess: { views, resize }, shards: files }, at) => {
    const where = `tasks[${at}]`;
    if (seen.has(id)) fail(`${where}.id`, `'${id}' names two tasks`);
    seen.add(id);
    if (id in Object.prototype) fail(`${where}.id`, `'${id}' is a name that every object has`); // results are told by these ids
    const size = 'center' in views ? views.center : views.size;
    if (size !== sizes.image) fail(`${where}.preprocess.views`, `has size ${size}; the tower takes ${sizes.image}`);
    if (('shorter' in resize ? resize.shorter : Math.min(resize.height, resize.width)) < size) {
      fail(`${where}.preprocess.resize`, 'makes pictures smaller than a view');
    }
    checkHead(output, head.at(-1)?.outputs ?? 0, `${where}.output`);
    if (head.length > 0 && files.length === 0) fail(`${where}.shards`, 'are missing, but there is a head');
  });
}

/** Slack for what rounding each tensor up to 64 bytes may add to a shard. */
const SHARD_SLACK = 65536;

/** Bytes in memory for each byte in the file, at most: halves become floats, q4's units of 136 bytes become 256 codes. */
const GROWTH = { f32: 1, f16: 2, q8: 1, q4: 256 / 136 };

/**
 * Bytes that shards take in memory; half floats take twice what they take in the file.
 * @param {Shard[]} files @param {number} widening
 */
function bytesInMemory(files, widening) {
  return files.reduce((sum, shard) => sum + Math.ceil(shard.bytes * widening) + SHARD_SLACK, 0);
}

/** What the engine must know before the first byte arrives. @param {Manifest} manifest */
export function memoryNeeds({ tower: sizes, base, tasks }) {
  return {
    sizes,
    tasks: tasks.length,
    weightBytes: bytesInMemory(base.shards, GROWTH[sizes.storage]),
    laterBytes: bytesInMemory(tasks.flatMap((each) => each.shards), 2),
  };
}
