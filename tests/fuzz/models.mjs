#!/usr/bin/env node
/**
 * Loads hostile model folders and scores a picture with what was accepted: each must be refused with a code, or compute
 * numbers; nothing may hang, nothing may be left behind, and a good model gives the same bits afterwards. Run by hand
 * or by `make fuzz`; the tests try some.
 *
 *   node tests/fuzz/models.mjs [SECONDS] [SEED]
 */
import { link, mkdir, readFile, readdir, rm, writeFile } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { allWorkersEnd, inTime, workers } from '../support/watched-workers.mjs';
import { PerceptError, Scorer } from '../../web/lib/percept.js';
import { DETAILED, makeSeededModel } from '../support/seeded-model.mjs';
import { hostileModel } from '../support/hostile-model.mjs';
import { Random } from '../support/random.mjs';

/** How often the good model is asked. */
const BETWEEN_CHECKS = 25;

/** Large enough for views of detail. */
const PICTURE = { width: 90, height: 70, data: Uint8ClampedArray.from({ length: 90 * 70 * 4 }, (_, at) => at * at * 31 % 251) };

/** Codes of which each is somebody's fault, and none the model's. */
const NEVER = ['internal', 'worker-died', 'engine-trap', 'wrong-state', 'disposed', 'aborted', 'network', 'engine-unreachable', 'build-rejected', 'bad-argument'];

/**
 * @param {{seed: number, goesOn: (tried: number) => boolean}} options
 * @returns {Promise<{scored: number, refused: Record<string, number>}>} refused: by code
 * @throws {Error} naming the changes of the model that was not taken as it should
 */
export async function tryModels({ seed, goesOn }) {
  const random = new Random(seed);
  const model = await makeSeededModel('q8', { preprocess: DETAILED, familiarity: true });
  const names = await readdir(model.folder);
  const shards = new Map(await Promise.all(names.filter((name) => name.endsWith('.safetensors')).map(async (name) => [name, await readFile(join(model.folder, name))])));
  const original = { manifest: JSON.parse(await readFile(join(model.folder, 'model.json'), 'utf8')), shards };
  const folder = join(dirname(model.folder), 'hostile');
  const counts = { scored: 0, refused: {} };
  try {
    const expected = await scoresOf(model.folder, 1);
    for (let tried = 0; goesOn(tried); tried += 1) {
      const hostile = hostileModel(original, random);
      const where = `number ${tried} of seed ${seed} (${hostile.changes.join('; ')})`;
      await publish(folder, hostile, model.folder, shards.keys());
      const outcome = await scoresOf(folder, 1 + random.below(2)).catch((error) => error);
      if (outcome instanceof Error) {
        if (!(outcome instanceof PerceptError) || NEVER.includes(outcome.code) || outcome.message.length < 20) throw new Error(`${where} ended as ${outcome.code ?? outcome.name}: ${outcome.message}`, { cause: outcome });
        counts.refused[outcome.code] = (counts.refused[outcome.code] ?? 0) + 1;
      } else {
        counts.scored += 1;
        const wrong = strangeNumbers(outcome);
        if (wrong.length > 0) throw new Error(`${where} was scored with ${wrong.join()}`);
      }
      if (tried % BETWEEN_CHECKS === 0 && await scoresOf(model.folder, 2) !== expected) throw new Error(`after ${where} the good model has other bits`);
    }
    return counts;
  } finally {
    await model.remove();
  }
}

/** Writes the hostile folder; the shards that are as they were are links. */
async function publish(folder, { manifest, shards }, good, names) {
  await rm(folder, { recursive: true, force: true });
  await mkdir(folder);
  for (const name of names) await link(join(good, name), join(folder, name));
  for (const [name, bytes] of shards) await writeFile(join(folder, name), bytes);
  await writeFile(join(folder, 'model.json'), JSON.stringify(manifest));
}

/** The result of a model as text, with every bit of its numbers; all workers have ended then. */
async function scoresOf(folder, threads) {
  workers.length = 0;
  const call = async () => {
    const scorer = await Scorer.load(folder, { threads });
    try {
      const { scores, embedding, familiar } = await scorer.score(PICTURE, { embedding: true });
      return JSON.stringify({ scores, embedding, familiar }, (_, value) => (typeof value === 'number' && !Number.isFinite(value) ? `not finite: ${value}` : value));
    } finally {
      scorer.dispose();
    }
  };
  const [outcome] = await Promise.allSettled([inTime(call())]);
  await allWorkersEnd();
  if (outcome.status === 'rejected') throw outcome.reason;
  return outcome.value;
}

/** Members of a result that are no numbers. @param {string} result */
function strangeNumbers(result) {
  return [...new Set(result.match(/"[^"]+":\[?"not finite: \S+?"/g) ?? [])];
}

if (process.argv[1] === fileURLToPath(import.meta.url)) {
  const [seconds, seed] = [Number(process.argv[2] ?? 10), Number(process.argv[3] ?? 1)];
  const end = Date.now() + seconds * 1000;
  console.log(await tryModels({ seed, goesOn: () => Date.now() < end }));
}
