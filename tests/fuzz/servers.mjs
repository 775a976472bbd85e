#!/usr/bin/env node
/**
 * Loads a model from servers that lie, sometimes or about one file always: the scores must have the right bits, or the load end
 * in a code of the network or the model; never in wrong numbers, a hang, or more memory than the model needs. Run by hand or
 * by `make fuzz`; the tests try some.
 *
 *   node tests/fuzz/servers.mjs [SECONDS] [SEED]
 */
import { readFile, readdir } from 'node:fs/promises';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { allWorkersEnd, inTime } from '../support/watched-workers.mjs';
import { PerceptError, Scorer } from '../../web/lib/percept.js';
import { GOOD_JPEG } from '../support/broken-pictures.mjs';
import { makeSeededModel } from '../support/seeded-model.mjs';
import { LIE_NAMES, serveLies } from './lying-server.mjs';
import { Random } from '../support/random.mjs';

/** Milliseconds after which a load hangs: what is asked for again and again in vain takes ten seconds a file. */
const PATIENCE = 120_000;

/** Servers that are asked at the same time, since most of it is waiting. */
const AT_ONCE = 6;

const ALLOWED = ['network', 'not-found', 'weights-corrupt', 'manifest-invalid'];

/** Bytes by which this process may grow. */
const MOST_GROWTH = 600 << 20;

/**
 * @param {{seed: number, goesOn: (tried: number) => boolean}} options
 * @returns {Promise<{scored: number, refused: Record<string, number>, lies: number, growth: number}>} growth: MiB of the process
 * @throws {Error} naming the server that was not taken as it should
 */
export async function tryServers({ seed, goesOn }) {
  const model = await makeSeededModel();
  const files = new Map();
  for (const name of await readdir(model.folder)) files.set(`/m/${name}`, await readFile(join(model.folder, name)));
  const counts = { scored: 0, refused: {}, lies: 0, growth: 0 };
  let tried = 0;
  const oneAfterAnother = async () => {
    while (goesOn(tried)) {
      const number = tried;
      tried += 1;
      await trySomeServer(number, { seed, files, expected, counts });
    }
  };
  const expected = await scoresFrom(model.folder);
  const before = process.memoryUsage.rss();
  try {
    await Promise.all(Array.from({ length: AT_ONCE }, oneAfterAnother));
  } finally {
    await model.remove();
  }
  await allWorkersEnd();
  counts.growth = Math.round((process.memoryUsage.rss() - before) / 2 ** 20);
  if (counts.growth > MOST_GROWTH / 2 ** 20) throw new Error(`the process has grown by ${counts.growth} MiB`);
  return counts;
}

/** A server with a habit of its own. */
async function trySomeServer(number, { seed, files, expected, counts }) {
  const random = new Random(seed * 100_003 + number);
  const habit = random.of(['seldom', 'often', 'about one file']);
  const victim = random.of([...files.keys()]);
  const favourite = random.of(LIE_NAMES);
  const told = [];
  const server = await serveLies(files, (path) => {
    const lies = habit === 'about one file' ? path === victim : random.onceIn(habit === 'often' ? 2 : 6);
    if (!lies) return null;
    const lie = random.onceIn(2) ? favourite : random.of(LIE_NAMES);
    told.push(lie);
    return { lie, random };
  });
  const where = () => `server ${number} of seed ${seed} (${habit} ${victim}: ${told.slice(-9).join(', ')})`;
  try {
    const outcome = await scoresFrom(`${server.origin}/m/`).catch((error) => error);
    counts.lies += told.length;
    if (outcome instanceof Error) {
      if (!(outcome instanceof PerceptError) || !ALLOWED.includes(outcome.code)) throw new Error(`${where()} ended as ${outcome.code ?? outcome.name}: ${outcome.message}`, { cause: outcome });
      if (told.length === 0) throw new Error(`${where()} told no lie and ended as ${outcome.code}`);
      counts.refused[outcome.code] = (counts.refused[outcome.code] ?? 0) + 1;
    } else {
      if (outcome !== expected) throw new Error(`${where()} has other bits`);
      counts.scored += 1;
    }
  } finally {
    server.close();
  }
}

/** Every bit of the scores of a model. */
async function scoresFrom(location) {
  const call = async () => {
    const scorer = await Scorer.load(location, { threads: 1 });
    try {
      return JSON.stringify((await scorer.score(new Blob([GOOD_JPEG]))).scores);
    } finally {
      scorer.dispose();
    }
  };
  return inTime(call(), PATIENCE);
}

if (process.argv[1] === fileURLToPath(import.meta.url)) {
  const [seconds, seed] = [Number(process.argv[2] ?? 10), Number(process.argv[3] ?? 1)];
  const end = Date.now() + seconds * 1000;
  console.log(await tryServers({ seed, goesOn: () => Date.now() < end }));
}
