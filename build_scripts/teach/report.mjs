/** What teaching tells: report.json, and lines for people. */
import { besideChance } from '../../web/lib/shared/chance.js';
import { LEAST_LABELS } from '../../web/lib/shared/statistics.js';
import { agreementInterval, sharedAtLeast } from '../../web/lib/teach/raters.js';
import { printableLine } from '../printable.mjs';

const NOTES = {
  'few-labels': 'There are fewer than ten judgements: how well the trait does is not known yet.',
  'constant-labels': 'All labels are the same, so there is nothing to learn from them.',
  'ties-only': 'All comparisons are ties, so there is nothing to learn from them.',
  contradictions: 'Some pairs were judged in both orders.',
  'near-copies': 'Some pictures are nearly the same; they were kept together, so that no figure is flattered by them.',
  'no-deeper': 'Training deeper was no better, so the trait is the one that was taught at once.',
};

/** {measure, value, low, high} as {[measure]: {value, low, high}}. */
function figure(known) {
  if (!known) return null;
  const { measure, value, low, high } = known;
  return { [measure]: { value, low, high } };
}

/**
 * @param {import('../../web/lib/percept.js').Taught} taught
 * @param {{model: string, stepsPerSecond: number | null, peakBytes: number, seconds: number}} run peakBytes: of the whole process
 * @returns {object}
 */
export function reportOf({ task, evidence }, { model, stepsPerSecond, peakBytes, seconds }) {
  const { held_out: heldOut, curve, ...others } = evidence;
  return {
    id: task.id, title: task.title, model, kind: task.output.kind,
    ...others,
    held_out: { head: figure(heldOut.head), deeper: figure(heldOut.deeper) },
    curve: curve.map(({ labels, ...known }) => ({ labels, ...figure(known) })),
    steps_per_second: stepsPerSecond, peak_bytes: peakBytes, seconds,
  };
}

const MEASURES = { spearman: 'rank correlation', accuracy: 'right classes', pairs: 'pairs in the right order' };
const CHANCE = {
  '': '',
  chance: 'This may be chance: the interval reaches what guessing would give.',
  against: 'This is less than guessing would give: it has not learnt what was looked for.',
};
const shown = ({ value, low, high }) => `${value.toFixed(2)} [${low.toFixed(2)}, ${high.toFixed(2)}]`;

/** How far raters agree, as far as evidence tells it. @param {Pick<import('../../web/lib/percept.js').Trait, 'task' | 'evidence'>} trait */
function ratersText({ task, evidence }) {
  const { pairs, raters: { agreement, count } } = evidence;
  if (count < 2) return '1 rater';
  if (agreement === null) return `${count} raters, whose agreement is not known`;
  if (pairs > 0) return `${count} raters, whose answers to the pairs that they share are the same in ${agreement.toFixed(2)}; of how many pairs is not recorded`;
  const least = sharedAtLeast(evidence);
  const shared = `${count > 2 ? 'at least ' : ''}${least} pictures that more than one judged`;
  if (least < LEAST_LABELS) return `${count} raters; ${shared} are too few to tell how far they agree`;
  const [low, high] = agreementInterval(agreement, least, task.output.kind === 'score');
  return `${count} raters, who agree by ${shown({ value: agreement, low, high })} on ${shared}`;
}

/** @param {Pick<import('../../web/lib/percept.js').Trait, 'task' | 'evidence'>} trait @returns {string} lines */
export function describeEvidence(trait) {
  const { pictures, labels, pairs, commonest, folds, held_out: heldOut, kept, curve, different, groups, notes } = trait.evidence;
  const lines = [`${pictures} pictures, ${pairs > 0 ? `${pairs} comparisons` : `${labels} labels`}, ${ratersText(trait)}.`];
  for (const [way, title] of [['head', 'At once'], ['deeper', 'Deeper']]) {
    const known = heldOut[way];
    if (known) lines.push(`${title}: ${MEASURES[known.measure]} ${shown(known)} (95 %), each picture judged by a fit that had not seen it, ${folds} folds${kept === way ? '; kept' : ''}.`);
  }
  const chance = CHANCE[besideChance(trait)];
  if (chance) lines.push(`${chance}${commonest ? ` Always saying "${commonest.label}" would reach ${commonest.share.toFixed(2)}.` : ''}`);
  if (curve.length > 1) lines.push(`By labels: ${curve.map((point) => `${point.labels}: ${point.value.toFixed(2)}`).join(', ')}.`);
  for (const { picture, people, model } of different.slice(0, 5)) lines.push(`  differs: ${picture}: people ${textOf(people)}, model ${textOf(model)}`);
  for (const { group, difference, low, high } of groups) {
    if (low > 0 || high < 0) lines.push(`  group ${group}: the model lies ${difference.toFixed(2)} [${low.toFixed(2)}, ${high.toFixed(2)}] from people.`);
  }
  return [...lines, ...notes.map((note) => NOTES[note] ?? note)].map(printableLine).join('\n');
}

const textOf = (value) => (typeof value === 'number' ? Number(value.toFixed(3)) : value);
