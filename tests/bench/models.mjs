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
import { cachedModel } from '../support/model-cache.mjs';
import { TestTower } from '../support/tower-harness.mjs';

const ROOT = fileURLToPath(new URL('../../', import.meta.url));
const CACHE = join(ROOT, 'build/bench');
const EXPORTERS = join(ROOT, 'tests/bench/export');

/** A head is what makes a model; the tower alone is measured. */
const TASKS = [{ id: 'score', lora: null, normalize: false, output: 'score', head: { outputs: [1], activations: ['identity'] } }];

export const VIEWS = { size: 224, seed: 104 };

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

/**
 * @param {object} testCase
 * @param {(what: string) => void} tell
 * @returns {Promise<{q8: string, onnx: string, tflite: string, reference: number[][], normalization: object, sizes: object}>}
 *   paths; and the embeddings of the first pictures in float32
 */
export async function makeModels(testCase, tell) {
  await mkdir(CACHE, { recursive: true });
  tell(`${testCase.id}: float32 and q8`);
  const f32 = await cachedModel(testCase, 'f32');
  const q8 = await makeQ8(testCase);
  const model = await ModelFolder.open(f32);
  const prefix = `${testCase.id}-${await fingerprint(model)}`;
  for (const name of await readdir(CACHE)) {
    if (name.startsWith(`${testCase.id}-`) && !name.startsWith(prefix)) await rm(join(CACHE, name));
  }
  tell(`${testCase.id}: ONNX`);
  const onnx = await once(join(CACHE, `${prefix}-int8.onnx`), (path) => exportOnnx(model, path, { int8: true }));
  tell(`${testCase.id}: .tflite`);
  const tflite = await once(join(CACHE, `${prefix}.tflite`), (path) => exportTflite(model, path));
  await model.close();
  tell(`${testCase.id}: embeddings in float32`);
  const reference = JSON.parse(await readFile(await once(join(CACHE, `${prefix}-reference.json`), async (path) => {
    await writeFile(path, JSON.stringify(await referenceEmbeddings(f32)));
  })));
  const { mean, std } = model.manifest.tasks[0].preprocess;
  return { q8, onnx, tflite, reference, normalization: { mean, std }, sizes: testCase.sizes };
}

/** Pictures whose embeddings are compared. */
export const COMPARED = 4;

async function referenceEmbeddings(folder) {
  const tower = await TestTower.load(folder, 'simd128');
  const views = Array.from({ length: COMPARED }, (_, index) => syntheticView(VIEWS.size, VIEWS.seed, index));
  return tower.run(views, -1).embeddings;
}

/** Where the server has a file of build/. */
export function urlOf(origin, path) {
  return `${origin}/build/${path.slice(join(ROOT, 'build/').length)}`;
}
