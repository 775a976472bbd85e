/**
 * Which labels are held out together. Pictures that are nearly the same (bursts, crops, copies) stay in one fold: a fit that saw
 * one of them has seen the other.
 */
import { seededRandom } from '../shared/statistics.js';

/** @import {Vector} from './matrix.js' */

/**
 * Two pictures of a set lie at a mean square distance of 2 in a basis's coordinates; those nearer than this share of it are
 * taken for nearly the same.
 */
const ALIKE = 0.05 * 2;

/**
 * The group of each picture: the number of the first one that it is nearly the same as, directly or through others.
 * @param {Vector[]} coordinates
 * @returns {number[]}
 */
export function groupAlike(coordinates) {
  const groups = coordinates.map((_, at) => at);
  const rootOf = (/** @type {number} */ at) => {
    let root = at;
    while (groups[root] !== root) root = groups[root];
    return root;
  };
  for (let later = 1; later < coordinates.length; later += 1) {
    for (let earlier = 0; earlier < later; earlier += 1) {
      if (squareDistance(coordinates[later], coordinates[earlier], ALIKE) >= ALIKE) continue;
      const [first, second] = [rootOf(earlier), rootOf(later)];
      groups[Math.max(first, second)] = Math.min(first, second);
    }
  }
  return groups.map((_, at) => rootOf(at));
}

/**
 * The fold of each group, from 0: seeded, and as even as whole groups allow, first in what people said where strata tell it (Kohavi,
 * 1995): of a class that one fold has more of the others have less, and their fits would bet against it (Parker, Günter and Bedo, 2007).
 * @param {number[]} groups of the pictures @param {number} folds @param {number} seed @param {unknown[]} [strata] of the pictures; a group's is its first one's
 * @returns {Map<number, number>}
 */
export function dealFolds(groups, folds, seed, strata = []) {
  const random = seededRandom(seed);
  /** @type {Map<number, {group: number, size: number, place: number, stratum: unknown}>} */
  const found = new Map();
  groups.forEach((group, at) => {
    const one = found.get(group);
    if (one) one.size += 1;
    else found.set(group, { group, size: 1, place: random(), stratum: strata[at] });
  });
  const order = [...found.values()].sort((a, b) => b.size - a.size || a.place - b.place);
  const filled = new Array(folds).fill(0);
  /** @type {Map<unknown, number[]>} */
  const byStratum = new Map();
  return new Map(order.map(({ group, size, stratum }) => {
    const own = byStratum.get(stratum) ?? new Array(folds).fill(0);
    byStratum.set(stratum, own);
    const fold = filled.reduce((best, all, at) => (own[at] < own[best] || (own[at] === own[best] && all < filled[best]) ? at : best), 0);
    filled[fold] += size;
    own[fold] += size;
    return [group, fold];
  }));
}

/** Their square distance, or some number of at least `enough` where it is no less. @param {Vector} a @param {Vector} b @param {number} enough */
function squareDistance(a, b, enough) {
  let sum = 0;
  for (let i = 0; i < a.length && sum < enough; i += 1) sum += (a[i] - b[i]) * (a[i] - b[i]);
  return sum;
}
