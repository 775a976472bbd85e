/** The tiny checkpoints that PyTorch wrote, what it computes from them, and a recipe's way to the engine's answer. */
import { mkdtemp, readFile, writeFile } from 'node:fs/promises';
import { extname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { convert } from '../../build_scripts/convert/convert.mjs';
import { pictureConfig, syntheticView } from '../golden/generator.mjs';
import { TestTower } from './tower-harness.mjs';

const { sizes, views, seeds, expected } = JSON.parse(await readFile(new URL('../golden/checkpoints.json', import.meta.url)));
const FIXTURES = fileURLToPath(new URL('../golden/checkpoints/', import.meta.url));

/** expected: by what was computed, a row for each view; seeds: of the seeded tensors behind it. */
export { expected, seeds, sizes };

export const pictures = Array.from({ length: views.count }, (_, index) => syntheticView(sizes.image, views.seed, index));

/** The base alone, instead of a task. */
export const BASE = -1;

/** How far the exact path may be from PyTorch. */
export const BOUND = 1e-4;

/** @param {string} name */
export function fixture(name) {
  return join(FIXTURES, name);
}

/** What the recipe must say where a lone file has a shape that nobody published: CLIP's own preprocessing. */
const { image_mean: mean, image_std: std } = pictureConfig(sizes);
export const NORMALIZATION = { mean, std };
export const PREPROCESS = { resize: { shorter: sizes.image, interpolation: 'bicubic' }, views: { center: sizes.image }, ...NORMALIZATION };

/** A published recipe for the tiny checkpoints, which are 8 pixels wide and have 2 heads, and a shape that nobody published; its pictures are resized as ever. */
export async function shrunkRecipe(name) {
  const recipe = JSON.parse(await readFile(new URL(`../../weights/recipes/${name}.json`, import.meta.url)));
  recipe.base.config = { ...recipe.base.config, num_attention_heads: sizes.heads };
  for (const { preprocess } of recipe.tasks) {
    preprocess.views[preprocess.views.center ? 'center' : 'size'] = sizes.image;
    Object.assign(preprocess, NORMALIZATION);
  }
  return recipe;
}

/** The fixtures that stand for what each published recipe downloads, in its order. */
export const DOWNLOADS = {
  'perceptclip-l14': ['perceptclip-quality.pth', 'perceptclip-quality.pth', 'perceptclip-emotion.pth'],
  'laion-aesthetic-l14': ['openai.pt', 'laion-linear.pth', 'laion-mlp.pth'],
  'clip-b32': ['openai.pt'],
  'clip-l14': ['openai.pt'],
  'template-peft': ['openai.pt'],
};

/** A task on a lone file, with what it does not say itself. */
function preprocessed({ preprocess, ...task }) {
  return { ...task, preprocess: preprocess ? { ...NORMALIZATION, ...preprocess } : PREPROCESS };
}

/**
 * Converts a recipe, whose relative paths begin in `folder`, into a new folder beside it.
 * @returns {Promise<{manifest: object, said: string, outdir: string, tower: TestTower}>}
 */
export async function convertIn(folder, recipe, outtype = 'f32') {
  const path = join(folder, 'recipe.json');
  const tasks = recipe.tasks ?? [{ id: 'bare' }];
  const isLone = extname(recipe.base.path) !== '';
  await writeFile(path, JSON.stringify({ name: 'x', ...recipe, tasks: isLone ? tasks.map(preprocessed) : tasks }));
  const outdir = await mkdtemp(join(folder, 'out-'));
  const said = [];
  const { manifest } = await convert(path, { outdir, outtype, say: (line) => said.push(line) });
  return { manifest, said: said.join('\n'), outdir, tower: await TestTower.load(outdir, 'simd128') };
}

/** The largest difference over the largest expected value, of all rows. */
export function relativeError(rows, wanted) {
  const largest = Math.max(...wanted.flat().map(Math.abs));
  return Math.max(...rows.flat().map((value, index) => Math.abs(value - wanted.flat()[index]))) / largest;
}
