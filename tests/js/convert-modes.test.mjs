/**
 * Pictures that are not RGB, prepared as a model's own code prepares them: open_clip and OpenAI's CLIP make them RGB when they are resized
 * and cut (tests/golden/families_modes.py), transformers before. Nobody has to say so, and a recipe may say otherwise.
 */
import assert from 'node:assert/strict';
import { readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { before, test } from 'node:test';
import { completePreprocess, readPreprocess } from '../../build_scripts/convert/preprocess.mjs';
import { PictureReader } from '../../web/lib/engine/picture.js';
import { temporaryFolder } from '../support/convert-fixtures.mjs';
import { GOLDEN, sha256 } from '../support/picture-helpers.mjs';

const { image, cases } = JSON.parse(await readFile(new URL('families/modes.json', GOLDEN)));
const SIZES = { image, width: 36, layers: 2, mlp_width: 80, patch: 7, activation: 'gelu' };
const PALETTE = 'png-palette-8bit.png';

let reader;
before(async () => { reader = await PictureReader.load(); });

/** What the converter writes and prints for a tower of that layout, with these files beside it. */
async function prepare(t, layout, files = {}, words = {}) {
  const folder = await temporaryFolder(t);
  for (const [name, content] of Object.entries(files)) await writeFile(join(folder, name), JSON.stringify(content));
  const source = { checkpoint: { folder }, layout: { id: layout }, sizes: SIZES };
  return completePreprocess({ preprocess: words }, 'tasks[0]', image, await readPreprocess(source));
}

async function seen(preprocess, file) {
  const bytes = await readFile(new URL(`pictures/${file}`, GOLDEN));
  const { views: [{ bytes: view }] } = await reader.read(new Blob([bytes]), [preprocess]);
  return sha256(view);
}

const openClip = (cfg) => ({ 'open_clip_config.json': { model_cfg: { embed_dim: 12, vision_cfg: { width: 36 } }, preprocess_cfg: cfg } });
/** What CLIP's publication says of published towers, for one that nobody published. */
const SHORTEST = { resize: { shorter: image, interpolation: 'bicubic' }, views: { center: image }, mean: [0, 0, 0], std: [1, 1, 1] };

for (const { name, preprocess_cfg: cfg, expected } of cases) {
  test(`${name}: every kind of picture becomes RGB when its own code makes it`, async (t) => {
    const { preprocess, origins } = cfg ? await prepare(t, 'open_clip', openClip(cfg)) : await prepare(t, 'openai', {}, SHORTEST);
    assert.equal(preprocess.convert, 'after');
    assert.match(origins.convert, cfg ? /open_clip_config\.json leaves when pictures become RGB to open_clip$/ : /^the publications of OpenAI's CLIP and of open_clip$/);
    for (const [file, wanted] of Object.entries(expected)) assert.equal(await seen(preprocess, file), wanted, file);
    assert.notEqual(await seen({ ...preprocess, convert: 'before' }, PALETTE), expected[PALETTE], 'both orders would agree');
  });
}

test('a recipe says otherwise, and is named', async (t) => {
  for (const [layout, files] of [['open_clip', openClip({})], ['openai', {}]]) {
    const { preprocess, origins } = await prepare(t, layout, files, { ...SHORTEST, convert: 'before' });
    assert.deepEqual([preprocess.convert, origins.convert], ['before', 'tasks[0].preprocess.convert']);
  }
});

test('what Python calls false says nothing: open_clip\'s own value holds, and is named', async (t) => {
  const { preprocess: own } = await prepare(t, 'open_clip', openClip({}));
  for (const nothing of [null, 0, [], '']) {
    const { preprocess, origins } = await prepare(t, 'open_clip', openClip({ mean: nothing, std: nothing, interpolation: nothing, resize_mode: nothing }));
    assert.deepEqual(preprocess, own);
    assert.match(origins.mean, /open_clip_config\.json leaves mean to open_clip$/);
    assert.match(origins.resize, /leaves interpolation, resize_mode to open_clip$/);
  }
  assert.deepEqual((await prepare(t, 'open_clip', openClip({ mean: [0, 0, 0] }))).preprocess.mean, [0, 0, 0]);
});

test('transformers\' weights become RGB first, whatever lies beside them', async (t) => {
  const clip = { image_processor_type: 'CLIPImageProcessor', size: { shortest_edge: image }, crop_size: image };
  const both = { ...openClip({}), 'preprocessor_config.json': clip };
  for (const files of [{}, openClip({}), both, { 'preprocessor_config.json': clip }]) {
    const { preprocess, origins } = await prepare(t, 'huggingface', files, SHORTEST);
    assert.equal(preprocess.convert, undefined);
    assert.match(origins.convert, /^Percept: RGB first, as transformers' processors have it/);
  }
  assert.equal((await prepare(t, 'open_clip', both)).preprocess.convert, 'after');
  assert.equal((await prepare(t, 'open_clip', { 'preprocessor_config.json': clip })).preprocess.convert, undefined);
});
