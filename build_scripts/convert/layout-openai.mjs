/**
 * The names of OpenAI's CLIP, which open_clip kept: a visual tower under `visual.` beside a text tower, or
 * alone. Query, key and value are one packed matrix, and the projection is stored [width, embedding].
 *
 * OpenAI publishes TorchScript archives, all with quick_gelu. A state dict with these names may be anyone's:
 * open_clip_config.json tells, or the recipe must.
 */
import { ConvertError, BAD_FILE } from './errors.mjs';
import { measureTower } from './layout-sizes.mjs';
import { readOpenClipConfig } from './open-clip-config.mjs';

const CLASS = 'class_embedding';
const FIRST_BLOCK = 'transformer.resblocks.0.attn.in_proj_weight';

const TRUNK = {
  'embeddings.class': CLASS,
  'embeddings.position': 'positional_embedding',
  'embeddings.patch.weight': 'conv1.weight',
  'pre_norm.weight': 'ln_pre.weight',
  'pre_norm.bias': 'ln_pre.bias',
  'post_norm.weight': 'ln_post.weight',
  'post_norm.bias': 'ln_post.bias',
};

const BLOCK_MODULES = {
  ln_1: 'norm1', ln_2: 'norm2', 'attn.out_proj': 'attention.out', 'mlp.c_fc': 'mlp.fc1', 'mlp.c_proj': 'mlp.fc2',
};

const PACKED = ['query', 'key', 'value'];

/** The text tower's names where the visual one stands under `visual.`, and what belongs to neither. */
const TEXT = /^(text\.|transformer\.|token_embedding\.|positional_embedding(_res)?$|ln_final\.|text_projection(\.|$)|attn_mask$)/;
const NEITHER = /^(logit_scale|logit_bias|input_resolution|context_length|vocab_size)$/;

function findPrefix(checkpoint) {
  return ['visual.', ''].find((prefix) => (
    checkpoint.tensors.has(prefix + CLASS) && checkpoint.tensors.has(prefix + FIRST_BLOCK)));
}

function countLayers(checkpoint, prefix) {
  let layers = 0;
  while (checkpoint.tensors.has(`${prefix}transformer.resblocks.${layers}.attn.in_proj_weight`)) layers += 1;
  return layers;
}

/** Of the tower; 0 where there is none, which is refused later. */
function widthOf(checkpoint) {
  return checkpoint.tensors.get(`${findPrefix(checkpoint) ?? ''}${CLASS}`)?.shape[0] ?? 0;
}

function addBlock(tensors, layer, block, width) {
  for (const [theirs, ours] of Object.entries(BLOCK_MODULES)) {
    for (const part of ['weight', 'bias']) tensors.set(`blocks.${layer}.${ours}.${part}`, { name: `${block}.${theirs}.${part}` });
  }
  PACKED.forEach((side, index) => {
    const rows = { index, of: PACKED.length * width };
    for (const part of ['weight', 'bias']) {
      tensors.set(`blocks.${layer}.attention.${side}.${part}`, { name: `${block}.attn.in_proj_${part}`, rows });
    }
  });
}

function describeVisual(checkpoint, implied) {
  const prefix = findPrefix(checkpoint);
  if (prefix === undefined) throw new ConvertError(BAD_FILE, `${checkpoint.label} has no ${FIRST_BLOCK} of a visual tower.`);
  const tensors = new Map(Object.entries(TRUNK).map(([ours, theirs]) => [ours, { name: prefix + theirs }]));
  const width = widthOf(checkpoint);
  for (let layer = 0; layer < countLayers(checkpoint, prefix); layer += 1) {
    addBlock(tensors, layer, `${prefix}transformer.resblocks.${layer}`, width);
  }
  if (checkpoint.tensors.has(`${prefix}proj`)) tensors.set('projection.weight', { name: `${prefix}proj`, transpose: true });
  const isIgnored = (name) => NEITHER.test(name) || (prefix !== '' && TEXT.test(name));
  return { ...measureTower(checkpoint, tensors), implied, ignored: [...checkpoint.tensors.keys()].filter(isIgnored) };
}

/** Of OpenAI's archives. Someone else's, traced from a model with PyTorch's own GELU, name that. */
const PUBLISHED = { activation: 'quick_gelu', norm_epsilon: 1e-5, from: 'OpenAI\'s publication' };

function isInside(name) {
  return /^(visual\.|transformer\.|conv1\.|ln_pre\.|ln_post\.|class_embedding$|positional_embedding|proj$)/.test(name);
}

export const openai = {
  id: 'openai',
  title: 'OpenAI CLIP',
  isInside,
  detect: (checkpoint) => checkpoint.isScript === true && findPrefix(checkpoint) !== undefined,
  describe: async (checkpoint) => describeVisual(checkpoint, checkpoint.isScript && !checkpoint.hasGelu ? PUBLISHED : {}),
};

export const openClip = {
  id: 'open_clip',
  title: 'open_clip',
  isInside,
  detect: (checkpoint) => findPrefix(checkpoint) !== undefined,
  describe: async (checkpoint) => describeVisual(checkpoint, await readOpenClipConfig(checkpoint.folder, widthOf(checkpoint))),
};
