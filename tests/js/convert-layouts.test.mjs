/**
 * Every layout from its published form to the engine's result, against PyTorch (tests/golden/checkpoints.py).
 * convert-damage.test.mjs shows that these comparisons can fail.
 */
import assert from 'node:assert/strict';
import { copyFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { test } from 'node:test';
import { completeSizes } from '../../build_scripts/convert/config.mjs';
import { writeAdapterFolder, writeTowerFolder } from '../golden/seeded-folders.mjs';
import { assertRefused, temporaryFolder } from '../support/convert-fixtures.mjs';
import { BASE, BOUND, convertIn, expected, fixture, pictures, relativeError, seeds, sizes } from '../support/layout-parity.mjs';

const HEADS = { num_attention_heads: sizes.heads };

async function convertRecipe(t, recipe) {
  return convertIn(await temporaryFolder(t), recipe);
}

function assertNear(rows, wanted, what) {
  assert.equal(rows.flat().length, wanted.flat().length);
  const error = relativeError(rows, wanted);
  assert.ok(error < BOUND, `${what} differs by ${error}`);
}

test('the goldens tell the layouts\' quirks apart', () => {
  for (const [a, b] of [['plain', 'plain_gelu'], ['laion_mlp', 'laion_mlp_relu'], ['plain', 'openai']]) {
    assert.ok(relativeError(expected[a], expected[b]) > 3e-4, `${a} and ${b} are too near`);
  }
  assert.ok(relativeError(expected.quality.embeddings, expected.plain) > 0.05);
});

const PLAIN = { path: fixture('visual-only.pt'), config: { ...HEADS, hidden_act: 'quick_gelu' } };

for (const [title, base, wanted, said] of [
  ['OpenAI\'s TorchScript archive implies quick_gelu', { path: fixture('openai.pt'), config: HEADS }, 'openai', /OpenAI CLIP tower from .*openai\.pt \(TorchScript\)/],
  ['open_clip, inside a training checkpoint', { path: fixture('open-clip.pt'), config: { ...HEADS, hidden_act: 'gelu' } }, 'plain_gelu', /open_clip tower .*\(PyTorch zip-pickle\)/],
  ['open_clip\'s visual tower alone', PLAIN, 'plain', /open_clip tower/],
  ['the recipe may name the layout', { ...PLAIN, layout: 'openai' }, 'plain', /OpenAI CLIP tower/],
  ['Hugging Face in bfloat16', { path: fixture('hugging-face.bin'), config: { ...HEADS, hidden_act: 'gelu' } }, 'hugging_face', /Hugging Face CLIP tower/],
  ['PerceptCLIP as a base alone', { path: fixture('perceptclip-quality.pth'), config: { ...HEADS, hidden_act: 'quick_gelu' } }, 'plain', /PerceptCLIP tower/],
]) {
  test(title, async (t) => {
    const { tower, said: lines } = await convertRecipe(t, { base });
    assert.match(lines, said);
    assertNear(tower.run(pictures, BASE).embeddings, expected[wanted], title);
  });
}

test('a bare state dict must be told its activation', async (t) => {
  for (const name of ['visual-only.pt', 'open-clip.pt', 'hugging-face.bin', 'perceptclip-quality.pth']) {
    await assertRefused(convertRecipe(t, { base: { path: fixture(name), config: HEADS } }), 'BAD_RECIPE', /base\.config\.hidden_act/);
  }
});

test('heads come from the recipe, else from the files, else from the published model of the same shape', () => {
  const measured = { width: 1024, layers: 24, mlp_width: 4096, patch: 14, image: 224, embedding: 768 };
  assert.equal(completeSizes(measured, { activation: 'gelu' }, {}, 'x').heads, 16);
  assert.equal(completeSizes(measured, { activation: 'gelu', heads: 8 }, {}, 'x').heads, 8);
  assert.equal(completeSizes(measured, { activation: 'gelu', heads: 8 }, { num_attention_heads: 32 }, 'x').heads, 32);
});

test('open_clip_config.json tells activation, heads, mean and std', async (t) => {
  const folder = await temporaryFolder(t);
  await copyFile(fixture('open-clip.pt'), join(folder, 'open_clip_pytorch_model.bin'));
  const config = { model_cfg: { vision_cfg: { width: 16, head_width: 8 } }, preprocess_cfg: { mean: [0.5, 0.5, 0.5], std: [0.5, 0.5, 0.5] } };
  await writeFile(join(folder, 'open_clip_config.json'), JSON.stringify(config));
  const { manifest } = await convertRecipe(t, { base: { path: folder } });
  assert.deepEqual([manifest.tower.activation, manifest.tower.heads], ['gelu', 2]);
  assert.deepEqual(manifest.tasks[0].preprocess.mean, [0.5, 0.5, 0.5]);
});

function perceptTask(id, output) {
  const path = fixture(`perceptclip-${id}.pth`);
  return { id, adapter: { path }, head: { path }, output };
}

const PERCEPTCLIP = {
  base: { path: fixture('perceptclip-quality.pth'), config: { ...HEADS, hidden_act: 'quick_gelu' } },
  tasks: [
    perceptTask('quality', { kind: 'score' }),
    perceptTask('emotion', { kind: 'classes', labels: ['a', 'b', 'c', 'd', 'e', 'f', 'g', 'h'] }),
  ],
};

test('PerceptCLIP: one base, an adapter and a head of each file', async (t) => {
  const { manifest, said, tower } = await convertRecipe(t, PERCEPTCLIP);
  assert.match(said, /perceptclip-emotion\.pth brings the same tower, number by number; it is stored once/);
  assert.equal(manifest.base.shards.length, 1);
  assert.deepEqual(manifest.tasks[0].head, [{ outputs: 8, activation: 'relu' }, { outputs: 4, activation: 'relu' }, { outputs: 1, activation: 'identity' }]);
  ['quality', 'emotion'].forEach((id, index) => {
    const { embeddings, raw } = tower.run(pictures, index);
    assertNear(embeddings, expected[id].embeddings, `${id}: embeddings`);
    assertNear(raw, expected[id].raw, `${id}: raw`);
  });
});

test('PerceptCLIP: the recipe\'s alpha', async (t) => {
  const recipe = structuredClone(PERCEPTCLIP);
  recipe.tasks[0].adapter.alpha = 16;
  const { tower } = await convertRecipe(t, recipe);
  assert.ok(relativeError(tower.run(pictures, 0).embeddings, expected.quality.embeddings) > 0.02);
});

test('PerceptCLIP: a head without the adapter that it was trained on is refused', async (t) => {
  const recipe = structuredClone(PERCEPTCLIP);
  delete recipe.tasks[0].adapter;
  await assertRefused(convertRecipe(t, recipe), 'BAD_RECIPE', /tasks\[0\]\.head is of .*perceptclip-quality\.pth, whose adapter it was trained on; name the same file in the task's adapter\.path/);
});

test('PerceptCLIP beside the trunk in another layout', async (t) => {
  const { tower } = await convertRecipe(t, { ...PERCEPTCLIP, base: PLAIN });
  assertNear(tower.run(pictures, 1).raw, expected.emotion.raw, 'raw');
});

test('PerceptCLIP: a trunk that differs in one weight is refused', async (t) => {
  const recipe = { ...PERCEPTCLIP, tasks: [PERCEPTCLIP.tasks[0], perceptTask('other', { kind: 'score' })] };
  await assertRefused(convertRecipe(t, recipe), 'DIFFERENT_TRUNK', /layers\.1\.mlp\.fc1\.weight in .*perceptclip-other\.pth is not the one/);
});

test('a PEFT adapter in Hugging Face\'s names fits a trunk of any layout', async (t) => {
  const folder = await temporaryFolder(t);
  await writeAdapterFolder(join(folder, 'lora'), sizes, { targets: ['q_proj', 'k_proj', 'v_proj'], rank: 4, alpha: 8 }, seeds.quality);
  const tasks = [{ id: 'a', adapter: { path: join(folder, 'lora') }, head: { path: fixture('perceptclip-quality.pth') } }];
  for (const base of [PLAIN, PERCEPTCLIP.base]) {
    const { tower } = await convertRecipe(t, { base, tasks });
    assertNear(tower.run(pictures, 0).raw, expected.quality.raw, base.path);
  }
});

for (const [name, wanted, normalize, layers] of [
  ['laion-linear.pth', 'laion_linear', true, undefined],
  ['laion-mlp.pth', 'laion_mlp', true, ['layers.0', 'layers.2', 'layers.4', 'layers.6', 'layers.7']],
  ['laion-mlp-relu.pth', 'laion_mlp_relu', true, ['layers.0', 'relu', 'layers.3', 'relu', 'layers.6', 'relu', 'layers.9', 'relu', 'layers.11']],
  ['head.npz', 'npz', false, ['fc1', 'relu', 'fc2']],
]) {
  test(`head: ${name}${layers ? ' with its layers told' : ''}`, async (t) => {
    const tasks = [{ id: 'a', normalize, head: { path: fixture(name), ...(layers && { layers }) } }];
    const { tower } = await convertRecipe(t, { base: PLAIN, tasks });
    assertNear(tower.run(pictures, 0).raw, expected[wanted], name);
    const wrong = await convertRecipe(t, { base: PLAIN, tasks: [{ ...tasks[0], normalize: !normalize }] });
    assert.ok(relativeError(wrong.tower.run(pictures, 0).raw, expected[wanted]) > 1e-3, 'the normalisation makes no difference');
  });
}

test('a layout that the contents contradict is refused', async (t) => {
  await assertRefused(convertRecipe(t, { base: { ...PLAIN, layout: 'huggingface' } }), 'MISSING_TENSOR', /class_embedding/);
  await assertRefused(convertRecipe(t, { base: { ...PLAIN, layout: 'perceptclip' } }), 'MISSING_TENSOR', /class_embedding/);
});

test('the seeded twin in transformers\' layout has the same numbers', async (t) => {
  const folder = await temporaryFolder(t);
  await writeTowerFolder(join(folder, 'tower'), { sizes, activation: 'quick_gelu', seed: seeds.tower, outliers: false });
  const { tower } = await convertRecipe(t, { base: { path: join(folder, 'tower') } });
  assertNear(tower.run(pictures, BASE).embeddings, expected.plain, 'embeddings');
});
