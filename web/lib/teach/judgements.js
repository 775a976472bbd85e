/** What people said, put together picture by picture, in an order that depends on the pictures and the judgements alone. */
import { groupBy } from '../shared/statistics.js';
import { agreementOfAnswers, agreementOfNumbers } from './raters.js';

/** @import {CheckedLesson, Judgements, LessonPicture} from './types.d.ts' */

/** @param {string | number} a @param {string | number} b */
const byValue = (a, b) => (a < b ? -1 : Number(a > b));

/**
 * Numbers of pictures in an order that follows from their features, and from their names where these are the same: in whatever
 * order pictures come, sums run in one.
 * @param {LessonPicture[]} pictures with features @param {number[]} numbers
 */
export function orderOf(pictures, numbers) {
  return numbers.slice().sort((a, b) => {
    const [first, second] = [/** @type {Float32Array} */ (pictures[a].features), /** @type {Float32Array} */ (pictures[b].features)];
    for (let i = 0; i < first.length; i += 1) if (first[i] !== second[i]) return first[i] - second[i];
    return byValue(pictures[a].name, pictures[b].name) || a - b;
  });
}

/** The lesson with the judged pictures alone, in that order. @param {CheckedLesson} lesson @param {number[]} order of what is judged @returns {CheckedLesson} */
export function onlyJudged(lesson, order) {
  const places = new Array(lesson.pictures.length);
  order.forEach((at, place) => { places[at] = place; });
  return {
    ...lesson,
    pictures: order.map((at) => lesson.pictures[at]),
    labels: lesson.labels && lesson.labels.map((one) => ({ ...one, picture: places[one.picture] }))
      .sort((a, b) => a.picture - b.picture || byValue(a.label, b.label) || byValue(a.rater, b.rater)),
    pairs: lesson.pairs && lesson.pairs.map((one) => sortedTie({ ...one, better: places[one.better], worse: places[one.worse] }))
      .sort((a, b) => a.better - b.better || a.worse - b.worse || Number(a.tie) - Number(b.tie) || byValue(a.rater, b.rater)),
  };
}

/** A tie has no better one. @template {{better: number, worse: number, tie: boolean}} Pair @param {Pair} pair @returns {Pair} */
function sortedTie(pair) {
  return pair.tie && pair.better > pair.worse ? { ...pair, better: pair.worse, worse: pair.better } : pair;
}

/** @param {CheckedLesson} lesson of judged pictures alone, in order @returns {Judgements} */
export function judgementsOf(lesson) {
  if (lesson.pairs) return fromPairs(lesson, lesson.pairs);
  return lesson.kind === 'classes' ? fromClasses(lesson) : fromScores(lesson);
}

/** Groups count equally where the lesson asks for it: factors by picture, 1 on average. @param {CheckedLesson} lesson @param {[picture: number, weight: number][]} counts */
function groupFactors({ pictures, equalGroups }, counts) {
  if (!equalGroups) return () => 1;
  /** @type {Map<string | null, number>} */
  const totals = new Map();
  for (const [picture, weight] of counts) totals.set(pictures[picture].group, (totals.get(pictures[picture].group) ?? 0) + weight);
  const share = counts.reduce((sum, [, weight]) => sum + weight, 0) / totals.size;
  return (/** @type {number} */ picture) => share / /** @type {number} */ (totals.get(pictures[picture].group));
}

/** @param {CheckedLesson} lesson */
function labelsByPicture(lesson) {
  const labels = [...groupBy(/** @type {NonNullable<CheckedLesson['labels']>} */ (lesson.labels), ({ picture }) => picture).values()];
  const factorOf = groupFactors(lesson, labels.map((own, at) => [at, own.length]));
  return { labels, weights: labels.map((own, at) => own.length * factorOf(at)) };
}

/** @param {CheckedLesson} lesson @returns {Judgements} */
function fromScores(lesson) {
  const { labels, weights } = labelsByPicture(lesson);
  const numbers = labels.map((own) => own.map(({ label }) => Number(label)));
  const people = numbers.map((own) => own.reduce((sum, each) => sum + each, 0) / own.length);
  const [low, high] = lesson.scale ?? [numbers, numbers].map((all, end) => all.flat().reduce((a, b) => (end ? Math.max(a, b) : Math.min(a, b))));
  /** @type {[number, number]} */
  const scale = (high - low) / 2 > 0 ? [low, high] : [low - 0.5, high + 0.5]; // of labels that are all the same, or whose difference has no half
  const [middle, half] = [(scale[0] + scale[1]) / 2, (scale[1] - scale[0]) / 2];
  return {
    weights, people, scale,
    targets: [Float64Array.from(people, (value) => (value - middle) / half)],
    pairs: null,
    raters: ratersOf(labels, correlationOfRaters),
    notes: people.every((value) => value === people[0]) ? ['constant-labels'] : [],
  };
}

/** @param {CheckedLesson} lesson @returns {Judgements} */
function fromClasses(lesson) {
  const classes = /** @type {string[]} */ (lesson.classes);
  const { labels, weights } = labelsByPicture(lesson);
  const shares = classes.map((name) => Float64Array.from(labels, (own) => own.filter(({ label }) => label === name).length / own.length));
  const people = labels.map((_, row) => classes[shares.reduce((best, share, at) => (share[row] > shares[best][row] ? at : best), 0)]);
  return {
    weights, people, targets: shares, pairs: null, scale: [0, 1],
    raters: ratersOf(labels, sameAnswers(({ label }) => label)),
    notes: people.every((name) => name === people[0]) ? ['constant-labels'] : [],
  };
}

/** @param {CheckedLesson} lesson @param {NonNullable<CheckedLesson['pairs']>} given @returns {Judgements} */
function fromPairs(lesson, given) {
  const count = lesson.pictures.length;
  const factorOf = groupFactors(lesson, given.flatMap(({ better, worse }) => /** @type {[number, number][]} */ ([[better, 1], [worse, 1]])));
  const decided = new Set(given.filter(({ tie }) => !tie).map(({ better, worse }) => better * count + worse));
  /** @type {Map<number, NonNullable<Judgements['pairs']>[number]>} */
  const merged = new Map();
  const add = (/** @type {number} */ better, /** @type {number} */ worse, /** @type {number} */ weight) => {
    const key = better * count + worse;
    const pair = merged.get(key) ?? { better, worse, weight: 0, isDecided: decided.has(key) };
    pair.weight += weight * (factorOf(better) + factorOf(worse)) / 2;
    merged.set(key, pair);
  };
  for (const { better, worse, tie } of given) {
    add(better, worse, tie ? 0.5 : 1);
    if (tie) add(worse, better, 0.5);
  }
  const contradicts = [...decided].some((key) => decided.has(key % count * count + Math.floor(key / count)));
  const together = [...groupBy(given, ({ better, worse }) => Math.min(better, worse) * count + Math.max(better, worse)).values()];
  return {
    targets: null,
    pairs: [...merged].sort(([a], [b]) => a - b).map(([, pair]) => pair),
    weights: [], people: null,
    scale: lesson.scale ?? [0, 1],
    raters: ratersOf(together, sameAnswers(({ better, tie }) => (tie ? -1 : better))),
    notes: [...(given.every(({ tie }) => tie) ? /** @type {const} */ (['ties-only']) : []), ...(contradicts ? /** @type {const} */ (['contradictions']) : [])],
  };
}

// ---- raters ----

/**
 * @template {{rater: string}} Answer
 * @param {Answer[][]} answers on each picture or pair @param {(answers: Answer[][]) => {value: number} | null} agreement
 */
function ratersOf(answers, agreement) {
  return { count: new Set(answers.flat().map(({ rater }) => rater)).size, agreement: agreement(answers)?.value ?? null };
}

/** @template {{rater: string}} Answer @param {(answer: Answer) => unknown} what */
function sameAnswers(what) {
  return (/** @type {Answer[][]} */ questions) => agreementOfAnswers(questions.map((own) => own.map((one) => ({ rater: one.rater, answer: what(one) }))));
}

/** @param {{rater: string, label: number | string}[][]} labels of each picture */
function correlationOfRaters(labels) {
  return agreementOfNumbers(labels.map((own) => new Map([...groupBy(own, ({ rater }) => rater)].map(([name, given]) => (
    [name, given.reduce((sum, { label }) => sum + Number(label), 0) / given.length])))));
}
