#!/usr/bin/env node
/**
 * Picture after picture through one scorer: good, broken and cancelled ones, of every format. The memory of the process and
 * of the engine must stay flat, and the first picture's score must come out again at the end, bit for bit.
 *
 *   node tests/soak.mjs [PICTURES] [MODEL_FOLDER]      default: 20000, the tiny model of tests/golden/vectors
 */
import { readFileSync, readdirSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { isDeepStrictEqual } from 'node:util';
import { Scorer } from '../web/lib/percept.js';

const FOLDER = new URL('golden/pictures/', import.meta.url);
/** What a file without its second half is refused as. */
const CUT = ['corrupt-picture'];
/** What the process may grow by after its first quarter, in bytes: the collector's breathing. */
const SLACK = 48 << 20;

/**
 * @param {{count: number, model: string, say?: (text: string) => void}} options
 * @returns {Promise<{growth: number, scored: number, failed: number}>} growth: of the resident memory in bytes, from the
 *   largest of the second quarter to the largest of the last one; failed: those that were cut or cancelled, and refused as such
 * @throws {Error} where any other picture is refused, or for another reason
 */
export async function soak({ count, model, say = () => {} }) {
  const files = readdirSync(FOLDER).map((name) => readFileSync(new URL(name, FOLDER)));
  const scorer = await Scorer.load(model, { threads: 2 });
  const scoreFirst = () => scorer.score(new Blob([files[0]])).then(({ scores }) => scores);
  const first = await scoreFirst();
  const largest = [0, 0, 0, 0];
  let scored = 0;
  let failed = 0;
  for (let at = 0; at < count; at += 1) {
    const bytes = files[at % files.length];
    const controller = new AbortController();
    const [isCut, isCancelled] = [at % 5 === 4, at % 11 === 10];
    const call = scorer.score(new Blob([isCut ? bytes.subarray(0, bytes.length / 2) : bytes]), { signal: controller.signal });
    if (isCancelled) controller.abort();
    const foreseen = [...isCut ? CUT : [], ...isCancelled ? ['aborted'] : []];
    await call.then(() => { scored += 1; }, (error) => {
      if (!foreseen.includes(error.code)) throw new Error(`picture ${at}: ${error.message}`, { cause: error });
      failed += 1;
    });
    const quarter = Math.floor((at / count) * 4);
    if (at % 50 === 0) largest[quarter] = Math.max(largest[quarter], process.memoryUsage.rss());
    if (at % 1000 === 0) say(`${at} pictures, ${(process.memoryUsage.rss() / 2 ** 20).toFixed(0)} MiB resident, engine ${(scorer.engine.memory / 2 ** 20).toFixed(1)} MiB`);
  }
  const same = isDeepStrictEqual(await scoreFirst(), first);
  scorer.dispose();
  if (!same) throw new Error('the first picture has another score at the end');
  return { growth: largest[3] - largest[1], scored, failed };
}

if (process.argv[1] === fileURLToPath(import.meta.url)) {
  const count = Number(process.argv[2] ?? 20000);
  const model = process.argv[3] ?? fileURLToPath(new URL('golden/vectors/q8', import.meta.url));
  const start = performance.now();
  const { growth, scored, failed } = await soak({ count, model, say: (text) => process.stdout.write(`${text}\n`) });
  process.stdout.write(`${scored} scored, ${failed} refused or cancelled in ${((performance.now() - start) / 1000).toFixed(0)} s; resident memory grew by ${(growth / 2 ** 20).toFixed(1)} MiB from the second quarter to the last\n`);
  process.exitCode = growth < SLACK ? 0 : 1;
}
