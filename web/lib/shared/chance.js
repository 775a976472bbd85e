/** Whether an agreement is more than guessing would reach. */

/** @import {Figure, Trait} from '../percept.js' */

/**
 * What guessing would reach; of classes what always saying the commonest would, or where a file does not tell that, an equal share.
 * @param {Pick<Trait, 'task' | 'evidence'>} trait @param {Pick<Figure, 'measure'>} figure
 */
export function chanceOf({ task: { output }, evidence: { commonest } }, { measure }) {
  if (measure === 'accuracy') return commonest?.share ?? (output.kind === 'classes' ? 1 / output.labels.length : 0);
  return measure === 'pairs' ? 0.5 : 0;
}

/** @param {[low: number, high: number]} interval of an agreement @param {number} chance @returns {'' | 'chance' | 'against'} chance: it may be none; against: it is less than chance */
export function sideOfChance([low, high], chance) {
  if (low > chance) return '';
  return high < chance ? 'against' : 'chance';
}

/** How a trait's agreement stands; '' also where it has no figure. @param {Pick<Trait, 'task' | 'evidence'>} trait */
export function besideChance(trait) {
  const figure = trait.evidence.held_out[trait.evidence.kept];
  return figure ? sideOfChance([figure.low, figure.high], chanceOf(trait, figure)) : '';
}
