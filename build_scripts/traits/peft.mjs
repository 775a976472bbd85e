/** A trait's tensors as PyTorch has them: row-major, without the panels of eight, in PEFT's and nn.Sequential's names. */
import { writeFile } from 'node:fs/promises';
import { PANEL } from '../../web/lib/model/packed-head.js';
import { linearShape } from '../convert/adapter-modules.mjs';
import { BLOCK_MODULES } from '../convert/layout-huggingface.mjs';
import { layOut } from '../convert/shards.mjs';

const THEIRS = Object.fromEntries(Object.entries(BLOCK_MODULES).map(([theirs, ours]) => [ours, theirs]));

/** @typedef {{name: string, shape: number[], values: Float32Array}} Plain row-major */

/** [rows / 8, columns, 8] as [rows, columns]. @param {{bytes: Uint8Array}} tensor @param {number} rows @param {number} columns */
function unpack({ bytes }, rows, columns) {
  const packed = new Float32Array(bytes.slice().buffer);
  const plain = new Float32Array(rows * columns);
  for (let row = 0; row < rows; row += 1) {
    const panel = Math.floor(row / PANEL) * columns * PANEL + (row % PANEL);
    for (let column = 0; column < columns; column += 1) plain[row * columns + column] = packed[panel + column * PANEL];
  }
  return plain;
}

/** transformers' module of one of our places. */
function moduleOf(place) {
  if (place === 'projection') return 'visual_projection';
  const [, layer, inner] = /^blocks\.(\d+)\.(.+)$/.exec(place);
  return `vision_model.encoder.layers.${layer}.${THEIRS[inner]}`;
}

/** Ranks are filled up with zeros to whole panels: the rows of A that are not. */
function rankOf(a, columns) {
  let rank = a.length / columns;
  while (rank > 1 && a.subarray((rank - 1) * columns, rank * columns).every((value) => value === 0)) rank -= 1;
  return rank;
}

/**
 * @param {Map<string, {shape: number[], bytes: Uint8Array}>} tensors a trait's
 * @param {object} sizes the tower's
 * @returns {(Plain & {module: string, rank: number})[]} A and B of each module; the scale is in B
 */
export function adapterTensors(tensors, sizes) {
  return [...tensors.keys()].filter((name) => name.endsWith('.lora_A')).flatMap((name) => {
    const place = name.slice(0, -'.lora_A'.length);
    const [out, inputs] = linearShape(place, sizes);
    const width = tensors.get(name).shape[0] * PANEL;
    const a = unpack(tensors.get(name), width, inputs);
    const b = unpack(tensors.get(`${place}.lora_B`), out, width);
    const rank = rankOf(a, inputs);
    const module = moduleOf(place);
    const narrow = new Float32Array(out * rank);
    for (let row = 0; row < out; row += 1) narrow.set(b.subarray(row * width, row * width + rank), row * rank);
    return [
      { module, rank, name: `base_model.model.${module}.lora_A.weight`, shape: [rank, inputs], values: a.slice(0, rank * inputs) },
      { module, rank, name: `base_model.model.${module}.lora_B.weight`, shape: [out, rank], values: narrow },
    ];
  });
}

/** adapter_config.json: alpha is the rank, so that B is taken as it is. @param {ReturnType<typeof adapterTensors>} pairs */
export function adapterConfig(pairs) {
  const ranks = new Map(pairs.map(({ module, rank }) => [module, rank]));
  const [rank] = ranks.values();
  const others = Object.fromEntries([...ranks].filter(([, each]) => each !== rank));
  return {
    peft_type: 'LORA', task_type: null, auto_mapping: { base_model_class: 'CLIPVisionModelWithProjection', parent_library: 'transformers.models.clip.modeling_clip' },
    base_model_name_or_path: null, inference_mode: true, r: rank, lora_alpha: rank, lora_dropout: 0, bias: 'none', fan_in_fan_out: false,
    init_lora_weights: true, modules_to_save: null, target_modules: [...ranks.keys()], rank_pattern: others, alpha_pattern: others,
  };
}

/**
 * A state dict of torch.nn.Sequential: activations have places, and no tensors.
 * @param {{head: {outputs: number, activation: string}[]}} task
 * @param {Map<string, {bytes: Uint8Array}>} tensors
 * @param {{embedding: number, width: number}} sizes
 * @returns {Plain[]}
 */
export function headTensors({ head }, tensors, { embedding, width }) {
  let [inputs, place] = [embedding || width, 0];
  return head.flatMap(({ outputs, activation }, index) => {
    const layer = [
      { name: `${place}.weight`, shape: [outputs, inputs], values: unpack(tensors.get(`head.${index}.weight`), outputs, inputs) },
      { name: `${place}.bias`, shape: [outputs], values: new Float32Array(tensors.get(`head.${index}.bias`).bytes.slice().buffer).slice(0, outputs) },
    ];
    inputs = outputs;
    place += activation === 'identity' ? 1 : 2;
    return layer;
  });
}

/** @param {string} path @param {Plain[]} tensors */
export async function writeTensors(path, tensors) {
  const { header } = layOut([{ tensors: tensors.map(({ name, shape }) => ({ name, shape, dtype: 'F32' })) }], 'pt');
  await writeFile(path, Buffer.concat([header, ...tensors.map(({ values }) => new Uint8Array(values.buffer, values.byteOffset, values.byteLength))]));
}
