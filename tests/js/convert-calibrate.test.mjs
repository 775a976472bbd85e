/** Error-compensating rounding for q4: the factor, the rounding, and what it brings on pictures. */
import assert from 'node:assert/strict';
import { mkdir, symlink, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { test } from 'node:test';
import { Scorer } from '../../web/lib/percept.js';
import { listPictures } from '../../build_scripts/convert/compare.mjs';
import { convert } from '../../build_scripts/convert/convert.mjs';
import { Packer } from '../../build_scripts/convert/engine.mjs';
import { normals, syntheticView } from '../golden/generator.mjs';
import { writeTowerFolder } from '../golden/seeded-folders.mjs';
import { lowestCosine } from '../support/closeness.mjs';
import { assertRefused, bitmap, temporaryFolder } from '../support/convert-fixtures.mjs';

const packer = await Packer.load();

/** Inputs that share a common part, as those of a trained tower do: [rows, inputs]. */
function correlatedInputs(rows, inputs) {
  const own = normals(5, 'own', rows * inputs, 0.5);
  const common = normals(6, 'common', rows, 1);
  return own.map((value, index) => value + common[Math.floor(index / inputs)]);
}

function gramOf(x, rows, inputs) {
  const gram = new Float32Array(inputs * inputs);
  for (let a = 0; a < inputs; a += 1) {
    for (let b = 0; b <= a; b += 1) {
      for (let r = 0; r < rows; r += 1) gram[a * inputs + b] += x[r * inputs + a] * x[r * inputs + b];
    }
  }
  return gram;
}

/** Σ over rows of x of the squared error of W x. */
function answerError(weights, restored, x, rows, out, inputs) {
  let sum = 0;
  for (let r = 0; r < rows; r += 1) {
    for (let o = 0; o < out; o += 1) {
      let error = 0;
      for (let k = 0; k < inputs; k += 1) error += (weights[o * inputs + k] - restored[o * inputs + k]) * x[r * inputs + k];
      sum += error * error;
    }
  }
  return sum;
}

for (const isSmooth of [false, true]) {
  test(`errors make up for one another on what the layer reads${isSmooth ? ', smoothed' : ''}`, () => {
    const [rows, out, inputs] = [200, 13, 64];
    const x = correlatedInputs(rows, inputs);
    const weights = normals(7, 'weights', out * inputs, 1);
    const smooth = isSmooth ? Float32Array.from({ length: inputs }, (_, k) => (k % 9 === 0 ? 0.4 : 1)) : null;
    const error = (restored) => answerError(weights, restored, x, rows, out, inputs);
    const alone = error(packer.q4({ name: 'x', weights, smooth, out, inputs, blocks: 1 }).restored.slice());
    const together = error(packer.q4({ name: 'x', weights, smooth, out, inputs, blocks: 1 }, gramOf(x, rows, inputs)).restored.slice());
    assert.ok(together < 0.4 * alone, `${alone} alone, ${together} together`);
  });
}

test('inputs that do not hang together leave the rounding as it is', () => {
  const [out, inputs] = [16, 64];
  const gram = new Float32Array(inputs * inputs).map((_, i) => Number(i % (inputs + 1) === 0));
  const weights = normals(8, 'weights', out * inputs, 1);
  const layer = { name: 'x', weights, out, inputs, blocks: 1 };
  const alone = packer.q4(layer);
  assert.deepEqual(packer.q4(layer, gram).nibbles, alone.nibbles);
  assert.throws(() => packer.q4(layer, new Float32Array(inputs * inputs)), /x holds a number/);
});

const SIZES = { width: 128, layers: 4, heads: 4, mlp_width: 512, patch: 16, image: 64, embedding: 64 };

async function writeModel(folder) {
  await writeTowerFolder(join(folder, 'tower'), { sizes: SIZES, activation: 'quick_gelu', seed: 21, outliers: true });
  await writeFile(join(folder, 'recipe.json'), JSON.stringify({ name: 'x', base: { path: 'tower' }, tasks: [{ id: 'bare' }] }));
  await mkdir(join(folder, 'pictures'));
  for (let index = 0; index < 24; index += 1) {
    await writeFile(join(folder, 'pictures', `${index}.bmp`), bitmap(syntheticView(64, 99, index), 64));
  }
  return join(folder, 'recipe.json');
}

test('q4 with calibration is nearer to float32 on other pictures', async (t) => {
  const folder = await temporaryFolder(t);
  const recipe = await writeModel(folder);
  const embed = async (name, options) => {
    const outdir = join(folder, name);
    await convert(recipe, { outdir, ...options });
    const scorer = await Scorer.load(outdir, { threads: 1 });
    t.after(() => scorer.dispose());
    const embeddings = [];
    for (let index = 0; index < 12; index += 1) {
      embeddings.push((await scorer.embed(new Blob([bitmap(syntheticView(64, 7, index), 64)]))).embedding);
    }
    return embeddings;
  };
  const exact = await embed('f32', { outtype: 'f32' });
  const plain = lowestCosine(await embed('q4', { outtype: 'q4' }), exact);
  const calibrate = await listPictures(join(folder, 'pictures'));
  const calibrated = lowestCosine(await embed('calibrated', { outtype: 'q4', calibrate }), exact);
  t.diagnostic(`lowest cosine ${plain.toFixed(5)}, calibrated ${calibrated.toFixed(5)}`);
  assert.ok(1 - calibrated < 0.8 * (1 - plain), `${plain}, calibrated ${calibrated}`);
});

test('refuses pictures of which none can be read', async (t) => {
  const folder = await temporaryFolder(t);
  const recipe = await writeModel(folder);
  const unread = ['broken.png', 'nowhere.png'].map((name) => join(folder, 'pictures', name)); // damaged; a link to nowhere
  await writeFile(unread[0], 'no picture');
  await symlink(join(folder, 'absent'), unread[1]);
  await assertRefused(convert(recipe, { outdir: join(folder, 'out'), outtype: 'q4', calibrate: unread }),
    'BAD_USAGE', /None of the calibration pictures/);
});
