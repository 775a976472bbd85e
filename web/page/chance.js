/** Whether a trait's agreement is more than guessing would reach. */

/** @import {Figure, Trait} from '../lib/percept.js' */

/**
 * What guessing would reach; of classes what always saying the commonest would, or where a file does not tell that, an equal share.
 * @param {Pick<Trait, 'task' | 'evidence'>} trait @param {Figure} figure
 */
export function chanceOf({ task: { output }, evidence: { commonest } }, { measure }) {
  if (measure === 'accuracy') return commonest?.share ?? (output.kind === 'classes' ? 1 / output.labels.length : 0);
  return measure === 'pairs' ? 0.5 : 0;
}

/** @param {Pick<Trait, 'task' | 'evidence'>} trait @returns {'' | 'chance' | 'against'} chance: the agreement may be none; against: it is less than chance */
export function besideChance(trait) {
  const figure = trait.evidence.held_out[trait.evidence.kept];
  if (!figure) return '';
  const chance = chanceOf(trait, figure);
  if (figure.low > chance) return '';
  return figure.high < chance ? 'against' : 'chance';
}
