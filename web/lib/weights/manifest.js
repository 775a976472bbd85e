/** model.json, checked so strictly that nothing after this asks again. */
import { array, boolean, dictionary, fail, finite, integer, localized, matching, object, oneOf, optional, refusing, text } from '../check.js';
import { PerceptError } from '../errors.js';
import { checkHead, checkOutput } from '../kinds.js';

/** @import {Check, MemberCheck} from '../check.js' */
/** @import {Manifest, Shard} from './types.d.ts' */

/** Every piece of a shard has its own SHA-256; the last one is shorter. */
export const PIECE_BYTES = 1 << 20;
const VERSION = 1;

// ---- what recipes have in the same words ----

export const isSha256 = matching(/^[0-9a-f]{64}$/, 'a SHA-256 of 64 small hexadecimal digits');

export const taskId = matching(/^[A-Za-z0-9][A-Za-z0-9_-]{0,63}$/, '1 to 64 letters, digits, - or _, and begin with a letter or digit');

/** What people should know, by topic. */
export const about = dictionary(/^[a-z][a-z0-9_]{0,40}$/, 'topic in small letters', (value, at) => (typeof value === 'string' ? text : localized)(value, at));

/** What a resized picture's size is told by. @param {any} value @returns {Record<string, MemberCheck>} */
function resizedTo(value) {
  const side = integer(1, 16384);
  if (value?.shorter !== undefined) return { shorter: side };
  return value?.longer !== undefined ? { longer: side } : { height: side, width: side };
}

/** @type {Check} */
export function resize(value, at) {
  object(value, at, { ...resizedTo(value), interpolation: oneOf('bilinear', 'bicubic', 'nearest', 'lanczos') });
}

/** Rows and columns. */
const grid = array(2, 2, integer(1, 64));

/** @type {Check} */
export function views(value, at) {
  object(value, at, value?.center !== undefined
    ? { center: integer(1, 4096), rounding: optional(oneOf('down')), pad: optional(integer(0, 255)) }
    : { grid, size: integer(1, 4096), edges: optional(oneOf(true)) });
}

/** @type {Check} */
export function detail(value, at) {
  object(value, at, { shorter: integer(1, 16384), grid });
}

/** Results are told by these ids. @param {{id: string}[]} tasks */
export function checkIds(tasks) {
  tasks.forEach(({ id }, index) => {
    if (tasks.slice(0, index).some((earlier) => earlier.id === id)) fail(`tasks[${index}].id`, `is "${id}", as an earlier task's; ids must differ`);
    if (id in Object.prototype) fail(`tasks[${index}].id`, `'${id}' is a name that every object has; choose another`);
  });
}

// ---- what only a manifest has ----

/**
 * Returns the manifest itself, or throws 'manifest-invalid' or 'manifest-version' naming the member.
 * @param {unknown} value parsed JSON
 * @returns {Manifest}
 */
export function validateManifest(value) {
  const manifest = /** @type {Manifest} */ (value); // once it is checked
  return refusing(invalid, () => {
    if (manifest?.format !== 'percept-model') fail('format', "is not 'percept-model': this is not a Percept model");
    if (manifest.version !== VERSION) {
      throw new PerceptError('manifest-version', `The model has format version ${manifest.version}; this Percept reads version ${VERSION}. Take a newer Percept, or convert the model again.`);
    }
    object(manifest, '', MEMBERS);
    checkTasks(manifest);
    return manifest;
  });
}

/** @param {string} at @param {string} problem */
function invalid(at, problem) {
  return new PerceptError('manifest-invalid', `The model's manifest is wrong: ${at || 'model.json'} ${problem}.`);
}

/** @type {Check} */
function tower(value, at) {
  object(value, at, {
    width: integer(1, 8192),
    layers: integer(1, 128),
    heads: integer(1, 1024),
    mlp_width: integer(1, 32768),
    patch: integer(1, 1024),
    image: integer(1, 1024),
    embedding: integer(0, 8192),
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
      sha256: isSha256,
      pieces: array(1, 4096, isSha256),
    });
    if (shard.pieces.length !== Math.ceil(shard.bytes / PIECE_BYTES)) fail(`${at}.pieces`, 'does not have one hash for each MiB');
    if (!shard.file.endsWith(`-${shard.sha256.slice(0, 16)}.safetensors`)) fail(`${at}.file`, 'does not end in its hash');
  });
}

/** A task but for where its weights are. @type {Record<string, MemberCheck>} */
const TASK = {
  id: taskId,
  title: localized,
  license: optional(text),
  adapter: boolean,
  head: array(0, 16, (layer, where) => object(layer, where, {
    outputs: integer(1, 8192),
    activation: oneOf('relu', 'gelu', 'identity'),
  })),
  normalize: boolean,
  preprocess,
  output: checkOutput,
  about: optional(about),
};

/** @type {Check} */
const task = (value, at) => object(value, at, { ...TASK, shards: shards(0) });

/** @type {Check} */
function preprocess(value, at) {
  /** @type {Check} */
  const positive = (number, where) => {
    if (finite(-1e6, 1e6)(number, where) <= 0) fail(where, 'must be above 0');
  };
  object(value, at, {
    resize,
    views,
    detail: optional(detail),
    mean: array(3, 3, finite(-1e6, 1e6)),
    std: array(3, 3, positive),
    orientation: oneOf('apply', 'ignore'),
    convert: optional(oneOf('before', 'after')),
  });
}

/** How often pictures of a sort fall below the threshold. */
export const unfamiliar = array(0, 64, (value, at) => object(value, at, { name: localized, pictures: integer(1, 2 ** 31), below: finite(0, 1) }));

/** A shorter side in pixels. */
export const smallest = integer(1, 2 ** 15);

/** What tells pictures that are unlike those that the model learnt from. @type {Check} */
function familiarity(value, at) {
  object(value, at, { preprocess, threshold: finite(0, 1), smallest: optional(smallest), unfamiliar });
}

const measured = finite(-1e9, 1e9);
const decibels = dictionary(/^/, 'name', measured, 0);

/** What differs from float32 on pictures. @type {Check} */
function comparison(value, at) {
  object(value, at, {
    count: integer(1, 2 ** 31),
    cosines: array(1, 1 << 20, measured),
    lowest_cosine: measured,
    mean_cosine: measured,
    tasks: dictionary(/^/, 'task', dictionary(/^/, 'measure', measured, 0), 0),
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
    bytes: dictionary(/^/, 'part', integer(1, 2 ** 53), 0),
    stored_bytes: optional(integer(1, 2 ** 53)),
    weight_snr_db: optional(decibels),
    pictures: optional(comparison),
    compared: optional(dictionary(/^/, 'storage', otherStorage, 0)),
  });
}

/** @type {Record<string, MemberCheck>} */
const MEMBERS = {
  format: text,
  version: integer(VERSION, VERSION),
  name: text,
  license: text,
  tower,
  base: (member, at) => object(member, at, { shards: shards(1) }),
  tasks: array(1, 64, task),
  familiarity: optional(familiarity),
  about: optional(about),
  report: optional(report),
};

/** The fewest pixels that a side may have once a picture is resized. @param {Manifest['tasks'][number]['preprocess']['resize']} to */
export function smallestSide(to) {
  if ('longer' in to) return 1;
  return 'shorter' in to ? to.shorter : Math.min(to.height, to.width);
}

/** What one member alone cannot tell. @param {Manifest} manifest */
function checkTasks({ tower: { image }, tasks, familiarity: known }) {
  checkIds(tasks);
  if (known) checkFamiliar(known.preprocess, 'familiarity.preprocess', image);
  tasks.forEach(({ head, output, preprocess: seen, shards: files }, index) => {
    const at = `tasks[${index}]`;
    checkViews(seen, `${at}.preprocess`, image);
    checkHead(output, head.at(-1)?.outputs ?? 0, `${at}.output`);
    if (head.length > 0 && files.length === 0) fail(`${at}.shards`, 'are missing, but there is a head');
  });
}

/** One view is looked at. @param {Manifest['tasks'][number]['preprocess']} preprocess @param {string} at @param {number} image */
function checkFamiliar(preprocess, at, image) {
  checkViews(preprocess, at, image);
  if (viewsOf({ preprocess }) !== 1) fail(`${at}.views`, `are ${viewsOf({ preprocess })}; familiarity is that of one view`);
}

/** @param {Manifest['tasks'][number]['preprocess']} preprocess @param {string} at @param {number} image a view's side */
function checkViews({ views: seen, resize: to, detail: finer }, at, image) {
  const size = 'center' in seen ? seen.center : seen.size;
  if (size !== image) fail(`${at}.views`, `has size ${size}; the tower takes ${image}`);
  if (!('pad' in seen) && smallestSide(to) < size) fail(`${at}.resize`, 'makes pictures smaller than a view');
  if (finer) checkDetail({ detail: finer, views: seen, resize: to }, `${at}.detail`);
}

/** Detail stands behind a grid of views of the picture by its shorter side. @param {any} preprocess with detail @param {string} at detail's place */
export function checkDetail({ detail: { shorter }, views: seen, resize: to }, at) {
  if (!('shorter' in to && 'grid' in seen)) fail(at, 'is for views in a grid of a picture that is resized by its shorter side');
  if (shorter <= to.shorter) fail(`${at}.shorter`, `is ${shorter}, not above that of resize, ${to.shorter}`);
}

/** How many views a picture gives, at most: one that is small has none of detail. @param {Pick<Manifest['tasks'][number], 'preprocess'>} task */
export function viewsOf({ preprocess: { views: seen, detail: finer } }) {
  const product = (/** @type {[number, number]} */ [rows, columns]) => rows * columns;
  return 'center' in seen ? 1 : product(seen.grid) + (finer ? product(finer.grid) : 0);
}

// ---- what is taught ----

/** What a tower takes: the side of its views, and how many of one picture. @typedef {{image: number, views: number}} Takes */

/** How a lesson's pictures are looked at. @param {any} value @param {string} at @param {Takes} takes */
export function checkPreprocess(value, at, { image, views: most }) {
  preprocess(value, at);
  checkViews(value, at, image);
  if (viewsOf({ preprocess: value }) > most) fail(`${at}.views`, `are ${viewsOf({ preprocess: value })}; this model takes ${most} of a picture at most`);
  return value;
}

/** A taught task, which has no shards. @param {any} value @param {string} at @param {Takes} takes */
export function checkTaughtTask(value, at, takes) {
  object(value, at, TASK);
  if (value.id in Object.prototype) fail(`${at}.id`, `is '${value.id}', a name that every object has`);
  checkPreprocess(value.preprocess, `${at}.preprocess`, takes);
  checkHead(value.output, value.head.at(-1)?.outputs ?? 0, `${at}.output`);
  return value;
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

/** Bytes that tasks take in memory, at most. @param {Pick<Manifest['tasks'][number], 'shards'>[]} tasks */
export const bytesOfTasks = (tasks) => bytesInMemory(tasks.flatMap((each) => each.shards), 2);

/** Tasks of the tower beside the model's: sixteen traits, and one more to exchange one of them. */
export const SPARE_TASKS = 17;
/** Bytes of memory for traits, of which each head takes some ten thousand. */
const TRAIT_BYTES = 2 ** 26;

/** What the engine must know before the first byte arrives. @param {Manifest} manifest */
export function memoryNeeds({ tower: sizes, base, tasks }) {
  return {
    sizes,
    tasks: tasks.length + SPARE_TASKS,
    views: Math.max(1, ...tasks.map(viewsOf)),
    weightBytes: bytesInMemory(base.shards, GROWTH[sizes.storage]),
    laterBytes: bytesOfTasks(tasks) + TRAIT_BYTES,
  };
}
