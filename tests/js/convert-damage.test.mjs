/**
 * That the comparison with PyTorch can fail, for every layout: one tensor is transposed, one scale is dropped, gelu and
 * quick_gelu are swapped, the L2 normalisation is forgotten, and each time the answer must leave the bound that it kept
 * before. The damage is done to the files and the recipe, so the readers and the layouts are what is tried.
 */
import assert from 'node:assert/strict';
import { copyFile, readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { test } from 'node:test';
import { openCheckpoint } from '../../build_scripts/convert/checkpoint.mjs';
import { adapterTensors, headTensors, towerTensors } from '../golden/generator.mjs';
import { writeAdapterFolder, writeSafetensors, writeTowerFolder } from '../golden/seeded-folders.mjs';
import { assertRefused, temporaryFolder } from '../support/convert-fixtures.mjs';
import { BASE, BOUND, convertIn, expected, fixture, pictures, relativeError, seeds, sizes } from '../support/layout-parity.mjs';
import { fillWithOnes, spoil, transposeSquare } from '../support/stored-tensor.mjs';

const ATTENTION = ['q_proj', 'k_proj', 'v_proj'];
const LORA = { rank: 4, alpha: 8 };
const config = Object.freeze({ num_attention_heads: sizes.heads, hidden_act: 'quick_gelu' });
const OTHER_ACTIVATION = { quick_gelu: 'gelu', gelu: 'quick_gelu' };
const TOWER = { sizes, activation: 'quick_gelu', seed: seeds.tower, outliers: false };

/** A fixture of PyTorch's as the base. */
const torchBase = (name, words) => async (folder) => {
  await copyFile(fixture(name), join(folder, name));
  return { file: name, recipe: { base: { path: name, config: { ...config, ...words } } } };
};

/** The seeded tower as transformers writes it. */
const huggingFaceBase = (change) => async (folder) => {
  await writeTowerFolder(join(folder, 'tower'), TOWER);
  await writeSafetensors(join(folder, 'tower/model.safetensors'), change(towerTensors(sizes, seeds.tower, false)));
  return { file: 'tower/model.safetensors', recipe: { base: { path: 'tower', config } } };
};

/** A head beside OpenAI's bare visual tower; the head's file is damaged. */
const headOn = (name, words, layers) => async (folder) => {
  await copyFile(fixture(name), join(folder, name));
  const base = { path: fixture('visual-only.pt'), config };
  return { file: name, recipe: { base, tasks: [{ id: 'a', head: { path: name, ...(layers && { layers }) }, ...words }] } };
};

async function perceptClip(folder) {
  const name = 'perceptclip-quality.pth';
  const { file, recipe } = await torchBase(name)(folder);
  return { file, recipe: { ...recipe, tasks: [{ id: 'a', adapter: { path: name }, head: { path: name } }] } };
}

/** A PEFT folder beside the tower; the adapter's file is damaged. */
const peft = (words = {}, makeTensors = (lora) => adapterTensors(sizes, lora, seeds.quality)) => async (folder) => {
  const lora = { targets: ATTENTION, ...LORA, ...words };
  await writeAdapterFolder(join(folder, 'lora'), sizes, lora, seeds.quality);
  await writeSafetensors(join(folder, 'lora/adapter_model.safetensors'), makeTensors(lora));
  const base = { path: fixture('visual-only.pt'), config };
  return { file: 'lora/adapter_model.safetensors', recipe: { base, tasks: [{ id: 'a', adapter: { path: 'lora' } }] } };
};

/** Values have rank 2, queries and keys 4. */
const twoRanks = (lora) => [[['q_proj', 'k_proj'], 4], [['v_proj'], 2]].flatMap(([targets, rank]) => (
  adapterTensors(sizes, { ...lora, targets, rank }, seeds.quality)));

const withProjection = (lora) => {
  const own = towerTensors(sizes, seeds.other_projection, false).find(({ name }) => name === 'visual_projection.weight');
  return [...adapterTensors(sizes, lora, seeds.quality), { ...own, name: `base_model.model.${own.name}` }];
};

const savedHead = async (folder) => {
  const head = headTensors(sizes.embedding, [8, 4, 1], seeds.quality).map((tensor) => ({ ...tensor, name: `base_model.model.head.${tensor.name}` }));
  const { file, recipe } = await peft({ modules_to_save: ['head'] }, (lora) => [...adapterTensors(sizes, lora, seeds.quality), ...head])(folder);
  recipe.tasks[0] = { ...recipe.tasks[0], head: { path: 'lora', layers: ['fc1', 'relu', 'fc2', 'relu', 'fc3'] }, normalize: false };
  return { file, recipe };
};

const setLora = (words) => async (recipe, folder) => {
  const path = join(folder, 'lora/adapter_config.json');
  await writeFile(path, JSON.stringify({ ...JSON.parse(await readFile(path)), ...words }));
};
const setAlpha = (alpha) => (recipe) => { recipe.tasks[0].adapter.alpha = alpha; };
const scaleIsDropped = ['the scale is dropped', setAlpha(LORA.rank)];

/** Further damage where there is something to it: [title, what is done]. */
const LAYOUTS = [
  { title: 'OpenAI\'s TorchScript', prepare: torchBase('openai.pt', { hidden_act: undefined }), wanted: expected.openai },
  { title: 'open_clip inside a training checkpoint', prepare: torchBase('open-clip.pt', { hidden_act: 'gelu' }), wanted: expected.plain_gelu },
  { title: 'open_clip\'s visual tower alone', prepare: torchBase('visual-only.pt'), wanted: expected.plain },
  { title: 'CLIPModel in bfloat16', prepare: torchBase('hugging-face.bin', { hidden_act: 'gelu' }), wanted: expected.hugging_face },
  { title: 'CLIPVisionModelWithProjection without vision_model.', wanted: expected.plain,
    prepare: huggingFaceBase((list) => list.map((tensor) => ({ ...tensor, name: tensor.name.replace('vision_model.', '') }))) },
  { title: 'CLIPVisionModel, which has no projection', wanted: expected.bare,
    prepare: huggingFaceBase((list) => list.filter(({ name }) => name !== 'visual_projection.weight')) },
  { title: 'PerceptCLIP', prepare: perceptClip, wanted: expected.quality.raw, more: [scaleIsDropped] },
  { title: 'PEFT, alpha / r', prepare: peft(), wanted: expected.peft.plain, more: [scaleIsDropped] },
  { title: 'PEFT, fan_in_fan_out', prepare: peft({ fan_in_fan_out: true }), wanted: expected.peft.plain, more: [scaleIsDropped] },
  { title: 'PEFT, alpha / sqrt(r)', prepare: peft({ use_rslora: true }), wanted: expected.peft.rslora,
    more: [['rsLoRA is forgotten', setLora({ use_rslora: false })]] },
  { title: 'PEFT, rank_pattern and alpha_pattern', wanted: expected.peft.patterns,
    prepare: peft({ rank_pattern: { v_proj: 2 }, alpha_pattern: { 'layers.1.self_attn.q_proj': 3 } }, twoRanks),
    more: [['alpha_pattern is dropped', setLora({ alpha_pattern: {} })]] },
  { title: 'PEFT, LoRA beside every layer', prepare: peft({ targets: [...ATTENTION, 'out_proj', 'fc1', 'fc2', 'visual_projection'] }),
    wanted: expected.peft.every_layer, more: [scaleIsDropped] },
  { title: 'PEFT, a projection in modules_to_save', prepare: peft({ modules_to_save: ['visual_projection'] }, withProjection),
    wanted: expected.peft.own_projection, more: [scaleIsDropped] },
  { title: 'PEFT, a head in modules_to_save', prepare: savedHead, wanted: expected.quality.raw, more: [scaleIsDropped] },
  { title: 'LAION\'s linear head', prepare: headOn('laion-linear.pth', { normalize: true }), wanted: expected.laion_linear },
  { title: 'LAION\'s MLP', prepare: headOn('laion-mlp.pth', { normalize: true }, ['layers.0', 'layers.2', 'layers.4', 'layers.6', 'layers.7']), wanted: expected.laion_mlp,
    more: [['ReLU is put between', (recipe) => { recipe.tasks[0].head.layers = ['layers.0', 'relu', 'layers.2', 'relu', 'layers.4', 'relu', 'layers.6', 'relu', 'layers.7']; }]] },
  { title: 'LAION\'s MLP with ReLU', prepare: headOn('laion-mlp-relu.pth', { normalize: true }, ['layers.0', 'relu', 'layers.3', 'relu', 'layers.6', 'relu', 'layers.9', 'relu', 'layers.11']), wanted: expected.laion_mlp_relu,
    more: [['ReLU is forgotten', (recipe) => { recipe.tasks[0].head.layers = ['layers.0', 'layers.3', 'layers.6', 'layers.9', 'layers.11']; }]] },
  { title: 'a head in .npz', prepare: headOn('head.npz', { normalize: false }, ['fc1', 'relu', 'fc2']), wanted: expected.npz },
];

const hasHead = (recipe) => recipe.tasks?.[0].head !== undefined;

async function errorOf(folder, recipe, wanted) {
  const { tower } = await convertIn(folder, recipe);
  const { embeddings, raw } = tower.run(pictures, recipe.tasks ? 0 : BASE, hasHead(recipe));
  return relativeError(hasHead(recipe) ? raw : embeddings, wanted);
}

/** Matrices and norms' gains of the tower, the adapter or the head in a file; of the blocks, those of the last. */
async function listTensors(path) {
  const checkpoint = await openCheckpoint(path);
  const all = [...checkpoint.tensors].filter(([name, { dtype }]) => dtype !== 'I64' && !/(resblocks|encoder\.layers)\.0\./.test(name));
  await checkpoint.close();
  const visual = all.filter(([name]) => name.startsWith('visual.')); /* beside a text tower */
  const used = visual.length > 0 ? visual : all;
  const matrices = used.filter(([, { shape }]) => shape.length > 1 && Math.min(...shape.slice(-2)) > 1).map(([name]) => name);
  return { matrices, gains: used.map(([name]) => name).filter((name) => /(norm\d?|ln_\w+|layrnorm)\.weight$/.test(name)) };
}

/** [title, what is done to (recipe, folder, file)], all that applies to the layout. */
async function listDamage({ file, recipe }, folder, more = []) {
  const { matrices, gains } = await listTensors(join(folder, file));
  const activation = OTHER_ACTIVATION[recipe.base.config.hidden_act ?? 'quick_gelu'];
  return [
    ...matrices.map((name) => [`${name} is transposed`, (_, __, path) => transposeSquare(path, name)]),
    ...gains.map((name) => [`${name} is dropped`, (_, __, path) => fillWithOnes(path, name)]),
    [`the activation is ${activation}`, ({ base }) => { base.config = { ...base.config, hidden_act: activation }; }],
    ...(hasHead(recipe) ? [['the normalisation is the other', ({ tasks: [task] }) => { task.normalize = !task.normalize; }]] : []),
    ...more,
  ];
}

for (const { title, prepare, wanted, more } of LAYOUTS) {
  test(`${title}: damage is seen`, async (t) => {
    const whole = await temporaryFolder(t);
    const sound = await prepare(whole);
    assert.ok(await errorOf(whole, sound.recipe, wanted) < BOUND, 'the sound checkpoint is not PyTorch\'s');
    const seen = [];
    for (const [what, change] of await listDamage(sound, whole, more)) {
      const folder = await temporaryFolder(t);
      const { file, recipe } = await prepare(folder);
      await change(recipe, folder, join(folder, file));
      seen.push({ what, error: await errorOf(folder, recipe, wanted) });
    }
    for (const { what, error } of seen) assert.ok(error > BOUND, `${what}, and the answer differs by ${error} only`);
    const least = seen.reduce((a, b) => (b.error < a.error ? b : a));
    t.diagnostic(`${seen.length} kinds of damage, the smallest: ${least.what}, ${least.error.toExponential(1)}`);
  });
}

for (const { title, prepare } of LAYOUTS) {
  test(`${title}: a NaN is refused by its tensor's name, in every storage`, async (t) => {
    const folder = await temporaryFolder(t);
    const { file } = await prepare(folder);
    const { matrices, gains } = await listTensors(join(folder, file));
    for (const [index, name] of [...matrices, ...gains].entries()) {
      const { recipe } = await prepare(folder);
      await spoil(join(folder, file), name);
      const outtype = ['q8', 'q4', 'f16', 'f32'][index % 4];
      await assertRefused(convertIn(folder, recipe, outtype), 'NOT_FINITE', new RegExp(`^${name.replaceAll('.', '\\.')} in .* holds NaN .*download`));
    }
  });
}
