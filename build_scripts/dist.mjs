#!/usr/bin/env node
/**
 * Writes one static folder with the page, the engine and models, for any host and any path on it.
 *
 *   node build_scripts/dist.mjs --out dist [--trait TRAIT.safetensors] weights/demo weights/perceptclip-l14
 *
 * A trait becomes a task of every model that has the base on which it was taught.
 */
import { cp, mkdir, readFile, stat, writeFile } from 'node:fs/promises';
import { basename, join, resolve } from 'node:path';
import { fileURLToPath } from 'node:url';
import { parseArgs } from 'node:util';
import { parseJson } from '../web/lib/weights/json.js';
import { validateManifest } from '../web/lib/weights/manifest.js';
import { validateVectors } from '../web/lib/weights/vectors.js';
import { hashFile } from './hash-file.mjs';
import { checkOwn, replaceFolder } from './own-folder.mjs';
import { sayFailure } from './say-failure.mjs';
import { fillSite } from './site.mjs';
import { listFiles } from './site/service-worker.mjs';
import { mergeTraits, openTrait } from './traits/open.mjs';

/** What hosts take, in bytes. */
const HOST_LIMITS = [['Cloudflare Pages', 25 * 2 ** 20], ['GitHub Pages', 100e6]];

/** Netlify and Cloudflare Pages read this file; other hosts have their own ways, which the README shows. */
const HEADERS = `/*
  Cross-Origin-Opener-Policy: same-origin
  Cross-Origin-Embedder-Policy: require-corp
  Cross-Origin-Resource-Policy: cross-origin
  Access-Control-Allow-Origin: *
  X-Content-Type-Options: nosniff
`;

/**
 * @param {string} out a new or empty folder, or one that this wrote before
 * @param {string[]} models folders
 * @param {string[]} [traits] trait files
 * @returns {Promise<{bytes: number, warnings: string[]}>}
 */
export async function writeDist(out, models, traits = []) {
  const names = models.map((model) => basename(resolve(model)));
  const twice = names.find((name, at) => names.indexOf(name) !== at);
  if (twice) throw new Error(`Two models have the folder name ${twice}.`);
  await checkOwn(out);
  await replaceFolder(out, async (part) => {
    await fillSite(part);
    await writeFile(join(part, '_headers'), HEADERS);
    await writeFile(join(part, '.nojekyll'), '');
    if (traits.length > 0 && models.length === 0) throw new Error('A trait needs a model to stand on.');
    const homeless = new Map();
    for (const [at, model] of models.entries()) {
      const to = join(part, 'weights', names[at]);
      await addTraits(await copyModel(model, to), traits, to, homeless);
    }
    for (const [, { models: tried, error }] of homeless) if (tried === models.length) throw error;
  });
  return describe(out, names);
}

/**
 * The manifest, the files that it names, which must be there with their size and hash, and its published results. Links become
 * the files that they point to; nothing is copied that was not looked into.
 */
async function copyModel(from, to) {
  await mkdir(to, { recursive: true });
  const manifest = await copyJson('model.json', from, to, validateManifest);
  await copyJson('vectors.json', from, to, validateVectors).catch((error) => {
    if (error.code !== 'ENOENT') throw error; // a model need not have any
  });
  for (const { file, bytes, sha256 } of [...manifest.base.shards, ...manifest.tasks.flatMap(({ shards }) => shards)]) {
    const { size } = await stat(join(from, file));
    if (size !== bytes) throw new Error(`${join(from, file)} has ${size} bytes, not the ${bytes} of its manifest.`);
    await cp(join(from, file), join(to, file), { dereference: true });
    if (await hashFile(join(to, file)) !== sha256) throw new Error(`${join(from, file)} is damaged: its SHA-256 is not that of its manifest.`);
  }
  return manifest;
}

/** Merges those traits that stand on this model's base; `homeless` counts for each trait the models that are no home to it. */
async function addTraits(manifest, traits, to, homeless) {
  const fitting = [];
  for (const trait of traits) {
    try {
      await openTrait(trait, manifest);
      fitting.push(trait);
    } catch (error) {
      if (error.code !== 'trait-other-base') throw error;
      homeless.set(trait, { models: (homeless.get(trait)?.models ?? 0) + 1, error });
    }
  }
  if (fitting.length === 0) return;
  await writeFile(join(to, 'model.json'), `${JSON.stringify(await mergeTraits(manifest, fitting, to), null, 2)}\n`);
}

async function copyJson(name, from, to, validate) {
  const text = await readFile(join(from, name), 'utf8');
  const value = validate(parseJson(text));
  await writeFile(join(to, name), text);
  return value;
}

async function describe(out, names) {
  const sizes = await Promise.all((await listFiles(out)).map(async (path) => [path, (await stat(join(out, path))).size]));
  const tooLarge = HOST_LIMITS.flatMap(([host, most]) => sizes.filter(([, size]) => size > most)
    .map(([path, size]) => `${path} has ${(size / 1e6).toFixed(0)} MB, more than ${host} takes.`));
  const hidden = names.includes('demo') ? [] : names.slice(0, 1).map((name) => `The page opens weights/demo/, which is not there: link to ?model=weights/${name}/.`);
  return { bytes: sizes.reduce((sum, [, size]) => sum + size, 0), warnings: [...tooLarge, ...hidden] };
}

async function main() {
  const { values, positionals } = parseArgs({ options: { out: { type: 'string', default: 'dist' }, trait: { type: 'string', multiple: true, default: [] } }, allowPositionals: true });
  const { bytes, warnings } = await writeDist(values.out, positionals, values.trait);
  process.stdout.write(`${values.out}: ${(bytes / 1e6).toFixed(1)} MB, for any static host\n`);
  for (const warning of warnings) process.stderr.write(`percept: ${warning}\n`);
}

if (process.argv[1] === fileURLToPath(import.meta.url)) {
  main().catch(sayFailure);
}
