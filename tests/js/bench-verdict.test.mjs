/** What the benchmark and the page of comparison say of a race, and when they say that it is void. */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { summarize } from '../bench/page/measure/statistics.js';
import { raceText } from '../bench/page/measure/table.js';
import { verdicts } from '../bench/page/measure/verdict.js';
import { workOf } from '../bench/page/measure/work.js';

const SIZES = { width: 768, layers: 12, mlp_width: 3072, patch: 32, image: 224, embedding: 512 };
const STEADY_PEAKS = [80, 80, 81, 81, 80];

const entry = (of, place, median, spread = 1) => ({ name: of.toLowerCase(), title: of, of, place, time: { median, spread }, load: { median: 900 }, cosine: 0.9994 });

function race({ peaks = STEADY_PEAKS, others, ...rest }) {
  const peak = { fused: summarize(peaks), words: summarize(peaks.map((speed) => speed / 8)) };
  return { model: 'B/32', browser: 'a browser', threads: 1, views: 1, rounds: peaks.length, entries: [entry('Percept', 'processor', 50), ...others], peak, ...rest };
}

test('the faster of the others is the measure, on the processor and on a card, whoever is ahead', () => {
  const others = [entry('A', 'processor', 120), entry('B', 'processor', 100), entry('A', 'graphics', 10), entry('B', 'graphics', 25)];
  assert.deepEqual(verdicts(race({ others })), [
    'On the processor Percept is 2.00 times as fast as B (the fastest of the others).',
    'With the peers on the graphics card (WebGPU), A is 5.00 times as fast as Percept.',
  ]);
  assert.deepEqual(verdicts(race({ others: [entry('A', 'processor', 40)] })), ['On the processor A is 1.25 times as fast as Percept.']);
});

test('where the spreads meet nobody is called the faster', () => {
  assert.deepEqual(verdicts(race({ others: [entry('A', 'processor', 52, 1.5)] })), ['On the processor these rounds cannot tell Percept and A apart.']);
});

test('a comparison is void where the peak moved, where the page was hidden, and doubtful with two rounds', () => {
  const others = [entry('A', 'processor', 100)];
  const last = (given) => verdicts(race({ others, ...given })).at(-1);
  assert.match(last({ peaks: [80, 60, 80, 60, 70] }), /moved by 29 % between rounds, more than 10 %: the comparison is void/);
  assert.doesNotMatch(last({ peaks: [80, 80, 40, 81, 80] }), /void/, 'one disturbed round moves no median');
  assert.match(last({ others: [entry('A', 'processor', 100, 20)] }), /times of a runtime lie 40 % apart between rounds, more than 25 %: the comparison is void/);
  assert.match(last({ hidden: true }), /in the background .* void/);
  assert.match(last({ peaks: [80, 80] }), /Two rounds cannot show/);
});

test('a card that the processor imitates is called one', () => {
  assert.match(verdicts(race({ others: [entry('A', 'graphics', 900)], imitation: true })).at(-1), /imitates the card/);
});

test('as text, a race has its share of the peak, and who did not run with the reason', () => {
  const others = [entry('A', 'processor', 100), { name: 'b', title: 'B 2.5', of: 'B', place: 'processor', failed: 'no memory\n at load' }];
  const work = workOf(SIZES);
  const text = raceText(race({ others }), work);
  assert.match(text, new RegExp(`\\| Percept +\\| 50\\.0 ± 1\\.0 +\\| 1\\.00 +\\| ${(work.total / 50 / 1e6 / 80 * 100).toFixed(0)} % +\\|`));
  assert.match(text, /\| A +\| 100 ± 1\.0 +\| 0\.50 +\|/);
  assert.match(text, /^B 2\.5 did not run: no memory$/m);
  assert.doesNotMatch(text, /process \|/, 'a column of nothing is left out');
});
