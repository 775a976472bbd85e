#!/usr/bin/env node
/**
 * Adds hostile trait files to a model: bytes changed, members of the description replaced, what the tests' list has. Each must be
 * refused with a code, or score numbers; the good trait gives the same bits afterwards. Run by hand or by `make fuzz`.
 *
 *   node tests/fuzz/traits.mjs [SECONDS] [SEED]
 */
import { fileURLToPath } from 'node:url';
import { PerceptError, Scorer } from '../../web/lib/percept.js';
import { GOOD_JPEG } from '../support/broken-pictures.mjs';
import { fileOf, hostileTraits, partsOf } from '../support/hostile-trait.mjs';
import { headLesson } from '../support/lessons.mjs';
import { Random } from '../support/random.mjs';

const DEMO = fileURLToPath(new URL('../../weights/demo/', import.meta.url));
const CODES = ['trait-invalid', 'trait-other-base', 'wrong-shape', 'unknown-tensor', 'missing-tensor', 'too-many-traits', 'not-finite', 'out-of-memory'];
const WICKED = [null, true, -1, 0, 1e308, 2 ** 53, '', 'constructor', '__proto__', [], {}, [[]], '<b>'];
const BETWEEN_CHECKS = 25;

/**
 * @param {{seed: number, goesOn: (tried: number) => boolean}} options
 * @returns {Promise<Record<string, number>>} outcomes: by code, or 'scored'
 */
export async function tryTraits({ seed, goesOn }) {
  const random = new Random(seed);
  const scorer = await Scorer.load(DEMO, { threads: 1 });
  try {
    const { preprocess } = scorer.tasks[0];
    const file = await (await scorer.teach(headLesson({ preprocess }))).toFile();
    const expected = await scoresOf(scorer);
    const outcomes = {};
    for (let tried = 0; goesOn(tried); tried += 1) {
      const bytes = hostile(file, scorer.manifest.tower.width, random);
      const outcome = await scorer.addTask(bytes).then(() => scoresOf(scorer)).then(() => 'scored', (error) => error);
      const code = outcome instanceof PerceptError ? outcome.code : outcome;
      if (code !== 'scored' && !CODES.includes(code)) throw new Error(`number ${tried} of seed ${seed} ended as ${code}`, { cause: outcome });
      outcomes[code] = (outcomes[code] ?? 0) + 1;
      for (const { task: { id } } of scorer.traits) await scorer.removeTask(id);
      await scorer.addTask(file);
      if (tried % BETWEEN_CHECKS === 0 && await scoresOf(scorer) !== expected) throw new Error(`after number ${tried} of seed ${seed} the good trait has other bits`);
    }
    return outcomes;
  } finally {
    scorer.dispose();
  }
}

/** All scores but of the model's own tasks, every bit of them, as text. */
async function scoresOf(scorer) {
  const ids = scorer.traits.map(({ task }) => task.id);
  return JSON.stringify((await scorer.score(new Blob([GOOD_JPEG]), { tasks: ids })).scores);
}

function hostile(file, width, random) {
  const parts = partsOf(file);
  if (random.onceIn(3)) random.of(hostileTraits(width))[1](parts);
  if (random.onceIn(2)) replaceMember(parts.percept, random);
  const bytes = fileOf(parts, { hashes: !random.onceIn(4) });
  const noise = random.onceIn(2) ? random.below(5) : 0;
  for (let times = 0; times < noise; times += 1) bytes[random.below(random.onceIn(2) ? bytes.length : Math.min(2000, bytes.length))] = random.below(256);
  return bytes;
}

function replaceMember(percept, random) {
  const places = [];
  const walk = (value) => {
    if (value === null || typeof value !== 'object') return;
    for (const key of Object.keys(value)) {
      places.push([value, key]);
      walk(value[key]);
    }
  };
  walk(percept);
  const [holder, key] = random.of(places);
  holder[key] = random.of(WICKED);
}

if (process.argv[1] === fileURLToPath(import.meta.url)) {
  const [seconds, seed] = [Number(process.argv[2] ?? 10), Number(process.argv[3] ?? 1)];
  const end = Date.now() + seconds * 1000;
  console.log(await tryTraits({ seed, goesOn: () => Date.now() < end }));
}
