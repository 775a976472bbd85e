/**
 * transformers' CLIPModel, CLIPVisionModel and CLIPVisionModelWithProjection. Older versions nest the tower
 * in `vision_model.`, newer ones of the vision-only classes do not.
 */
import { readHuggingFaceConfig } from './config.mjs';
import { ConvertError, MISSING_TENSOR } from './errors.mjs';
import { measureTower } from './layout-sizes.mjs';

export const id = 'huggingface';
export const title = 'Hugging Face CLIP';

const CLASS = 'embeddings.class_embedding';

/** What belongs to the text tower or is derived, and is left out. */
const IGNORED = /^(text_model\.|text_projection\.|logit_scale$|logit_bias$)|(^|\.)embeddings\.position_ids$/;

/** Neutral names and theirs, for one block and for the rest; `pre_layrnorm` is their spelling. */
const TRUNK = {
  'embeddings.class': CLASS,
  'embeddings.position': 'embeddings.position_embedding.weight',
  'embeddings.patch.weight': 'embeddings.patch_embedding.weight',
  'pre_norm.weight': 'pre_layrnorm.weight',
  'pre_norm.bias': 'pre_layrnorm.bias',
  'post_norm.weight': 'post_layernorm.weight',
  'post_norm.bias': 'post_layernorm.bias',
};

/** The linear layers and norms of a block: their module names to ours. Adapters use the same names. */
export const BLOCK_MODULES = {
  layer_norm1: 'norm1',
  layer_norm2: 'norm2',
  'self_attn.q_proj': 'attention.query',
  'self_attn.k_proj': 'attention.key',
  'self_attn.v_proj': 'attention.value',
  'self_attn.out_proj': 'attention.out',
  'mlp.fc1': 'mlp.fc1',
  'mlp.fc2': 'mlp.fc2',
};

function findPrefix(checkpoint) {
  return ['vision_model.', ''].find((prefix) => checkpoint.tensors.has(prefix + CLASS));
}

export function detect(checkpoint) {
  return findPrefix(checkpoint) !== undefined;
}

/** @param {string} name */
export function isInside(name) {
  return /^(vision_model|embeddings|encoder|pre_layrnorm|post_layernorm|visual_projection)\b/.test(name);
}

function countLayers(checkpoint, prefix) {
  let layers = 0;
  const pattern = /^encoder\.layers\.(\d+)\./;
  for (const name of checkpoint.tensors.keys()) {
    const match = name.startsWith(prefix) && pattern.exec(name.slice(prefix.length));
    if (match) layers = Math.max(layers, Number(match[1]) + 1);
  }
  return layers;
}

/**
 * The neutral names and theirs for a tower whose names begin with `prefix`.
 * @param {number} layers
 * @param {string} prefix
 * @param {(module: string) => string} [linearName] what a linear layer's module is called, e.g. inside PEFT
 * @returns {Map<string, {name: string}>}
 */
export function trunkNames(layers, prefix, linearName = (module) => module) {
  const names = new Map(Object.entries(TRUNK).map(([ours, theirs]) => [ours, { name: prefix + theirs }]));
  for (let layer = 0; layer < layers; layer += 1) {
    for (const [theirs, ours] of Object.entries(BLOCK_MODULES)) {
      const module = linearName(`${prefix}encoder.layers.${layer}.${theirs}`);
      for (const part of ['weight', 'bias']) names.set(`blocks.${layer}.${ours}.${part}`, { name: `${module}.${part}` });
    }
  }
  return names;
}

export async function describe(checkpoint) {
  const prefix = findPrefix(checkpoint);
  if (prefix === undefined) throw new ConvertError(MISSING_TENSOR, `${checkpoint.label} has no vision_model.${CLASS}.`);
  const implied = await readHuggingFaceConfig(checkpoint.folder); /* first: it names families whose tensors are called alike */
  const tensors = trunkNames(countLayers(checkpoint, prefix), prefix);
  if (checkpoint.tensors.has('visual_projection.weight')) {
    tensors.set('projection.weight', { name: 'visual_projection.weight' });
  }
  return {
    ...measureTower(checkpoint, tensors),
    implied,
    ignored: [...checkpoint.tensors.keys()].filter((name) => IGNORED.test(name)),
  };
}
