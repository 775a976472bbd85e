/** What a group of pictures is called. */
import { localize, say } from './language.js';

/** @import {Text} from './types.d.ts' */
/** @import {Grouping} from './arrange.js' */

/** Groups that have a sentence of their own; the others are named as they are. @type {Partial<Record<Grouping, (Text | null)[]>>} */
const SAID = { orientation: ['landscape', 'portrait', 'square'], brightness: ['dark', 'medium', 'bright'] };

/** @param {Grouping} grouping @param {Text | null} group null: not known yet */
export function groupName(grouping, group) {
  if (grouping === 'similar') return group === null ? say('group.alone') : say('group.alike', { number: Number(group) + 1 });
  if (group === null) return say('group.unknown');
  if (grouping === 'folder' && group === '') return say('group.noFolder');
  return SAID[grouping]?.includes(group) ? say(`group.${group}`) : localize(group);
}
