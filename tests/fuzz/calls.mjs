#!/usr/bin/env node
/**
 * Calls in random order to two scorers at once, on random numbers of threads: scored, embedded, explained, broken, cancelled at
 * any moment, with workers killed and scorers disposed of in the middle. Each call must end as it should: with the bits that a
 * scorer gives which is asked for nothing else, or with the code that was provoked; those of one scorer in their order; and
 * no worker may be left. Run by hand or by `make fuzz`; the tests try some.
 *
 *   node tests/fuzz/calls.mjs [SECONDS] [SEED]
 */
import assert from 'node:assert/strict';
import { setTimeout as sleep } from 'node:timers/promises';
import { fileURLToPath } from 'node:url';
import { allWorkersEnd, inTime, workers } from '../support/watched-workers.mjs';
import { PerceptError, Scorer } from '../../web/lib/percept.js';
import { BROKEN, GOOD_JPEG } from '../support/broken-pictures.mjs';
import { makeSeededModel } from '../support/seeded-model.mjs';
import { Random } from '../support/random.mjs';

/** What a call is told whose worker was killed, the second before it had spoken. */
const LOST = ['worker-died', 'engine-unreachable'];

const good = () => new Blob([GOOD_JPEG]);

/** What may be asked, by name: `make` gives it; its result is known, or the code of its failure. */
const REQUESTS = {
  all: { call: (scorer, options) => scorer.score(good(), options) },
  beauty: { call: (scorer, options) => scorer.score(good(), { ...options, tasks: ['beauty'] }) },
  'emotion and beauty': { call: (scorer, options) => scorer.score(good(), { ...options, tasks: ['emotion', 'beauty'], embedding: true }) },
  embedding: { call: (scorer, options) => scorer.embed(good(), options) },
  explanation: { call: (scorer, options) => scorer.explain(good(), { ...options, task: 'beauty', grid: [2, 2] }) },
  pixels: { call: (scorer, options) => scorer.score({ width: 9, height: 7, data: new Uint8ClampedArray(9 * 7 * 4).fill(77) }, options) },
  'no such task': { call: (scorer, options) => scorer.score(good(), { ...options, tasks: ['none'] }), code: 'unknown-task' },
  'no such file': { call: (scorer, options) => scorer.score('/nowhere/at/all.jpg', options), code: 'unreadable-picture' },
  'no picture': { call: (scorer, options) => scorer.score(7, options), code: 'bad-argument' },
  ...Object.fromEntries(BROKEN.map(({ name, bytes, code }) => [name, { call: (scorer, options) => scorer.score(new Blob([bytes]), options), code }])),
};

/** Every bit of a result but for what time it took and who computed it. */
function bitsOf({ scores, embedding, cells, value }) {
  return JSON.stringify({ scores, embedding, cells, value });
}

/**
 * @param {{seed: number, goesOn: (episodes: number) => boolean}} options
 * @returns {Promise<{episodes: number, calls: number, outcomes: Record<string, number>}>}
 * @throws {Error} naming the episode
 */
export async function tryCalls({ seed, goesOn }) {
  const random = new Random(seed);
  const model = await makeSeededModel();
  const counts = { episodes: 0, calls: 0, outcomes: {} };
  try {
    const expected = await expectedBits(model.folder);
    while (goesOn(counts.episodes)) {
      counts.episodes += 1;
      try {
        await runEpisode(model.folder, expected, random, counts);
      } catch (error) {
        throw new Error(`episode ${counts.episodes} of seed ${seed}: ${error.message}`, { cause: error });
      }
    }
    return counts;
  } finally {
    await model.remove();
  }
}

async function expectedBits(folder) {
  const expected = {};
  for (const [name, { call, code }] of Object.entries(REQUESTS)) {
    if (code) continue;
    const scorer = await Scorer.load(folder, { threads: 1 });
    expected[name] = bitsOf(await call(scorer, {}));
    scorer.dispose();
  }
  return expected;
}

async function runEpisode(folder, expected, random, counts) {
  workers.length = 0;
  const threads = random.of([1, 2, 3, 8]);
  const scorers = await Promise.all([0, 1].map(() => Scorer.load(folder, { threads })));
  const ends = scorers.map(() => ({ disposed: false, killed: 0, settled: [] }));
  const calls = [];
  for (let steps = 10 + random.below(30); steps > 0; steps -= 1) {
    const which = random.below(2);
    const end = ends[which];
    if (random.onceIn(20)) {
      end.killed += await killOne(random);
      ends[1 - which].killed = Math.max(ends[1 - which].killed, end.killed); // whose worker it was nobody knows
    } else if (random.onceIn(80)) {
      end.disposed = true;
      scorers[which].dispose();
    } else {
      calls.push(start(scorers[which], end, calls.length, random));
    }
    if (random.onceIn(3)) await sleep(random.below(25));
  }
  let told = 0;
  for (const { name, code, mayBe, outcome } of calls) {
    const { bits, failure } = await outcome;
    counts.calls += 1;
    counts.outcomes[failure ?? 'result'] = (counts.outcomes[failure ?? 'result'] ?? 0) + 1;
    if (failure === undefined) {
      assert.ok(!code, `${name} has a result`);
      assert.equal(bits, expected[name], `${name} has other bits`);
    } else {
      const isProvoked = failure === code || mayBe().includes(failure);
      assert.ok(isProvoked, `${name} ended as ${failure}`);
      if (LOST.includes(failure)) told += 1;
    }
  }
  const killed = Math.max(...ends.map((each) => each.killed));
  assert.ok(told <= killed, `${told} calls were told of ${killed} killed workers`);
  for (const { settled } of ends) assert.deepEqual(settled, settled.toSorted((a, b) => a - b), 'the order is lost');
  for (const [at, scorer] of scorers.entries()) {
    if (!ends[at].disposed) assert.equal(bitsOf(await inTime(REQUESTS.beauty.call(scorer, {}))), expected.beauty, 'other bits after all');
    scorer.dispose();
  }
  await allWorkersEnd();
}

/** Ends some worker behind the library's back. @returns {Promise<number>} how many were ended */
async function killOne(random) {
  const living = workers.filter(({ threadId }) => threadId !== -1);
  if (living.length === 0) return 0;
  await random.of(living).terminate();
  return 1;
}

/** Makes one call, and cancels some of them at some moment. */
function start(scorer, end, at, random) {
  const name = random.of(Object.keys(REQUESTS));
  const { call, code } = REQUESTS[name];
  const controller = new AbortController();
  const cancel = random.of(['never', 'never', 'never', 'before', 'at once', 'later', 'in its progress']);
  if (cancel === 'before') controller.abort();
  const onProgress = () => { if (cancel === 'in its progress') controller.abort(); };
  const promise = call(scorer, { signal: controller.signal, onProgress });
  if (cancel === 'at once') controller.abort();
  if (cancel === 'later') setTimeout(() => controller.abort(), random.below(60));
  const outcome = inTime(promise).then((result) => ({ bits: bitsOf(result) }), (error) => {
    assert.ok(error instanceof PerceptError, error.stack);
    return { failure: error.code };
  });
  if (cancel === 'never' && code !== 'bad-argument') outcome.then(({ failure }) => { if (failure !== 'disposed') end.settled.push(at); });
  const mayBe = () => [...(cancel === 'never' ? [] : ['aborted']), ...(end.disposed ? ['disposed'] : []), ...(end.killed > 0 ? LOST : [])];
  return { name, code, mayBe, outcome };
}

if (process.argv[1] === fileURLToPath(import.meta.url)) {
  const [seconds, seed] = [Number(process.argv[2] ?? 10), Number(process.argv[3] ?? 1)];
  const end = Date.now() + seconds * 1000;
  console.log(await tryCalls({ seed, goesOn: () => Date.now() < end }));
}
