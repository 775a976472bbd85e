/**
 * open_clip_config.json: what open_clip builds and how it prepares pictures, in our words. Where the file leaves a word out,
 * open_clip's own value holds. What the engine cannot do is refused by name.
 */
import { join } from 'node:path';
import { ConvertError, BAD_FILE, UNSUPPORTED } from './errors.mjs';
import { readJson, statIfThere } from './files.mjs';
import { isEmpty } from './json-values.mjs';
import { leftTo } from './origins.mjs';
import { CLIP_NORMALIZATION } from './published.mjs';

/** vision_cfg's sizes, and ours. */
const SIZES = { layers: 'layers', width: 'width', patch_size: 'patch', image_size: 'image' };

/** Channels of a head where vision_cfg says nothing. */
const HEAD_WIDTH = 64;

/** Words that change nothing here: training, tokens beside the pooled one, details of what another word turns on, text. */
const HARMLESS = new Set([
  'patch_dropout', 'output_tokens', 'attn_pooler_queries', 'attn_pooler_heads', 'n_queries', 'final_ln_after_pool', 'block_type', 'heads',
  'timm_model_pretrained', 'timm_pool', 'timm_proj', 'timm_proj_bias', 'timm_drop', 'timm_drop_path', 'timm_norm_pool', 'timm_norm',
]);
const READ = new Set([...Object.keys(SIZES), 'head_width', 'mlp_ratio', 'act_kwargs', 'norm_kwargs', 'pool_type', 'pos_embed_type']);

function unsupported(path, what) {
  return new ConvertError(UNSUPPORTED, `${path}: ${what}; such a model cannot be converted.`);
}

function readNorm(kwargs, path) {
  if (isEmpty(kwargs)) return 1e-5;
  const { eps = 1e-5, ...others } = kwargs;
  if (Object.keys(others).length > 0 || !(Number.isFinite(eps) && eps > 0 && eps < 1)) throw unsupported(path, `vision_cfg.norm_kwargs is ${JSON.stringify(kwargs)}, of which only eps is known`);
  return eps;
}

function checkActivation(kwargs, path) {
  const { approximate = 'none', inplace, ...others } = kwargs ?? {};
  if (approximate === 'none' && Object.keys(others).length === 0) return;
  const what = approximate === 'tanh' ? 'the tanh form of GELU, which the engine does not have' : 'a form of the activation that is not known';
  throw unsupported(path, `vision_cfg.act_kwargs is ${JSON.stringify(kwargs)}: ${what}`);
}

function checkVision(vision, path) {
  if (!isEmpty(vision.timm_model_name)) throw unsupported(path, `vision_cfg.timm_model_name is ${JSON.stringify(vision.timm_model_name)}: a tower of timm's`);
  if (Array.isArray(vision.layers)) throw unsupported(path, 'vision_cfg.layers is a list: a ResNet');
  if (vision.no_ln_pre) throw unsupported(path, 'vision_cfg.no_ln_pre: a tower without the LayerNorm before its first layer, as CLIPA\'s');
  if ((vision.pool_type ?? 'tok') !== 'tok') throw unsupported(path, `vision_cfg.pool_type is ${JSON.stringify(vision.pool_type)}; the engine takes the class token ("tok")`);
  if ((vision.pos_embed_type ?? 'learnable') !== 'learnable') throw unsupported(path, `vision_cfg.pos_embed_type is ${JSON.stringify(vision.pos_embed_type)}; only learnt positions are read`);
  checkActivation(vision.act_kwargs, path);
  const unknown = Object.keys(vision).find((word) => !HARMLESS.has(word) && !READ.has(word) && !isEmpty(vision[word]) && !/^timm_/.test(word));
  if (unknown) throw unsupported(path, `vision_cfg.${unknown} is ${JSON.stringify(vision[unknown])}, which the engine has no place for`);
}

/** One number of a square's two sides. */
function ofSquare(value) {
  return Array.isArray(value) && value.length === 2 && value[0] === value[1] ? value[0] : value;
}

/** The sizes that the file tells, to be compared with the tensors', and the heads, which only it can tell. */
function readSizes({ image_size: imageSize, patch_size: patchSize, ...others }, width, path) {
  const vision = { ...others, image_size: ofSquare(imageSize), patch_size: ofSquare(patchSize) };
  const words = [...Object.keys(SIZES), 'head_width', 'mlp_ratio'];
  const bad = words.find((word) => !isEmpty(vision[word]) && !(Number.isFinite(vision[word]) && vision[word] > 0));
  if (bad) throw new ConvertError(BAD_FILE, `${path}: vision_cfg.${bad} is ${JSON.stringify(vision[bad])}, not a number above 0.`);
  const told = Object.fromEntries(Object.entries(SIZES).flatMap(([theirs, ours]) => (isEmpty(vision[theirs]) ? [] : [[ours, vision[theirs]]])));
  if (!isEmpty(vision.mlp_ratio)) told.mlp_width = Math.floor(width * vision.mlp_ratio);
  return { ...told, heads: Math.floor(width / (vision.head_width ?? HEAD_WIDTH)) };
}

const RESIZES = {
  shortest: (image, interpolation) => ({ resize: { shorter: image, interpolation }, views: { center: image } }),
  squash: (image, interpolation) => ({ resize: { height: image, width: image, interpolation }, views: { center: image } }),
  longest: (image, interpolation, pad) => ({ resize: { longer: image, interpolation }, views: { center: image, pad } }),
};
const FILTERS = { bicubic: 'bicubic', bilinear: 'bilinear', random: 'bicubic' };

function readGrey(value) {
  const grey = Array.isArray(value) && value.length === 3 && new Set(value).size === 1 ? value[0] : value;
  return Number.isInteger(grey) && grey >= 0 && grey <= 255 ? grey : null;
}

function readTriple(value, word, path) {
  const values = typeof value === 'number' ? [value, value, value] : value;
  if (Array.isArray(values) && values.length === 3 && values.every((each) => Number.isFinite(each) && (word === 'mean' || each > 0))) return values;
  return new ConvertError(BAD_FILE, `${path}: preprocess_cfg.${word} must be three numbers${word === 'std' ? ' above 0' : ''}, not ${JSON.stringify(value)}; `
    + 'correct it, or set the task\'s preprocess in the recipe.');
}

/** open_clip takes its own value for what Python calls false: null, 0, an empty list or text. */
function saysNothing(value) {
  return isEmpty(value) || value === 0 || value === '';
}

const PREPROCESS_WORDS = ['size', 'mode', 'mean', 'std', 'interpolation', 'resize_mode', 'fill_color'];

/** The size is the tower's own, whatever preprocess_cfg says, as in open_clip. */
function readPicture(cfg, image, path) {
  const told = Object.fromEntries(Object.entries(cfg).filter(([, value]) => !saysNothing(value)));
  const { mode = 'RGB', interpolation = 'bicubic', resize_mode: resizeMode = 'shortest', fill_color: fill = 0 } = told;
  const unknown = Object.keys(cfg).find((word) => !PREPROCESS_WORDS.includes(word) && !isEmpty(cfg[word]));
  const refuse = (word) => new ConvertError(UNSUPPORTED, `${path}: preprocess_cfg.${word} is ${JSON.stringify(cfg[word])}, which is not known here; `
    + 'set the task\'s preprocess in the recipe to what it means.');
  if (unknown) return refuse(unknown);
  if (mode !== 'RGB') return refuse('mode');
  if (!Object.hasOwn(FILTERS, interpolation)) return refuse('interpolation');
  if (!Object.hasOwn(RESIZES, resizeMode)) return refuse('resize_mode');
  const grey = readGrey(fill);
  if (resizeMode === 'longest' && grey === null) return refuse('fill_color');
  return RESIZES[resizeMode](image, FILTERS[interpolation], grey);
}

/** The words of preprocess_cfg that each of ours depends on. */
const DEPENDS = { resize: ['interpolation', 'resize_mode'], views: ['resize_mode'], mean: ['mean'], std: ['std'] };

/** A value and who says it: the file, or open_clip where the file leaves a word out. */
function withSource(value, word, cfg, path) {
  if (value instanceof ConvertError) return value;
  const left = DEPENDS[word].filter((each) => saysNothing(cfg[each]));
  return { value, from: left.length > 0 ? leftTo(path, 'open_clip', left) : path, path };
}

/**
 * @param {object} cfg preprocess_cfg
 * @param {number} image the tower's
 * @param {string} path
 * @returns {Record<'resize' | 'views' | 'mean' | 'std' | 'convert', {value: unknown, from: string, path: string} | ConvertError>}
 *   `convert`: every version of open_clip makes pictures RGB when they are resized and cut
 */
export function readOpenClipPreprocess(cfg, image, path) {
  const picture = readPicture(cfg, image, path);
  const part = (word) => withSource(picture instanceof ConvertError ? picture : picture[word], word, cfg, path);
  const triple = (word) => withSource(readTriple(saysNothing(cfg[word]) ? CLIP_NORMALIZATION[word] : cfg[word], word, path), word, cfg, path);
  const convert = { value: 'after', from: leftTo(path, 'open_clip', ['when pictures become RGB']), path };
  return { resize: part('resize'), views: part('views'), mean: triple('mean'), std: triple('std'), convert };
}

/**
 * @param {string} folder
 * @returns {Promise<{path: string, model: object, preprocess: object | null} | null>} null where there is no such file
 */
export async function openOpenClipConfig(folder) {
  const path = join(folder, 'open_clip_config.json');
  if (!await statIfThere(path)) return null;
  const { model_cfg: model, preprocess_cfg: preprocess } = await readJson(path) ?? {};
  if (!model?.vision_cfg || typeof model.vision_cfg !== 'object') throw new ConvertError(BAD_FILE, `${path} has no model_cfg.vision_cfg.`);
  return { path, model, preprocess: preprocess && typeof preprocess === 'object' ? preprocess : null };
}

/**
 * @param {string} folder
 * @param {number} width the tower's
 * @returns {Promise<object>} what the configuration implies, in our words, with the file as `from`; {} without one
 */
export async function readOpenClipConfig(folder, width) {
  const config = await openOpenClipConfig(folder);
  if (!config) return {};
  const { path, model } = config;
  const vision = model.vision_cfg;
  checkVision(vision, path);
  if (typeof (model.quick_gelu ?? false) !== 'boolean') throw new ConvertError(BAD_FILE, `${path}: quick_gelu is ${JSON.stringify(model.quick_gelu)}, not true or false.`);
  const words = { heads: [vision.head_width, 'head_width'], activation: [model.quick_gelu, 'quick_gelu'], norm_epsilon: [vision.norm_kwargs?.eps, 'norm_kwargs'] };
  const left = Object.entries(words).filter(([, [value]]) => value === undefined || value === null);
  return {
    ...readSizes(vision, width, path),
    activation: model.quick_gelu ? 'quick_gelu' : 'gelu',
    norm_epsilon: readNorm(vision.norm_kwargs, path),
    from: path,
    left: Object.fromEntries(left.map(([ours, [, theirs]]) => [ours, leftTo(path, 'open_clip', [theirs])])),
  };
}
