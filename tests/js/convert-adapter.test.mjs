/** PEFT adapters: every way to say a scale, and every variant that is refused. */
import assert from 'node:assert/strict';
import { readFile, readdir, rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { test } from 'node:test';
import { convert } from '../../build_scripts/convert/convert.mjs';
import {
  LORA, SIZES, assertRefused, readSafetensors, temporaryFolder, tinyAdapterTensors, tinyHeadTensors, writeTinyModel,
} from '../support/convert-fixtures.mjs';
import { writeAdapterFolder, writeSafetensors } from '../golden/seeded-folders.mjs';

/** A conversion whose adapter_config.json and tensors are changed first. */
async function convertWith(t, { config = {}, tensors = tinyAdapterTensors(), recipe = () => {} }) {
  const folder = await temporaryFolder(t);
  const path = await writeTinyModel(folder, recipe);
  const configPath = join(folder, 'lora/adapter_config.json');
  await writeFile(configPath, JSON.stringify({ ...JSON.parse(await readFile(configPath)), ...config }));
  await writeSafetensors(join(folder, 'lora/adapter_model.safetensors'), tensors);
  const { manifest } = await convert(path, { outdir: join(folder, 'out'), outtype: 'f32' });
  return readSafetensors(join(folder, 'out', manifest.tasks[0].shards[0].file));
}

const rank8 = 8;

/** B of a module as it was written, [out, rank], divided by what generator.mjs made: the scale of each element. */
async function scaleOf(written, neutral, tensors, name) {
  const packed = new Float32Array(written.part(`${neutral}.lora_B`).buffer);
  const source = tensors.find((tensor) => tensor.name === `base_model.model.vision_model.encoder.layers.${name}.lora_B.weight`).make();
  const rank = source.length / SIZES.width;
  const scales = Array.from(source, (value, index) => {
    const [row, r] = [Math.floor(index / rank), index % rank];
    return packed[(Math.floor(row / 8) * rank8 + r) * 8 + (row % 8)] / value;
  });
  assert.ok(Math.max(...scales) - Math.min(...scales) < 1e-6, 'the scale differs within a module');
  return scales[0];
}

const QUERY = ['blocks.0.attention.query', '0.self_attn.q_proj'];
const VALUE = ['blocks.1.attention.value', '1.self_attn.v_proj'];

for (const [title, config, recipe, query, value] of [
  ['alpha / r', {}, undefined, 2, 2],
  ['alpha / sqrt(r) with rsLoRA', { use_rslora: true }, undefined, 6 / Math.sqrt(3), 6 / Math.sqrt(3)],
  ['alpha_pattern by a module\'s end', { alpha_pattern: { 'layers.1.self_attn.v_proj': 9 } }, undefined, 2, 3],
  ['alpha_pattern by a regular expression', { alpha_pattern: { '.*v_proj': 1.5 } }, undefined, 2, 0.5],
  ['rank_pattern that agrees with the tensors', { r: 5, rank_pattern: { 'q_proj': 3, v_proj: 3 } }, undefined, 2, 2],
  ['the recipe\'s alpha', { lora_alpha: 100 }, (r) => { r.tasks[0].adapter.alpha = 12; }, 4, 4],
  ['an alpha below 0', { lora_alpha: -6 }, undefined, -2, -2],
  ['fan_in_fan_out, which concerns the base only', { fan_in_fan_out: true }, undefined, 2, 2],
]) {
  test(`scale: ${title}`, async (t) => {
    const tensors = tinyAdapterTensors();
    const written = await convertWith(t, { config, recipe });
    assert.ok(Math.abs(await scaleOf(written, QUERY[0], tensors, QUERY[1]) - query) < 1e-6);
    assert.ok(Math.abs(await scaleOf(written, VALUE[0], tensors, VALUE[1]) - value) < 1e-6);
  });
}

test('A is packed in panels and padded with zeros', async (t) => {
  const written = await convertWith(t, {});
  assert.deepEqual(written.entries['blocks.0.attention.query.lora_A'].shape, [1, SIZES.width, 8]);
  const packed = new Float32Array(written.part('blocks.0.attention.query.lora_A').buffer);
  const source = tinyAdapterTensors()[0].make();
  for (let row = 0; row < 8; row += 1) {
    for (let k = 0; k < SIZES.width; k += 1) {
      assert.equal(packed[k * 8 + row], row < LORA.rank ? source[row * SIZES.width + k] : 0);
    }
  }
});

for (const [title, config, code, message] of [
  ['DoRA', { use_dora: true }, 'UNSUPPORTED', /use_dora/],
  ['PiSSA', { init_lora_weights: 'pissa' }, 'UNSUPPORTED', /init_lora_weights is "pissa"/],
  ['PiSSA with iterations', { init_lora_weights: 'pissa_niter_16' }, 'UNSUPPORTED', /pissa_niter_16/],
  ['OLoRA', { init_lora_weights: 'olora' }, 'UNSUPPORTED', /olora/],
  ['trained biases', { bias: 'lora_only' }, 'UNSUPPORTED', /bias is "lora_only"/],
  ['another method', { peft_type: 'IA3' }, 'UNSUPPORTED', /peft_type is "IA3"/],
  ['an unknown variant', { use_future_lora: true }, 'UNSUPPORTED', /use_future_lora/],
  ['replicated layers', { layer_replication: [[0, 1]] }, 'UNSUPPORTED', /layer_replication/],
  ['biases in B', { lora_bias: true }, 'UNSUPPORTED', /lora_bias/],
  ['a rank that the tensors lack', { r: 4 }, 'BAD_FILE', /q_proj has rank 4, but its tensors have 3/],
  ['a rank that is no rank', { rank_pattern: { q_proj: 0 } }, 'BAD_FILE', /rank_pattern: "q_proj" is 0, which cannot be/],
  ['an alpha in words', { alpha_pattern: { q_proj: 'high' } }, 'BAD_FILE', /alpha_pattern: "q_proj" is "high", which cannot be/],
  ['no alpha', { lora_alpha: null }, 'BAD_FILE', /no lora_alpha/],
  ['a broken pattern', { alpha_pattern: { '(': 1 } }, 'BAD_FILE', /no regular expression/],
  ['a pattern that takes for ever', { alpha_pattern: { '(([a-z_.0-9]+)+)+!': 4 } }, 'BAD_FILE', /no regular expression/],
  ['words in a hundred lists', { r: JSON.parse('['.repeat(100) + ']'.repeat(100)) }, 'BAD_FILE', /nested deeper/],
]) {
  test(`refuses ${title}`, async (t) => {
    await assertRefused(convertWith(t, { config }), code, message);
  });
}

test('unknown words without a value are passed over', async (t) => {
  await convertWith(t, { config: { use_future_lora: false, corda_config: null, alpha_pattern: {} } });
});

function zeros(name, shape) {
  return { name, shape, make: () => new Float32Array(shape.reduce((a, b) => a * b)) };
}

const MODULE = 'base_model.model.vision_model.encoder.layers.0.self_attn.q_proj';

for (const [title, change, code, message] of [
  ['a magnitude vector', (list) => [...list, zeros(`${MODULE}.lora_magnitude_vector`, [36])], 'UNSUPPORTED', /DoRA adapter/],
  ['an unknown tensor', (list) => [...list, zeros('base_model.model.extra.weight', [2, 2])], 'UNKNOWN_TENSOR', /extra\.weight/],
  ['A without B', (list) => list.filter(({ name }) => name !== `${MODULE}.lora_B.weight`), 'MISSING_TENSOR', /lora_B of .*layers\.0\.self_attn\.q_proj/],
  ['a wrong shape', (list) => list.map((tensor) => (tensor.name.endsWith('0.self_attn.q_proj.lora_A.weight') ? zeros(tensor.name, [3, 35]) : tensor)),
    'WRONG_SHAPE', /lora_A \[3,35\]/],
  ['a layer too many', (list) => [...list, zeros(`${MODULE.replace('.0.', '.7.')}.lora_A.weight`, [3, 36]), zeros(`${MODULE.replace('.0.', '.7.')}.lora_B.weight`, [36, 3])],
    'UNKNOWN_TENSOR', /layers\.7\.self_attn\.q_proj/],
  ['LoRA beside a norm', (list) => [...list, zeros(`${MODULE.replace('self_attn.q_proj', 'layer_norm1')}.lora_A.weight`, [3, 36]), zeros(`${MODULE.replace('self_attn.q_proj', 'layer_norm1')}.lora_B.weight`, [36, 3])],
    'UNKNOWN_TENSOR', /layer_norm1/],
  ['NaN', (list) => [{ ...list[0], make: () => list[0].make().fill(NaN, 5, 6) }, ...list.slice(1)], 'NOT_FINITE', /q_proj\.lora_A\.weight .* NaN at element 5/],
  ['no pair at all', () => [zeros('base_model.model.text_model.encoder.layers.0.self_attn.q_proj.lora_A.weight', [3, 36]),
    zeros('base_model.model.text_model.encoder.layers.0.self_attn.q_proj.lora_B.weight', [36, 3])], 'MISSING_TENSOR', /no LoRA pair/],
]) {
  test(`refuses ${title}`, async (t) => {
    await assertRefused(convertWith(t, { tensors: change(tinyAdapterTensors()) }), code, message);
  });
}

for (const prefix of ['base_model.model.', 'base_model.model.vision_model.', 'base_model.model.model.vision_model.', '']) {
  test(`finds modules behind "${prefix}"`, async (t) => {
    const tensors = tinyAdapterTensors().map((tensor) => (
      { ...tensor, name: tensor.name.replace('base_model.model.vision_model.', prefix) }));
    const written = await convertWith(t, { tensors });
    assert.ok(written.entries['blocks.1.attention.value.lora_B']);
  });
}

test('every linear layer can be adapted', async (t) => {
  const folder = await temporaryFolder(t);
  const path = await writeTinyModel(folder);
  await rm(join(folder, 'lora'), { recursive: true });
  const targets = ['q_proj', 'k_proj', 'v_proj', 'out_proj', 'fc1', 'fc2', 'visual_projection'];
  await writeAdapterFolder(join(folder, 'lora'), SIZES, { ...LORA, targets }, 5);
  await convert(path, { outdir: join(folder, 'out') });
  const [shard] = (await readdir(join(folder, 'out'))).filter((name) => name.startsWith('quality'));
  const { entries } = await readSafetensors(join(folder, 'out', shard));
  assert.deepEqual(entries['blocks.0.mlp.fc1.lora_B'], { ...entries['blocks.0.mlp.fc1.lora_B'], dtype: 'F16', shape: [10, 8, 8] });
  assert.deepEqual(entries['blocks.0.mlp.fc2.lora_A'].shape, [1, SIZES.mlp_width, 8]);
  assert.deepEqual(entries['projection.lora_B'].shape, [3, 8, 8]);
  assert.equal(Object.keys(entries).filter((name) => name.includes('lora')).length, 2 * (6 * SIZES.layers + 1));
});

test('modules_to_save: a head in the adapter', async (t) => {
  const head = tinyHeadTensors().map((tensor) => ({ ...tensor, name: `base_model.model.classifier.${tensor.name}` }));
  const options = { config: { modules_to_save: ['classifier'] }, tensors: [...tinyAdapterTensors(), ...head] };
  const written = await convertWith(t, { ...options, recipe: (r) => { r.tasks[0].head = { path: 'lora', layers: ['fc1', 'relu', 'fc2'] }; } });
  assert.deepEqual(written.entries['head.1.weight'].shape, [1, 5, 8]);
  await assertRefused(convertWith(t, options), 'UNKNOWN_TENSOR', /classifier\.fc1\.weight.*set tasks\[0\]\.head\.path/);
});

test('modules_to_save: CLIPForImageClassification\'s head reads something else, and is refused', async (t) => {
  const head = { name: 'base_model.model.classifier.weight', shape: [4, 36], make: () => new Float32Array(144) };
  const config = { modules_to_save: ['classifier'], auto_mapping: { base_model_class: 'CLIPForImageClassification', parent_library: 'transformers.models.clip' } };
  await assertRefused(convertWith(t, { config, tensors: [...tinyAdapterTensors(), head] }), 'UNSUPPORTED', /CLIPForImageClassification, whose .*classifier\.weight reads the mean of the patch tokens/);
});

test('modules_to_save: a projection of its own becomes a pair of full rank', async (t) => {
  const own = { name: 'base_model.model.visual_projection.weight', shape: [20, 36], make: () => new Float32Array(720).fill(0.25) };
  const written = await convertWith(t, { config: { modules_to_save: ['visual_projection'] }, tensors: [...tinyAdapterTensors(), own] });
  assert.deepEqual(written.entries['projection.lora_A'].shape, [3, 36, 8]);
  const identity = new Float32Array(written.part('projection.lora_B').buffer);
  assert.equal(identity.reduce((sum, value) => sum + value), 20);
});
