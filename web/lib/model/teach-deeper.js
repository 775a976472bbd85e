/**
 * Teaching deeper: LoRA in the last blocks and the head together, begun from the fit at once, and kept only where held-out folds
 * say that it is better.
 *
 * Each fold's pictures are judged by a fit that did not see them. Of the others' judgements a part is kept aside: it decides after
 * which epoch that fit stops, and the fit is not made again with it, so that the figure errs on the low side. Head and deeper fit
 * are compared on the same pictures; the deeper one is kept where the whole 95 % interval of their difference lies above 0. It is
 * then made from all judgements, for the median of the folds' epochs.
 */
import { lineOverEmbeddings } from '../teach/basis.js';
import { pairedGain } from '../teach/evidence.js';
import { comparedWithPeople, differenceOfLabels, figureOf, foldsOfLabels, hitOf, pairFigure, pairsComparedWithPeople } from '../teach/figures.js';
import { softmax } from '../teach/fit-classes.js';
import { fitComparisons, fitLabels, foldsOf, judgeHeldOut, levelling } from '../teach/held-out.js';
import { packedHead } from './packed-head.js';
import { BACKWARD } from './training-set.js';
import { trainRun, usualShare } from './training-run.js';

/** @import {Subject} from '../teach/at-once.js' */
/** @import {Labelled} from '../teach/held-out.js' */
/** @import {Fit as HeadFit} from '../teach/linear-fit.js' */
/** @import {Evidence} from '../percept.js' */
/** @import {Trainer} from '../engine/trainer.js' */
/** @import {PackedTensor} from './types.d.ts' */
/** @import {Judged, TrainingSet} from './training-set.js' */

/** The layers beside which LoRA stands, as the published adapters have it. @type {import('../engine/types.d.ts').TrainTarget[]} */
const TARGETS = ['query', 'key', 'value'];

/** The share of judgements that decides when a fit stops: one of so many. */
const ASIDE_EACH = 5;

/** How many more pairs a fold may learn from than one expects: how they fall into folds is chance. */
const PAIRS_BY_CHANCE = 1.1;

/** Judgements of a step, and of what is computed at once, at most. */
const MOST_PICTURES = 128;
const MOST_ITEMS = 4096;

/**
 * What teaching deeper asks of the trainer. A pair's two pictures are in the slots at once.
 * @param {{depth: number, rank: number, outputs: number, views: number, isPairs: boolean}} lesson views: of a picture, at most
 * @param {{layers: number, batch: number}} tower
 */
export function sizesOf({ depth, rank, outputs, views, isPairs }, { layers, batch }) {
  return {
    firstBlock: layers - depth,
    targets: TARGETS,
    rank,
    slots: isPairs && batch < 2 * views ? 2 : 1,
    pictures: MOST_PICTURES,
    items: MOST_ITEMS,
    outputs,
  };
}

/**
 * Views that go forward, or as much work as that, over all folds and the last fit, where none stops before its last epoch.
 * @param {{views: number, unlike: number, isPairs: boolean, folds: number, epochs: number}} lesson views: of all judgements; unlike: of the
 *   pictures in them, each once
 */
export function workOf({ views, unlike, isPairs, folds, epochs }) {
  const others = (folds - 1) / folds;
  const train = views * (isPairs ? PAIRS_BY_CHANCE * others * others : others); // a pair's two pictures both lie outside of the fold
  const aside = Math.min(train / ASIDE_EACH, unlike);
  const held = Math.min(isPairs ? views / (folds * folds) : views / folds, unlike);
  const fold = epochs * ((1 + BACKWARD) * (train - train / ASIDE_EACH) + aside) + aside + held;
  return folds * fold + epochs * (1 + BACKWARD) * views + unlike;
}

/**
 * @typedef {object} Deeper
 * @property {PackedTensor[]} tensors
 * @property {number[][]} raw outputs of the judged pictures
 * @property {number[][]} heldOut outputs of the same by fits that did not see them; empty for pairs
 */

/**
 * @typedef {object} Job
 * @property {Subject} subject
 * @property {number[][]} headOutputs of the judged pictures by the head's fits that did not see them; empty for pairs
 * @property {Trainer} trainer allocated
 * @property {TrainingSet} set of the judged pictures, in the judgements' order
 * @property {Evidence} evidence of the head
 * @property {Parts} parts
 * @property {Told} told
 */

/** Finished parts: those of an earlier run, and where new ones go. @typedef {{get: (name: string) => unknown, put: (name: string, value: object) => void}} Parts */

/**
 * Hears of epochs.
 * @typedef {object} Told
 * @property {(training: {fold: number | null, epoch: number, steps: number, loss: number, aside: number | null}) => void} epoch
 * @property {(work: number) => void} skip of work that need not be done
 * @property {(share: number) => void} expect which share of what is left will most likely be done
 * @property {(work: number) => void} remains all that is left, for certain
 */

/** @param {Job} job @returns {Promise<{evidence: Evidence, taught: Deeper | null}>} null where the head is kept */
export async function teachDeeper(job) {
  const { subject, evidence } = job;
  const way = subject.judgements.pairs ? pairsWay(job) : labelsWay(job);
  const folds = await way.folds();
  const results = [];
  for (const [at, fold] of folds.entries()) {
    results.push(await judgeFold(job, way, fold, at));
    job.told.expect(usualShare(results.map((each) => each.epochs), subject.lesson.epochs));
  }
  const { deeper, difference, different } = await way.compare(results.flatMap(({ outputs }, at) => outputs.map((each, place) => ({ row: folds[at].held[place], fold: at, outputs: each }))));
  const isBetter = difference !== null && difference.low > 0;
  const found = { ...evidence, held_out: { ...evidence.held_out, deeper }, difference };
  const epochs = results.map((each) => each.epochs).sort((a, b) => a - b)[Math.floor(results.length / 2)];
  if (!isBetter || epochs === 0) return { evidence: { ...found, notes: [...found.notes, 'no-deeper'] }, taught: null };
  const all = way.rows();
  job.told.remains(epochs * (1 + BACKWARD) * viewsOf(job, way, all) + viewsOf(job, way, all, { once: true }));
  await trainRun(job.trainer, job.set, {
    kind: way.kind, head: headOf(job, way.fitTo(all)), judged: all.map(way.judged), aside: [], epochs, planned: subject.lesson.epochs, seed: subject.lesson.seed,
  }, ({ epoch, steps, loss }) => job.told.epoch({ fold: null, epoch, steps, loss, aside: null }));
  const { parameters, tensors } = job.trainer;
  const taught = {
    tensors: tensors.map(({ name, shape, offset }) => ({
      name,
      shape: name.endsWith('.bias') ? shape.slice(0, 1) : shape,
      values: parameters.slice(offset, offset + shape.reduce((product, size) => product * size, 1)),
    })),
    raw: await job.set.outputsOf(subject.numbers.map((_, place) => place)),
    heldOut: way.heldOut(),
  };
  return { evidence: { ...found, kept: 'deeper', ...different }, taught };
}

/** @param {Job} job @param {HeadFit} fit @returns {PackedTensor[]} */
function headOf({ subject: { basis } }, fit) {
  const lines = fit.lines.map((line, at) => lineOverEmbeddings(line, fit.biases[at], basis));
  return packedHead({ weights: lines.map(({ weights }) => weights), biases: lines.map(({ bias }) => bias) });
}

/**
 * How labels and pairs differ; rows are labelled pictures, or pairs.
 * @typedef {object} Way
 * @property {'squared' | 'pairs' | 'classes'} kind
 * @property {() => number[]} rows all of them
 * @property {() => Promise<{train: number[], held: number[]}[]>} folds
 * @property {(train: number[], fold: number) => boolean[]} asideOf whether each is kept aside
 * @property {(rows: number[]) => HeadFit} fitTo
 * @property {(row: number) => Judged} judged
 * @property {(rows: number[]) => Promise<number[][]>} outputsOf what decides about each row: outputs, or a margin
 * @property {(found: {row: number, fold: number, outputs: number[]}[]) => Promise<{deeper: Evidence['held_out']['deeper'], difference: Evidence['difference'], different: object}>} compare
 * @property {() => number[][]} heldOut after compare
 */

/** Views of rows; once: of the pictures in them, which come together. @param {Job} job @param {Way} way @param {number[]} rows @param {{once?: boolean}} [options] */
function viewsOf({ set }, way, rows, { once = false } = {}) {
  const pictures = rows.flatMap((row) => way.judged(row).pictures);
  return (once ? [...new Set(pictures)] : pictures).reduce((sum, picture) => sum + set.viewsOf(picture), 0);
}

/**
 * What the fit without a fold says of it.
 * @param {Job} job @param {Way} way @param {{train: number[], held: number[]}} fold @param {number} at
 * @returns {Promise<{outputs: number[][], epochs: number}>}
 */
async function judgeFold(job, way, { train, held }, at) {
  const { lesson } = job.subject;
  const name = `fold-${at}`;
  const kept = /** @type {{outputs: number[][], epochs: number} | null} */ (job.parts.get(name));
  const isAside = way.asideOf(train, at);
  const [learnt, aside] = [false, true].map((wanted) => train.filter((_, place) => isAside[place] === wanted));
  const [asideViews, heldViews] = [aside, held].map((rows) => viewsOf(job, way, rows, { once: true }));
  const epochWork = (1 + BACKWARD) * viewsOf(job, way, learnt) + asideViews;
  const isKept = kept && Number.isInteger(kept.epochs) && Array.isArray(kept.outputs) && kept.outputs.length === held.length
    && kept.outputs.every((each) => Array.isArray(each) && each.every(Number.isFinite));
  if (isKept) {
    job.told.skip(lesson.epochs * epochWork + asideViews + heldViews);
    return kept;
  }
  let last = 0;
  const epochs = await trainRun(job.trainer, job.set, {
    kind: way.kind, head: headOf(job, way.fitTo(learnt)), judged: learnt.map(way.judged), aside: aside.map(way.judged),
    epochs: lesson.epochs, planned: lesson.epochs, seed: lesson.seed + 1 + at,
  }, ({ epoch, steps, loss, aside: asideLoss }) => {
    last = epoch;
    job.told.epoch({ fold: at, epoch, steps, loss, aside: asideLoss });
  });
  job.told.skip((lesson.epochs - last) * epochWork);
  const result = { outputs: await way.outputsOf(held), epochs };
  job.parts.put(name, result);
  return result;
}

/** @param {Job} job @returns {Way} */
function labelsWay({ subject, headOutputs, set, evidence }) {
  const { lesson, groups, fit } = subject;
  const labelled = /** @type {Labelled} */ (subject.labelled);
  const { targets, weights } = labelled;
  const isClasses = lesson.kind === 'classes';
  const foldOf = foldsOfLabels(subject, evidence.folds);
  const rows = () => [...groups.keys()];
  const shares = (/** @type {number[][]} */ outputs) => (isClasses ? outputs.map(softmax) : outputs);
  /** @type {number[][]} */
  const heldOut = [];
  /** Which of the fold's other rows decide when its fit stops. @param {number[]} train @param {number} fold */
  const asideOf = (train, fold) => foldsOf(train.map((row) => groups[row]), ASIDE_EACH, lesson.seed + 1000 + fold).map((each) => each === 0);
  const folds = Array.from({ length: evidence.folds }, (_, fold) => ({
    train: rows().filter((row) => foldOf[row] !== fold), held: rows().filter((row) => foldOf[row] === fold),
  })).filter(({ held }) => held.length > 0);
  /** From the level of what a fold's fit learnt to that of all labels. @param {{train: number[]}} fold @param {number} at */
  const levellingOf = ({ train }, at) => {
    const isAside = asideOf(train, at);
    return levelling(labelled, train.filter((_, place) => !isAside[place]));
  };
  return {
    kind: isClasses ? 'classes' : 'squared',
    rows,
    folds: async () => folds,
    asideOf,
    fitTo: (some) => fitLabels(labelled, some, fit),
    judged: (row) => ({
      pictures: [row],
      items: isClasses
        ? targets.flatMap((share, other) => (share[row] > 0 ? [{ picture: 0, other, target: 0, weight: weights[row] * share[row] }] : []))
        : [{ picture: 0, other: 0, target: targets[0][row], weight: weights[row] }],
    }),
    outputsOf: async (some) => shares(await set.outputsOf(some)),
    async compare(found) {
      const levels = folds.map(levellingOf);
      found.forEach(({ row, fold, outputs }) => { heldOut[row] = levels[fold](outputs); });
      return {
        deeper: figureOf(subject, heldOut, foldOf),
        difference: differenceOfLabels(subject, [headOutputs, heldOut], foldOf),
        different: comparedWithPeople(subject, heldOut),
      };
    },
    heldOut: () => heldOut,
  };
}

/** @param {Job} job @returns {Way} */
function pairsWay({ subject, set, evidence }) {
  const { lesson, judgements, basis: { coordinates }, groups, fit, pause } = subject;
  const pairs = /** @type {NonNullable<Subject['judgements']['pairs']>} */ (judgements.pairs);
  const foldOf = foldsOf(groups, evidence.folds, lesson.seed);
  const rows = () => pairs.map((_, row) => row);
  const count = (/** @type {number} */ row, /** @type {number} */ fold) => Number(foldOf[pairs[row].better] === fold) + Number(foldOf[pairs[row].worse] === fold);
  return {
    kind: 'pairs',
    rows,
    folds: async () => Array.from({ length: evidence.folds }, (_, fold) => ({
      train: rows().filter((row) => count(row, fold) === 0), held: rows().filter((row) => count(row, fold) === 2),
    })).filter(({ train, held }) => train.length >= ASIDE_EACH && held.length > 0),
    asideOf: (train) => train.map((row) => (pairs[row].better + pairs[row].worse) % ASIDE_EACH === 0), // either order of a pair alike
    fitTo: (some) => fitComparisons(coordinates, some.map((row) => pairs[row]), fit),
    judged: (row) => ({ pictures: [pairs[row].better, pairs[row].worse], items: [{ picture: 0, other: 1, target: 1, weight: pairs[row].weight }] }),
    async outputsOf(some) {
      const pictures = [...new Set(some.flatMap((row) => [pairs[row].better, pairs[row].worse]))];
      const outputs = await set.outputsOf(pictures);
      const value = (/** @type {number} */ picture) => outputs[pictures.indexOf(picture)][0];
      return some.map((row) => [value(pairs[row].better) - value(pairs[row].worse)]);
    },
    async compare(found) {
      const head = new Map((await judgeHeldOut(coordinates, pairs, groups, { like: fit, folds: evidence.folds, seed: lesson.seed, deals: 1, pause })).map(({ pair, margin }) => [pair, margin]));
      const judged = found.map(({ row, outputs: [margin] }) => ({ pair: row, margin })).sort((a, b) => a.pair - b.pair);
      const both = judged.filter(({ pair }) => pairs[pair].isDecided && head.has(pair));
      const gains = both.map(({ pair, margin }) => hitOf(margin) - hitOf(Number(head.get(pair))));
      return {
        deeper: pairFigure(subject, judged),
        difference: pairedGain(gains, both.map(({ pair }) => [groups[pairs[pair].better], groups[pairs[pair].worse]])),
        different: pairsComparedWithPeople(subject, judged),
      };
    },
    heldOut: () => [],
  };
}
