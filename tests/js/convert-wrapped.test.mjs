/**
 * Weights inside what training put around them, and files that contradict themselves: read as the authors' own code reads them, or
 * refused with the reason. What PyTorch and open_clip computed is in tests/golden/families (families_towers.py).
 */
import assert from 'node:assert/strict';
import { copyFile, readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { test } from 'node:test';
import { readHuggingFaceConfig } from '../../build_scripts/convert/config.mjs';
import { convert } from '../../build_scripts/convert/convert.mjs';
import { writeSafetensors } from '../golden/seeded-folders.mjs';
import { assertRefused, temporaryFolder, tinyTowerTensors, writeTinyModel } from '../support/convert-fixtures.mjs';
import { BASE, BOUND, convertIn, fixture, pictures, relativeError, sizes } from '../support/layout-parity.mjs';

const TOWERS = fileURLToPath(new URL('../golden/families/towers/', import.meta.url));
const expected = JSON.parse(await readFile(new URL('../golden/families/towers.json', import.meta.url)));
const LONE = { path: fixture('visual-only.pt'), config: { num_attention_heads: sizes.heads, hidden_act: 'quick_gelu' } };

/** A tiny model whose tower's tensors or configuration are changed first. */
async function convertTiny(t, { tensors = (list) => list, config = {}, recipe, prepare = async () => {} }) {
  const folder = await temporaryFolder(t);
  const path = await writeTinyModel(folder, recipe);
  const configPath = join(folder, 'tower/config.json');
  await writeFile(configPath, JSON.stringify({ ...JSON.parse(await readFile(configPath)), ...config }));
  await writeSafetensors(join(folder, 'tower/model.safetensors'), tensors(tinyTowerTensors()));
  await prepare(folder);
  return (await convert(path, { outdir: join(folder, 'out'), outtype: 'f32' })).manifest;
}

const renamed = (rename) => (list) => list.map((tensor) => ({ ...tensor, name: rename(tensor.name) }));
const hashes = ({ base }) => base.shards.map(({ sha256 }) => sha256);

for (const [title, rename] of [
  ['torch.compile', (name) => `_orig_mod.${name}`],
  ['torch.compile of a part', (name) => name.replace('encoder.', 'encoder._orig_mod.')],
  ['DataParallel', (name) => `module.${name}`],
  ['both', (name) => `module._orig_mod.${name}`],
  ['FSDP and checkpoints of activations', (name) => name.replace('vision_model.', 'vision_model._fsdp_wrapped_module.').replace(/layers\.(\d)\./, 'layers.$1._checkpoint_wrapped_module.')],
]) {
  test(`names inside ${title} are the model's own`, async (t) => {
    assert.deepEqual(hashes(await convertTiny(t, { tensors: renamed(rename) })), hashes(await convertTiny(t, {})));
  });
}

test('a tensor as itself and inside a wrapper is refused', async (t) => {
  const tensors = (list) => [...list, { ...list[0], name: `_orig_mod.${list[0].name}` }];
  await assertRefused(convertTiny(t, { tensors }), 'BAD_FILE', /holds .* twice, as itself and inside a wrapper/);
});

const head = (name) => ({ base: LONE, tasks: [{ id: 'a', head: { path: join(TOWERS, 'heads', name) }, normalize: false }] });

for (const name of ['compiled.pth', 'averaged.pth']) {
  test(`${name}: what PyTorch wrote around a head's names is taken away`, async (t) => {
    const { tower } = await convertIn(await temporaryFolder(t), head(name));
    assert.ok(relativeError(tower.run(pictures, 0).raw, expected['head-params']) < BOUND);
  });
}

test('weights beside their moving average, whatever that is called, are asked about', async (t) => {
  await assertRefused(convertIn(await temporaryFolder(t), head('with-average.pth')), 'UNSUPPORTED', /several state dicts \(model, model_ema\), and nothing tells which one counts/);
});

test('TorchScript of another tower than OpenAI\'s is asked for its activation', async (t) => {
  const base = (config) => ({ base: { path: join(TOWERS, 'traced-gelu.pt'), config: { num_attention_heads: sizes.heads, ...config } } });
  await assertRefused(convertIn(await temporaryFolder(t), base({})), 'BAD_RECIPE', /Nothing tells the activation/);
  const { tower } = await convertIn(await temporaryFolder(t), base({ hidden_act: 'gelu' }));
  assert.ok(relativeError(tower.run(pictures, BASE).embeddings, expected['open-clip-gelu']) < BOUND);
});

test('vision_config_dict alone is the configuration, as to transformers', async (t) => {
  const folder = await temporaryFolder(t);
  await writeFile(join(folder, 'config.json'), JSON.stringify({ model_type: 'clip', vision_config_dict: { hidden_size: 36, hidden_act: 'gelu' } }));
  const { width, activation } = await readHuggingFaceConfig(folder);
  assert.deepEqual([width, activation], [36, 'gelu']);
});

// ---- files that contradict themselves ----

const withoutProjection = (list) => list.filter(({ name }) => name !== 'visual_projection.weight');
const bare = (features) => (recipe) => {
  if (features) recipe.base.features = features;
  recipe.tasks = [{ id: 'bare' }];
};

test('a class that ends in a projection, without one: asked, and read as the recipe says', async (t) => {
  for (const name of ['CLIPModel', 'CLIPVisionModelWithProjection']) {
    const model = { tensors: withoutProjection, config: { architectures: [name] } };
    await assertRefused(convertTiny(t, { ...model, recipe: bare() }), 'BAD_RECIPE', new RegExp(`config\\.json names ${name}, which ends in a projection, and .*model\\.safetensors has none`));
    assert.equal((await convertTiny(t, { ...model, recipe: bare('pooled') })).tower.embedding, 0);
  }
});

test('a class that ends before the projection, with one: asked, and read as the recipe says', async (t) => {
  const config = { architectures: ['CLIPVisionModel'] };
  await assertRefused(convertTiny(t, { config, recipe: bare() }), 'BAD_RECIPE', /config\.json names CLIPVisionModel, which ends before the projection, and .* has one; set base\.features/);
  assert.equal((await convertTiny(t, { config, recipe: bare('projected') })).tower.embedding, 20);
  assert.equal((await convertTiny(t, { config, recipe: bare('pooled') })).tower.embedding, 0);
});

test('features after a projection that is not there are refused', async (t) => {
  await assertRefused(convertTiny(t, { tensors: withoutProjection, recipe: bare('projected') }), 'BAD_RECIPE', /base\.features is "projected", and .* has no projection/);
});

test('an adapter inside the base\'s layers is refused for what it is', async (t) => {
  const tensors = renamed((name) => name.replace('q_proj.', 'q_proj.base_layer.'));
  await assertRefused(convertTiny(t, { tensors }), 'UNSUPPORTED', /has an adapter inside its layers \(.*q_proj\.base_layer\.weight\); save the model without it/);
});

test('an adapter\'s own file is read where a whole model lies beside it', async (t) => {
  const prepare = (folder) => copyFile(join(folder, 'tower/model.safetensors'), join(folder, 'lora/model.safetensors'));
  assert.deepEqual((await convertTiny(t, { prepare })).tasks[0].shards, (await convertTiny(t, {})).tasks[0].shards);
});

const small = (...names) => () => names.map((name) => ({ name, shape: [8], make: () => new Float32Array(8) }));

for (const [title, names, message] of [
  ['a tower in a larger model of transformers 5', ['vision_tower.embeddings.class_embedding'], /a CLIP tower inside a larger model, under vision_tower\./],
  ['open_clip with attentional pooling', ['visual.class_embedding', 'visual.transformer.resblocks.0.attn.in_proj_weight', 'visual.attn_pool.query'], /family CoCa, or open_clip with attentional_pool: it pools by attention\./],
  ['FLAVA', ['embeddings.cls_token'], /family ViT, DINO or another of their kind/],
]) {
  test(`${title} is refused with a sentence that is true`, async (t) => assertRefused(convertTiny(t, { tensors: small(...names) }), 'UNSUPPORTED', message));
}
