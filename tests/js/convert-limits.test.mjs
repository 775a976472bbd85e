/** The converter's limits are the engine's, and a model beyond them is refused before it is written. */
import assert from 'node:assert/strict';
import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { test } from 'node:test';
import { completeSizes } from '../../build_scripts/convert/config.mjs';
import { convert } from '../../build_scripts/convert/convert.mjs';
import { Scorer } from '../../web/lib/percept.js';
import { SPARE_TASKS, validateManifest } from '../../web/lib/weights/manifest.js';
import { PICTURE_LIMITS, TOWER_LIMITS } from '../../build_scripts/convert/limits.mjs';
import { syntheticView } from '../golden/generator.mjs';
import { writeAdapterFolder } from '../golden/seeded-folders.mjs';
import { LORA, SIZES as TINY, assertRefused, bitmap, temporaryFolder, writeTinyModel } from '../support/convert-fixtures.mjs';

async function readLimits(name, maximum) {
  const memory = new WebAssembly.Memory({ initial: 256, maximum });
  const bytes = await readFile(new URL(`../../web/lib/wasm/${name}.wasm`, import.meta.url));
  const { instance: { exports } } = await WebAssembly.instantiate(bytes, { env: { memory } });
  const info = Buffer.from(memory.buffer, (exports.tower_info ?? exports.picture_info)());
  return JSON.parse(info.toString('utf8', 0, info.indexOf(0))).limits;
}

for (const [name, maximum, ours] of [['tower-simd128', 65536, TOWER_LIMITS], ['picture', 16384, PICTURE_LIMITS]]) {
  test(`${name} tells the limits that the converter has`, async () => {
    const limits = await readLimits(name, maximum);
    const { tasks = 0, ...same } = ours;
    assert.deepEqual(Object.fromEntries(Object.keys(same).map((word) => [word, limits[word]])), same);
    if (tasks > 0) assert.ok(tasks + SPARE_TASKS <= limits.tasks, `a model of ${tasks} tasks leaves no room for traits`);
  });
}

test('a manifest is held to the same limits, before anything else of the model is fetched', async () => {
  const { width, layers, image, outputs } = await readLimits('tower-simd128', 65536);
  const manifest = JSON.parse(await readFile(new URL('../../weights/demo/model.json', import.meta.url), 'utf8'));
  const tower = { ...manifest.tower, width, layers, image, embedding: width, mlp_width: 4 * width, heads: 1, patch: 1 };
  const widest = { ...manifest, tower, tasks: [{ ...manifest.tasks[0], head: [{ outputs, activation: 'identity' }], output: { kind: 'classes', labels: Array.from({ length: outputs }, (_, at) => `class ${at}`) } }] };
  delete widest.familiarity;
  widest.tasks[0].preprocess = { ...widest.tasks[0].preprocess, resize: { height: image, width: image, interpolation: 'bicubic' }, views: { center: image } };
  delete widest.tasks[0].preprocess.detail;
  validateManifest(widest);
  for (const [of, word] of [[tower, 'width'], [tower, 'layers'], [tower, 'image'], [tower, 'embedding'], [tower, 'mlp_width'], [widest.tasks[0].head[0], 'outputs']]) {
    const most = of[word];
    of[word] = most + 1;
    assert.throws(() => validateManifest(widest), { code: 'manifest-invalid', message: new RegExp(`${word} .*${most}`) });
    of[word] = most;
  }
});

const SIZES = { width: 64, layers: 2, mlp_width: 128, patch: 8, image: 32, embedding: 16 };

for (const [word, sizes] of [['width', { width: 8256 }], ['layers', { layers: 129 }], ['image', { image: 1032 }], ['grid', { image: 516, patch: 4 }],
  ['mlp_width', { mlp_width: 40000 }], ['embedding', { embedding: 9000 }]]) {
  test(`refuses a tower beyond the engine's ${word}`, () => {
    assert.throws(() => completeSizes({ ...SIZES, ...sizes }, { activation: 'gelu' }, {}, 'x'), { code: 'UNSUPPORTED', message: new RegExp(word) });
  });
}

test('refuses an adapter of a higher rank than the engine has room for beside so narrow a tower', async (t) => {
  const folder = await temporaryFolder(t);
  const recipe = await writeTinyModel(folder);
  const convertWith = async (rank, outdir) => {
    await writeAdapterFolder(join(folder, 'lora'), TINY, { ...LORA, rank }, 2);
    return convert(recipe, { outdir: join(folder, outdir) });
  };
  await assertRefused(convertWith(41, 'refused'), 'WRONG_SHAPE', /rank of 1 to 40 /);
  await convertWith(40, 'taken');
  const scorer = await Scorer.load(join(folder, 'taken'), { threads: 1 });
  t.after(() => scorer.dispose());
  assert.ok(Number.isFinite((await scorer.score(new Blob([bitmap(syntheticView(64, 7, 1), 64)]))).scores.quality.raw[0]));
});
