/** One fit of LoRA and head: epochs over judgements, and the best of them by judgements that are kept aside for that. */
import { softplus, logarithm } from '../teach/exponential.js';
import { softmax } from '../teach/fit-classes.js';
import { seededRandom } from '../shared/statistics.js';

/** @import {Trainer} from '../engine/trainer.js' */
/** @import {PackedTensor} from './types.d.ts' */
/** @import {Judged, TrainingSet} from './training-set.js' */

/** Judgements of a step. */
const STEP = 4;

/** Epochs without improvement after which no more are tried. */
const PATIENCE = 3;

/** Fifteen fits to 60 labels on the demo's trunk ran 79 % of ten planned epochs, as one does whose best is the fifth. */
const USUAL_BEST = 5;

/** The share of the planned epochs that fits run, as those did whose best epochs are given; of none, as most do. @param {number[]} best @param {number} planned */
export function usualShare(best, planned) {
  const run = (best.length > 0 ? best : [USUAL_BEST]).map((epoch) => Math.min(epoch + PATIENCE, planned));
  return run.reduce((sum, each) => sum + each, 0) / run.length / planned;
}

/** AdamW's, at their height: they rise over the first tenth of all steps and fall to nothing at the end. */
const RATES = { rate_A: 1e-3, rate_B: 1e-3, rate_head: 1e-3 };
const WARMING = 0.1;
const RULE = { beta1: 0.9, beta2: 0.999, epsilon: 1e-8, decay: 0.01, most: 1 };

/**
 * @typedef {object} Fit
 * @property {'squared' | 'pairs' | 'classes'} kind
 * @property {PackedTensor[]} head where it begins
 * @property {Judged[]} judged what it learns from
 * @property {Judged[]} aside what decides when it stops; none: after `epochs`
 * @property {number} epochs at most
 * @property {number} planned epochs over which the rates fall: those of a fit that was not stopped
 * @property {number} seed
 */

/**
 * Leaves the best parameters in the trainer.
 * @param {Trainer} trainer @param {TrainingSet} set @param {Fit} fit
 * @param {(told: {epoch: number, steps: number, loss: number, aside: number | null}) => void} onEpoch steps: of this epoch
 * @returns {Promise<number>} epochs that the best ones took; 0: the head that it began with
 */
export async function trainRun(trainer, set, { kind, head, judged, aside, epochs, planned, seed }, onEpoch) {
  begin(trainer, head, seed);
  const random = seededRandom(seed);
  const steps = Math.ceil(judged.length / STEP);
  let best = { epoch: 0, loss: aside.length > 0 ? await lossOf(set, kind, aside) : Infinity, parameters: trainer.parameters };
  for (let epoch = 1; epoch <= epochs; epoch += 1) {
    const order = shuffled(judged, random);
    let loss = 0;
    for (let step = 0; step < steps; step += 1) {
      loss += await set.gradient(kind, weighed(order.slice(step * STEP, (step + 1) * STEP)));
      trainer.update(ruleAt((epoch - 1) * steps + step, planned * steps));
    }
    const asideLoss = aside.length > 0 ? await lossOf(set, kind, aside) : null;
    onEpoch({ epoch, steps, loss: loss / steps, aside: asideLoss });
    if (asideLoss === null || asideLoss < best.loss) best = { epoch, loss: asideLoss ?? Infinity, parameters: trainer.parameters };
    else if (epoch - best.epoch >= PATIENCE) break;
  }
  trainer.setParameters(best.parameters);
  return best.epoch;
}

/** @param {Trainer} trainer @param {PackedTensor[]} head @param {number} seed */
function begin(trainer, head, seed) {
  trainer.seed(seed);
  const offsets = new Map(trainer.tensors.map(({ name, offset }) => [name, offset]));
  for (const { name, values } of head) {
    const offset = offsets.get(name);
    if (offset === undefined) throw new TypeError(`The trainer has no ${name}.`);
    trainer.setParameters(values, offset);
  }
}

/** @param {number} step @param {number} all */
function ruleAt(step, all) {
  const height = Math.min(1, (step + 1) / (WARMING * all)) * (1 - step / all);
  return { ...RULE, rate_A: RATES.rate_A * height, rate_B: RATES.rate_B * height, rate_head: RATES.rate_head * height };
}

/** Each judgement weighs what it does among those of its step. @param {Judged[]} judged @returns {Judged[]} */
function weighed(judged) {
  const total = judged.reduce((sum, { items }) => sum + items.reduce((own, { weight }) => own + weight, 0), 0);
  return judged.map(({ pictures, items }) => ({ pictures, items: items.map((item) => ({ ...item, weight: item.weight / total })) }));
}

/** Fisher and Yates's. @template Item @param {Item[]} items @param {() => number} random */
function shuffled(items, random) {
  const order = items.slice();
  for (let last = order.length - 1; last > 0; last -= 1) {
    const other = Math.floor(random() * (last + 1));
    [order[last], order[other]] = [order[other], order[last]];
  }
  return order;
}

/**
 * The mean loss of judgements, in double and by our own logarithms: it decides which epoch is kept.
 * @param {TrainingSet} set @param {Fit['kind']} kind @param {Judged[]} judged
 */
async function lossOf(set, kind, judged) {
  const pictures = [...new Set(judged.flatMap((one) => one.pictures))];
  const outputs = await set.outputsOf(pictures);
  const outputsOf = new Map(pictures.map((picture, at) => [picture, outputs[at]]));
  let [sum, total] = [0, 0];
  for (const { pictures: own, items } of judged) {
    for (const { picture, other, target, weight } of items) {
      const given = /** @type {number[]} */ (outputsOf.get(own[picture]));
      total += weight;
      if (kind === 'squared') sum += weight * (given[0] - target) * (given[0] - target);
      else if (kind === 'classes') sum -= weight * logarithm(Math.max(1e-300, softmax(given)[other]));
      else sum += weight * softplus(/** @type {number[]} */ (outputsOf.get(own[other]))[0] - given[0]);
    }
  }
  return sum / total;
}
