/**
 * The published recipes from a picture to its score, as their authors' code gives it (tests/golden/recipes.py): decoding,
 * resizing as Pillow does, crops, tower, adapter, normalisation, head. Tiny checkpoints stand for the published ones.
 */
import assert from 'node:assert/strict';
import { readFile } from 'node:fs/promises';
import { test } from 'node:test';
import { fileURLToPath } from 'node:url';
import { Scorer } from '../../web/lib/percept.js';
import { syntheticView } from '../golden/generator.mjs';
import { temporaryFolder } from '../support/convert-fixtures.mjs';
import { BOUND, DOWNLOADS, convertIn, fixture, relativeError, shrunkRecipe } from '../support/layout-parity.mjs';

const { files, seed, synthetic, expected } = JSON.parse(await readFile(new URL('../golden/recipes.json', import.meta.url)));

/** A rectangle from the corner of a seeded square. */
function cut([width, height], index) {
  const side = Math.max(width, height);
  const pixels = syntheticView(side, seed, index);
  const data = new Uint8ClampedArray(width * height * 4).fill(255);
  for (let y = 0; y < height; y += 1) {
    for (let x = 0; x < width; x += 1) data.set(pixels.subarray((y * side + x) * 3, (y * side + x) * 3 + 3), (y * width + x) * 4);
  }
  return { width, height, data };
}

const pathOf = (name) => fileURLToPath(new URL(`../golden/pictures/${name}`, import.meta.url));
const pictures = [...files.map(pathOf), ...synthetic.map(cut)];

/** The recipe with the downloads' places taken by fixtures. */
async function localRecipe(name) {
  const { downloads, ...recipe } = await shrunkRecipe(name);
  const text = downloads.reduce((json, { path }, index) => json.replaceAll(JSON.stringify(path), JSON.stringify(fixture(DOWNLOADS[name][index]))), JSON.stringify(recipe));
  return JSON.parse(text);
}

/** What each task makes of the pictures: [task id, a row for each picture]. */
async function scoreAll(t, recipe) {
  const { outdir } = await convertIn(await temporaryFolder(t), recipe);
  const scorer = await Scorer.load(outdir, { threads: 1 });
  t.after(() => scorer.dispose());
  const results = [];
  for (const picture of pictures) results.push((await scorer.score(picture)).scores);
  return recipe.tasks.map(({ id }) => [id, results.map((scores) => scores[id].raw)]);
}

/** Changes to a recipe's preprocessing that must be seen. */
const DAMAGE = {
  'another filter': ({ resize }) => { resize.interpolation = resize.interpolation === 'bilinear' ? 'bicubic' : 'bilinear'; },
  'another size': ({ resize }) => { resize[resize.shorter ? 'shorter' : 'width'] += 4; },
  'another order of converting': (preprocess) => { preprocess.convert = preprocess.convert === 'after' ? 'before' : 'after'; },
  'orientation applied': (preprocess) => { preprocess.orientation = 'apply'; },
};

const wanted = (name, id) => expected.map((picture) => picture[name][id]);

for (const name of Object.keys(expected[0])) {
  test(`${name}: ${pictures.length} pictures score as in PyTorch and Pillow`, async (t) => {
    for (const [id, rows] of await scoreAll(t, await localRecipe(name))) {
      const error = relativeError(rows, wanted(name, id));
      t.diagnostic(`${id}: ${error.toExponential(1)}`);
      assert.ok(error < BOUND, `${id} differs by ${error}`);
    }
  });
}

for (const [what, change] of Object.entries(DAMAGE)) {
  test(`${what} is seen`, async (t) => {
    for (const name of ['perceptclip-l14', 'laion-aesthetic-l14']) {
      const recipe = await localRecipe(name);
      for (const { preprocess } of recipe.tasks) change(preprocess);
      for (const [id, rows] of await scoreAll(t, recipe)) {
        const error = relativeError(rows, wanted(name, id));
        assert.ok(error > BOUND, `${id} differs by ${error} only`);
      }
    }
  });
}
