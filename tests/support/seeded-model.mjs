/** A small model of random numbers, of several pieces with scores and classes, an adapter and both ways of cutting views, made by the converter. */
import { mkdir, mkdtemp, readFile, readdir, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { convert } from '../../build_scripts/convert/convert.mjs';
import { normals } from '../golden/generator.mjs';
import { writeAdapterFolder, writeHead, writeSafetensors, writeTowerFolder } from '../golden/seeded-folders.mjs';

const SIZES = { width: 256, layers: 4, heads: 4, mlp_width: 1024, patch: 16, image: 64, embedding: 128 };
const LORA = { targets: ['q_proj', 'k_proj', 'v_proj'], rank: 8, alpha: 8 };
export const LABELS = ['amusement', 'awe', 'fear', 'sadness'];
export const GRID_VIEWS = 15;

const center = { resize: { shorter: 64, interpolation: 'bicubic' }, views: { center: 64 } };
const grid = { resize: { height: 96, width: 80, interpolation: 'bilinear' }, views: { grid: [5, 3], size: 64 } };

/** A grid to the edges, and finer views behind it of pictures of more than 64 pixels. */
export const DETAILED = {
  resize: { shorter: 64, interpolation: 'bilinear' }, views: { grid: [1, 2], size: 64, edges: true }, detail: { shorter: 160, grid: [2, 2] },
};

/** Made up, for pages to show: one that is narrow, and one that is wider on one side. */
export const INTERVALS = {
  quality: { coverage: 0.9, below: 0.02, above: 0.03, pictures: 60 },
  beauty: { coverage: 0.9, below: 2, above: 3, pictures: 184 },
};

const RECIPE = {
  name: 'seeded',
  license: 'MIT',
  about: { untrained: 'Its weights are random numbers.' },
  base: { path: 'tower' },
  tasks: [
    {
      id: 'quality',
      title: { en: 'Image quality' },
      adapter: { path: 'quality-lora' },
      head: { path: 'quality-head.safetensors', layers: ['fc1', 'relu', 'fc2'] },
      normalize: false,
      preprocess: grid,
      output: { kind: 'score', from: [-4, 4], to: [0, 1], clamp: false },
      about: { direction: 'higher is better' },
    },
    {
      id: 'emotion',
      title: { en: 'Emotion' },
      head: { path: 'emotion-head.safetensors' },
      normalize: true,
      preprocess: center,
      output: { kind: 'classes', labels: LABELS },
    },
    {
      id: 'beauty',
      title: { en: 'Beauty' },
      head: { path: 'beauty-head.safetensors' },
      normalize: false,
      preprocess: center,
      output: { kind: 'score', from: [-4, 4], to: [0, 10], clamp: true },
    },
  ],
};

/** Five tensors, as a recipe's `familiarity` takes them. @returns {Promise<{name: string, shape: number[], make: () => Float32Array}[]>} */
export async function familiarityTensors() {
  const { seeded: { width, axes, power, rest, far } } = JSON.parse(await readFile(new URL('../golden/familiarity.json', import.meta.url), 'utf8'));
  const given = (name, values) => ({ name, shape: [values.length], make: () => Float32Array.from(values) });
  return [
    { name: 'mean', shape: [width], make: () => normals(31, 'mean', width, 0.5) },
    { name: 'axes', shape: [axes, width], make: () => normals(31, 'axes', axes * width, width ** -0.5) },
    given('power', power), given('rest', rest), given('far', far),
  ];
}

/**
 * Writes the model into a new folder.
 * @param {'q8' | 'f16' | 'f32'} [outtype]
 * @param {{preprocess?: object, familiarity?: boolean, intervals?: boolean}} [changes] preprocess: of the task 'quality', in place of its own; familiarity:
 *   whether it carries what tests/golden/familiarity.py seeded; intervals: whether its scores carry INTERVALS
 * @returns {Promise<{folder: string, remove: () => Promise<void>}>}
 */
export async function makeSeededModel(outtype = 'q8', { preprocess, familiarity = false, intervals = false } = {}) {
  const work = await mkdtemp(join(tmpdir(), 'percept-'));
  const source = join(work, 'source');
  const folder = join(work, 'model');
  await mkdir(source);
  await writeTowerFolder(join(source, 'tower'), { sizes: SIZES, activation: 'quick_gelu', seed: 7, outliers: true });
  await writeAdapterFolder(join(source, 'quality-lora'), SIZES, LORA, 8);
  await writeHead(join(source, 'quality-head.safetensors'), SIZES.embedding, [32, 1], 9);
  await writeHead(join(source, 'emotion-head.safetensors'), SIZES.embedding, [LABELS.length], 10);
  await writeHead(join(source, 'beauty-head.safetensors'), SIZES.embedding, [1], 11);
  const recipe = structuredClone(RECIPE);
  if (preprocess) recipe.tasks[0].preprocess = preprocess;
  if (intervals) for (const { id, output } of recipe.tasks) if (INTERVALS[id]) output.interval = INTERVALS[id];
  if (familiarity) {
    recipe.familiarity = { path: 'familiarity.safetensors', preprocess: center, threshold: 0.25, smallest: 12, unfamiliar: [{ name: { en: 'Noise' }, pictures: 40, below: 0.9 }] };
    await writeSafetensors(join(source, 'familiarity.safetensors'), await familiarityTensors());
  }
  await writeFile(join(source, 'recipe.json'), JSON.stringify(recipe));
  await convert(join(source, 'recipe.json'), { outdir: folder, outtype });
  await rm(source, { recursive: true });
  return { folder, remove: () => rm(work, { recursive: true, force: true }) };
}

/** The paths of a model's shards whose names begin with `prefix`. */
export async function shardPaths(folder, prefix) {
  const names = await readdir(folder);
  return names.filter((name) => name.startsWith(prefix) && name.endsWith('.safetensors')).map((name) => join(folder, name));
}

/** Flips one bit of a file; call it again to undo it. */
export async function flipBit(path, offset) {
  const bytes = await readFile(path);
  bytes[offset] ^= 1;
  await writeFile(path, bytes);
}
