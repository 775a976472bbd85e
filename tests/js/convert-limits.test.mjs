/** The converter's limits are the engine's, and a model beyond them is refused before it is written. */
import assert from 'node:assert/strict';
import { readFile } from 'node:fs/promises';
import { test } from 'node:test';
import { completeSizes } from '../../build_scripts/convert/config.mjs';
import { SPARE_TASKS } from '../../web/lib/weights/manifest.js';
import { PICTURE_LIMITS, TOWER_LIMITS } from '../../build_scripts/convert/limits.mjs';

async function readLimits(name, maximum) {
  const memory = new WebAssembly.Memory({ initial: 256, maximum });
  const bytes = await readFile(new URL(`../../web/lib/wasm/${name}.wasm`, import.meta.url));
  const { instance: { exports } } = await WebAssembly.instantiate(bytes, { env: { memory } });
  const info = Buffer.from(memory.buffer, (exports.tower_info ?? exports.picture_info)());
  return JSON.parse(info.toString('utf8', 0, info.indexOf(0))).limits;
}

for (const [name, maximum, ours] of [['tower-simd128', 65536, TOWER_LIMITS], ['picture', 16384, PICTURE_LIMITS]]) {
  test(`${name} tells the limits that the converter has`, async () => {
    const limits = await readLimits(name, maximum);
    const { tasks = 0, ...same } = ours;
    assert.deepEqual(Object.fromEntries(Object.keys(same).map((word) => [word, limits[word]])), same);
    if (tasks > 0) assert.ok(tasks + SPARE_TASKS <= limits.tasks, `a model of ${tasks} tasks leaves no room for traits`);
  });
}

const SIZES = { width: 64, layers: 2, mlp_width: 128, patch: 8, image: 32, embedding: 16 };

for (const [word, value] of [['width', 8256], ['layers', 129], ['image', 1032], ['mlp_width', 40000], ['embedding', 9000]]) {
  test(`refuses a tower beyond the engine's ${word}`, () => {
    assert.throws(() => completeSizes({ ...SIZES, [word]: value }, { activation: 'gelu' }, {}, 'x'), { code: 'UNSUPPORTED', message: new RegExp(word) });
  });
}
