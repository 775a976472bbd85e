/**
 * The recipe: what becomes a model, and what its numbers mean. weights/README.md describes every word.
 *
 * Reading it needs no checkpoint. What depends on one (the image size, mean and std, the head's outputs)
 * is completed and checked in preprocess.mjs and task.mjs.
 */
import { dirname, resolve as absolute } from 'node:path';
import { array, boolean, fail, finite, integer, localized, oneOf, optional, refusing } from '../../web/lib/check.js';
import { KINDS, checkOutput } from '../../web/lib/kinds.js';
import { FORMS } from '../../web/lib/shared/kinds.js';
import { about, checkIds, detail, isSha256, resize, smallest, taskId, unfamiliar, views } from '../../web/lib/weights/manifest.js';
import { readJson } from './files.mjs';
import { LAYOUT_IDS } from './layouts.mjs';
import { PICTURE_LIMITS, TOWER_LIMITS } from './limits.mjs';
import { fill, record, refuse, text } from './recipe-words.mjs';

const MAX_VIEWS = PICTURE_LIMITS.views;
/** The linear layers and what stands between them. */
const MAX_HEAD_WORDS = 2 * TOWER_LIMITS.headLayers - 1;

/** What `head.layers` may say between two linear layers. */
export const HEAD_ACTIVATIONS = ['relu', 'gelu'];

/** Hugging Face's vision_config, or the part of it that the files do not tell; config.mjs reads its words. */
const visionConfig = record(Object.fromEntries([
  'hidden_size', 'num_hidden_layers', 'num_attention_heads', 'intermediate_size', 'patch_size', 'image_size',
  'projection_dim', 'hidden_act', 'layer_norm_eps', 'num_channels', 'attention_dropout', 'dropout', 'model_type',
  'initializer_factor', 'initializer_range', 'torch_dtype', 'dtype', 'transformers_version',
].map((word) => [word, optional((value) => value)])));

const base = record({
  path: text(),
  layout: optional(oneOf(...LAYOUT_IDS)),
  features: optional(oneOf('projected', 'pooled')),
  config: visionConfig,
}, { config: {} });

const adapter = record({ path: text(), alpha: optional(finite(1e-6, 1e6)) });

const head = record({
  path: text(),
  layers: optional(array(1, MAX_HEAD_WORDS, (value, path) => value === '' || text(200)(value, path))),
});

function resizeWords(value, path) {
  fill(value, { interpolation: 'bicubic' });
  return resize(value, path);
}

/** Views in a grid, which are computed one after the other. */
const few = (check) => (value, path) => {
  check(value, path);
  const [rows, columns] = value.grid ?? [1, 1];
  if (rows * columns > MAX_VIEWS) fail(`${path}.grid`, `asks for ${rows * columns} views; at most ${MAX_VIEWS} are computed`);
};

const preprocess = record({
  resize: optional(resizeWords),
  views: optional(few(views)),
  detail: optional(few(detail)),
  mean: optional(array(3, 3, finite(-10, 10))),
  std: optional(array(3, 3, finite(1e-6, 10))),
  orientation: optional(oneOf('apply', 'ignore')),
  convert: optional(oneOf('before', 'after')),
});

function output(value, path) {
  fill(value, FORMS[value?.kind]?.defaults ?? {});
  checkOutput(value, path);
  FORMS[value.kind].checkNew?.(value, path);
}

const taskWords = record({
  id: taskId,
  title: localized,
  about: optional(about),
  license: optional(text()),
  adapter: optional(adapter),
  head: optional(head),
  normalize: optional(boolean),
  preprocess,
  output,
}, { preprocess: {} });

/** Without a word on it, a head makes a score, and a tower alone its embedding. */
function task(value, path) {
  fill(value, { title: { en: value?.id }, output: { kind: value?.head ? 'score' : 'embedding' } });
  taskWords(value, path);
  const { kind } = value.output;
  const takesHead = KINDS[kind].head(value.output) !== null;
  if (value.head && !takesHead) fail(`${path}.output.kind`, `is "${kind}", which is for tasks without a head; remove one of the two`);
  if (!value.head && takesHead) fail(path, `lacks the word "head", which an output of the kind "${kind}" needs`);
}

function tasks(value, path) {
  array(1, TOWER_LIMITS.tasks, task)(value, path);
  checkIds(value);
}

/** Plain http only to this machine: for tests, and for mirrors behind a tunnel. */
function url(value, path) {
  const parsed = URL.canParse(value) ? new URL(value) : null;
  const isLocal = ['127.0.0.1', '[::1]', 'localhost'].includes(parsed?.hostname);
  const isAllowed = parsed?.protocol === 'https:' || (parsed?.protocol === 'http:' && isLocal);
  if (!isAllowed) fail(path, 'must be an https address');
}

const download = record({
  path: text(),
  url,
  bytes: optional(integer(1, Number.MAX_SAFE_INTEGER)),
  sha256: optional(isSha256),
});

/** What the training pictures look like to the tower. */
const familiarity = record({ path: text(), preprocess, threshold: finite(0, 1), smallest: optional(smallest), unfamiliar }, { preprocess: {}, unfamiliar: [] });

const recipeWords = record({
  name: text(100),
  license: text(),
  about: optional(about),
  downloads: optional(array(1, 64, download)),
  base,
  tasks,
  familiarity: optional(familiarity),
}, { license: 'none stated' });

/**
 * @param {unknown} value the parsed JSON
 * @returns {object} a copy of the recipe with its defaults filled in
 * @throws {ConvertError} BAD_RECIPE, with the word's path
 */
export function checkRecipe(value) {
  return refusing((path, problem) => refuse(path, `${problem}.`), () => recipeWords(structuredClone(value), ''));
}

/**
 * @param {string} path
 * @returns {Promise<object>} the checked recipe; the paths inside it are absolute
 */
export async function readRecipe(path) {
  const recipe = checkRecipe(await readJson(path));
  const folder = dirname(absolute(path));
  const files = [recipe.base, ...(recipe.familiarity ? [recipe.familiarity] : []), ...recipe.downloads ?? [], ...recipe.tasks.flatMap((each) => [each.adapter ?? [], each.head ?? []].flat())];
  for (const file of files) file.path = absolute(folder, file.path);
  return recipe;
}
