/** Tiny checkpoints for the converter's tests, and a helper that watches it refuse. */
import assert from 'node:assert/strict';
import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { ConvertError } from '../../build_scripts/convert/errors.mjs';
import { adapterTensors, headTensors, towerTensors } from '../golden/generator.mjs';
import { writeAdapterFolder, writeHead, writeTowerFolder } from '../golden/seeded-folders.mjs';

export const SIZES = { width: 36, layers: 2, heads: 3, mlp_width: 80, patch: 8, image: 32, embedding: 20 };
export const LORA = { targets: ['q_proj', 'v_proj'], rank: 3, alpha: 6 };

/**
 * A folder that is removed after the test.
 * @param {import('node:test').TestContext} t
 */
export async function temporaryFolder(t) {
  const folder = await mkdtemp(join(tmpdir(), 'percept-'));
  t.after(() => rm(folder, { recursive: true, force: true }));
  return folder;
}

/** A file of tensors whose header is `entries` as given, true or not. */
export async function writeRawSafetensors(path, entries, data = new Uint8Array(0), headerText = JSON.stringify(entries)) {
  const length = Buffer.alloc(8);
  length.writeBigUInt64LE(BigInt(Buffer.byteLength(headerText)));
  await writeFile(path, Buffer.concat([length, Buffer.from(headerText), data]));
}

/**
 * A tiny tower, adapter and head with a recipe that uses them.
 * @param {string} folder
 * @param {(recipe: object) => void} [change] what to alter in the recipe
 * @returns {Promise<string>} the recipe's path
 */
export async function writeTinyModel(folder, change = () => {}) {
  await writeTowerFolder(join(folder, 'tower'), { sizes: SIZES, activation: 'gelu', seed: 1, outliers: true });
  await writeAdapterFolder(join(folder, 'lora'), SIZES, LORA, 2);
  await writeHead(join(folder, 'head.safetensors'), SIZES.embedding, [5, 1], 3);
  const recipe = {
    name: 'tiny',
    base: { path: 'tower' },
    tasks: [{ id: 'quality', adapter: { path: 'lora' }, head: { path: 'head.safetensors', layers: ['fc1', 'relu', 'fc2'] }, normalize: false }],
  };
  change(recipe);
  await writeFile(join(folder, 'recipe.json'), JSON.stringify(recipe));
  return join(folder, 'recipe.json');
}

export function tinyTowerTensors() {
  return towerTensors(SIZES, 1, true);
}

export function tinyAdapterTensors(lora = LORA) {
  return adapterTensors(SIZES, lora, 2);
}

export function tinyHeadTensors() {
  return headTensors(SIZES.embedding, [5, 1], 3);
}

/** A written safetensors file: its entries, and each tensor's bytes. */
export async function readSafetensors(path) {
  const bytes = await readFile(path);
  const length = Number(bytes.readBigUInt64LE(0));
  const entries = JSON.parse(bytes.toString('utf8', 8, 8 + length));
  delete entries.__metadata__;
  const start = 8 + length;
  const part = (name) => Uint8Array.from(bytes.subarray(start + entries[name].data_offsets[0], start + entries[name].data_offsets[1]));
  return { entries, start, bytes, part };
}

/**
 * @param {Promise<unknown>} promise
 * @param {string} code
 * @param {RegExp} message
 */
export async function assertRefused(promise, code, message) {
  await assert.rejects(promise, (error) => {
    assert.ok(error instanceof ConvertError, `not a refusal but ${error.stack}`);
    assert.equal(error.code, code, error.message);
    assert.match(error.message, message);
    return true;
  });
}

/** A 24-bit BMP of square RGB pixels, [size, size, 3] with rows from the top; size must be a multiple of 4. */
export function bitmap(pixels, size) {
  const bytes = Buffer.alloc(54 + pixels.length);
  bytes.write('BM');
  bytes.writeUInt32LE(bytes.length, 2);
  bytes.writeUInt32LE(54, 10);
  bytes.writeUInt32LE(40, 14);
  bytes.writeInt32LE(size, 18);
  bytes.writeInt32LE(-size, 22);
  bytes.writeUInt16LE(1, 26);
  bytes.writeUInt16LE(24, 28);
  for (let i = 0; i < pixels.length; i += 3) bytes.set([pixels[i + 2], pixels[i + 1], pixels[i]], 54 + i);
  return bytes;
}
