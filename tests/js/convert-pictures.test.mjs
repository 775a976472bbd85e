/**
 * Preprocessor configurations as transformers and open_clip write and the field publishes them: the pixels that reach the tower are
 * those of their own code (tests/golden/families_pictures.py), or the configuration is refused by the word that is not obeyed.
 */
import assert from 'node:assert/strict';
import { readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { before, test } from 'node:test';
import { completePreprocess, readPreprocess } from '../../build_scripts/convert/preprocess.mjs';
import { PictureReader } from '../../web/lib/engine/picture.js';
import { assertRefused, temporaryFolder } from '../support/convert-fixtures.mjs';
import { synthetic } from '../support/picture-helpers.mjs';

const { sizes, image, cases } = JSON.parse(await readFile(new URL('../golden/families/pictures.json', import.meta.url)));
const CLIP_2023 = cases.find(({ name }) => name === 'clip-2023').config;

let reader;
before(async () => { reader = await PictureReader.load(); });

/** A folder with some files beside weights, as the converter sees it. */
async function preprocessOf(t, files, words = {}, { layout = 'huggingface', ...others } = {}) {
  const folder = await temporaryFolder(t);
  for (const [name, content] of Object.entries(files)) await writeFile(join(folder, name), JSON.stringify(content));
  const source = { checkpoint: { folder }, layout: { id: layout }, sizes: { image, width: 36, layers: 2, mlp_width: 80, patch: 8, activation: 'gelu', ...others } };
  return completePreprocess({ preprocess: words }, 'tasks[0]', source.sizes.image, await readPreprocess(source));
}

function takePicture([width, height], seed) {
  const rgb = synthetic(width, height, seed);
  const data = new Uint8Array(width * height * 4).fill(255);
  for (let at = 0; at < width * height; at += 1) data.set(rgb.subarray(3 * at, 3 * at + 3), 4 * at);
  return { width, height, data };
}

/** (pixel / 255 - mean) / std, colour by colour, as families_pictures.py sums it up. */
function summary(bytes, { mean, std }) {
  const area = bytes.length / 3;
  const value = (at) => (bytes[3 * (at % area) + Math.floor(at / area)] / 255 - mean[Math.floor(at / area)]) / std[Math.floor(at / area)];
  const all = Array.from(bytes, (_, at) => value(at));
  const sum = (values) => values.reduce((total, each) => total + each, 0);
  return [sum(all), sum(all.map(Math.abs)), ...all.filter((_, at) => at % 331 === 0)];
}

async function seen(preprocess, index) {
  const { views: [views] } = await reader.read(takePicture(sizes[index], 400 + 2 * index), [preprocess]);
  assert.equal(views.count, 1);
  return summary(views.bytes, preprocess);
}

test('sixteen configurations are tried', () => assert.ok(cases.length >= 16));

for (const { name, file, config, expected } of cases) {
  test(`${name}: the tower sees what its own code would show it`, async (t) => {
    const { preprocess, origins } = await preprocessOf(t, { [file]: config }, {}, { layout: file.startsWith('open') ? 'open_clip' : 'huggingface' });
    for (const [index, wanted] of expected.entries()) {
      const values = await seen(preprocess, index);
      values.forEach((value, at) => assert.ok(Math.abs(value - wanted[at]) <= 2e-4 + 2e-6 * Math.abs(wanted[1]), `${sizes[index]}, value ${at}: ${value}, not ${wanted[at]}`));
    }
    for (const word of ['resize', 'views', 'mean', 'std']) assert.match(origins[word], new RegExp(`${file}( leaves .+ to \\w+)?$`));
  });
}

test('the cases tell resizing, cropping and filters apart', () => {
  const of = (wanted) => cases.find(({ name }) => name === wanted).expected;
  for (const [a, b] of [['clip-2023', 'open-clip'], ['open-clip', 'open-clip-squash'], ['clip-2023', 'lanczos'], ['bilinear', 'nearest']]) {
    assert.notDeepEqual(of(a), of(b), `${a} and ${b}`);
  }
});

const HALVES = { ...CLIP_2023, image_mean: [0.5, 0.5, 0.5] };

for (const [title, change, word] of [
  ['a box filter', { resample: 4 }, /resample is 4/],
  ['no resizing', { do_resize: false }, /do_resize is false/],
  ['no crop of a picture that keeps its shape', { do_center_crop: false }, /do_center_crop is off/],
  ['a crop that is not square', { crop_size: { height: 32, width: 24 } }, /crop_size is/],
  ['a crop larger than the picture', { crop_size: 40, size: { shortest_edge: 32 } }, /crop_size is larger than size/],
  ['the longest edge', { size: { longest_edge: 32 } }, /size is \{"longest_edge":32\}/],
  ['both edges', { size: { shortest_edge: 32, longest_edge: 64 } }, /size is/],
  ['padding', { do_pad: true }, /do_pad is true/],
  ['another order of colours', { do_flip_channel_order: true }, /do_flip_channel_order/],
  ['an offset', { rescale_offset: true }, /rescale_offset/],
  ['another family\'s processor', { image_processor_type: 'ConvNextImageProcessor' }, /image processor "ConvNextImageProcessor"/],
]) {
  test(`refuses ${title} by name, unless the recipe says what it means`, async (t) => {
    const files = { 'preprocessor_config.json': { ...HALVES, ...change } };
    await assertRefused(preprocessOf(t, files), 'UNSUPPORTED', word);
    const words = { resize: { shorter: image, interpolation: 'bicubic' }, views: { center: image }, mean: [0, 0, 0], std: [1, 1, 1] };
    const { preprocess } = await preprocessOf(t, files, words);
    assert.deepEqual(preprocess, { ...words, orientation: 'apply' });
  });
}

for (const [title, change, message] of [
  ['two means', { image_mean: [0.5, 0.5] }, /image_mean must be three numbers/],
  ['a deviation of 0', { image_std: [0.5, 0, 0.5] }, /image_std must be three numbers above 0/],
  ['a factor of 0', { rescale_factor: 0 }, /rescale_factor is 0/],
  ['a word for a switch', { do_normalize: 'no' }, /do_normalize is "no"/],
]) {
  test(`refuses ${title}`, async (t) => {
    await assertRefused(preprocessOf(t, { 'preprocessor_config.json': { ...CLIP_2023, ...change } }), 'BAD_FILE', message);
  });
}

for (const [title, cfg, word] of [
  ['an unknown resize mode', { resize_mode: 'stretch' }, /resize_mode is "stretch"/],
  ['an unknown filter', { interpolation: 'lanczos' }, /interpolation is "lanczos"/],
  ['an unknown word', { crop_pct: 0.9 }, /crop_pct is 0\.9/],
  ['another mode', { mode: 'L' }, /mode is "L"/],
]) {
  test(`open_clip: refuses ${title} by name`, async (t) => {
    const config = { model_cfg: { vision_cfg: { width: 16 } }, preprocess_cfg: cfg };
    await assertRefused(preprocessOf(t, { 'open_clip_config.json': config }, {}, { layout: 'open_clip' }), 'UNSUPPORTED', word);
  });
}

test('a size that is not the tower\'s is refused by its file', async (t) => {
  const files = { 'preprocessor_config.json': { ...CLIP_2023, crop_size: 24 } };
  await assertRefused(preprocessOf(t, files), 'BAD_RECIPE', /preprocessor_config\.json: the size of views is 24, but the tower sees pictures of 32/);
});

test('open_clip\'s file is obeyed for its own weights, asked about for transformers\', and the recipe comes before both', async (t) => {
  const open = { model_cfg: { vision_cfg: { width: 16 } }, preprocess_cfg: { resize_mode: 'squash' } };
  const files = { 'preprocessor_config.json': CLIP_2023, 'open_clip_config.json': open };
  await assertRefused(preprocessOf(t, files), 'BAD_RECIPE', /preprocessor_config\.json says resize \{"shorter":32,.*open_clip_config\.json says \{"height":32,/);
  const agreeing = { ...files, 'open_clip_config.json': { ...open, preprocess_cfg: {} } };
  assert.equal((await preprocessOf(t, agreeing)).preprocess.views.rounding, 'down');
  assert.equal((await preprocessOf(t, files, {}, { layout: 'open_clip' })).preprocess.resize.height, image);
  const { preprocess, origins } = await preprocessOf(t, files, { resize: { longer: image, interpolation: 'lanczos' } });
  assert.deepEqual([preprocess.resize.longer, preprocess.views], [image, { center: image, pad: 0 }]);
  assert.deepEqual([origins.resize, origins.views], ['tasks[0].preprocess.resize', 'tasks[0].preprocess.resize']);
});

test('without a file the publication holds, where all of a shape\'s publications agree', async (t) => {
  const h14 = { width: 1280, layers: 32, mlp_width: 5120, patch: 14, image: 224 };
  const b32 = { width: 768, layers: 12, mlp_width: 3072, patch: 32, image: 224, activation: 'gelu' };
  assert.equal((await preprocessOf(t, {}, {}, b32)).origins.resize, 'CLIP\'s publication');
  await assertRefused(preprocessOf(t, {}), 'BAD_RECIPE', /Nothing tells how pictures are resized, and no weights are published of a tower of width 36 with 2 layers/);
  await assertRefused(preprocessOf(t, {}, {}, { ...h14, activation: 'quick_gelu' }), 'BAD_RECIPE', /how pictures are resized, .*DFN5B squashes/);
  assert.equal((await preprocessOf(t, {}, {}, { ...h14, activation: 'gelu' })).preprocess.resize.shorter, 224);
  assert.equal((await preprocessOf(t, {}, {}, { ...h14, image: 378, activation: 'quick_gelu' })).preprocess.resize.height, 378);
  const l14 = { width: 1024, layers: 24, mlp_width: 4096, patch: 14, image: 224 };
  await assertRefused(preprocessOf(t, {}, {}, { ...l14, activation: 'gelu' }), 'BAD_RECIPE', /mean and std, .*laion2b_s32b_b82k/);
  assert.equal((await preprocessOf(t, {}, {}, { ...l14, activation: 'quick_gelu' })).origins.mean, 'CLIP\'s publication');
});
