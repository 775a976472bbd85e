/** What raters' files bring to a task: what fits is joined, or waits for whose it is, and it is told what became of each file. */
import { identify } from './identity.js';
import { rowsOfLabels } from './judged-files.js';
import { listed, say, together, words } from './language.js';

/**
 * @import {PanelParts, PerceptError} from './types.d.ts'
 * @import {LabelsError} from '../lib/shared/judgement-rows.js'
 * @import {Wanted} from './judged-files.js'
 * @import {Whose} from './whose.js'
 */

/** @param {Pick<PanelParts, 'pictures'>} parts @param {{task: string, wanted: Wanted, files: File[], whose: Whose}} given task: its id; whose: takes them, and tells of them */
export async function joinFiles({ pictures }, { task, wanted, files, whose }) {
  const notes = [];
  for (const item of pictures.items) await identify(item, pictures).catch(() => {}); // one whose file is gone has no key
  for (const file of files) {
    try {
      const rater = file.name.replace(/\.csv$/i, '') || file.name;
      const { rows, unknown, unfit, given } = rowsOfLabels(await file.text(), { task, wanted, rater, items: pictures.items });
      if (unfit > 0 && rows.length + unknown === 0) {
        notes.push(say('raters.unfit', { file: file.name, given: say(`raters.given.${given.way}`, given), wanted: wantedWords(wanted) }));
        continue;
      }
      const { joined, waiting } = whose.take(file.name, rows);
      const same = rows.length - joined - waiting;
      if (joined > 0 || rows.length === 0) notes.push(say('raters.joined', { file: file.name, count: joined }));
      if (same > 0) notes.push(say('raters.same', { file: file.name, count: same }));
      if (unfit > 0) notes.push(say('raters.leftOut', { count: unfit, wanted: wantedWords(wanted) }));
      if (unknown > 0) notes.push(say('raters.unknown', { count: unknown }));
    } catch (error) {
      const { code, line = 0 } = /** @type {LabelsError} */ (error);
      notes.push(typeof code === 'string' ? say(`raters.${code}`, { file: file.name, line }) : unreadWords(file, error));
    }
  }
  whose.tell(together(...notes));
}

/** Of a file that is gone, or may not be read: the browser's errors have numbers for codes. @param {File} file @param {unknown} error */
export const unreadWords = ({ name }, error) => say('teach.notAdded', { file: name, message: words().explain(/** @type {PerceptError} */ (error)) });

/** @param {Wanted} wanted */
function wantedWords({ way, classes, scale = [] }) {
  const [low, high] = scale;
  return way === 'classes' ? say('raters.wanted.classes', { classes: listed(classes) }) : say(`raters.given.${way}`, { low, high });
}
