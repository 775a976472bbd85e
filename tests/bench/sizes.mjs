/** What each runtime's page loads besides the model, compressed as a server would send it. */
import { createHash } from 'node:crypto';
import { existsSync } from 'node:fs';
import { mkdir, readFile, stat, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { compressed } from '../../build_scripts/serve/compress.mjs';
import { BrowserSession } from './browser.mjs';
import { VIEWS } from './page/measure/views.js';

const CACHE = fileURLToPath(new URL('../../build/bench/sizes/', import.meta.url));
/** The benchmark's own files and the models are no runtime's code. */
const OTHERS = /\/tests\/|\.(safetensors|onnx|tflite)$|\/model\.json$/;
const PEERS = /\/tests\/bench\/node_modules\//;

/** Brotli takes half a minute for the larger ones, so that each is compressed once. */
async function compressedBytes(path) {
  const hash = createHash('sha256').update(await readFile(path)).digest('hex').slice(0, 24);
  const cached = join(CACHE, hash);
  if (!existsSync(cached)) {
    const { size, mtimeMs: modified } = await stat(path);
    const bytes = await compressed({ path, size, modified }, 'br');
    await mkdir(CACHE, { recursive: true });
    await writeFile(cached, String(bytes.length));
  }
  return Number(await readFile(cached));
}

/** @returns {Promise<{name: string, raw: number, sent: number}>} bytes of code, as they are and as they are sent */
export async function codeSize(runtime, server, models, threads) {
  const session = await BrowserSession.open('chromium', server.origin);
  server.served.clear();
  await session.loadAnew(runtime.options(server.origin, models, threads), { ...VIEWS, count: 1 });
  await session.close();
  const paths = [...server.served].filter((path) => PEERS.test(path) || !OTHERS.test(path));
  let [raw, sent] = [0, 0];
  for (const path of paths) {
    raw += (await stat(path)).size;
    sent += await compressedBytes(path);
  }
  return { name: runtime.name, raw, sent };
}
