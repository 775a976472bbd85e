/**
 * PerceptCLIP's whole-model state dicts: transformers' vision model inside PEFT inside a module `model`, the
 * projection beside it as `proj`, and the head as `mlp`. One such file is a base, an adapter and a head.
 */
import { ConvertError, MISSING_TENSOR } from './errors.mjs';
import { trunkNames } from './layout-huggingface.mjs';
import { measureTower } from './layout-sizes.mjs';

export const id = 'perceptclip';
export const title = 'PerceptCLIP';

/** The published models were trained with this alpha, which their files do not hold. */
export const ALPHA = 8;

const PEFT = 'model.base_model.model.';
const CLASS = 'embeddings.class_embedding';
const PROJECTION = 'proj.weight';
const HEAD = 'mlp.';
const POSITION_IDS = 'embeddings.position_ids';

function findPrefix(checkpoint) {
  return [PEFT, `${PEFT}vision_model.`].find((prefix) => checkpoint.tensors.has(prefix + CLASS));
}

export function detect(checkpoint) {
  return findPrefix(checkpoint) !== undefined;
}

/** @param {string} name */
export function isHeadTensor(name) {
  return name.startsWith(HEAD);
}

/** @param {string} name */
export function isLoraTensor(name) {
  return name.startsWith(PEFT) && /\.lora_[A-Za-z_]+/.test(name);
}

/** @param {string} name */
export function isInside(name) {
  return name.startsWith(PEFT) || name.startsWith('proj.');
}

function countLayers(checkpoint, prefix) {
  let layers = 0;
  while (checkpoint.tensors.has(`${prefix}encoder.layers.${layers}.layer_norm1.weight`)) layers += 1;
  return layers;
}

export async function describe(checkpoint) {
  const prefix = findPrefix(checkpoint);
  if (prefix === undefined) throw new ConvertError(MISSING_TENSOR, `${checkpoint.label} has no ${PEFT}${CLASS}.`);
  const inPeft = (module) => (checkpoint.tensors.has(`${module}.base_layer.weight`) ? `${module}.base_layer` : module);
  const tensors = trunkNames(countLayers(checkpoint, prefix), prefix, inPeft);
  if (checkpoint.tensors.has(PROJECTION)) tensors.set('projection.weight', { name: PROJECTION });
  const isIgnored = (name) => isHeadTensor(name) || isLoraTensor(name) || name === prefix + POSITION_IDS;
  return { ...measureTower(checkpoint, tensors), implied: {}, ignored: [...checkpoint.tensors.keys()].filter(isIgnored) };
}
