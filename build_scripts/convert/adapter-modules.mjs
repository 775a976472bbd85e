/**
 * What an adapter's modules are called, and where its pairs stand in our tower. Names are transformers' or open_clip's, whatever
 * layout the base has.
 */
import { ConvertError, UNKNOWN_TENSOR, UNSUPPORTED } from './errors.mjs';
import { BLOCK_MODULES } from './layout-huggingface.mjs';

const HUGGING_FACE_BLOCK = /(?:^|\.)encoder\.layers\.(\d+)\.(.+)$/;
const OPEN_CLIP_BLOCK = /(?:^|\.)transformer\.resblocks\.(\d+)\.(.+)$/;

/** open_clip's linear layers. Its attention is one module: PEFT puts one pair beside query, key and value, one beside the output. */
const OPEN_CLIP_MODULES = {
  'mlp.c_fc': ['mlp.fc1'],
  'mlp.c_proj': ['mlp.fc2'],
  attn: ['attention.query', 'attention.key', 'attention.value'],
  'attn.base_layer.out_proj': ['attention.out'],
};

/** Parts of a tower that every task shares, and that have no pair: what modules_to_save may not replace. */
const TOWER_PART = /(?:^|\.)(?:encoder|embeddings|pre_layrnorm|post_layernorm|vision_model|resblocks|conv1|ln_pre|ln_post|positional_embedding|class_embedding|visual)(?:\.|$)/;
/** PEFT adds this product to the output twice, in training as in scoring (0.15 to 0.21: its merge sets the weight and then merges again). */
const ADDED_TWICE = /resblocks\.\d+\.attn\.base_layer\.out_proj$/;

const TEXT_PART = /(?:^|\.)(?:text_model|text_projection|text|token_embedding|ln_final)(?:\.|$)/;

/** @param {string} name a tensor's @returns {string} its module's, in the model that was trained */
export function moduleName(name) {
  return name.replace(/^base_model\.model\./, '').replace(/\.(weight|bias)$/, '').replace(/\.modules_to_save\.default$/, '');
}

/** Whether a module belongs to the text tower, which open_clip keeps beside `visual.` without a name of its own. */
function textTower(modules) {
  const hasVisual = modules.some((module) => /(?:^|\.)visual\./.test(module));
  return (module) => TEXT_PART.test(module) || (hasVisual && OPEN_CLIP_BLOCK.test(module) && !/(?:^|\.)visual\./.test(module));
}

/** What LoRA may stand beside, by our names; several where one pair serves all. Norms are no linear layers. */
function placesOf(module) {
  if (/(?:^|\.)visual_projection$/.test(module)) return ['projection'];
  const [, layer, inner] = HUGGING_FACE_BLOCK.exec(module) ?? [];
  const ours = Object.hasOwn(BLOCK_MODULES, inner ?? '') ? BLOCK_MODULES[inner] : undefined;
  if (ours && !ours.startsWith('norm')) return [`blocks.${layer}.${ours}`];
  const [, block, theirs] = OPEN_CLIP_BLOCK.exec(module) ?? [];
  return Object.hasOwn(OPEN_CLIP_MODULES, theirs ?? '') ? OPEN_CLIP_MODULES[theirs].map((place) => `blocks.${block}.${place}`) : [];
}

/** [outputs, inputs] of the linear layers that LoRA may stand beside. */
export function linearShape(place, { width, mlp_width: mlpWidth, embedding }) {
  if (place === 'projection') return [embedding, width];
  if (place.endsWith('mlp.fc1')) return [mlpWidth, width];
  return place.endsWith('mlp.fc2') ? [width, mlpWidth] : [width, width];
}

function refuseModule(module, label) {
  if (/resblocks\.\d+\.attn\.out_proj$/.test(module)) {
    throw new ConvertError(UNSUPPORTED, `${label} adapts ${module}, which open_clip's attention reads without its adapter: it has no effect `
      + 'there. Train one beside "attn" instead, or take these tensors out.');
  }
  throw new ConvertError(UNKNOWN_TENSOR, `${label} adapts ${module}, where LoRA has no place in this tower; it may stand beside q_proj, k_proj, `
    + 'v_proj, out_proj, fc1, fc2 and visual_projection, or open_clip\'s attn, c_fc and c_proj.');
}

/**
 * @param {string[]} modules that have a pair
 * @param {object} sizes the tower's
 * @param {string} label the adapter's, for messages
 * @returns {{module: string, scaledAs: string, times: number, places: string[], shape: number[]}[]} without those of the text tower. Where there
 *   are several places, B has the rows of all, one below the other; `scaledAs` is the module whose patterns hold,
 *   and `times` how often the product is added
 */
export function placeModules(modules, sizes, label) {
  const isText = textTower(modules);
  return modules.filter((module) => !isText(module)).map((module) => {
    const places = placesOf(module);
    const layer = Number(/^blocks\.(\d+)/.exec(places[0] ?? '')?.[1] ?? 0);
    if (places.length === 0 || layer >= sizes.layers) refuseModule(module, label);
    const [out, inputs] = linearShape(places[0], sizes);
    if (out === 0) refuseModule(module, label);
    const times = ADDED_TWICE.test(module) ? 2 : 1;
    return { module, scaledAs: module.replace(/\.base_layer\.out_proj$/, ''), times, places, shape: [out, inputs] };
  });
}

/**
 * What modules_to_save brought along.
 * @param {string[]} names of tensors
 * @param {string} label the adapter's
 * @returns {{projection?: string, head: string[]}} a new projection's tensor, and a head's; the text tower's are passed over
 */
export function sortSaved(names, label) {
  const ours = names.filter((name) => !TEXT_PART.test(moduleName(name)));
  const replaced = ours.find((name) => TOWER_PART.test(moduleName(name)));
  if (replaced) {
    throw new ConvertError(UNSUPPORTED, `${label} replaces ${moduleName(replaced)} of the tower itself (modules_to_save), which all tasks `
      + 'share; only a head or visual_projection may be saved so. Put LoRA on the tower instead.');
  }
  const projection = ours.find((name) => moduleName(name) === 'visual_projection');
  return { projection, head: ours.filter((name) => name !== projection) };
}
