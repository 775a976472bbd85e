/** Text and WebAssembly, compressed once for each version of a file. */
import { readFile, readdir, stat } from 'node:fs/promises';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { brotliCompress, constants, gzip } from 'node:zlib';

/** `make serve` compresses while it starts, and other servers while the first visitor waits: the best quality, 11, takes two seconds for the whole page and saves a tenth of it. */
const QUALITY = 5;

const ENCODERS = {
  br: (bytes) => promisify(brotliCompress)(bytes, { params: { [constants.BROTLI_PARAM_QUALITY]: QUALITY, [constants.BROTLI_PARAM_SIZE_HINT]: bytes.length } }),
  gzip: (bytes) => promisify(gzip)(bytes, { level: QUALITY }),
};

const COMPRESSIBLE = /\.(html|js|mjs|css|json|wasm|svg|txt|md)$/i;
const cache = new Map();

export function isCompressible(path) {
  return COMPRESSIBLE.test(path);
}

/**
 * @param {{path: string, size: number, modified: number}} file
 * @param {'br' | 'gzip'} encoding
 * @returns {Promise<Buffer>}
 */
export function compressed({ path, size, modified }, encoding) {
  const key = `${encoding}:${path}`;
  const known = cache.get(key);
  if (known?.size === size && known?.modified === modified) return known.bytes;
  const bytes = readFile(path).then(ENCODERS[encoding]);
  bytes.catch(() => cache.delete(key));
  cache.set(key, { size, modified, bytes });
  return bytes;
}

/** Compresses all files of a folder that can be, so that the first visitor need not wait for it. @param {string} folder */
export async function compressAhead(folder) {
  const entries = await readdir(folder, { recursive: true, withFileTypes: true });
  for (const entry of entries.filter((each) => each.isFile() && isCompressible(each.name))) {
    const path = join(entry.parentPath ?? entry.path, entry.name);
    const { size, mtimeMs: modified } = await stat(path);
    await compressed({ path, size, modified }, 'br');
  }
}
