/**
 * The converter never guesses in silence: what a file says in a way that can be read in two ways is refused by the word, what nothing says
 * is asked for, and what a file leaves to the code that reads it has that code as its source. transformers 4.57 and 5.24 were asked what
 * they make of each configuration here; the pixels of those that both read alike are in tests/golden/families/pictures.json.
 */
import assert from 'node:assert/strict';
import { execFile } from 'node:child_process';
import { readFile, rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { test } from 'node:test';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';
import { readHuggingFaceConfig } from '../../build_scripts/convert/config.mjs';
import { convert } from '../../build_scripts/convert/convert.mjs';
import { HeadSource } from '../../build_scripts/convert/head.mjs';
import { readOpenClipConfig } from '../../build_scripts/convert/open-clip-config.mjs';
import { readPeftConfig } from '../../build_scripts/convert/peft.mjs';
import { completePreprocess, readPreprocess } from '../../build_scripts/convert/preprocess.mjs';
import { publishedPreprocess, publishedShape } from '../../build_scripts/convert/published.mjs';
import { writeSafetensors } from '../golden/seeded-folders.mjs';
import { assertRefused, temporaryFolder, tinyAdapterTensors, tinyTowerTensors, writeRawSafetensors, writeTinyModel } from '../support/convert-fixtures.mjs';

const zeros = (name, ...shape) => ({ name, shape, make: () => new Float32Array(shape.reduce((a, b) => a * b, 1)) });

async function dryRun(t, { recipe, prepare = async () => {} } = {}) {
  const folder = await temporaryFolder(t);
  const path = await writeTinyModel(folder, recipe);
  await prepare(folder);
  return convert(path, { dryRun: true });
}

// ---- pictures ----

const IMAGE = 32;
const CLIP = {
  image_processor_type: 'CLIPImageProcessor', do_resize: true, size: { shortest_edge: IMAGE }, resample: 3, do_center_crop: true,
  crop_size: { height: IMAGE, width: IMAGE }, do_rescale: true, rescale_factor: 1 / 255, do_normalize: true, image_mean: [0.5, 0.4, 0.3], image_std: [0.2, 0.2, 0.2],
};
const VIT = { ...CLIP, image_processor_type: 'ViTImageProcessor', size: { height: IMAGE, width: IMAGE }, do_center_crop: undefined, crop_size: undefined };
const SIGLIP = { ...VIT, image_processor_type: 'SiglipImageProcessor' };
const PLAIN = 'preprocessor_config.json';
const NESTED = 'processor_config.json';

async function preprocessOf(t, files, image = IMAGE, words = {}) {
  const folder = await temporaryFolder(t);
  for (const [name, content] of Object.entries(files)) await writeFile(join(folder, name), JSON.stringify(content));
  const source = { checkpoint: { folder }, layout: { id: 'huggingface' }, sizes: { image, width: 36, layers: 2, mlp_width: 80, patch: 8, activation: 'gelu' } };
  return completePreprocess({ preprocess: words }, 'tasks[0]', image, await readPreprocess(source));
}

for (const [title, config, code, message] of [
  ['do_resize is null, which is off', { ...CLIP, do_resize: null }, 'UNSUPPORTED', /do_resize is null: pictures keep their own size/],
  ['do_center_crop is null, which is off', { ...CLIP, do_center_crop: null }, 'UNSUPPORTED', /do_center_crop is off, and size leaves pictures/],
  ...['size', 'crop_size', 'resample', 'rescale_factor', 'image_mean', 'image_std'].map((word) => (
    [`${word} is null`, { ...CLIP, [word]: null }, 'BAD_FILE', new RegExp(`${word} is null, which transformers refuses, or in some versions replaces`)])),
  ['one number for size, against the class', { ...CLIP, size: IMAGE, default_to_square: true }, 'UNSUPPORTED', /size is 32 and default_to_square is true, of which some versions/],
  ['one number for size, against ViT\'s class', { ...VIT, size: IMAGE, default_to_square: false }, 'UNSUPPORTED', /size is 32 and default_to_square is false/],
  ['one number for SigLIP\'s size', { ...SIGLIP, size: IMAGE }, 'UNSUPPORTED', /size is 32, of which some versions of transformers make the shorter side/],
  ['a crop in ViT\'s class', { ...VIT, size: { height: 40, width: 40 }, do_center_crop: true, crop_size: IMAGE }, 'UNSUPPORTED', /some versions of transformers pass over in a ViTImageProcessor/],
  ['a crop in ViT\'s class without its size', { ...VIT, do_center_crop: true }, 'BAD_FILE', /crop_size is missing, and ViTImageProcessor has none of its own/],
  ['a crop by the shorter side', { ...CLIP, crop_size: { shortest_edge: IMAGE } }, 'UNSUPPORTED', /crop_size is \{"shortest_edge":32\}, which names no height and width/],
  ['a list for a filter', { ...CLIP, resample: [3] }, 'UNSUPPORTED', /resample is \[3\]/],
  ['a list for a class', { ...CLIP, image_processor_type: ['CLIPImageProcessor'] }, 'UNSUPPORTED', /the image processor \["CLIPImageProcessor"\] is not known/],
  ['a text for a filter', { ...CLIP, resample: '3' }, 'UNSUPPORTED', /resample is "3"/],
  ['code that comes with the model', { ...CLIP, auto_map: { AutoImageProcessor: 'my.Processor' } }, 'UNSUPPORTED', /auto_map names code that comes with the model \(my\.Processor\)/],
]) {
  test(`${title}: refused`, async (t) => assertRefused(preprocessOf(t, { [PLAIN]: config }), code, message));
}

test('do_normalize and do_rescale: null is off', async (t) => {
  const { preprocess: normal } = await preprocessOf(t, { [PLAIN]: { ...CLIP, do_normalize: null } });
  assert.deepEqual([normal.mean, normal.std], [[0, 0, 0], [1, 1, 1]]);
  const { preprocess: scaled } = await preprocessOf(t, { [PLAIN]: { ...CLIP, do_rescale: null } });
  assert.deepEqual(scaled.std.map((value) => Number((255 * value).toFixed(9))), [0.2, 0.2, 0.2]);
});

test('what the file leaves out is what its class does, and the class is the source', async (t) => {
  const left = { image_processor_type: 'CLIPImageProcessor', do_resize: true, image_std: [0.2, 0.2, 0.2] };
  const { preprocess, origins } = await preprocessOf(t, { [PLAIN]: left }, 224);
  assert.deepEqual(preprocess.resize, { shorter: 224, interpolation: 'bicubic' });
  assert.match(origins.resize, /preprocessor_config\.json leaves size, resample to CLIPImageProcessor$/);
  assert.match(origins.views, /leaves size, do_center_crop, crop_size to CLIPImageProcessor$/);
  assert.match(origins.mean, /leaves do_rescale, rescale_factor, do_normalize, image_mean to CLIPImageProcessor$/);
  assert.match(origins.std, /leaves do_rescale, rescale_factor, do_normalize to CLIPImageProcessor$/);
  const whole = { ...CLIP, size: { shortest_edge: 224 }, crop_size: 224 };
  assert.match((await preprocessOf(t, { [PLAIN]: whole }, 224)).origins.resize, /preprocessor_config\.json$/);
  await assertRefused(preprocessOf(t, { [PLAIN]: left }, 32), 'BAD_RECIPE', /leaves .*crop_size to CLIPImageProcessor: the size of views is 224/);
});

test('processor_config.json and preprocessor_config.json must agree', async (t) => {
  const nested = (change) => ({ processor_class: 'CLIPProcessor', image_processor: { ...CLIP, ...change } });
  await assertRefused(preprocessOf(t, { [PLAIN]: CLIP, [NESTED]: nested({ image_mean: [0.1, 0.1, 0.1] }) }), 'BAD_RECIPE',
    /\/processor_config\.json says mean \[0\.1,0\.1,0\.1\], but .*preprocessor_config\.json says \[0\.5,0\.4,0\.3\]/);
  assert.deepEqual((await preprocessOf(t, { [PLAIN]: CLIP, [NESTED]: nested({}) })).preprocess.mean, [0.5, 0.4, 0.3]);
  await assertRefused(preprocessOf(t, { [PLAIN]: { ...CLIP, resample: 4 }, [NESTED]: nested({}) }), 'UNSUPPORTED', /resample is 4/);
});

test('an image processor that is a list is refused with a sentence, once it is needed', async (t) => {
  const files = { [NESTED]: { image_processor: [CLIP] } };
  await assertRefused(preprocessOf(t, files), 'BAD_FILE', /processor_config\.json: the image processor is no JSON object/);
  const words = { resize: { shorter: IMAGE, interpolation: 'bicubic' }, mean: [0, 0, 0], std: [1, 1, 1] };
  assert.deepEqual((await preprocessOf(t, files, IMAGE, words)).preprocess.mean, [0, 0, 0]);
});

// ---- configurations of towers ----

async function configOf(t, config) {
  const folder = await temporaryFolder(t);
  await writeFile(join(folder, 'config.json'), JSON.stringify(config));
  return readHuggingFaceConfig(folder);
}

for (const value of ['1e-5', [1e-5], null, true]) {
  test(`layer_norm_eps is ${JSON.stringify(value)}: refused`, async (t) => {
    await assertRefused(configOf(t, { model_type: 'clip', vision_config: { layer_norm_eps: value } }), 'BAD_FILE', /layer_norm_eps is .*; it must be a number between 0 and 1/);
  });
}

async function openClip(t, vision, model = {}) {
  const folder = await temporaryFolder(t);
  await writeFile(join(folder, 'open_clip_config.json'), JSON.stringify({ model_cfg: { ...model, vision_cfg: { width: 16, layers: 2, ...vision } } }));
  return readOpenClipConfig(folder, 16);
}

test('open_clip: both sides of a square are one number, and others are refused', async (t) => {
  assert.deepEqual((({ image, patch }) => [image, patch])(await openClip(t, { image_size: [64, 64], patch_size: [8, 8] })), [64, 8]);
  await assertRefused(openClip(t, { image_size: [64, 32] }), 'BAD_FILE', /vision_cfg\.image_size is \[64,32\], not a number above 0/);
});

test('open_clip: an epsilon in words, and a switch in words, are refused', async (t) => {
  await assertRefused(openClip(t, { norm_kwargs: { eps: '1e-5' } }), 'UNSUPPORTED', /norm_kwargs is \{"eps":"1e-5"\}/);
  await assertRefused(openClip(t, {}, { quick_gelu: 'false' }), 'BAD_FILE', /quick_gelu is "false", not true or false/);
});

test('a width that a configuration says of the projection must be the tensors\'', async (t) => {
  const change = (projection) => async (folder) => {
    const path = join(folder, 'tower/config.json');
    await writeFile(path, JSON.stringify({ ...JSON.parse(await readFile(path)), ...projection }));
  };
  await assertRefused(dryRun(t, { prepare: change({ projection_dim: 24 }) }), 'BAD_RECIPE', /projection_dim is 24, but the tensors have 20/);
  await dryRun(t, { prepare: change({ projection_dim: 20 }) });
  const nested = await configOf(t, { model_type: 'clip', projection_dim: 20, vision_config: { projection_dim: 512 } });
  assert.equal(nested.embedding, 20);
});

test('what config.json leaves out is CLIPVisionConfig\'s, and says so', async (t) => {
  const { left, from } = await configOf(t, { model_type: 'clip', vision_config: { hidden_act: 'gelu' } });
  assert.equal(left.heads, `${from} leaves num_attention_heads to CLIPVisionConfig`);
  assert.equal(left.activation, undefined);
  const prepare = (folder) => writeFile(join(folder, 'tower/config.json'), '{"model_type": "clip_vision_model", "num_attention_heads": 3}');
  await assertRefused(dryRun(t, { prepare }), 'BAD_RECIPE', /leaves hidden_size to CLIPVisionConfig, which means 768, but the tensors have 36/);
  const { left: leftOpen, from: file } = await openClip(t, {});
  assert.deepEqual(leftOpen.heads, `${file} leaves head_width to open_clip`);
});

for (const [title, config, message] of [
  ['a list for a configuration', { model_type: 'clip', vision_config: [1] }, /vision_config is no JSON object/],
  ['a class that nobody knows', { model_type: 'clip', architectures: ['CLIPMeanPool'] }, /architectures names CLIPMeanPool, a class that is not known here/],
  ['CLIPForImageClassification among others', { model_type: 'clip', architectures: ['CLIPModel', 'CLIPForImageClassification'] }, /family CLIPForImageClassification/],
  ['another family\'s tower', { model_type: 'clip', vision_config: { model_type: 'siglip_vision_model' } }, /family SigLIP/],
  ['code that comes with the model', { model_type: 'clip', auto_map: { AutoModel: 'modeling_my.MyCLIP' } }, /auto_map names code that comes with the model \(modeling_my\.MyCLIP\)/],
]) {
  test(`${title}: refused`, async (t) => assertRefused(configOf(t, config), title.startsWith('a list') ? 'BAD_FILE' : 'UNSUPPORTED', message));
}

test('the published predictors\' own code is known', async (t) => {
  assert.equal((await configOf(t, { model_type: 'clip_vision_model', auto_map: { AutoModel: 'shunk031/x--modeling_v1.AestheticsPredictorV1' } })).heads, 12);
});

test('a tower of which nobody published weights is asked for its heads and its pictures', () => {
  const b = { width: 768, layers: 12, mlp_width: 3072, patch: 16, activation: 'gelu' };
  assert.equal(publishedShape({ ...b, image: 224 }).heads, 12);
  for (const other of [{ image: 64 }, { patch: 8, image: 224 }, { image: 384 }, { width: 36, layers: 2, mlp_width: 80, image: 224 }]) {
    assert.equal(publishedShape({ ...b, ...other }), null);
    const told = publishedPreprocess({ ...b, ...other });
    for (const word of ['resize', 'views', 'mean', 'std']) {
      assert.match(told[word].message, /no weights are published of a (ViT-B|tower of width 36 with 2 layers) with patches of \d+ on pictures of \d+; set .* in the task's preprocess/);
    }
  }
});

test('a shape that open_clip describes, and of which nobody published weights, has its heads and is asked for its pictures', () => {
  const small = { width: 384, layers: 12, mlp_width: 1536, patch: 16, image: 224, activation: 'gelu' };
  assert.equal(publishedShape(small).heads, 6);
  assert.match(publishedPreprocess(small).resize.message, /no weights are published of a ViT-S with patches of 16 on pictures of 224/);
});

test('a small tower without any file is asked for, word by word, and then converted', async (t) => {
  const prepare = (folder) => rm(join(folder, 'tower/preprocessor_config.json'));
  await assertRefused(dryRun(t, { prepare }), 'BAD_RECIPE', /Nothing tells how pictures are resized, .*set resize and views, mean and std in the task's preprocess, or put the publication's preprocessor_config\.json/);
  const words = { resize: { shorter: IMAGE } };
  const recipe = ({ tasks: [task] }) => { task.preprocess = words; };
  await assertRefused(dryRun(t, { prepare, recipe }), 'BAD_RECIPE', /Nothing tells mean and std, .*set them in the task's preprocess/);
  Object.assign(words, { mean: [0.5, 0.5, 0.5], std: [0.5, 0.5, 0.5] });
  await dryRun(t, { prepare, recipe });
});

test('PerceptCLIP\'s files are asked how pictures are resized, whatever lies beside another base', async (t) => {
  const folder = await temporaryFolder(t);
  const adapter = { folder, tensors: new Map([['model.base_model.model.embeddings.class_embedding', {}]]) };
  const base = await temporaryFolder(t);
  await writeFile(join(base, PLAIN), JSON.stringify(CLIP));
  const source = { checkpoint: { folder: base }, layout: { id: 'huggingface' }, sizes: { width: 1024, layers: 24, mlp_width: 4096, patch: 14, image: 224, activation: 'quick_gelu' } };
  const told = await readPreprocess(source, adapter);
  assert.match(told.resize.message, /PerceptCLIP's models differ: weights\/recipes\/perceptclip-l14\.json has each one's; set resize and views/);
  assert.equal(told.mean.from, 'the publication of PerceptCLIP');
});

// ---- families ----

const small = (...names) => names.map((name) => zeros(name, 8));

for (const [title, tensors, code, message] of [
  ['CLIP in timm\'s names', small('cls_token', 'norm_pre.weight', 'blocks.0.attn.qkv.weight'), 'UNSUPPORTED', /family CLIP in timm's names: timm's names are not read/],
  ['a ViT of timm\'s', small('cls_token', 'blocks.0.attn.qkv.weight'), 'UNSUPPORTED', /family ViT, DINO or another of their kind: it is no CLIP tower: it has no LayerNorm before its first layer/],
  ['SigLIP without its head', small('vision_model.embeddings.patch_embedding.bias', 'vision_model.embeddings.patch_embedding.weight'), 'UNSUPPORTED', /family SigLIP/],
]) {
  test(`${title}: its family is named`, async (t) => {
    await assertRefused(dryRun(t, { prepare: (folder) => writeSafetensors(join(folder, 'tower/model.safetensors'), tensors) }), code, message);
  });
}

test('a bias of the patches alone makes no SigLIP', async (t) => {
  const tensors = [...tinyTowerTensors(), zeros('vision_model.embeddings.patch_embedding.bias', 36)];
  const prepare = (folder) => writeSafetensors(join(folder, 'tower/model.safetensors'), tensors);
  await assertRefused(dryRun(t, { prepare }), 'UNKNOWN_TENSOR', /patch_embedding\.bias, which the engine has no place for in a Hugging Face CLIP vision tower; such a model cannot be converted\.$/);
});

// ---- adapters ----

function adapterWith(config, extra = []) {
  return async (folder) => {
    const path = join(folder, 'lora/adapter_config.json');
    await writeFile(path, JSON.stringify({ ...JSON.parse(await readFile(path)), ...config }));
    await writeSafetensors(join(folder, 'lora/adapter_model.safetensors'), [...tinyAdapterTensors(), ...extra]);
  };
}

const CLASSIFIER = [zeros('base_model.model.classifier.weight', 4, 36), zeros('base_model.model.classifier.bias', 4)];
const useClassifier = (recipe) => {
  recipe.base.features = 'pooled';
  recipe.tasks[0] = { id: 'quality', adapter: { path: 'lora' }, head: { path: 'lora' }, normalize: false, output: { kind: 'classes', labels: ['a', 'b', 'c', 'd'] } };
};

for (const [title, mapping] of [['null', { auto_mapping: null, task_type: 'FEATURE_EXTRACTION' }], ['absent', {}], ['without a class', { auto_mapping: { parent_library: 'x' } }]]) {
  test(`a classifier beside vision_model, whose class is ${title}, is asked about`, async (t) => {
    const prepare = adapterWith({ modules_to_save: ['classifier'], ...mapping }, CLASSIFIER);
    await assertRefused(dryRun(t, { recipe: useClassifier, prepare }), 'UNSUPPORTED', /does not say which class was trained, and .*classifier\.(weight|bias) beside vision_model is what CLIPForImageClassification has/);
  });
}

test('a classifier of a class that is named, and is another, is read', async (t) => {
  const prepare = adapterWith({ modules_to_save: ['classifier'], auto_mapping: { base_model_class: 'MyTower' } }, CLASSIFIER);
  await dryRun(t, { recipe: useClassifier, prepare });
});

const LORA = { peft_type: 'LORA', r: 2, lora_alpha: 6 };
const scaleOf = (pattern) => readPeftConfig({ ...LORA, alpha_pattern: { [pattern]: 8 } }, 'adapter_config.json').scaleOf('base_model.model.vision_model.encoder.layers.0.self_attn.q_proj', 2);

for (const pattern of ['vision_model[^]]*q_proj', 'vision_model[]x]*q_proj', '.{,}q_proj', '(a)?.*\\1q_proj', '(?P<a>x)?.*(?P=a)q_proj', '(?<a>q)_proj', 'q[_{,3}]proj']) {
  test(`the pattern ${pattern} means something else in JavaScript: refused`, async () => {
    await assertRefused((async () => scaleOf(pattern))(), 'UNSUPPORTED', /uses a part of Python's regular expressions that is not read here/);
  });
}

for (const [pattern, scale] of [['\\[]?q_proj', 3], ['.*layers\\.[^.]+\\..*q_proj', 4], ['.*(?<=self_attn\\.)q_proj', 4], ['.*y.{,9}q_proj', 3], ['.*s.{,12}q_proj', 4]]) {
  test(`the pattern ${pattern} means the same`, () => assert.equal(scaleOf(pattern), scale));
}

test('a switch in words is refused', async () => {
  await assertRefused((async () => readPeftConfig({ ...LORA, use_rslora: 'false' }, 'adapter_config.json'))(), 'BAD_FILE', /use_rslora is "false", not true or false/);
});

// ---- heads ----

/** A head by its layers' shapes; nothing is read. */
function describeHead(shapes, head = {}) {
  const tensors = new Map(Object.entries(shapes).map(([name, shape]) => [name, Array.isArray(shape) ? { dtype: 'F32', shape } : shape]));
  const { shape } = tensors.values().next().value;
  return HeadSource.describe({ label: 'head.safetensors', tensors }, head, 'tasks[0].head', shape.at(-1));
}

const mlp = (numbers, widths) => Object.fromEntries(numbers.map((number, index) => [`layers.${number}.weight`, [widths[index + 1], widths[index]]]));
const LAION = [768, 1024, 128, 64, 16, 1];

test('published heads are known by their names and their widths together', async () => {
  assert.equal(describeHead({ 'predictor.weight': [1, 768], 'predictor.bias': [1] }).published.normalize, true);
  assert.equal(describeHead({ 'predictor.weight': [3, 768] }).published, undefined);
  assert.equal(describeHead({ 'predictor.weight': [1, 64] }).published, undefined);
  for (const widths of [[768, 512, 256, 64, 16, 1], [512, ...LAION.slice(1)]]) {
    for (const numbers of [[0, 2, 4, 6, 7], [0, 3, 6, 9, 11]]) {
      await assertRefused((async () => describeHead(mlp(numbers, widths)))(), 'BAD_RECIPE', /head\.layers is needed/);
    }
  }
});

test('LAION\'s MLPs have 1024, 128, 64, 16 and 1 outputs on 768 numbers', () => {
  for (const [numbers, title, between] of [[[0, 2, 4, 6, 7], /MLP$/, 'identity'], [[0, 3, 6, 9, 11], /MLP with ReLU$/, 'relu']]) {
    const { published, layers } = describeHead(mlp(numbers, LAION));
    assert.match(published.title, title);
    assert.deepEqual(layers.map(({ activation }) => activation), [between, between, between, between, 'identity']);
  }
});

const TWO = { '0.weight': [4, 12], '0.bias': [4], '2.weight': [1, 4], '2.bias': [1] };

for (const [title, shapes, layers, code, message] of [
  ['dropout in a chain', TWO, ['0', 'Dropout', '2'], 'BAD_RECIPE', /head\.layers\[1\] is "Dropout", which does nothing once a head is trained: leave it out/],
  ['GELU in capitals', TWO, ['0', 'GELU', '2'], 'BAD_RECIPE', /head\.layers\[1\] is "GELU"; write "gelu"/],
  ['a layer that is called relu', { 'relu.weight': [4, 12], 'out.weight': [1, 4] }, ['relu', 'out'], 'BAD_RECIPE', /is "relu", the activation, but the file also has a layer of that name/],
  ['a weight with one side', { 'fc.weight': [12] }, ['fc'], 'UNSUPPORTED', /fc\.weight in .* has one side, \[12\], as a normalisation layer's has, or a linear layer's that was flattened/],
  ['a weight of doubles', { 'fc.weight': { dtype: 'F64', shape: [1, 12] } }, ['fc'], 'UNSUPPORTED', /fc\.weight in head\.safetensors has the type F64/],
  ['a bias of bytes', { 'fc.weight': [1, 12], 'fc.bias': { dtype: 'I8', shape: [1] } }, ['fc'], 'UNSUPPORTED', /fc\.bias in head\.safetensors has the type I8/],
]) {
  test(`a head with ${title}: refused`, async () => assertRefused((async () => describeHead(shapes, { layers }))(), code, message));
}

test('a dry run refuses what a conversion would: types of weights of tower and adapter', async (t) => {
  const entries = Object.fromEntries(tinyAdapterTensors().map(({ name, shape }) => [name, { dtype: 'I8', shape }]));
  let at = 0;
  for (const entry of Object.values(entries)) entry.data_offsets = [at, at += entry.shape[0] * entry.shape[1]];
  const prepare = (folder) => writeRawSafetensors(join(folder, 'lora/adapter_model.safetensors'), entries, new Uint8Array(at));
  await assertRefused(dryRun(t, { prepare }), 'UNSUPPORTED', /lora_A\.weight in .* has the type I8/);
});

test('the dry run says of orientation that it is a choice of this project', async (t) => {
  const folder = await temporaryFolder(t);
  const path = await writeTinyModel(folder);
  const convertScript = fileURLToPath(new URL('../../build_scripts/convert.mjs', import.meta.url));
  const { stdout } = await promisify(execFile)(process.execPath, [convertScript, path, '--dry-run']);
  assert.match(stdout, /quality: orientation +apply +Percept: upright, as people see pictures; no file tells it, the recipe may/);
});
