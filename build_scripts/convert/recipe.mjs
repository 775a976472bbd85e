/**
 * The recipe: what becomes a model, and what its numbers mean. weights/README.md describes every word.
 *
 * Reading it needs no checkpoint. What depends on one (the image size, mean and std, the head's outputs)
 * is completed and checked in preprocess.mjs and task.mjs.
 */
import { dirname, resolve } from 'node:path';
import { readJson } from './files.mjs';
import { LAYOUT_IDS } from './layouts.mjs';
import { PICTURE_LIMITS, TOWER_LIMITS } from './limits.mjs';
import {
  boolean, dictionary, integer, list, localized, number, oneOf, record, refuse, text, tuple,
} from './recipe-words.mjs';

const MAX_VIEWS = PICTURE_LIMITS.views;
const MAX_SIDE = PICTURE_LIMITS.side;
/** The linear layers and what stands between them. */
const MAX_HEAD_WORDS = 2 * TOWER_LIMITS.headLayers - 1;

/** What `head.layers` may say between two linear layers. */
export const HEAD_ACTIVATIONS = ['relu', 'gelu'];

const about = dictionary(
  (value, path) => (typeof value === 'string' ? text()(value, path) : localized(value, path)),
  /^[a-z][a-z0-9_]{0,40}$/,
  'topic in small letters',
);

/** Hugging Face's vision_config, or the part of it that the files do not tell; config.mjs reads its words. */
function visionConfig(value, path) {
  const read = dictionary((item) => item, /^[a-z_0-9]{1,60}$/, 'word of a vision_config');
  const known = record(Object.fromEntries([
    'hidden_size', 'num_hidden_layers', 'num_attention_heads', 'intermediate_size', 'patch_size', 'image_size',
    'projection_dim', 'hidden_act', 'layer_norm_eps', 'num_channels', 'attention_dropout', 'dropout', 'model_type',
    'initializer_factor', 'initializer_range', 'torch_dtype', 'dtype', 'transformers_version',
  ].map((word) => [word, { read: (item) => item }])));
  return known(read(value, path), path);
}

const base = record({
  path: { read: text(), required: true },
  layout: { read: oneOf(...LAYOUT_IDS) },
  config: { read: visionConfig, default: {} },
});

const adapter = record({
  path: { read: text(), required: true },
  alpha: { read: number(1e-6, 1e6) },
});

const head = record({
  path: { read: text(), required: true },
  layers: { read: list((value, path) => (value === '' ? value : text(200)(value, path)), MAX_HEAD_WORDS) },
});

const interpolation = { read: oneOf('bilinear', 'bicubic'), default: 'bicubic' };
const side = integer(1, MAX_SIDE);

function resize(value, path) {
  const byShorter = record({ shorter: { read: side, required: true }, interpolation });
  const exact = record({ height: { read: side, required: true }, width: { read: side, required: true }, interpolation });
  const words = record({ shorter: { read: side }, height: { read: side }, width: { read: side }, interpolation });
  const { shorter } = words(value, path);
  return shorter === undefined ? exact(value, path) : byShorter(value, path);
}

function grid(value, path) {
  const [rows, columns] = tuple(integer(1, MAX_VIEWS), 2)(value, path);
  if (rows * columns > MAX_VIEWS) throw refuse(path, `asks for ${rows * columns} views; at most ${MAX_VIEWS} are computed.`);
  return [rows, columns];
}

function views(value, path) {
  const words = record({ center: { read: side }, grid: { read: grid }, size: { read: side } });
  const { center } = words(value, path);
  if (center !== undefined) return record({ center: { read: side } })(value, path);
  return record({ grid: { read: grid, required: true }, size: { read: side, required: true } })(value, path);
}

const preprocess = record({
  resize: { read: resize },
  views: { read: views },
  mean: { read: tuple(number(-10, 10), 3) },
  std: { read: tuple(number(1e-6, 10), 3) },
  orientation: { read: oneOf('apply', 'ignore'), default: 'apply' },
});

const bandWords = record({ upTo: { read: number() }, label: { read: localized, required: true } });

/** Words for ranges of a score: ascending, and only the last one may be open. */
function bands(value, path) {
  const read = list(bandWords, 32)(value, path);
  read.forEach((band, index) => {
    if (band.upTo === undefined && index < read.length - 1) throw refuse(`${path}[${index}]`, 'lacks the word "upTo".');
    if (index > 0 && band.upTo <= read[index - 1].upTo) {
      throw refuse(`${path}[${index}].upTo`, 'must be above the one before it.');
    }
  });
  return read;
}

function range(value, path) {
  const read = tuple(number(), 2)(value, path);
  if (read[0] === read[1]) throw refuse(path, 'must be two different numbers.');
  return read;
}

const OUTPUTS = {
  score: record({
    kind: { read: oneOf('score') },
    from: { read: range, default: [0, 1] },
    to: { read: range, default: [0, 1] },
    clamp: { read: boolean, default: false },
    bands: { read: bands },
  }),
  classes: record({
    kind: { read: oneOf('classes') },
    labels: { read: list(text(200), TOWER_LIMITS.outputs), required: true },
  }),
  embedding: record({ kind: { read: oneOf('embedding') } }),
};

function output(value, path) {
  const kind = oneOf(...Object.keys(OUTPUTS))(value?.kind, `${path}.kind`);
  const read = OUTPUTS[kind](value, path);
  if (read.labels && new Set(read.labels).size < read.labels.length) throw refuse(`${path}.labels`, 'names a label twice.');
  return read;
}

function taskId(value, path) {
  if (typeof value !== 'string' || !/^[A-Za-z0-9][A-Za-z0-9_-]{0,63}$/.test(value)) {
    throw refuse(path, 'must be 1 to 64 letters, digits, - or _, and begin with a letter or digit.');
  }
  if (value in Object.prototype) throw refuse(path, `'${value}' is a name that every object has; choose another.`);
  return value;
}

const taskWords = record({
  id: { read: taskId, required: true },
  title: { read: localized },
  about: { read: about },
  license: { read: text() },
  adapter: { read: adapter },
  head: { read: head },
  normalize: { read: boolean, default: false },
  preprocess: { read: preprocess, default: { orientation: 'apply' } },
  output: { read: output },
});

function task(value, path) {
  const read = { title: { en: value?.id }, ...taskWords(value, path) };
  read.output ??= read.head ? OUTPUTS.score({ kind: 'score' }, `${path}.output`) : { kind: 'embedding' };
  if (read.head && read.output.kind === 'embedding') {
    throw refuse(`${path}.output.kind`, 'is "embedding", which is for tasks without a head; remove one of the two.');
  }
  if (!read.head && read.output.kind !== 'embedding') {
    throw refuse(path, `lacks the word "head", which an output of the kind "${read.output.kind}" needs.`);
  }
  return read;
}

function tasks(value, path) {
  const read = list(task, TOWER_LIMITS.tasks)(value, path);
  const seen = new Set();
  read.forEach(({ id }, index) => {
    if (seen.has(id)) throw refuse(`${path}[${index}].id`, `is ${JSON.stringify(id)}, as an earlier task's; ids must differ.`);
    seen.add(id);
  });
  return read;
}

/** Plain http only to this machine: for tests, and for mirrors behind a tunnel. */
function url(value, path) {
  const parsed = URL.canParse(value) ? new URL(value) : null;
  const isLocal = ['127.0.0.1', '[::1]', 'localhost'].includes(parsed?.hostname);
  const isAllowed = parsed?.protocol === 'https:' || (parsed?.protocol === 'http:' && isLocal);
  if (!isAllowed) throw refuse(path, 'must be an https address.');
  return value;
}

function sha256(value, path) {
  if (!/^[0-9a-f]{64}$/.test(value)) throw refuse(path, 'must be a SHA-256 of 64 small hexadecimal digits.');
  return value;
}

const download = record({
  path: { read: text(), required: true },
  url: { read: url, required: true },
  bytes: { read: integer(1, Number.MAX_SAFE_INTEGER) },
  sha256: { read: sha256 },
});

const recipeWords = record({
  name: { read: text(100), required: true },
  license: { read: text(), default: 'none stated' },
  about: { read: about },
  downloads: { read: list(download, 64) },
  base: { read: base, required: true },
  tasks: { read: tasks, required: true },
});

/**
 * @param {unknown} value the parsed JSON
 * @returns {object} the recipe with its defaults filled in
 */
export function checkRecipe(value) {
  return recipeWords(value, '');
}

/**
 * @param {string} path
 * @returns {Promise<object>} the checked recipe; the paths inside it are absolute
 */
export async function readRecipe(path) {
  const recipe = checkRecipe(await readJson(path));
  const folder = dirname(resolve(path));
  recipe.base.path = resolve(folder, recipe.base.path);
  for (const file of recipe.downloads ?? []) file.path = resolve(folder, file.path);
  for (const { adapter: lora, head: layers } of recipe.tasks) {
    if (lora) lora.path = resolve(folder, lora.path);
    if (layers) layers.path = resolve(folder, layers.path);
  }
  return recipe;
}
