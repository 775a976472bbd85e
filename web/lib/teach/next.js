/**
 * What teaches most when it is asked next: what the fit is unsure of and unlike what was asked before, and now and then something
 * at random, without which a measure would only know the hard ones. The reach of a picture, xᵀ A⁻¹ x, is how little the labels
 * say of it; each choice is taken for asked, which takes from the reach of what lies in its direction.
 */
import { seededRandom } from '../shared/statistics.js';
import { reachesOf } from './linear-fit.js';
import { differenceOf, dot, joined, solve } from './matrix.js';

/** @import {Vector} from './matrix.js' */

/** So many are named at a time, and each of so many at random. */
const NAMED = 12;
const RANDOM_EACH = 4;

/** Pairs that are weighed against one another. */
const PAIRS_TRIED = 600;

/**
 * @param {Vector[]} rows the candidates' @param {number[]} doubts how much each would tell in itself
 * @param {{factor: Vector, curves?: number[], random: () => number}} options factor: of A; curves: what asking adds to A, 1 by default
 * @returns {number[]} numbers of rows, the best first
 */
function choose(rows, doubts, { factor, curves, random }) {
  if (rows.length === 0) return [];
  const { length: width } = rows[0];
  const reach = reachesOf(factor, { width, rows: joined(rows, width), weights: new Float64Array(rows.length).fill(1) });
  /** @type {{u: Vector, rest: number}[]} */
  const asked = [];
  /** @type {number[]} */
  const chosen = [];
  const left = new Set(rows.keys());
  while (chosen.length < NAMED && left.size > 0) {
    const candidates = [...left];
    const isRandom = chosen.length % RANDOM_EACH === RANDOM_EACH - 1;
    const best = isRandom
      ? candidates[Math.floor(random() * candidates.length)]
      : candidates.reduce((most, at) => (reach[at] * doubts[at] > reach[most] * doubts[most] ? at : most));
    chosen.push(best);
    left.delete(best);
    const u = solve(factor, width, rows[best].slice());
    for (const { u: other, rest } of asked) {
      const share = dot(other, 0, rows[best], 0, other.length) / rest;
      for (let i = 0; i < u.length; i += 1) u[i] -= share * other[i];
    }
    const rest = 1 / (curves?.[best] ?? 1) + Math.max(0, reach[best]);
    for (const at of left) {
      const common = dot(u, 0, rows[at], 0, u.length);
      reach[at] = Math.max(0, reach[at] - common * common / rest);
    }
    asked.push({ u, rest });
  }
  return chosen;
}

/**
 * Pictures that have no label yet.
 * @param {{at: number, row: Vector, doubt: number}[]} candidates @param {Vector} factor @param {number} seed
 */
export function nextPictures(candidates, factor, seed) {
  const chosen = choose(candidates.map(({ row }) => row), candidates.map(({ doubt }) => doubt), { factor, random: seededRandom(seed) });
  return chosen.map((index) => candidates[index].at);
}

/**
 * Pairs that have not been asked yet.
 * @param {Vector[]} coordinates of the pictures
 * @param {{isAsked: (a: number, b: number) => boolean, curveOf: (a: number, b: number) => number, factor: Vector, seed: number}} options curveOf: how much
 *   the answer would tell
 * @returns {[number, number][]}
 */
export function nextPairs(coordinates, { isAsked, curveOf, factor, seed }) {
  const random = seededRandom(seed);
  const { length: count } = coordinates;
  /** @type {Map<number, [number, number]>} */
  const pairs = new Map();
  for (let tried = 0; tried < PAIRS_TRIED; tried += 1) {
    const [a, b] = [Math.floor(random() * count), Math.floor(random() * count)];
    if (a !== b && !isAsked(a, b)) pairs.set(Math.min(a, b) * count + Math.max(a, b), [a, b]);
  }
  const candidates = [...pairs.values()];
  const rows = candidates.map(([a, b]) => differenceOf(coordinates[a], coordinates[b]));
  const curves = candidates.map(([a, b]) => curveOf(a, b));
  return choose(rows, curves, { factor, curves, random }).map((index) => candidates[index]);
}
