#!/usr/bin/env node
/**
 * Wrote tests/golden/vectors once: two tiny models of random numbers and the bits of their scores. They are never to be
 * written again: what this Percept computed, every later one must. (A converter that changes is no reason: the models are
 * in the repository.)
 *
 *   node tests/golden/vectors.mjs
 */
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { convert } from '../../build_scripts/convert/convert.mjs';
import { makeVectors } from '../../build_scripts/vectors.mjs';
import { writeAdapterFolder, writeHead, writeTowerFolder } from './seeded-folders.mjs';

const SIZES = { width: 64, layers: 2, heads: 2, mlp_width: 128, patch: 16, image: 32, embedding: 32 };
const PICTURES = ['jpeg-420.jpg', 'jpeg-progressive.jpg', 'jpeg-cmyk.jpg', 'exif-6.jpg', 'png-palette-8bit.png', 'png-color6-16bit-interlaced.png', 'gif-still.gif', 'bmp-16bit-565.bmp'];
const center = { resize: { shorter: 32, interpolation: 'bicubic' }, views: { center: 32 } };
const grid = { resize: { height: 48, width: 40, interpolation: 'bilinear' }, views: { grid: [3, 2], size: 32 } };

const RECIPE = {
  name: 'tiny',
  license: 'MIT',
  about: { untrained: 'Its weights are random numbers.' },
  base: { path: 'tower' },
  tasks: [
    { id: 'adapted', adapter: { path: 'lora' }, head: { path: 'adapted.safetensors', layers: ['fc1', 'relu', 'fc2'] }, normalize: false, preprocess: grid, output: { kind: 'score', from: [-4, 4], to: [0, 1], clamp: false } },
    { id: 'classes', head: { path: 'classes.safetensors' }, normalize: true, preprocess: center, output: { kind: 'classes', labels: ['a', 'b', 'c'] } },
    { id: 'plain', head: { path: 'plain.safetensors' }, normalize: false, preprocess: { ...center, orientation: 'ignore' }, output: { kind: 'score', from: [-4, 4], to: [0, 10], clamp: true } },
  ],
};

const here = (path) => fileURLToPath(new URL(path, import.meta.url));

for (const [outtype, activation] of [['q8', 'quick_gelu'], ['f32', 'gelu']]) {
  const work = await mkdtemp(join(tmpdir(), 'percept-vectors-'));
  await writeTowerFolder(join(work, 'tower'), { sizes: SIZES, activation, seed: 20, outliers: true });
  await writeAdapterFolder(join(work, 'lora'), SIZES, { targets: ['q_proj', 'k_proj', 'v_proj', 'fc1'], rank: 4, alpha: 4 }, 21);
  await writeHead(join(work, 'adapted.safetensors'), SIZES.embedding, [8, 1], 22);
  await writeHead(join(work, 'classes.safetensors'), SIZES.embedding, [3], 23);
  await writeHead(join(work, 'plain.safetensors'), SIZES.embedding, [1], 24);
  await writeFile(join(work, 'recipe.json'), JSON.stringify(RECIPE));
  const folder = here(`vectors/${outtype}`);
  await convert(join(work, 'recipe.json'), { outdir: folder, outtype });
  await writeFile(join(folder, 'vectors.json'), `${JSON.stringify(await makeVectors(folder, here('pictures'), PICTURES), null, 1)}\n`);
  await rm(work, { recursive: true });
}
