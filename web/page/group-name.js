/** What a group of pictures is called. */
import { localize, say } from './language.js';

/** @import {Text} from './types.d.ts' */
/** @import {Grouping} from './arrange.js' */

/** @param {Grouping} grouping @param {Text | null} group null: not known yet */
export function groupName(grouping, group) {
  if (grouping === 'similar') return group === null ? say('group.alone') : say('group.alike', { number: Number(group) + 1 });
  if (group === null) return say('group.unknown');
  if (grouping === 'folder' && group === '') return say('group.noFolder');
  return grouping === 'folder' || grouping === 'label' ? localize(group) : say(`group.${group}`);
}
