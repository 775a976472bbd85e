/**
 * The field's models: what transformers, open_clip and PEFT build, save and compute (tests/golden/families_towers.py), converted; lone
 * files by the shapes that open_clip describes; heads; and the families that are recognised and refused.
 */
import assert from 'node:assert/strict';
import { mkdir, readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { test } from 'node:test';
import { readOpenClipConfig } from '../../build_scripts/convert/open-clip-config.mjs';
import { TowerSource } from '../../build_scripts/convert/tower.mjs';
import { writeSafetensors } from '../golden/seeded-folders.mjs';
import { assertRefused, temporaryFolder } from '../support/convert-fixtures.mjs';
import { BASE, BOUND, convertIn, expected as plain, fixture, pictures, relativeError, sizes } from '../support/layout-parity.mjs';

const golden = async (name) => JSON.parse(await readFile(new URL(`../golden/families/${name}.json`, import.meta.url)));
const expected = await golden('towers');
const TOWERS = fileURLToPath(new URL('../golden/families/towers/', import.meta.url));
const PLAIN = { path: fixture('visual-only.pt'), config: { num_attention_heads: sizes.heads, hidden_act: 'quick_gelu' } };

const convertBase = async (t, base, tasks = [{ id: 'bare' }]) => convertIn(await temporaryFolder(t), { base, tasks });

function assertNear(rows, wanted) {
  assert.equal(rows.flat().length, wanted.flat().length);
  assert.ok(relativeError(rows, wanted) < BOUND, `differs by ${relativeError(rows, wanted)}`);
}

for (const name of ['clip-model', 'vision-model', 'vision-with-projection', 'clip-model-of-4', 'vision-model-of-4', 'vision-with-projection-of-4', 'metaclip-2', 'open-clip-gelu', 'open-clip-quick-gelu', 'open-clip-epsilon', 'open-clip-heads']) {
  test(`${name}: its folder is read as its own code computes`, async (t) => {
    const { tower } = await convertBase(t, { path: join(TOWERS, name) });
    assertNear(tower.run(pictures, BASE).embeddings, expected[name]);
  });
}

test('the goldens tell activation, epsilon and heads apart', () => {
  for (const name of ['open-clip-quick-gelu', 'open-clip-epsilon', 'open-clip-heads']) {
    assert.ok(relativeError(expected[name], expected['open-clip-gelu']) > 3e-4, name);
  }
});

for (const [name, message] of [
  ['open-clip-tanh', /act_kwargs is .*the tanh form of GELU/],
  ['open-clip-average', /pool_type is "avg"/],
  ['open-clip-clipa', /family CLIPA: it has no LayerNorm before its first layer/],
  ['open-clip-layer-scale', /ls_init_value is 0\.1/],
  ['open-clip-sine', /pos_embed_type is "sin_cos_2d"/],
]) {
  test(`${name} is refused by the word`, async (t) => {
    await assertRefused(convertBase(t, { path: join(TOWERS, name) }), 'UNSUPPORTED', message);
  });
}

for (const name of ['peft-attention', 'peft-mlp']) {
  test(`${name}: LoRA beside open_clip's own modules`, async (t) => {
    for (const base of [PLAIN, { path: join(TOWERS, 'open-clip-quick-gelu') }]) {
      const { tower } = await convertBase(t, base, [{ id: 'a', adapter: { path: join(TOWERS, name) } }]);
      assertNear(tower.run(pictures, 0).embeddings, expected[name]);
    }
    assert.ok(relativeError(expected[name], plain.plain) > 0.01);
  });
}

test('LoRA beside out_proj alone has no effect in open_clip, and is refused for it', async (t) => {
  assert.ok(relativeError(expected['peft-no-effect'], plain.plain) < 1e-5);
  const tasks = [{ id: 'a', adapter: { path: join(TOWERS, 'peft-no-effect') } }];
  await assertRefused(convertBase(t, PLAIN, tasks), 'UNSUPPORTED', /attn\.out_proj, which open_clip's attention reads without its adapter/);
});

// ---- heads ----

const withReLU = (layers) => layers.flatMap((layer, index) => (index > 0 ? ['relu', layer] : [layer]));
const HEAD_LAYERS = {
  v1: ['predictor'],
  linear: ['layers.0', 'layers.2', 'layers.4', 'layers.6', 'layers.7'],
  relu: withReLU(['layers.0', 'layers.3', 'layers.6', 'layers.9', 'layers.11']),
};

for (const [kind, layers] of Object.entries(HEAD_LAYERS)) {
  test(`tower and head in one file: ${kind}`, async (t) => {
    const path = join(TOWERS, `aesthetics-${kind}`);
    const { tower } = await convertBase(t, { path }, [{ id: 'a', head: { path, layers }, normalize: true }]);
    assertNear(tower.run(pictures, 0).raw, expected[`aesthetics-${kind}`]);
    await assertRefused(convertBase(t, { path }, [{ id: 'a', head: { path } }]), 'BAD_RECIPE', /lacks the word "normalize"|head\.layers is needed/);
    await assertRefused(convertBase(t, { path }), 'UNKNOWN_TENSOR', /(predictor|layers\.0)\.(bias|weight).*unless they are a head, whose task names the same file/);
  });
}

async function headTask(t, tensors, words = {}) {
  const folder = await temporaryFolder(t);
  const path = join(folder, 'head.safetensors');
  const make = (shape) => () => Float32Array.from({ length: shape.reduce((a, b) => a * b, 1) }, (_, at) => Math.sin(at));
  await writeSafetensors(path, Object.entries(tensors).map(([name, shape]) => ({ name, shape, make: make(shape) })));
  const { layers, ...others } = words;
  return convertBase(t, PLAIN, [{ id: 'a', head: { path, ...(layers && { layers }) }, normalize: false, ...others }]);
}

const TWO = { '0.weight': [4, 12], '0.bias': [4], '2.weight': [1, 4], '2.bias': [1] };

test('a state dict inside {params: …} is read, and one of two is asked for', async (t) => {
  const head = (name) => [{ id: 'a', head: { path: join(TOWERS, 'heads', name) }, normalize: false }];
  const { tower } = await convertBase(t, PLAIN, head('params.pth'));
  assertNear(tower.run(pictures, 0).raw, expected['head-params']);
  await assertRefused(convertBase(t, PLAIN, head('two-states.pth')), 'UNSUPPORTED', /several state dicts \(params, params_ema\), and nothing tells which/);
});

test('ReLU is never put between the layers of a head that nothing tells of', async (t) => {
  await assertRefused(headTask(t, TWO), 'BAD_RECIPE', /head\.layers is needed: .*holds the layers 0, 2, and nothing tells their order and what stands between/);
  const { manifest } = await headTask(t, TWO, { layers: ['0', '2'] });
  assert.deepEqual(manifest.tasks[0].head.map(({ activation }) => activation), ['identity', 'identity']);
});

for (const word of ['silu', 'tanh', 'sigmoid', 'LeakyReLU']) {
  test(`a head with ${word} is refused by the word`, async (t) => {
    await assertRefused(headTask(t, TWO, { layers: ['0', word, '2'] }), 'UNSUPPORTED', new RegExp(`head\\.layers\\[1\\] is "${word}", an activation`));
  });
}

for (const [title, tensors, code, message] of [
  ['LayerNorm', { ...TWO, '1.weight': [4], '1.bias': [4] }, 'UNSUPPORTED', /1\.weight in .* has one side, \[4\], as a normalisation layer's has, or a linear layer's that was flattened/],
  ['BatchNorm', { ...TWO, '1.weight': [4], '1.bias': [4], '1.running_mean': [4] }, 'UNSUPPORTED', /is of a normalisation layer/],
  ['a convolution', { ...TWO, '0.weight': [4, 12, 1, 1] }, 'WRONG_SHAPE', /0\.weight .*\[4,12,1,1\]/],
]) {
  test(`a head with ${title} is refused`, async (t) => {
    await assertRefused(headTask(t, tensors, { layers: tensors['1.weight'] ? ['0', '1', '2'] : ['0', 'relu', '2'] }), code, message);
  });
}

test('a head on the features before the projection is asked for, and then read', async (t) => {
  const tensors = { weight: [1, 16], bias: [1] };
  await assertRefused(headTask(t, tensors), 'BAD_RECIPE', /takes 16 numbers, as many as the tower has before its projection to 12.*base\.features to "pooled"/);
  const folder = await temporaryFolder(t);
  const path = join(folder, 'head.safetensors');
  const row = Float32Array.from({ length: 16 }, (_, at) => Math.cos(at));
  await writeSafetensors(path, [{ name: 'weight', shape: [1, 16], make: () => row }]);
  const { tower, manifest } = await convertBase(t, { ...PLAIN, features: 'pooled' }, [{ id: 'a', head: { path }, normalize: false }]);
  assert.equal(manifest.tower.embedding, 0);
  assertNear(tower.run(pictures, BASE).embeddings, plain.bare);
  assertNear(tower.run(pictures, 0).raw, plain.bare.map((values) => [values.reduce((sum, value, at) => sum + value * row[at], 0)]));
});

// ---- lone files of open_clip, by the shapes that it describes ----

const shapes = await golden('shapes');
const isPlain = ({ vision_cfg: vision, name }) => !vision.timm_model_name && !Array.isArray(vision.layers) && !vision.attentional_pool && !vision.no_ln_pre
  && !vision.ls_init_value && !/^coca/.test(name);

/** Names and shapes of a visual tower, without numbers. */
function loneFile({ embed_dim: embedding, vision_cfg: vision }) {
  const { width, layers, mlp_ratio: ratio = 4, patch_size: patch, image_size: image } = vision;
  const tensors = new Map();
  const add = (name, ...shape) => tensors.set(name, { dtype: 'F32', shape });
  const linear = (name, out, inputs) => { add(`${name}.weight`, out, inputs); add(`${name}.bias`, out); };
  const norm = (name) => { add(`${name}.weight`, width); add(`${name}.bias`, width); };
  add('class_embedding', width);
  add('positional_embedding', 1 + (image / patch) ** 2, width);
  add('conv1.weight', width, 3, patch, patch);
  add('proj', width, embedding);
  norm('ln_pre');
  norm('ln_post');
  for (let layer = 0; layer < layers; layer += 1) {
    const block = `transformer.resblocks.${layer}`;
    add(`${block}.attn.in_proj_weight`, 3 * width, width);
    add(`${block}.attn.in_proj_bias`, 3 * width);
    linear(`${block}.attn.out_proj`, width, width);
    linear(`${block}.mlp.c_fc`, Math.floor(width * ratio), width);
    linear(`${block}.mlp.c_proj`, width, Math.floor(width * ratio));
    norm(`${block}.ln_1`);
    norm(`${block}.ln_2`);
  }
  return { label: 'lone.pt', tensors, folder: '/nowhere' };
}

test('lone files of every plain shape get the heads that open_clip builds them with', async () => {
  const tried = shapes.filter(isPlain);
  assert.ok(tried.length >= 40);
  const channels = new Set();
  for (const shape of tried) {
    const { sizes: told, origins } = await TowerSource.open(loneFile(shape), { config: { hidden_act: 'gelu' } });
    const { width, head_width: headWidth = 64 } = shape.vision_cfg;
    assert.equal(told.heads, Math.floor(width / headWidth), shape.name);
    assert.match(origins.heads, /^the publication of ViT-/);
    channels.add(width / told.heads);
  }
  assert.deepEqual([...channels].sort((a, b) => a - b), [64, 80, 88, 104, 112]);
});

for (const [name, heads] of [['ViT-B-32', 12], ['ViT-L-14', 16], ['ViT-H-14', 16], ['ViT-g-14', 16], ['ViT-bigG-14', 16], ['ViT-e-14', 16]]) {
  test(`a lone file of ${name}: ${heads} heads, and its activation is asked for`, async () => {
    const file = () => loneFile(shapes.find((shape) => shape.name === name));
    await assertRefused(TowerSource.open(file(), {}), 'BAD_RECIPE', /Nothing tells the activation.*base\.config\.hidden_act/);
    assert.equal((await TowerSource.open(file(), { config: { hidden_act: 'quick_gelu' } })).sizes.heads, heads);
    assert.equal((await TowerSource.open(file(), { config: { hidden_act: 'gelu', num_attention_heads: 32 } })).sizes.heads, 32);
  });
}

test('a shape that nobody published is asked for its heads', async () => {
  const file = loneFile({ embed_dim: 512, vision_cfg: { width: 640, layers: 7, patch_size: 16, image_size: 224 } });
  await assertRefused(TowerSource.open(file, { config: { hidden_act: 'gelu' } }), 'BAD_RECIPE', /no published one has its shape \(width 640, 7 layers, patches of 16, pictures of 224\)/);
});

test('each configuration of open_clip is obeyed, or refused by the word', async (t) => {
  const folder = await temporaryFolder(t);
  let read = 0;
  for (const { name, vision_cfg: vision, quick_gelu: quick } of shapes) {
    await writeFile(join(folder, 'open_clip_config.json'), JSON.stringify({ model_cfg: { vision_cfg: vision, quick_gelu: quick } }));
    const reading = readOpenClipConfig(folder, vision.width);
    if (vision.timm_model_name || Array.isArray(vision.layers) || vision.no_ln_pre || vision.attentional_pool || vision.ls_init_value) {
      await assertRefused(reading, 'UNSUPPORTED', /vision_cfg\.(timm_model_name|layers|no_ln_pre|attentional_pool|ls_init_value)/);
    } else {
      assert.deepEqual([(await reading).activation, (await reading).heads], [quick ? 'quick_gelu' : 'gelu', Math.floor(vision.width / (vision.head_width ?? 64))], name);
      read += 1;
    }
  }
  assert.ok(read >= 40 && shapes.length - read >= 40);
});

// ---- recognised and refused ----

for (const [family, { tensors, config }] of Object.entries(await golden('names'))) {
  test(`${family} is refused by its name`, async (t) => {
    const folder = await temporaryFolder(t);
    await writeSafetensors(join(folder, 'model.safetensors'), Object.entries(tensors).map(([name, shape]) => (
      { name, shape, make: () => new Float32Array(shape.reduce((a, b) => a * b, 1)) })));
    if (config) await writeFile(join(folder, 'config.json'), JSON.stringify(config));
    const named = { 'EVA-CLIP in open_clip': 'open_clip with a tower of timm', 'SigLIP in open_clip': 'open_clip with a tower of timm', DINOv2: 'ViT, DINO', ViT: 'ViT, DINO', 'SigLIP 2': 'SigLIP' }[family] ?? family;
    await assertRefused(convertBase(t, { path: folder }), 'UNSUPPORTED', new RegExp(`family ${named}.*: .*It is recognised, and cannot be converted`));
  });
}

test('a tower inside a larger model is refused by where it lies', async (t) => {
  const folder = await temporaryFolder(t);
  const path = join(folder, 'llava.safetensors');
  await writeSafetensors(path, [{ name: 'model.vision_tower.vision_model.embeddings.class_embedding', shape: [8], make: () => new Float32Array(8) }]);
  await assertRefused(convertBase(t, { path }), 'UNSUPPORTED', /inside a larger model, under model\.vision_tower\./);
});

for (const [name, bytes, message] of [
  ['model.gguf', 'GGUF\x03\0\0\0', /a GGUF file/],
  ['model.h5', '\x89HDF\r\n\x1a\n', /an HDF5 file, as Keras and TensorFlow write/],
  ['model.onnx', '\x08\x07\x12\x07pytorch', /an ONNX graph/],
  ['model.tflite', '\x1c\0\0\0TFL3', /a TensorFlow Lite graph/],
  ['flax_model.msgpack', '\x81\xa5abcd', /Flax's msgpack/],
  ['model.safetensors', 'version https://git-lfs.github.com/spec/v1\n', /a pointer that Git LFS leaves/],
]) {
  test(`${name} is refused for what it is`, async (t) => {
    const folder = await temporaryFolder(t);
    await mkdir(join(folder, 'base'));
    await writeFile(join(folder, 'base', name), Buffer.from(bytes, 'latin1'));
    await assertRefused(convertBase(t, { path: join(folder, 'base', name) }), 'UNSUPPORTED', message);
  });
}
