/** The evidence of a fit at once: what held-out folds say of it, its curve, where it differs from people, and by which groups. */
import { LEAST_LABELS, commonest, groupBy, mean, spearman } from '../shared/statistics.js';
import { biasOfGroups, independentHits, mostDifferent, pairedDifference, rankFigure, shareFigure } from './evidence.js';
import { logistic } from './exponential.js';
import { foldsOf, judgeHeldOut, levelOf, predictHeldOut, standingsOf } from './held-out.js';
import { TWICE } from './intervals.js';
import { predictionOfShares } from './prediction.js';

/** @import {Evidence, Figure, TraitPrediction} from './types.d.ts' */
/** @import {Subject} from './at-once.js' */
/** @import {Labelled} from './held-out.js' */
/** @import {Compared} from './evidence.js' */

/** Parts of the labels at which the curve is asked, before all of them. */
const CURVE = [0.25, 0.5];
/** So often pictures are dealt into folds for pairs, and more often where few pairs have both pictures in one; once for a point of the curve. */
const DEALS = 2;
const MANY_PAIRS = 120;
/** Where so few pairs were asked that no figure is known, until nearly each pair lay in one fold once. */
const MOST_DEALS = 40;
const MOST_DIFFERENT = 8;

/** What evidence there is before anything is held out. @param {Subject} subject @returns {Evidence} */
function bareEvidence({ lesson, judgements }) {
  return {
    pictures: lesson.pictures.length,
    labels: lesson.labels?.length ?? 0,
    pairs: lesson.pairs?.length ?? 0,
    raters: judgements.raters,
    folds: 0,
    seed: lesson.seed,
    date: lesson.date,
    held_out: { head: null, deeper: null },
    kept: 'head',
    difference: null,
    curve: [],
    different: [],
    groups: [],
    equal_groups: lesson.equalGroups,
    ...(lesson.kind === 'classes' && { commonest: commonest(/** @type {string[]} */ (judgements.people)) }),
    notes: [...judgements.notes],
  };
}

/** How many pictures there are without near-duplicates. @param {Subject} subject @param {Evidence} evidence notes what it finds */
function differentOnes({ groups }, evidence) {
  const { size } = new Set(groups);
  if (size < groups.length) evidence.notes.push('near-copies');
  return size;
}

/** The fold of each labelled picture; of classes each fold has its share. @param {Subject} subject @param {number} folds */
export function foldsOfLabels({ lesson, judgements, groups }, folds) {
  return foldsOf(groups, folds, lesson.seed, lesson.kind === 'classes' ? /** @type {string[]} */ (judgements.people) : []);
}

/** What a figure is of, row by row: hits, or what is ranked. @param {Subject} subject @param {number[][]} outputs by row, held out @param {number[]} foldOf each row */
function countedOf(subject, outputs, foldOf) {
  const { lesson: { kind, classes }, judgements: { people }, labelled } = subject;
  if (kind === 'classes') return hitsOf(outputs, /** @type {string[]} */ (people), /** @type {string[]} */ (classes));
  return standingsOf(outputs.map(([value]) => value), foldOf, levelOf(/** @type {Labelled} */ (labelled), [...foldOf.keys()]));
}

/** A figure of predictions against what people said. @param {Subject} subject @param {number[][]} outputs by row, held out @param {number[]} foldOf each row @returns {Figure | null} */
export function figureOf(subject, outputs, foldOf) {
  const { lesson: { kind }, judgements: { targets }, groups } = subject;
  const counted = countedOf(subject, outputs, foldOf);
  if (kind === 'score') return rankFigure(counted, Array.from(/** @type {any} */ (targets)[0]), groups);
  return shareFigure('accuracy', counted, independentHits(counted, groups) / TWICE);
}

/** How much higher the second one's figure is. @param {Subject} subject @param {[number[][], number[][]]} outputs of two fits by row, held out @param {number[]} foldOf each row */
export function differenceOfLabels(subject, outputs, foldOf) {
  const { lesson: { kind, seed }, judgements: { targets }, groups } = subject;
  const [first, second] = outputs.map((each) => countedOf(subject, each, foldOf));
  /** @param {number[]} counted @param {number[]} some rows */
  const valueOf = (counted, some) => {
    const chosen = some.map((row) => counted[row]);
    return kind === 'classes' ? mean(chosen) : spearman(chosen, some.map((row) => /** @type {any} */ (targets)[0][row]));
  };
  return pairedDifference([...foldOf.keys()], (some) => {
    const [one, other] = [valueOf(first, some), valueOf(second, some)];
    return one === null || other === null ? null : [one, other];
  }, seed, { clusterOf: (row) => groups[row], variance: TWICE });
}

/** @param {number[][]} outputs @param {string[]} people @param {string[]} classes */
function hitsOf(outputs, people, classes) {
  return outputs.map((each, row) => Number(classes[each.indexOf(Math.max(...each))] === people[row]));
}

/**
 * What is known of a fit: outputs and predictions are of each picture, by fits that did not see it; none where there are none.
 * @typedef {{evidence: Evidence, heldOut: (TraitPrediction | null)[], outputs: number[][]}} Known
 */

/** @param {Subject} subject @param {Evidence} evidence @returns {Known} */
const nothingHeldOut = ({ lesson }, evidence) => ({ evidence, heldOut: lesson.pictures.map(() => null), outputs: [] });

/** @param {Subject} subject @param {Labelled} labelled @returns {Promise<Known>} */
export async function evidenceOfLabels(subject, labelled) {
  const { lesson, fit, pause } = subject;
  const { length: count } = lesson.pictures;
  const evidence = bareEvidence(subject);
  if (count < LEAST_LABELS) return nothingHeldOut(subject, { ...evidence, notes: [...evidence.notes, 'few-labels'] });
  const different = differentOnes(subject, evidence);
  if (different < 2) return nothingHeldOut(subject, evidence);
  const folds = Math.min(lesson.folds, different);
  const foldOf = foldsOfLabels(subject, folds);
  const seenBy = (/** @type {number} */ share) => Math.round(share * count * (folds - 1) / folds);
  const labelsSeenBy = (/** @type {number} */ share) => Math.round(share * evidence.labels * (folds - 1) / folds); // several raters may judge a picture
  for (const share of CURVE.filter((each) => seenBy(each) >= LEAST_LABELS)) {
    const figure = figureOf(subject, await predictHeldOut(labelled, foldOf, { like: fit, share, pause }), foldOf);
    if (figure) evidence.curve.push({ labels: labelsSeenBy(share), ...figure });
  }
  const outputs = await predictHeldOut(labelled, foldOf, { like: fit, pause });
  const figure = figureOf(subject, outputs, foldOf);
  if (figure) evidence.curve.push({ labels: labelsSeenBy(1), ...figure });
  Object.assign(evidence, { folds, held_out: { head: figure, deeper: null }, ...comparedWithPeople(subject, outputs) });
  return { evidence, heldOut: outputs.map((each) => predictionOfShares(subject.output, each)), outputs };
}

/** Where both differ most, and by which groups. @param {Subject} subject @param {number[][]} outputs of the labelled pictures, held out */
export function comparedWithPeople(subject, outputs) {
  const { lesson, judgements, groups: clusters } = subject;
  const names = lesson.pictures.map(({ name }) => name);
  const compared = (/** @type {number[]} */ values) => values.map((value, picture) => ({ group: lesson.pictures[picture].group, picture, clusters: [clusters[picture]], value }));
  if (lesson.kind === 'score') {
    const people = /** @type {number[]} */ (judgements.people);
    const model = outputs.map((each) => /** @type {number} */ (predictionOfShares(subject.output, each)));
    return {
      different: mostDifferent(outputs.map(([value]) => value), people, MOST_DIFFERENT).map((row) => ({ picture: names[row], people: people[row], model: model[row] })),
      groups: biasOfGroups(compared(model.map((value, row) => value - people[row]))),
    };
  }
  const people = /** @type {string[]} */ (judgements.people);
  const classes = /** @type {string[]} */ (lesson.classes);
  const hits = hitsOf(outputs, people, classes);
  const share = hits.reduce((sum, hit) => sum + hit, 0) / hits.length;
  const chance = (/** @type {number} */ row) => outputs[row][classes.indexOf(people[row])];
  return {
    different: hits.flatMap((hit, row) => (hit ? [] : row)).sort((a, b) => chance(a) - chance(b) || a - b).slice(0, MOST_DIFFERENT)
      .map((row) => ({ picture: names[row], people: people[row], model: classes[outputs[row].indexOf(Math.max(...outputs[row]))] })),
    groups: biasOfGroups(compared(hits), share),
  };
}

/** @param {Subject} subject @returns {Promise<Known>} */
export async function evidenceOfPairs(subject) {
  const { lesson, judgements, basis: { coordinates }, groups, fit, pause } = subject;
  const pairs = /** @type {NonNullable<Subject['judgements']['pairs']>} */ (judgements.pairs);
  const evidence = bareEvidence(subject);
  const different = differentOnes(subject, evidence);
  if (/** @type {unknown[]} */ (lesson.pairs).length < LEAST_LABELS || different < 4) {
    return nothingHeldOut(subject, { ...evidence, notes: [...evidence.notes, 'few-labels'] });
  }
  const folds = Math.min(lesson.folds, Math.floor(different / 2)); // a fold without two pictures has no pair
  const options = { like: fit, folds, seed: lesson.seed, pause };
  const figure = (/** @type {{pair: number, margin: number}[]} */ judged) => pairFigure(subject, judged);
  for (const share of CURVE.filter((each) => each * pairs.length >= 2 * LEAST_LABELS)) {
    const found = figure(await judgeHeldOut(coordinates, pairs, groups, { ...options, deals: 1, share }));
    if (found) evidence.curve.push({ labels: Math.round(share * /** @type {unknown[]} */ (lesson.pairs).length * keptShare(folds)), ...found });
  }
  const dealt = (/** @type {number} */ deals) => judgeHeldOut(coordinates, pairs, groups, { ...options, deals });
  let judged = await dealt(Math.max(DEALS, Math.ceil(MANY_PAIRS / pairs.length)));
  let found = figure(judged);
  if (!found) {
    judged = await dealt(MOST_DEALS);
    found = figure(judged);
  }
  if (found) evidence.curve.push({ labels: Math.round(/** @type {unknown[]} */ (lesson.pairs).length * keptShare(folds)), ...found });
  else evidence.notes.push('few-labels');
  Object.assign(evidence, { folds, held_out: { head: found, deeper: null }, ...pairsComparedWithPeople(subject, judged) });
  return nothingHeldOut(subject, evidence);
}

/** The share of pairs whose pictures both lie outside of a fold. @param {number} folds */
const keptShare = (folds) => (folds - 1) * (folds - 1) / (folds * folds);

/**
 * Of pairs that somebody decided. Pairs share pictures: the interval counts no more of them than there are different pictures in them,
 * which is less than half of what all pairs of so many are worth (Kendall, 1938), and what counts is checked by one another. Where a few
 * pictures are in most pairs there are as many as would, in as many pairs each, be worth the same (Kish, 1965).
 * @param {Subject} subject @param {{pair: number, margin: number}[]} judged
 */
export function pairFigure({ judgements: { pairs }, groups }, judged) {
  const decided = judged.map((one) => ({ ...one, .../** @type {any[]} */ (pairs)[one.pair] })).filter(({ isDecided }) => isDecided);
  const sides = [...groupBy(decided.flatMap(({ better, worse }) => [groups[better], groups[worse]]), (group) => group).values()].map(({ length }) => length);
  const different = 4 * decided.length * decided.length / sides.reduce((sum, count) => sum + count * count, 0);
  return shareFigure('pairs', decided.map(({ margin }) => hitOf(margin)), Math.min(decided.length, different) / TWICE);
}

/** Half a hit is a guess that could not be told apart. @param {number} margin of a pair */
export const hitOf = (margin) => (margin === 0 ? 0.5 : Number(margin > 0));

/** Of a picture's pairs: the share that people gave it, and the chance that the held-out fits gave it. @param {Subject} subject @param {{pair: number, margin: number}[]} judged */
export function pairsComparedWithPeople({ lesson, judgements: { pairs }, groups }, judged) {
  /** @type {Map<number, {weight: number, people: number, model: number}>} */
  const shares = new Map();
  /** @type {Compared[]} */
  const rows = [];
  for (const { pair, margin } of judged) {
    const { better, worse, weight } = /** @type {any[]} */ (pairs)[pair];
    const chance = logistic(margin);
    for (const [picture, other, won, given] of [[better, worse, 1, chance], [worse, better, 0, 1 - chance]]) {
      const sum = shares.get(picture) ?? { weight: 0, people: 0, model: 0 };
      shares.set(picture, { weight: sum.weight + weight, people: sum.people + weight * won, model: sum.model + weight * given });
      if (lesson.pictures[better].group !== lesson.pictures[worse].group) rows.push({ group: lesson.pictures[picture].group, picture, clusters: [groups[picture], groups[other]], value: given - won });
    }
  }
  const known = [...shares].sort(([a], [b]) => a - b).filter(([, { weight }]) => weight >= 2)
    .map(([picture, { weight, people, model }]) => ({ picture: lesson.pictures[picture].name, people: people / weight, model: model / weight }));
  return {
    different: known.map((one, at) => ({ one, at })).sort((a, b) => Math.abs(b.one.people - b.one.model) - Math.abs(a.one.people - a.one.model) || a.at - b.at)
      .slice(0, MOST_DIFFERENT).map(({ one }) => one),
    groups: biasOfGroups(rows),
  };
}
