/** What the evidence says where there is nothing to learn, of copies, and of groups without bias: simulations with a seed. */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { besideChance } from '../../web/lib/shared/chance.js';
import { seededRandom, spearman } from '../../web/lib/shared/statistics.js';
import { Memory, teachAtOnce } from '../../web/lib/teach/at-once.js';
import { biasOfGroups, pairedDifference, pairedGain } from '../../web/lib/teach/evidence.js';
import { standingsOf } from '../../web/lib/teach/held-out.js';
import { TWICE, effectiveCount, meanInterval, rankInterval, studentQuantile } from '../../web/lib/teach/intervals.js';

const WIDTH = 48;

/** Numbers of a normal distribution. @param {number} seed */
function normalOf(seed) {
  const random = seededRandom(seed);
  return Object.assign(() => Math.sqrt(-2 * Math.log(1 - random())) * Math.cos(2 * Math.PI * random()), { random });
}

const vector = (normal) => Float32Array.from({ length: WIDTH }, (_, at) => normal() / (1 + at) ** 0.5);
const LESSON = { id: 'x', title: { en: 'x' }, kind: 'score', labels: null, pairs: null, scale: null, classes: null, depth: 0, rank: 8, epochs: 10, folds: 5, seed: 1, equalGroups: false, date: null, preprocess: {} };
const evidenceOf = (lesson) => teachAtOnce({ ...LESSON, ...lesson }, new Memory(), async () => {}).then(({ evidence }) => evidence);
const alone = (count, normal) => Array.from({ length: count }, (_, at) => ({ name: String(at), group: null, features: vector(normal) }));

/** How traits come out: the mean figure, and the shares that lie above and below chance. */
async function traits(rounds, make) {
  let [sum, above, below] = [0, 0, 0];
  for (let seed = 1; seed <= rounds; seed += 1) {
    const lesson = make();
    const evidence = await evidenceOf({ ...lesson, seed });
    sum += evidence.held_out.head.value;
    const beside = besideChance({ task: { output: lesson.classes ? { kind: 'classes', labels: lesson.classes } : { kind: 'score' } }, evidence });
    above += Number(beside === '');
    below += Number(beside === 'against');
  }
  return { mean: sum / rounds, above: above / rounds, below: below / rounds };
}

test('stars at random agree with nothing: neither more than chance nor less', async () => {
  const normal = normalOf(3);
  const [all, outside] = [140, { above: 0, below: 0 }];
  for (const [count, rounds] of [[12, 60], [20, 50], [40, 30]]) {
    const { mean, above, below } = await traits(rounds, () => ({ pictures: alone(count, normal), labels: Array.from({ length: count }, (_, picture) => ({ picture, label: 1 + Math.floor(5 * normal.random()), rater: '' })), scale: [1, 5] }));
    assert.ok(Math.abs(mean) < 0.1, `${count} pictures: ${mean}`);
    outside.above += rounds * above;
    outside.below += rounds * below;
  }
  assert.ok(outside.above < 0.06 * all && outside.below < 0.06 * all, JSON.stringify(outside));
});

test('folds compare by where pictures stand in them', () => {
  assert.deepEqual(standingsOf([5, 3, 14, -6], [0, 0, 1, 1], 4), [1, -1, 1, -1]);
  assert.deepEqual(standingsOf([4, 4], [0, 0], 4), [0, 0], 'a fit without any line');
});

test('what can be learnt is told from what cannot', async () => {
  const normal = normalOf(4);
  const { mean, above } = await traits(20, () => {
    const pictures = alone(30, normal);
    return { pictures, labels: pictures.map(({ features }, picture) => ({ picture, label: features[0] + 0.4 * normal(), rater: '' })) };
  });
  assert.ok(mean > 0.75 && above > 0.9, `${mean}, ${above}`);
});

test('classes at random are no worse than always saying the commonest, also where all are as common, or fewer than folds', async () => {
  const normal = normalOf(5);
  const random = () => Math.floor(3 * normal.random());
  for (const [count, classes, classOf] of [[24, 'abc', random], [20, 'ab', (at) => at % 2], [40, 'abcdefghij', (at) => at % 10]]) {
    const { mean, below, above } = await traits(40, () => ({
      kind: 'classes', classes: [...classes], pictures: alone(count, normal), labels: Array.from({ length: count }, (_, picture) => ({ picture, label: classes[classOf(picture)], rater: '' })),
    }));
    assert.ok(above < 0.06 && below < 0.06, `${classes}: ${above} above, ${below} below`);
    assert.ok(mean > 0.9 / classes.length, `${classes}: ${mean}`);
  }
});

/** Scenes with random labels, of so many shots each. */
function bursts(sizes, normal) {
  const shots = sizes.flatMap((size) => new Array(size).fill({ base: vector(normal), label: normal() }));
  return {
    pictures: shots.map(({ base }, at) => ({ name: String(at), group: null, features: base.map((value) => value + 0.01 * normal()) })),
    labels: shots.map(({ label }, picture) => ({ picture, label: label + 0.1 * normal(), rater: '' })),
  };
}

test('shots of one burst count as what they say together, also where one has half of all shots, and where there are few', async () => {
  const normal = normalOf(6);
  for (const sizes of [new Array(12).fill(5), [20, ...new Array(20).fill(1)], [10, 10, 10, 10]]) {
    const { above, below } = await traits(40, () => bursts(sizes, normal));
    assert.ok(above < 0.1 && below < 0.1, `${sizes}: ${above} above, ${below} below`);
  }
  assert.equal(effectiveCount([1, -1, 1, -1], [0, 1, 2, 3]), 4);
  assert.equal(effectiveCount([1, 1, -1, -1], [0, 0, 1, 1]), 1, 'two that are one each, less the mean');
  assert.equal(effectiveCount([1, -1, 1, -1], [0, 0, 1, 1]), 2, 'unlike, but of two bursts');
  assert.equal(effectiveCount([0, 0, 0, 0], [0, 0, 1, 1]), 2, 'all right');
});

test('a curve counts judgements, of however many raters', async () => {
  const normal = normalOf(7);
  const labels = Array.from({ length: 40 }, (_, picture) => ['a', 'b'].map((rater) => ({ picture, label: normal(), rater }))).flat();
  const { curve } = await evidenceOf({ pictures: alone(40, normal), labels });
  assert.deepEqual(curve.map((point) => point.labels), [32, 64]);
});

test('Student\'s quantiles, at any chance', () => {
  // scipy.stats.t.isf(chance / 2, degrees)
  for (const [chance, degrees, expected] of [[0.05, 4, 2.7764451], [0.05 / 6, 4, 4.8510084], [0.05, 200, 1.9718962]]) assert.ok(Math.abs(studentQuantile(chance, degrees) - expected) < 1e-7);
  for (const [chance, degrees, expected] of [[0.05, 5, 2.5705818], [0.05, 11, 2.2009852], [0.0025, 7, 4.5946382], [0.05 / 6, 2001, 2.6382573]]) {
    const ratio = studentQuantile(chance, degrees) / expected;
    assert.ok(ratio >= 1 && ratio < 1.02, `${ratio}`);
  }
  const [, shared] = meanInterval([1, 1, -1, -1], [[0, 1], [0, 2], [3, 4], [3, 5]]); // 2² + 2² + 4 · 1² - 4 = 8, and 6 / 5 for six pictures
  assert.ok(Math.abs(shared - studentQuantile(0.05, 5) * Math.sqrt(8 * 6 / 5) / 4) < 1e-12, `${shared}`);
  const [low, high] = meanInterval([1, 2, 3, 4, 6], [[0], [1], [2], [3], [4]]); // scipy.stats.t.interval(0.95, 4, mean, sem)
  assert.ok(Math.abs(low - 0.8116117) < 1e-6 && Math.abs(high - 5.5883884) < 1e-6, `${low} ${high}`);
});

test('a few pictures in the model\'s own order do not make it certain', () => {
  const [low, high] = rankInterval(1, 5);
  assert.ok(low > 0 && low < 0.5 && high === 1, `${low}`);
  assert.deepEqual(rankInterval(1, 3), [-1, 1]);
  const normal = normalOf(8);
  let claims = 0;
  for (let round = 0; round < 1000; round += 1) {
    const [a, b] = [0, 1].map(() => Array.from({ length: 6 }, normal));
    claims += Number(rankInterval(spearman(a, b), 6)[0] > 0);
  }
  assert.ok(claims < 0.05 * 1000, `${claims} of 1000 say more than chance`);
});

test('groups without bias seem biased in about one table of twenty', () => {
  const normal = normalOf(9);
  const off = (groups) => groups.some(({ low, high }) => low > 0 || high < 0);
  const table = (count, groups, value) => Array.from({ length: count }, (_, picture) => ({ group: String(picture % groups), picture, clusters: [picture], value: value() }));
  let [scores, hits, bursts] = [0, 0, 0];
  const ROUNDS = 300;
  for (let round = 0; round < ROUNDS; round += 1) {
    scores += Number(off(biasOfGroups(table(36, 6, normal))));
    const right = table(36, 6, () => Number(normal.random() < 0.8));
    hits += Number(off(biasOfGroups(right, right.reduce((sum, { value }) => sum + value, 0) / 36)));
    const scenes = Array.from({ length: 36 }, normal); // six of a burst in each group have one value
    bursts += Number(off(biasOfGroups(table(216, 6, () => 0).map((row) => ({ ...row, clusters: [row.picture % 36], value: scenes[row.picture % 36] })))));
  }
  for (const count of [scores, hits, bursts]) assert.ok(count <= 0.085 * ROUNDS, `${scores} ${hits} ${bursts} of ${ROUNDS}`);
  const [five] = biasOfGroups(table(5, 1, () => 1), 0.8);
  assert.ok(five.low < 0 && five.high > 0.19, 'five right answers where 80 % are right');
  const biased = biasOfGroups(table(60, 2, normal).map((row) => ({ ...row, value: row.value + (row.group === '1' ? 2 : 0) })));
  assert.deepEqual(biased.map(({ low }) => low > 0), [false, true]);
});

test('a picture that is in most pairs counts once: where the winner stays, or a few always win', async () => {
  const normal = normalOf(12);
  const pair = (better, worse) => ({ better, worse, tie: false, rater: '' });
  const ladder = (count) => {
    const worth = Array.from({ length: count }, normal);
    let best = 0;
    return worth.slice(1).map((own, at) => {
      const other = best;
      best = own > worth[best] ? at + 1 : best;
      return best === other ? pair(other, at + 1) : pair(best, other);
    });
  };
  const champions = (count) => Array.from({ length: count - 2 }, (_, at) => [pair(0, at + 2), pair(1, at + 2)]).flat();
  for (const [name, make] of Object.entries({ ladder, champions })) {
    let outside = 0;
    for (let seed = 1; seed <= 40; seed += 1) {
      const { held_out: { head } } = await evidenceOf({ pictures: alone(40, normal), pairs: make(40), seed });
      outside += Number(head !== null && (head.low > 0.5 || head.high < 0.5));
    }
    assert.ok(outside <= 0.08 * 40, `${name}: ${outside} of 40`);
  }
});

test('a group of pairs is as large as its pictures', async () => {
  const normal = normalOf(10);
  const pictures = alone(12, normal).map((one, at) => ({ ...one, group: at < 3 ? 'A' : 'B' }));
  const pairs = pictures.flatMap((first, better) => pictures.slice(better + 1).map((_, more) => ({ better, worse: better + 1 + more, tie: false, rater: '' })));
  const { groups } = await evidenceOf({ pictures, pairs });
  assert.ok(groups.every(({ group, pictures: count }) => group === 'B' && count <= 9), JSON.stringify(groups));
});

test('two ways that are as good as one another: pairs share pictures, and shots of a burst what they show', () => {
  const normal = normalOf(11);
  const ROUNDS = 60;
  let [pairs, bursts] = [0, 0];
  for (let round = 0; round < ROUNDS; round += 1) {
    const [truth, first, second] = [0, 1, 2].map(() => Array.from({ length: 15 }, normal));
    const ways = [first, second].map((own) => own.map((noise, at) => truth[at] + 1.5 * noise));
    const [gains, clusters] = [[], []];
    for (let a = 0; a < 15; a += 1) {
      for (let b = 0; b < a; b += 1) {
        const [one, other] = ways.map((way) => Number((way[a] - way[b]) * (truth[a] - truth[b]) > 0));
        gains.push(other - one);
        clusters.push([a, b]);
      }
    }
    pairs += Number(pairedGain(gains, clusters).low > 0);
    const shots = Array.from({ length: 75 }, (_, at) => at % 15);
    const difference = pairedDifference(shots, (some) => ways.map((way) => some.reduce((sum, at) => sum + way[at], 0) / some.length), round, { clusterOf: (at) => at, variance: TWICE });
    bursts += Number(difference.low > 0);
  }
  assert.ok(pairs <= 0.05 * ROUNDS && bursts <= 0.05 * ROUNDS, `${pairs} and ${bursts} of ${ROUNDS}`);
  assert.equal(pairedGain([1, 1], [[0, 1], [2, 3]]), null);
});
