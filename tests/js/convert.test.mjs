/** The converter from recipe to model folder, on tiny towers. */
import assert from 'node:assert/strict';
import { execFile } from 'node:child_process';
import { createHash } from 'node:crypto';
import { watch, writeFileSync } from 'node:fs';
import { mkdir, readFile, readdir, rename, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { test } from 'node:test';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';
import Ajv from 'ajv/dist/2020.js';
import { chooseBlocks } from '../../build_scripts/convert/blocks.mjs';
import { convert } from '../../build_scripts/convert/convert.mjs';
import { Packer } from '../../build_scripts/convert/engine.mjs';
import { layOut, splitGroups, writeShards } from '../../build_scripts/convert/shards.mjs';
import { smoothFactors } from '../../build_scripts/convert/smooth.mjs';
import { writeSafetensors } from '../golden/seeded-folders.mjs';
import {
  SIZES, assertRefused, readSafetensors, temporaryFolder, tinyTowerTensors, writeTinyModel,
} from '../support/convert-fixtures.mjs';

const ROOT = fileURLToPath(new URL('../../', import.meta.url));
const schema = JSON.parse(await readFile(join(ROOT, 'weights/model.schema.json')));
const checkSchema = new Ajv({ strict: true, strictRequired: false, allErrors: true }).compile(schema);

async function convertTiny(t, { outtype = 'q8', change, prepare = () => {} } = {}) {
  const folder = await temporaryFolder(t);
  const recipe = await writeTinyModel(folder, change);
  await prepare(folder);
  const outdir = join(folder, 'out');
  return { folder, recipe, outdir, ...await convert(recipe, { outdir, outtype }) };
}

function sha256(bytes) {
  return createHash('sha256').update(bytes).digest('hex');
}

for (const outtype of ['q8', 'f16', 'f32']) {
  test(`${outtype}: the folder is what its manifest says`, async (t) => {
    const { outdir, manifest, sizes } = await convertTiny(t, { outtype });
    assert.deepEqual(JSON.parse(await readFile(join(outdir, 'model.json'))), manifest);
    assert.ok(checkSchema(manifest), JSON.stringify(checkSchema.errors));
    assert.equal(manifest.tower.storage, outtype);
    const shards = [...manifest.base.shards, ...manifest.tasks.flatMap((task) => task.shards)];
    assert.deepEqual((await readdir(outdir)).sort(), [...shards.map(({ file }) => file), 'model.json'].sort());
    for (const [index, shard] of shards.entries()) {
      const { bytes, start, entries } = await readSafetensors(join(outdir, shard.file));
      assert.equal(bytes.length, shard.bytes);
      assert.equal(sizes[index].bytes, shard.bytes);
      assert.equal(sha256(bytes), shard.sha256);
      assert.ok(shard.file.endsWith(`-${shard.sha256.slice(0, 16)}.safetensors`));
      assert.deepEqual(shard.pieces, [shard.sha256]);
      assert.equal(start % 64, 0);
      for (const { dtype, data_offsets: [begin] } of Object.values(entries)) assert.equal(begin % (dtype === 'F16' ? 2 : 4), 0);
    }
  });
}

test('a dry run says the sizes that the conversion then has', async (t) => {
  const folder = await temporaryFolder(t);
  const recipe = await writeTinyModel(folder);
  for (const outtype of ['q8', 'f16', 'f32']) {
    const outdir = join(folder, outtype);
    const dry = await convert(recipe, { outdir, outtype, dryRun: true });
    assert.equal(dry.manifest, null);
    await assert.rejects(readdir(outdir), { code: 'ENOENT' });
    const real = await convert(recipe, { outdir, outtype });
    assert.deepEqual(dry.sizes, real.sizes);
  }
});

test('the same recipe gives the same bytes', async (t) => {
  const [first, second] = [await convertTiny(t), await convertTiny(t)];
  assert.deepEqual(first.manifest, second.manifest);
});

test('q8: codes and scales give the weights back', async (t) => {
  const { outdir, manifest } = await convertTiny(t);
  const written = await readSafetensors(join(outdir, manifest.base.shards[0].file));
  const [codes, scales, sums] = ['codes', 'scales', 'sums'].map((part) => written.part(`blocks.1.mlp.fc2.${part}`));
  const weights = tinyTowerTensors().find(({ name }) => name.endsWith('layers.1.mlp.fc2.weight')).make();
  const [floatScales, intSums] = [new Float32Array(scales.buffer), new Int32Array(sums.buffer)];
  for (let row = 0; row < SIZES.width; row += 1) {
    const [panel, j] = [Math.floor(row / 8), row % 8];
    const group = weights.subarray(row * SIZES.mlp_width, (row + 1) * SIZES.mlp_width);
    const scale = floatScales[panel * 8 + j];
    assert.ok(scale <= Math.max(...group.map(Math.abs)) / 63 * 1.000001);
    let sum = 0;
    group.forEach((weight, k) => {
      const code = codes[((panel * SIZES.mlp_width) / 4 + Math.floor(k / 4)) * 32 + j * 4 + (k % 4)];
      assert.ok(code >= 1 && code <= 127);
      sum += code - 64;
      const isClipped = code === 1 || code === 127;
      assert.ok(isClipped || Math.abs((code - 64) * scale - weight) <= scale * 0.5001, `${row}, ${k}`);
    });
    assert.equal(intSums[panel * 8 + j], sum);
  }
});

test('f32: query, key and value are stacked, each padded to whole panels', async (t) => {
  const { outdir, manifest } = await convertTiny(t, { outtype: 'f32' });
  const written = await readSafetensors(join(outdir, manifest.base.shards[0].file));
  const packed = new Float32Array(written.part('blocks.0.attention.qkv.weight').buffer);
  assert.deepEqual(written.entries['blocks.0.attention.qkv.weight'].shape, [15, SIZES.width, 8]);
  ['q', 'k', 'v'].forEach((side, index) => {
    const source = tinyTowerTensors().find(({ name }) => name.endsWith(`layers.0.self_attn.${side}_proj.weight`)).make();
    for (let row = 0; row < 40; row += 1) {
      for (let k = 0; k < SIZES.width; k += 1) {
        const at = ((index * 5 + Math.floor(row / 8)) * SIZES.width + k) * 8 + (row % 8);
        assert.equal(packed[at], row < SIZES.width ? source[row * SIZES.width + k] : 0);
      }
    }
  });
});

test('smooth: weights divided, restored weights unchanged', async () => {
  const gains = new Float32Array(64).fill(1);
  assert.equal(smoothFactors(gains), null);
  gains[5] = -7;
  const smooth = smoothFactors(gains);
  assert.ok(Math.abs(smooth[5] - 1 / Math.sqrt(7)) < 1e-6);
  assert.equal(smooth[0], 1);
  const packer = await Packer.load();
  const weights = Float32Array.from({ length: 8 * 64 }, (_, i) => Math.sin(i));
  const { restored } = packer.q8({ name: 'x', weights, smooth, out: 8, inputs: 64, blocks: 1 });
  assert.ok(Math.max(...weights.map((weight, i) => Math.abs(weight - restored[i]))) < 0.05);
});

test('groups of inputs', () => {
  const groups = Object.fromEntries([32, 36, 512, 640, 768, 1009, 1024, 1280, 3072, 4096].map((n) => [n, n / chooseBlocks(n)]));
  assert.deepEqual(groups, {
    32: 32, 36: 36, 512: 256, 640: 320, 768: 256, 1009: 1009, 1024: 256, 1280: 256, 3072: 256, 4096: 256,
  });
});

function fakeGroups(sizes) {
  return sizes.map((bytes, index) => ({ tensors: [{ name: `t${index}`, dtype: 'U8', shape: [bytes] }] }));
}

test('shards hold 8 to 32 MiB', () => {
  const MiB = 1 << 20;
  const lists = {
    small: Array(10).fill(MiB), b32: Array(60).fill(1.6 * MiB), l14: Array(300).fill(MiB), exact: Array(85).fill(4.2 * MiB),
    large: Array(24).fill(16 * MiB), uneven: Array.from({ length: 90 }, (_, i) => ((i % 4) + 0.1) * 2 * MiB),
  };
  for (const [name, sizes] of Object.entries(lists)) {
    const whole = sizes.map(Math.round);
    const shards = splitGroups(fakeGroups(whole));
    assert.equal(shards.flat().length, whole.length, name);
    const bytes = shards.map((groups) => layOut(groups).bytes);
    assert.ok(bytes.every((size) => size <= 32 * MiB), `${name}: ${bytes}`);
    if (shards.length > 1) assert.ok(bytes.every((size) => size >= 8 * MiB), `${name}: ${bytes}`);
  }
  assert.equal(splitGroups(fakeGroups([40 * MiB, 2 * MiB])).length, 2);
});

test('each MiB has its own hash', async (t) => {
  const folder = await temporaryFolder(t);
  const data = Uint8Array.from({ length: 2_500_000 }, (_, i) => i * i);
  const [group] = fakeGroups([data.length]);
  const silent = { onBytes() {}, onShard() {} };
  const [shard] = await writeShards([[{ ...group, produce: async () => [data] }]], folder, 'x', silent);
  const bytes = await readFile(join(folder, shard.file));
  assert.equal(shard.pieces.length, 3);
  shard.pieces.forEach((piece, index) => assert.equal(piece, sha256(bytes.subarray(index << 20, (index + 1) << 20))));
  assert.equal(sha256(bytes), shard.sha256);
});

test('mean and std: the folder\'s, then the recipe\'s', async (t) => {
  const plain = await convertTiny(t);
  assert.deepEqual(plain.manifest.tasks[0].preprocess, {
    resize: { shorter: 32, interpolation: 'bicubic' }, views: { center: 32, rounding: 'down' }, orientation: 'apply',
    mean: [0.48145466, 0.4578275, 0.40821073], std: [0.26862954, 0.26130258, 0.27577711],
  });
  const prepare = (folder) => writeFile(join(folder, 'tower/preprocessor_config.json'), '{"size": 32, "crop_size": 32, "image_mean": [0.5, 0.4, 0.3], "image_std": [1, 1, 1]}');
  const own = await convertTiny(t, { prepare });
  assert.deepEqual(own.manifest.tasks[0].preprocess.mean, [0.5, 0.4, 0.3]);
  const change = (recipe) => { recipe.tasks[0].preprocess = { mean: [0, 0, 0] }; };
  const told = await convertTiny(t, { prepare, change });
  assert.deepEqual(told.manifest.tasks[0].preprocess.mean, [0, 0, 0]);
  assert.deepEqual(told.manifest.tasks[0].preprocess.std, [1, 1, 1]);
});

function renameTensors(replace) {
  return async (folder) => {
    const tensors = tinyTowerTensors().map((tensor) => ({ ...tensor, name: replace(tensor.name) })).filter(({ name }) => name);
    await writeSafetensors(join(folder, 'tower/model.safetensors'), tensors);
  };
}

test('the nesting without vision_model. gives the same shards', async (t) => {
  const nested = await convertTiny(t);
  const flat = await convertTiny(t, { prepare: renameTensors((name) => name.replace('vision_model.', '')) });
  assert.deepEqual(flat.manifest.base, nested.manifest.base);
});

test('a tower without a projection gives its width', async (t) => {
  const { manifest } = await convertTiny(t, {
    prepare: renameTensors((name) => (name === 'visual_projection.weight' ? '' : name)),
    change: (recipe) => { recipe.tasks = [{ id: 'bare' }]; },
  });
  assert.equal(manifest.tower.embedding, 0);
  assert.deepEqual(manifest.tasks[0].output, { kind: 'embedding' });
  assert.deepEqual(manifest.tasks[0].shards, []);
  assert.ok(checkSchema(manifest), JSON.stringify(checkSchema.errors));
});

test('the text tower is passed over', async (t) => {
  const plain = await convertTiny(t);
  const text = ['text_model.encoder.layers.0.mlp.fc1.weight', 'text_projection.weight', 'logit_scale', 'vision_model.embeddings.position_ids'];
  const prepare = (folder) => writeSafetensors(join(folder, 'tower/model.safetensors'),
    [...tinyTowerTensors(), ...text.map((name) => ({ name, shape: [2], make: () => new Float32Array(2) }))]);
  assert.deepEqual((await convertTiny(t, { prepare })).manifest.base, plain.manifest.base);
});

async function rewriteTower(folder, change) {
  await writeSafetensors(join(folder, 'tower/model.safetensors'), change(tinyTowerTensors()));
}

const PATCH = 'vision_model.embeddings.patch_embedding.weight';

for (const [title, change, code, message] of [
  ['an unknown tensor', (list) => [...list, { name: 'vision_model.gate', shape: [1], make: () => new Float32Array(1) }], 'UNKNOWN_TENSOR', /vision_model\.gate/],
  ['a missing tensor', (list) => list.filter(({ name }) => !name.endsWith('layers.1.mlp.fc2.bias')), 'MISSING_TENSOR', /layers\.1\.mlp\.fc2\.bias/],
  ['a wrong shape', (list) => list.map((tensor) => (tensor.name.endsWith('layers.0.mlp.fc2.weight') ? { ...tensor, shape: [80, 36] } : tensor)),
    'WRONG_SHAPE', /layers\.0\.mlp\.fc2\.weight .* \[80,36\], but this tower needs \[36,80\]/],
  ['a position embedding of no square', (list) => list.map((tensor) => (tensor.name.includes('position') ? { ...tensor, shape: [16, 36], make: () => new Float32Array(576) } : tensor)),
    'WRONG_SHAPE', /16 rows/],
  ['NaN', (list) => list.map((tensor) => (tensor.name === PATCH ? { ...tensor, make: () => tensor.make().fill(NaN, 9, 10) } : tensor)),
    'NOT_FINITE', /patch_embedding\.weight .* NaN at element 9/],
  ['infinity', (list) => list.map((tensor) => (tensor.name.endsWith('post_layernorm.bias') ? { ...tensor, make: () => tensor.make().fill(Infinity, 1, 2) } : tensor)),
    'NOT_FINITE', /post_layernorm\.bias .* Infinity at element 1/],
  ['no tower at all', (list) => list.filter(({ name }) => !name.includes('class_embedding')), 'UNSUPPORTED', /no vision tower in a known layout/],
]) {
  test(`refuses a tower with ${title}`, async (t) => {
    await assertRefused(convertTiny(t, { prepare: (folder) => rewriteTower(folder, change) }), code, message);
  });
}

test('a refused conversion leaves no file behind', async (t) => {
  const folder = await temporaryFolder(t);
  const recipe = await writeTinyModel(folder);
  await rewriteTower(folder, (list) => list.map((tensor) => (
    tensor.name.endsWith('post_layernorm.bias') ? { ...tensor, make: () => tensor.make().fill(NaN) } : tensor)));
  await assertRefused(convert(recipe, { outdir: join(folder, 'out') }), 'NOT_FINITE', /post_layernorm/);
  assert.deepEqual(await readdir(join(folder, 'out')), []);
});

function setConfig(words) {
  return async (folder) => {
    const path = join(folder, 'tower/config.json');
    const config = JSON.parse(await readFile(path));
    Object.assign(config.vision_config, words);
    await writeFile(path, JSON.stringify(config));
  };
}

for (const [title, words, code, message] of [
  ['another width', { hidden_size: 40 }, 'BAD_RECIPE', /hidden_size is 40, but the tensors have 36/],
  ['another depth', { num_hidden_layers: 3 }, 'BAD_RECIPE', /num_hidden_layers is 3/],
  ['an unknown activation', { hidden_act: 'silu' }, 'UNSUPPORTED', /hidden_act "silu"/],
  ['heads that do not divide', { num_attention_heads: 5 }, 'BAD_RECIPE', /width of 36 does not divide into 5 heads/],
  ['four channels', { num_channels: 4 }, 'UNSUPPORTED', /num_channels is 4/],
  ['an absurd epsilon', { layer_norm_eps: 2 }, 'BAD_FILE', /layer_norm_eps/],
]) {
  test(`refuses a config.json with ${title}`, async (t) => {
    await assertRefused(convertTiny(t, { prepare: setConfig(words) }), code, message);
  });
}

test('an absent hidden_act means quick_gelu, and the recipe beats the file', async (t) => {
  const prepare = setConfig({ hidden_act: undefined });
  assert.equal((await convertTiny(t, { prepare })).manifest.tower.activation, 'quick_gelu');
  const change = (recipe) => { recipe.base.config = { hidden_act: 'gelu', num_attention_heads: 2 }; };
  const { tower } = (await convertTiny(t, { prepare, change })).manifest;
  assert.deepEqual([tower.activation, tower.heads], ['gelu', 2]);
});

const withoutConfig = (folder) => rename(join(folder, 'tower/config.json'), join(folder, 'tower/unused.json'));

test('without config.json the activation and the heads must be told', async (t) => {
  await assertRefused(convertTiny(t, { prepare: withoutConfig }), 'BAD_RECIPE', /num_attention_heads/);
  const heads = (recipe) => { recipe.base.config = { num_attention_heads: 3 }; };
  await assertRefused(convertTiny(t, { prepare: withoutConfig, change: heads }), 'BAD_RECIPE', /base\.config\.hidden_act/);
});

for (const [title, change, code, message] of [
  ['a head of another tower', (r) => { r.tasks[0].head.layers = ['fc2', 'fc1']; }, 'WRONG_SHAPE', /fc2\.weight .* its input has 20 numbers/],
  ['a layer that is not there', (r) => { r.tasks[0].head.layers = ['fc1', 'fc3']; }, 'UNKNOWN_TENSOR', /also holds the layer fc2/],
  ['a layer that is not named', (r) => { r.tasks[0].head.layers = ['fc1']; }, 'UNKNOWN_TENSOR', /also holds the layer fc2/],
  ['an activation first', (r) => { r.tasks[0].head.layers = ['relu', 'fc1', 'fc2']; }, 'BAD_RECIPE', /tasks\[0\]\.head\.layers\[0\]/],
  ['two activations', (r) => { r.tasks[0].head.layers = ['fc1', 'relu', 'gelu', 'fc2']; }, 'BAD_RECIPE', /tasks\[0\]\.head\.layers\[2\]/],
  ['labels for a score', (r) => { r.tasks[0].output = { kind: 'classes', labels: ['a', 'b'] }; }, 'BAD_RECIPE', /2 labels, but the head ends in 1/],
  ['a view of another size', (r) => { r.tasks[0].preprocess = { views: { center: 224 } }; }, 'BAD_RECIPE', /tasks\[0\]\.preprocess\.views\.center is 224/],
  ['a resize below the view', (r) => { r.tasks[0].preprocess = { resize: { height: 64, width: 31 } }; }, 'BAD_RECIPE', /tasks\[0\]\.preprocess\.resize\.width is 31/],
  ['detail behind the centre', (r) => { r.tasks[0].preprocess = { detail: { shorter: 640, grid: [2, 2] } }; }, 'BAD_RECIPE', /tasks\[0\]\.preprocess\.detail is for views in a grid/],
  ['a missing file', (r) => { r.tasks[0].head.path = 'none.safetensors'; }, 'NOT_FOUND', /none\.safetensors/],
]) {
  test(`refuses ${title}`, async (t) => {
    await assertRefused(convertTiny(t, { change }), code, message);
  });
}

const run = promisify(execFile);
const CLI = join(ROOT, 'build_scripts/convert.mjs');

test('the command line converts, prints the table and refuses to overwrite', async (t) => {
  const folder = await temporaryFolder(t);
  const recipe = await writeTinyModel(folder);
  const args = [CLI, recipe, '--outdir', join(folder, 'out')];
  const { stdout } = await run(process.execPath, args);
  assert.match(stdout, /base-1 .*MB/);
  assert.match(stdout, /blocks\.1 +\d+\.\d +\d+\.\d +\d+\.\d +\d+\.\d/);
  await assert.rejects(run(process.execPath, args), ({ code, stderr }) => code === 1 && /OUTPUT: .* not empty/.test(stderr));
});

for (const [title, args, message] of [
  ['no recipe', [], /Name one recipe/],
  ['no folder', ['recipe.json'], /--outdir/],
  ['an unknown type', ['recipe.json', '--outdir', 'x', '--outtype', 'q9'], /--outtype must be one of/],
  ['an unknown option', ['recipe.json', '--colour'], /--colour/],
]) {
  test(`the command line refuses ${title}`, async () => {
    await assert.rejects(run(process.execPath, [CLI, ...args]), ({ code, stderr }) => (
      code === 2 && stderr.startsWith('BAD_USAGE: ') && message.test(stderr)));
  });
}

test('what stands between the layers of a stranger\'s head is asked for, and how it reads embeddings', async (t) => {
  const { manifest } = await convertTiny(t);
  assert.deepEqual(manifest.tasks[0].head, [{ outputs: 5, activation: 'relu' }, { outputs: 1, activation: 'identity' }]);
  await assertRefused(convertTiny(t, { change: (r) => { delete r.tasks[0].head.layers; } }), 'BAD_RECIPE', /head\.layers is needed: .*fc1, fc2, and nothing tells/);
  await assertRefused(convertTiny(t, { change: (r) => { delete r.tasks[0].normalize; } }), 'BAD_RECIPE', /lacks the word "normalize"/);
});

test('says when the folder cannot be written', async (t) => {
  const folder = await temporaryFolder(t);
  const recipe = await writeTinyModel(folder);
  await writeFile(join(folder, 'file'), '');
  await assertRefused(convert(recipe, { outdir: join(folder, 'file') }), 'OUTPUT', /cannot be written \(EEXIST\)/);
  await mkdir(join(folder, 'out'));
  await convert(recipe, { outdir: join(folder, 'out') });
});

test('a folder whose manifest cannot be written is left empty, so that the same command finds it so', async (t) => {
  const folder = await temporaryFolder(t);
  const recipe = await writeTinyModel(folder);
  const outdir = join(folder, 'out');
  await mkdir(outdir);
  const watcher = watch(outdir, () => { watcher.close(); writeFileSync(join(outdir, 'model.json.part'), ''); });
  await assertRefused(convert(recipe, { outdir }), 'OUTPUT', /model\.json\.part cannot be written \(EEXIST\)/);
  assert.deepEqual(await readdir(outdir), []);
  await convert(recipe, { outdir });
});

/** /dev/full accepts an open and refuses every byte, as a full disk does. */
test('says when the disk is full', { skip: process.platform !== 'linux' && 'needs /dev/full' }, async () => {
  const { open } = await import('node:fs/promises');
  const { outputError } = await import('../../build_scripts/convert/shards.mjs');
  const handle = await open('/dev/full', 'w');
  await assertRefused(handle.writeFile('x').catch((error) => { throw outputError(error, 'DIR'); }), 'OUTPUT', /disk is full/);
  await handle.close();
});
