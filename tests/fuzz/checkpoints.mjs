#!/usr/bin/env node
/**
 * Changes bytes of every checkpoint fixture and reads the result: each must be read or refused in words
 * (ConvertError), within a second of the processor's time: a busy machine is no finding. Run by hand or by `make fuzz`:
 *
 *   node tests/fuzz/checkpoints.mjs [SECONDS] [SEED]
 */
import { mkdtemp, readFile, readdir, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { openCheckpoint } from '../../build_scripts/convert/checkpoint.mjs';
import { ConvertError } from '../../build_scripts/convert/errors.mjs';
import { towerTensors } from '../golden/generator.mjs';
import { writeSafetensors } from '../golden/seeded-folders.mjs';
import { Random } from '../support/random.mjs';

const FIXTURES = fileURLToPath(new URL('../golden/checkpoints/', import.meta.url));
const TINY = { width: 8, layers: 1, heads: 1, mlp_width: 8, patch: 2, image: 4, embedding: 4 };
const SLOWEST = 1000; /* milliseconds of this process for one file */

const seconds = Number(process.argv[2] ?? 10);
const seed = Number(process.argv[3] ?? 1);
const random = new Random(seed);

/** Flips, overwrites with telling values, cuts, and repeats a piece; mostly near the ends, where directories lie. */
function mutate(original) {
  const bytes = Buffer.from(original);
  const place = () => (random.onceIn(2) ? Math.max(0, bytes.length - 1 - random.below(600)) : random.below(bytes.length));
  for (let i = random.below(4); i >= 0; i -= 1) {
    const at = place();
    const kind = random.below(4);
    if (kind === 0) bytes[at] ^= 1 << random.below(8);
    else if (kind === 1) bytes[at] = random.of([0, 1, 127, 128, 255]);
    else if (kind === 2) bytes.copy(bytes, at, random.below(bytes.length), random.below(bytes.length));
    else if (random.onceIn(8)) return bytes.subarray(0, at);
  }
  return bytes;
}

/** Milliseconds that this process has computed. */
function computed() {
  const { user, system } = process.cpuUsage();
  return (user + system) / 1000;
}

async function readEverything(path) {
  const checkpoint = await openCheckpoint(path);
  try {
    for (const name of checkpoint.tensors.keys()) await checkpoint.read(name);
  } finally {
    await checkpoint.close();
  }
}

const folder = await mkdtemp(join(tmpdir(), 'percept-fuzz-'));
try {
  await writeSafetensors(join(folder, 'seed.safetensors'), towerTensors(TINY, 1, false));
  const names = (await readdir(FIXTURES)).map((name) => join(FIXTURES, name));
  const originals = await Promise.all([...names, join(folder, 'seed.safetensors')].map((name) => readFile(name)));
  const counts = { read: 0, refused: 0 };
  const end = Date.now() + seconds * 1000;
  const path = join(folder, 'mutated');
  while (Date.now() < end) {
    const bytes = mutate(random.of(originals));
    await writeFile(path, bytes);
    const started = computed();
    try {
      await readEverything(path);
      counts.read += 1;
    } catch (error) {
      if (!(error instanceof ConvertError)) {
        await writeFile('fuzz-checkpoint', bytes);
        throw new Error(`number ${random.count} of seed ${seed}, kept as fuzz-checkpoint`, { cause: error });
      }
      counts.refused += 1;
    }
    const took = computed() - started;
    if (took > SLOWEST) {
      await writeFile('fuzz-checkpoint', bytes);
      throw new Error(`number ${random.count} of seed ${seed}, kept as fuzz-checkpoint, took ${took.toFixed(0)} ms`);
    }
  }
  console.log(`${counts.read} read, ${counts.refused} refused`);
} finally {
  await rm(folder, { recursive: true, force: true });
}
