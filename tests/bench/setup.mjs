/** What the page of comparison asks for first: which models and runtimes this server has, and their bytes. */
import { readFile, readdir, stat } from 'node:fs/promises';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { pathOf } from './models.mjs';
import { LITERT, ONNXRUNTIME, PERCEPT, graphicsRuntimes } from './page/measure/runtimes.js';

const PACKAGE = fileURLToPath(new URL('../../package.json', import.meta.url));
const RUNTIMES = [PERCEPT, ONNXRUNTIME, LITERT, ...graphicsRuntimes({ halves: true }), ...graphicsRuntimes({ halves: false })];
const PACKAGES = ['onnxruntime-web', '@litertjs/core'];

/** A file's bytes, or those of a folder's files; null where there is none. */
async function bytesAt(path) {
  const found = await stat(path).catch(() => null);
  if (!found?.isDirectory()) return found?.size ?? null;
  const sizes = await Promise.all((await readdir(path)).map((name) => bytesAt(join(path, name))));
  return sizes.reduce((sum, size) => sum + size, 0);
}

const versionIn = async (path) => JSON.parse(await readFile(path, 'utf8').catch(() => '{}')).version ?? null;

/**
 * @param {(import('./models.mjs').Models & {name: string})[]} models
 * @param {{resolve: (address: string) => Promise<{path: string} | null>, peers: string}} places resolve: from an address to the file that
 *   the server has there; peers: the folder of the others' packages
 */
export async function describeSetup(models, { resolve, peers }) {
  const code = [...new Set(RUNTIMES.flatMap((runtime) => [1, 2].flatMap((threads) => runtime.code(threads))))];
  const sizes = await Promise.all(code.map(async (address) => [address, (await resolve(address))?.size ?? null]));
  const formats = await Promise.all(models.flatMap(({ addresses }) => Object.values(addresses)).map(async (address) => [address, await bytesAt(pathOf(address))]));
  const versions = await Promise.all(PACKAGES.map(async (name) => [name, await versionIn(join(peers, name, 'package.json'))]));
  return { versions: { percept: await versionIn(PACKAGE), ...Object.fromEntries(versions) }, models, bytes: Object.fromEntries([...sizes, ...formats]) };
}
