/**
 * What tensors cannot tell about a vision tower: its heads, its activation, its epsilon.
 *
 * They come from `base.config` in the recipe, then from the checkpoint's own configuration, then from what the layout implies, then
 * from the publications (published.mjs). What the tensors do tell (widths,
 * depth, patch and image size) is only compared.
 */
import { join } from 'node:path';
import { ConvertError, BAD_FILE, BAD_RECIPE, UNSUPPORTED } from './errors.mjs';
import { readJson, statIfThere } from './files.mjs';
import { refuseConfig } from './families.mjs';
import { TOWER_LIMITS } from './limits.mjs';
import { leftTo } from './origins.mjs';
import { publishedShape } from './published.mjs';

/** vision_config's words for sizes, and ours. */
const SIZE_WORDS = {
  hidden_size: 'width',
  num_hidden_layers: 'layers',
  num_attention_heads: 'heads',
  intermediate_size: 'mlp_width',
  patch_size: 'patch',
  image_size: 'image',
  projection_dim: 'embedding',
};

/** transformers' names for the activations that the engine has. */
const ACTIVATIONS = { quick_gelu: 'quick_gelu', gelu: 'gelu', gelu_python: 'gelu' };

/** What CLIPVisionConfig means where a config.json leaves a word out, by our names, and those words. */
const CLIP_VISION_CONFIG = { width: 768, layers: 12, mlp_width: 3072, patch: 32, image: 224, heads: 12, activation: 'quick_gelu', norm_epsilon: 1e-5 };
const WORDS = { ...Object.fromEntries(Object.entries(SIZE_WORDS).map(([theirs, ours]) => [ours, theirs])), activation: 'hidden_act', norm_epsilon: 'layer_norm_eps' };

function readSize(config, word, label) {
  const value = config[word];
  if (!Number.isSafeInteger(value) || value < 1) {
    throw new ConvertError(BAD_FILE, `${label}: ${word} is ${JSON.stringify(value)}; it must be a positive integer.`);
  }
  return value;
}

/**
 * The words of a vision_config that matter, in our names. Words about training, initialisation and
 * versions are passed over: Hugging Face writes dozens of them.
 */
function translate(config, label) {
  const words = {};
  for (const [word, ours] of Object.entries(SIZE_WORDS)) {
    if (config[word] !== undefined) words[ours] = readSize(config, word, label);
  }
  if (config.hidden_act !== undefined) {
    if (!Object.hasOwn(ACTIVATIONS, config.hidden_act)) {
      throw new ConvertError(UNSUPPORTED, `${label}: hidden_act ${JSON.stringify(config.hidden_act)} is not one of `
        + `${Object.keys(ACTIVATIONS).join(', ')}.`);
    }
    words.activation = ACTIVATIONS[config.hidden_act];
  }
  if (config.layer_norm_eps !== undefined) {
    if (!(Number.isFinite(config.layer_norm_eps) && config.layer_norm_eps > 0 && config.layer_norm_eps < 1)) {
      throw new ConvertError(BAD_FILE, `${label}: layer_norm_eps is ${JSON.stringify(config.layer_norm_eps)}; it must be a number between 0 and 1.`);
    }
    words.norm_epsilon = config.layer_norm_eps;
  }
  if (config.num_channels !== undefined && config.num_channels !== 3) {
    throw new ConvertError(UNSUPPORTED, `${label}: num_channels is ${config.num_channels}; only RGB towers are read.`);
  }
  return words;
}

function checkObject(value, label) {
  if (value === null || typeof value !== 'object' || Array.isArray(value)) throw new ConvertError(BAD_FILE, `${label} is no JSON object.`);
}

/**
 * A CLIPModel's config.json nests the tower's words; a CLIPVisionModel's holds them itself.
 * @param {string} folder
 * @returns {Promise<object>} our words, {} where there is no config.json
 */
export async function readHuggingFaceConfig(folder) {
  const path = join(folder, 'config.json');
  if (!await statIfThere(path)) return {};
  const config = await readJson(path);
  checkObject(config, path);
  for (const part of ['vision_config', 'vision_config_dict']) checkObject(config[part] ?? {}, `${path}: ${part}`);
  refuseConfig(config, path);
  const vision = config.vision_config ?? config.vision_config_dict;
  const words = translate(vision ?? config, path);
  const copy = translate(config.vision_config_dict ?? {}, path);
  delete copy.embedding;
  if (vision) { /* the projection's width stands at the top, and this part's copy is often stale */
    delete words.embedding;
    if (config.projection_dim !== undefined) words.embedding = readSize(config, 'projection_dim', path);
  }
  const left = Object.keys(CLIP_VISION_CONFIG).filter((word) => words[word] === undefined);
  const all = { ...CLIP_VISION_CONFIG, ...words };
  const differs = Object.keys(copy).find((word) => copy[word] !== all[word]);
  if (differs) {
    throw new ConvertError(BAD_FILE, `${path}: vision_config and vision_config_dict differ (${differs}: ${all[differs]} and ${copy[differs]}); `
      + 'remove the one that is wrong.');
  }
  const classes = [config.architectures ?? []].flat();
  return { ...all, classes, from: path, left: Object.fromEntries(left.map((word) => [word, leftTo(path, 'CLIPVisionConfig', [WORDS[word]])])) };
}

function compare(sizes, told, label) {
  for (const [word, ours] of Object.entries(SIZE_WORDS)) {
    const measured = sizes[ours];
    if (!measured || told[ours] === undefined) continue; /* 0: a tower without a projection */
    if (measured !== told[ours]) {
      const says = told.left?.[ours] ? `${told.left[ours]}, which means` : `${label} says that ${word} is`;
      throw new ConvertError(BAD_RECIPE, `${says} ${told[ours]}, but the tensors have ${measured}; correct the one that is wrong.`);
    }
  }
}

function checkLimits(sizes, label) {
  const { width, layers, image, grid } = TOWER_LIMITS;
  const most = { width, layers, image, grid, mlp_width: 4 * width, embedding: width };
  const all = { ...sizes, grid: sizes.image / sizes.patch };
  for (const [word, limit] of Object.entries(most)) {
    if (all[word] > limit) {
      throw new ConvertError(UNSUPPORTED, `${label} has a tower whose ${word} is ${all[word]}; the engine holds ${limit}.`);
    }
  }
}

/** transformers' classes that end before the projection. */
const POOLED_CLASS = /VisionModel$/;

/**
 * A class that config.json names ends in a projection or before it, and so must the tensors, unless the recipe tells what is read.
 * @param {string | undefined} features the recipe's `base.features`
 * @param {number} embedding by the tensors; 0 without a projection
 * @param {{classes?: string[], from?: string}} implied
 * @param {string} label the checkpoint's
 */
export function checkClass(features, embedding, { classes = [], from }, label) {
  const [name] = classes;
  if (features === 'projected' && embedding === 0) throw new ConvertError(BAD_RECIPE, `base.features is "projected", and ${label} has no projection; name the file that has it, or set "pooled".`);
  if (features !== undefined || classes.length !== 1) return;
  if (!POOLED_CLASS.test(name) && embedding === 0) {
    throw new ConvertError(BAD_RECIPE, `${from} names ${name}, which ends in a projection, and ${label} has none; name the file that has it, or set base.features to "pooled" `
      + 'to read the class token after the last LayerNorm.');
  }
  if (POOLED_CLASS.test(name) && embedding > 0) {
    throw new ConvertError(BAD_RECIPE, `${from} names ${name}, which ends before the projection, and ${label} has one; set base.features to "projected" or to "pooled".`);
  }
}

/** PyTorch's attention splits the width evenly. Published towers have 64 channels a head up to ViT-L, then 80, 88, 104 and 112. */
function chooseHeads(sizes) {
  const { heads, width, layers, patch, image } = sizes;
  const chosen = heads ?? publishedShape(sizes)?.heads;
  if (chosen === undefined) {
    throw new ConvertError(BAD_RECIPE, 'Nothing tells how many attention heads the tower has, and no published one has its shape (width '
      + `${width}, ${layers} layers, patches of ${patch}, pictures of ${image}); set base.config.num_attention_heads.`);
  }
  if (width % chosen !== 0) {
    throw new ConvertError(BAD_RECIPE, `A width of ${width} does not divide into ${chosen} heads; set `
      + 'base.config.num_attention_heads.');
  }
  return chosen;
}

/**
 * Where each of a tower's values comes from, by the manifest's words.
 * @param {object} sizes what the tensors tell
 * @param {object} implied what a configuration or the layout tells, `from`, which one, and `left`, what it leaves to the code that reads it
 * @param {object} recipeConfig the recipe's `base.config`
 * @returns {Record<string, string>}
 */
export function originsOf(sizes, implied, recipeConfig) {
  const told = translate(recipeConfig, 'base.config');
  const published = publishedShape(sizes);
  const origin = (word) => {
    if (Object.hasOwn(sizes, word)) return 'tensors';
    if (told[word] !== undefined) return 'recipe: base.config';
    if (implied[word] !== undefined) return implied.left?.[word] ?? implied.from;
    return word === 'heads' ? `the publication of ${published?.name}` : 'CLIP\'s publication';
  };
  return Object.fromEntries(['width', 'layers', 'heads', 'mlp_width', 'patch', 'image', 'embedding', 'activation', 'norm_epsilon'].map((word) => [word, origin(word)]));
}

/**
 * @param {object} sizes what the tensors tell: width, layers, mlp_width, patch, image, embedding
 * @param {object} implied what the checkpoint's configuration or its layout tells, such as OpenAI's activation
 * @param {object} recipeConfig the recipe's `base.config`, which beats `implied`
 * @param {string} label the checkpoint's
 * @returns {object} all of the manifest's `tower` but `storage`
 */
export function completeSizes(sizes, implied, recipeConfig, label) {
  checkLimits(sizes, label);
  const told = translate(recipeConfig, 'base.config');
  compare(sizes, implied, `The configuration of ${label}`);
  compare(sizes, told, 'base.config');
  const all = { norm_epsilon: 1e-5, ...implied, ...told, ...sizes };
  const heads = chooseHeads(all);
  if (all.activation === undefined) {
    throw new ConvertError(BAD_RECIPE, 'Nothing tells the activation of the tower, and tensors cannot; set '
      + 'base.config.hidden_act to "quick_gelu" (OpenAI\'s weights) or "gelu" (most of open_clip\'s).');
  }
  const { width, layers, mlp_width: mlpWidth, patch, image, embedding, activation } = all;
  return {
    width, layers, heads, mlp_width: mlpWidth, patch, image, embedding, activation,
    norm_epsilon: all.norm_epsilon,
  };
}
