/**
 * The seeded towers of the benchmark, in every runtime's format, kept in build/. Each is made once: as float32 and
 * as q8 by the converter, and from the float32 folder as ONNX and .tflite by the exporters.
 */
import { createHash } from 'node:crypto';
import { existsSync } from 'node:fs';
import { mkdir, readFile, readdir, rename, rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { ModelFolder } from './export/model-folder.mjs';
import { exportOnnx } from './export/onnx.mjs';
import { exportTflite } from './export/tflite.mjs';
import { syntheticView } from '../golden/generator.mjs';
import { COMPARED, VIEWS } from './page/measure/views.js';
import { cachedModel } from '../support/model-cache.mjs';
import { TestTower } from '../support/tower-harness.mjs';

const ROOT = fileURLToPath(new URL('../../', import.meta.url));
const CACHE = join(ROOT, 'build/bench');
const EXPORTERS = join(ROOT, 'tests/bench/export');

/** A head is what makes a model; the tower alone is measured. */
const TASKS = [{ id: 'score', lora: null, normalize: false, output: 'score', head: { outputs: [1], activations: ['identity'] } }];

const B32 = { width: 768, layers: 12, heads: 12, mlp_width: 3072, patch: 32, image: 224, embedding: 512 };
const L14 = { width: 1024, layers: 24, heads: 16, mlp_width: 4096, patch: 14, image: 224, embedding: 768 };

const seeded = (id, sizes) => ({ id, sizes, activation: 'quick_gelu', seed: 5, outliers: true, tasks: TASKS });

export const CASES = { 'B/32': seeded('bench-b32', B32), 'L/14': seeded('bench-l14', L14) };

/** A tower of four layers for the sweep. */
export function sweepCase(name, sizes) {
  const { width = 768, patch = 32 } = sizes;
  return seeded(`bench-sweep-${name}`, { width, layers: 4, heads: width / 64, mlp_width: 4 * width, patch, image: 224, embedding: 512 });
}

/** @returns {Promise<string>} the q8 model's folder */
export function makeQ8(testCase) {
  return cachedModel(testCase, 'q8');
}

/** Where the server has a file or folder of build/, and the other way round. */
export const addressOf = (path) => `/build/${path.slice(join(ROOT, 'build/').length)}`;
export const pathOf = (address) => join(ROOT, address.slice(1));

/** What exported files depend on: the weights, whose shards are named by content, and the exporters. */
async function fingerprint(model) {
  const hash = createHash('sha256').update(JSON.stringify(model.manifest.base.shards.map(({ file }) => file)));
  for (const name of (await readdir(EXPORTERS)).sort()) hash.update(await readFile(join(EXPORTERS, name)));
  return hash.digest('hex').slice(0, 8);
}

/** A file that is made once. @param {(path: string) => Promise<void>} make writes to the path that it is given */
async function once(path, make) {
  if (!existsSync(path)) {
    await make(`${path}.part`);
    await rename(`${path}.part`, path);
  }
  return path;
}

/** The formats of a tower, by what runtimes.js calls them; those for graphics cards are large, and made where they are asked for. */
const EXPORTS = {
  onnx: { title: 'ONNX', ending: '-int8.onnx', write: (model, path) => exportOnnx(model, path, 'int8') },
  tflite: { title: '.tflite', ending: '.tflite', write: (model, path) => exportTflite(model, path) },
  onnxHalf: { title: 'ONNX in float16', ending: '-f16.onnx', write: (model, path) => exportOnnx(model, path, 'f16') },
  onnxFloat: { title: 'ONNX in float32', ending: '-f32.onnx', write: (model, path) => exportOnnx(model, path, 'f32') },
};
const FOR_PROCESSORS = ['onnx', 'tflite'];

/**
 * @typedef {object} Models
 * @property {Record<string, string>} addresses where the server has each format: q8 and those of EXPORTS
 * @property {number[][]} reference the embeddings of the first pictures in float32
 * @property {{mean: number[], std: number[]}} normalization
 * @property {object} sizes
 */

/**
 * @param {object} testCase
 * @param {(what: string) => void} tell
 * @param {{graphics?: boolean}} [wishes] graphics: whether to make the formats for graphics cards as well
 * @returns {Promise<Models>}
 */
export async function makeModels(testCase, tell, { graphics = false } = {}) {
  await mkdir(CACHE, { recursive: true });
  tell(`${testCase.id}: float32 and q8`);
  const f32 = await cachedModel(testCase, 'f32');
  const addresses = { q8: addressOf(await makeQ8(testCase)) };
  const model = await ModelFolder.open(f32);
  const prefix = `${testCase.id}-${await fingerprint(model)}`;
  for (const name of await readdir(CACHE)) {
    if (name.startsWith(`${testCase.id}-`) && !name.startsWith(prefix)) await rm(join(CACHE, name));
  }
  for (const format of graphics ? Object.keys(EXPORTS) : FOR_PROCESSORS) {
    const { title, ending, write } = EXPORTS[format];
    tell(`${testCase.id}: ${title}`);
    addresses[format] = addressOf(await once(join(CACHE, prefix + ending), (path) => write(model, path)));
  }
  await model.close();
  tell(`${testCase.id}: embeddings in float32`);
  const reference = JSON.parse(await readFile(await once(join(CACHE, `${prefix}-reference.json`), async (path) => {
    await writeFile(path, JSON.stringify(await referenceEmbeddings(f32)));
  })));
  const { mean, std } = model.manifest.tasks[0].preprocess;
  return { addresses, reference, normalization: { mean, std }, sizes: testCase.sizes };
}

async function referenceEmbeddings(folder) {
  const tower = await TestTower.load(folder, 'simd128');
  const views = Array.from({ length: COMPARED }, (_, index) => syntheticView(VIEWS.size, VIEWS.seed, index));
  return tower.run(views, -1).embeddings;
}
