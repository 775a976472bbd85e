/**
 * Seeded models converted once and kept in build/: full-size towers take seconds to make. The folder's name
 * holds a hash of all that they are made from, so a change of the converter makes them anew.
 */
import { createHash } from 'node:crypto';
import { existsSync } from 'node:fs';
import { mkdtemp, readFile, readdir, rename, rm } from 'node:fs/promises';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { convert } from '../../build_scripts/convert/convert.mjs';
import { writeCase } from '../golden/seeded-folders.mjs';

const ROOT = fileURLToPath(new URL('../../', import.meta.url));
const CACHE = join(ROOT, 'build');

async function sources() {
  const modules = (await readdir(join(ROOT, 'build_scripts/convert'))).map((name) => join('build_scripts/convert', name));
  const seeded = ['generator.mjs', 'seeded-folders.mjs'].map((name) => join('tests/golden', name));
  return [...modules.sort(), ...seeded, 'build/pack.wasm'].map((name) => join(ROOT, name));
}

async function fingerprint(testCase, outtype) {
  const { expected, ...made } = testCase;
  const hash = createHash('sha256').update(JSON.stringify([made, outtype]));
  for (const path of await sources()) hash.update(await readFile(path));
  return hash.digest('hex').slice(0, 16);
}

/**
 * @param {object} testCase of tower.json
 * @param {'q8' | 'f16' | 'f32'} outtype
 * @returns {Promise<string>} the model's folder
 */
export async function cachedModel(testCase, outtype) {
  const prefix = `test-${testCase.id}-${outtype}-`;
  const folder = join(CACHE, prefix + await fingerprint(testCase, outtype));
  if (existsSync(folder)) return folder;
  for (const name of await readdir(CACHE)) {
    if (name.startsWith(prefix)) await rm(join(CACHE, name), { recursive: true });
  }
  const work = await mkdtemp(join(CACHE, 'making-'));
  try {
    const recipe = await writeCase(join(work, 'source'), testCase);
    await convert(recipe, { outdir: join(work, 'model'), outtype });
    await rename(join(work, 'model'), folder);
  } finally {
    await rm(work, { recursive: true, force: true });
  }
  return folder;
}
