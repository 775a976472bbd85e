/** Which pictures are shown, by what was said of them, their names and their groups. Pure. */

/** @import {Item} from './types.d.ts' */
/** @import {Rating} from './ratings.js' */

/**
 * @typedef {object} Wanted
 * @property {number} stars at least so many; -1 for those without
 * @property {'all' | 'pick' | 'reject' | 'none' | 'kept'} flag kept: all but the rejected ones
 * @property {string} name a part of the path @property {string} group '' for all, else the group's key
 * @property {boolean} best of near-copies the best alone
 */

/** @type {Wanted} */
export const ALL = { stars: 0, flag: 'all', name: '', group: '', best: false };

/** @type {Record<Wanted['flag'], (flag: Rating['flag']) => boolean>} */
const FLAGS = { all: () => true, pick: (flag) => flag === 'pick', reject: (flag) => flag === 'reject', none: (flag) => flag === null, kept: (flag) => flag !== 'reject' };

/** @param {Wanted} wanted */
export const isFiltered = (wanted) => Object.entries(ALL).some(([name, value]) => wanted[/** @type {keyof Wanted} */ (name)] !== value);

/**
 * @param {Item} item @param {Wanted} wanted
 * @param {{rating: Rating, group: string, isWorse: boolean}} known isWorse: a near-copy is better
 */
export function fits(item, { stars, flag, name, group, best }, known) {
  const { rating } = known;
  if (stars < 0 ? rating.stars > 0 : rating.stars < stars) return false;
  if (!FLAGS[flag](rating.flag)) return false;
  if (name !== '' && !item.path.toLowerCase().includes(name.toLowerCase())) return false;
  return (group === '' || known.group === group) && !(best && known.isWorse);
}
