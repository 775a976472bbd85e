/**
 * q4 at full size, rounded plainly and for pictures, against PyTorch's float32 embeddings of seeded towers with outlier
 * gains. The pictures that it is rounded for are others than those it is tried on. Calibrating L/14 takes minutes.
 */
import assert from 'node:assert/strict';
import { mkdir, mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { test } from 'node:test';
import { fileURLToPath } from 'node:url';
import { listPictures } from '../../build_scripts/convert/compare.mjs';
import { convert } from '../../build_scripts/convert/convert.mjs';
import { syntheticView } from '../golden/generator.mjs';
import { writeCase } from '../golden/seeded-folders.mjs';
import { lowestCosine } from '../support/closeness.mjs';
import { bitmap } from '../support/convert-fixtures.mjs';
import { embedViews } from '../support/embed-views.mjs';
import { cachedModel } from '../support/model-cache.mjs';

const BUILD = fileURLToPath(new URL('../../build/', import.meta.url));
const OTHER_SEED = 99;
/** As many as the converter reads of B/32's; of L/14's it takes fewer, since a picture is more tokens. */
const PICTURES = 80;

const readCases = async (name) => JSON.parse(await readFile(new URL(`../golden/${name}`, import.meta.url))).cases;
const cases = [...await readCases('tower.json'), ...await readCases('tower-l14.json')];

async function calibratedModel(folder, testCase) {
  const pictures = join(folder, 'pictures');
  await mkdir(pictures);
  const { image } = testCase.sizes;
  for (let index = 0; index < PICTURES; index += 1) {
    await writeFile(join(pictures, `${index}.bmp`), bitmap(syntheticView(image, OTHER_SEED, index), image));
  }
  const recipe = await writeCase(join(folder, 'source'), testCase);
  await convert(recipe, { outdir: join(folder, 'model'), outtype: 'q4', calibrate: await listPictures(pictures) });
  return join(folder, 'model');
}

for (const [id, leastPlain, leastCalibrated] of [['b32-outliers', 0.97, 0.985], ['l14-outliers', 0.97, 0.985]]) {
  const testCase = cases.find((candidate) => candidate.id === id);
  const lowestOf = async (model) => lowestCosine(await embedViews(model, testCase), testCase.expected.embeddings);

  test(`${id}: q4 rounded plainly`, async (t) => {
    const lowest = await lowestOf(await cachedModel(testCase, 'q4'));
    t.diagnostic(`lowest cosine ${lowest.toFixed(5)}`);
    assert.ok(lowest >= leastPlain, String(lowest));
  });

  test(`${id}: q4 rounded for other pictures`, async (t) => {
    const folder = await mkdtemp(join(BUILD, 'calibrated-'));
    t.after(() => rm(folder, { recursive: true, force: true }));
    const started = process.cpuUsage();
    const model = await calibratedModel(folder, testCase);
    const { user, system } = process.cpuUsage(started);
    const lowest = await lowestOf(model);
    t.diagnostic(`lowest cosine ${lowest.toFixed(5)}, converted in ${Math.round((user + system) / 1e6)} s of the processor`);
    assert.ok(lowest >= leastCalibrated, String(lowest));
  });
}
