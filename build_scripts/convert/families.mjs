/**
 * Families of models that are recognised and not read: a refusal says which one a file is of, and what it has that the engine has
 * not. What can be read has a layout (layouts.mjs).
 */
import { ConvertError, UNSUPPORTED } from './errors.mjs';

/** Each by a tensor that only it has; the first that fits. `has` wants an expression for a tensor's name. */
const FAMILIES = [
  ['BLIP', (has) => has(/^visual_encoder\./) || has(/(^|\.)encoder\.layers\.0\.self_attn\.qkv\./),
    'its towers have packed attention and biased patches'],
  ['SigLIP', (has) => (has(/(^|\.)embeddings\.patch_embedding\.bias$/) && !has(/(^|\.)embeddings\.class_embedding$/)) || has(/(^|vision_model\.)head\.probe$/),
    'it has no class token, and pools by attention, which is not read yet'],
  ['CLIPForImageClassification', (has) => has(/^vision_model\./) && has(/^classifier\.weight$/) && !has(/^text_model\./),
    'it classifies by the mean of the patch tokens before the last LayerNorm, not by the class token'],
  ['CoCa, or open_clip with attentional_pool', (has) => has(/^text_decoder\./) || has(/^(visual\.)?attn_pool\./), 'it pools by attention'],
  ['CLIPA', (has) => has(/(^|visual\.)transformer\.resblocks\.0\./) && has(/^(visual\.)?class_embedding$/) && !has(/^(visual\.)?ln_pre\.weight$/),
    'it has no LayerNorm before its first layer, and takes the mean of the patch tokens'],
  ['open_clip with a tower of timm', (has) => has(/^visual\.trunk\./), 'such towers (SigLIP, ConvNeXt, EVA and others) are not read'],
  ['EVA-CLIP', (has) => has(/^visual\.(cls_token|blocks\.0\.)/), 'it has rotary positions and gated layers'],
  ['CLIP with a ResNet', (has) => has(/^visual\.(layer1|attnpool|bn1)\./), 'only vision transformers are read'],
  ['CLIP in timm\'s names', (has) => has(/^cls_token$/) && has(/^norm_pre\.weight$/),
    'timm\'s names are not read; take transformers\' or open_clip\'s file of the same weights'],
  ['ViT, DINO or another of their kind', (has) => has(/(^|\.)embeddings\.cls_token$/) || has(/^(cls_token|blocks\.0\.attn\.qkv\.weight)$/),
    'it is no CLIP tower: it has no LayerNorm before its first layer'],
];

/** A CLIP tower inside a larger model: what stands before `vision_model.`. */
const INSIDE = /^(.+?)\.(?:vision_model\.)?embeddings\.class_embedding$/;

/** transformers' model_type in config.json, of families whose tensors are called as CLIP's. */
const MODEL_TYPES = {
  siglip: 'SigLIP', siglip2: 'SigLIP 2', blip: 'BLIP',
  'blip-2': 'BLIP-2', clipseg: 'CLIPSeg', xclip: 'X-CLIP', groupvit: 'GroupViT', owlvit: 'OWL-ViT', owlv2: 'OWLv2', vit: 'ViT', dinov2: 'DINOv2',
  flava: 'FLAVA', align: 'ALIGN', altclip: 'AltCLIP', chinese_clip: 'Chinese CLIP', llava: 'LLaVA',
};
/** Code that came with published models, and computes what is read here. */
const KNOWN_CODE = /(^|\.)AestheticsPredictor(V1|V2Linear|V2ReLU)$/;

/** transformers' classes whose towers are read. */
const READ_CLASSES = /^(CLIP|MetaClip2)(Model|VisionModel|VisionModelWithProjection)$/;
const READ_TYPES = new Set(['clip', 'clip_vision_model', 'metaclip_2', 'metaclip_2_vision_model', 'aesthetics_predictor']);

function refusal(label, family, what) {
  return new ConvertError(UNSUPPORTED, `${label} is a model of the family ${family}: ${what}. It is recognised, and cannot be converted.`);
}

/** @param {{label: string, tensors: Map<string, unknown>}} checkpoint one that is of such a family is refused */
export function refuseFamilies(checkpoint) {
  const names = [...checkpoint.tensors.keys()];
  const has = (pattern) => names.some((name) => pattern.test(name));
  const [family, , what] = FAMILIES.find(([, isOf]) => isOf(has)) ?? [];
  if (family) throw refusal(checkpoint.label, family, what);
  const inside = names.map((name) => INSIDE.exec(name)?.[1]).find((prefix) => prefix && prefix !== 'vision_model' && !prefix.startsWith('model.base_model'));
  if (inside) {
    throw new ConvertError(UNSUPPORTED, `${checkpoint.label} holds a CLIP tower inside a larger model, under ${inside}.; save that part alone `
      + '(its vision model), and name the file in base.path.');
  }
}

/**
 * @param {object} config a parsed config.json of transformers
 * @param {string} path
 */
export function refuseConfig(config, path) {
  const architectures = [config.architectures ?? []].flat();
  const classifier = FAMILIES.find(([name]) => name === 'CLIPForImageClassification' && architectures.includes(name));
  if (classifier) throw refusal(path, classifier[0], classifier[2]);
  const code = Object.values(config.auto_map ?? {}).flat().find((name) => name && !KNOWN_CODE.test(name));
  if (code) {
    throw new ConvertError(UNSUPPORTED, `${path}: auto_map names code that comes with the model (${code}), which is not run, so that what it computes is not known. If its `
      + 'tower is CLIP\'s own, save that part alone with transformers.');
  }
  const type = [config.model_type, config.vision_config?.model_type].find((each) => each !== undefined && !READ_TYPES.has(each));
  if (type !== undefined) {
    throw refusal(path, MODEL_TYPES[String(type).replace(/_vision_model$/, '')] ?? `"${type}" (model_type)`, 'only towers of CLIP and MetaCLIP 2 were checked and are read');
  }
  const unknown = architectures.find((name) => !READ_CLASSES.test(name) && !KNOWN_CODE.test(name));
  if (unknown !== undefined) {
    throw new ConvertError(UNSUPPORTED, `${path}: architectures names ${unknown}, a class that is not known here, so that what it makes of the tower is not known either. If its `
      + 'tower is CLIP\'s own, write "CLIPVisionModelWithProjection" there, or "CLIPVisionModel" without a projection.');
  }
}

/** What the first bytes, or the name, tell of files that hold no tensors in a way that is read here. */
const FORMATS = [
  [(start) => start.startsWith('GGUF'), 'a GGUF file, whose weights are quantised in llama.cpp\'s ways'],
  [(start) => start.startsWith('\x89HDF'), 'an HDF5 file, as Keras and TensorFlow write'],
  [(start, path) => path.endsWith('.onnx') || (start.startsWith('\x08') && path.endsWith('.ort')), 'an ONNX graph, whose layers have lost their names'],
  [(start, path) => start.slice(4, 8) === 'TFL3' || path.endsWith('.tflite'), 'a TensorFlow Lite graph'],
  [(start, path) => path.endsWith('.msgpack'), 'Flax\'s msgpack file'],
  [(start, path) => path.endsWith('.mlmodel'), 'a Core ML model'],
];

/**
 * @param {string} path
 * @param {Uint8Array} bytes the file's first
 */
export function refuseFormats(path, bytes) {
  const start = String.fromCharCode(...bytes);
  if (start.startsWith('version ')) {
    throw new ConvertError(UNSUPPORTED, `${path} is a pointer that Git LFS leaves in place of a file; fetch the file itself ("git lfs pull").`);
  }
  const [, what] = FORMATS.find(([isOf]) => isOf(start, path.toLowerCase())) ?? [];
  if (what) {
    throw new ConvertError(UNSUPPORTED, `${path} is ${what}; take the publication's PyTorch or safetensors file, or save the model as one.`);
  }
}
