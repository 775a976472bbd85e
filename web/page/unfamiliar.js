/** Pictures that are unlike those that the model learnt from. Pure. */

/** @import {Item, Manifest} from './types.d.ts' */

/** Whether its scores may mean little; not where the model does not tell. @param {Pick<Item, 'scores' | 'facts'>} item @param {Manifest | null} manifest */
export const isUnfamiliar = ({ scores, facts }, manifest) => scores !== null && Number(facts?.familiar) < Number(manifest?.familiarity?.threshold);
