/** The files that go out with chosen pictures: the pictures as they came, sidecars, a table. Pure. */
import { writeCsv } from '../lib/shared/csv.js';
import { taskColumns } from '../lib/shared/task-columns.js';
import { isContentKey, ownFile } from './identity.js';
import { sidecarNames, writeSidecar } from './sidecar.js';

/**
 * @import {Item, Task} from './types.d.ts'
 * @import {Rating} from './ratings.js'
 * @typedef {{name: string, input: Blob | string, date: Date, item?: Item}} OutFile item: the picture whose own file it is
 * @typedef {{tasks: Task[], ratingOf: (item: Item) => Rating, withSidecars: boolean, withTable: boolean, staying?: Map<Item, string>}} Wish
 *   staying: what pictures are called that lie there already
 */

/** Digits behind the point: more say nothing, and spreadsheets show fewer. */
const DIGITS = 4;
/** By it spreadsheets know UTF-8. */
const MARK = '\uFEFF';
const TABLE_NAME = 'percept.csv';

/** What a picture is called when it is saved. @param {Item} item */
function nameOf({ name, path, sample }) {
  const own = sample ? path : name;
  const safe = own.slice(own.lastIndexOf('/') + 1).replace(/[\\:*?"<>|\p{Cc}]/gu, '_').replace(/^\.+/, '');
  return safe || 'picture';
}

/**
 * Names that differ, also where capitals do not count.
 * @param {string[]} names @param {Set<string>} taken in small letters; the new ones are added
 */
export function differentNames(names, taken = new Set()) {
  return names.map((name) => {
    const dot = name.lastIndexOf('.');
    const [base, extension] = dot > 0 ? [name.slice(0, dot), name.slice(dot)] : [name, ''];
    let free = name;
    for (let count = 2; taken.has(free.toLowerCase()); count += 1) free = `${base} (${count})${extension}`;
    taken.add(free.toLowerCase());
    return free;
  });
}

/** @param {Item[]} items those without a file are left out @param {Wish} wish @param {Set<string>} [taken] names that are there, in small letters @returns {OutFile[]} */
export function filesOf(items, { tasks, ratingOf, withSidecars, withTable, staying }, taken = new Set()) {
  const there = items.filter((item) => ownFile(item) !== null);
  const names = there.map((item) => staying?.get(item) ?? differentNames([nameOf(item)], taken)[0]);
  const date = new Date();
  /** @type {OutFile[]} */
  const files = there.map((item, at) => {
    const input = /** @type {Blob} */ (ownFile(item));
    return { name: names[at], input, item, date: input instanceof File ? new Date(input.lastModified) : date };
  });
  if (withSidecars) {
    const sidecars = differentNames(sidecarNames(names), taken);
    there.forEach((item, at) => {
      const input = writeSidecar(ratingOf(item));
      if (input !== null) files.push({ name: sidecars[at], input, date });
    });
  }
  if (withTable) files.push({ name: differentNames([TABLE_NAME], taken)[0], input: writeChosen(there, { tasks, ratingOf, names }), date });
  return files;
}

/** @param {Item[]} items @param {{tasks: Task[], ratingOf: (item: Item) => Rating, names: string[]}} known */
export function writeChosen(items, { tasks, ratingOf, names }) {
  const columns = tasks.flatMap((task) => taskColumns(task, { views: false }));
  const rows = items.map((item, at) => {
    const { stars, flag } = ratingOf(item);
    return [names[at], item.path, stars, flag ?? '', ...columns.map(([, valueOf]) => rounded(valueOf(item))), isContentKey(item.key) ? item.key : ''];
  });
  return MARK + writeCsv([['file', 'image', 'stars', 'flag', ...columns.map(([name]) => name), 'sha256'], ...rows]);
}

/** @param {unknown} value @returns {any} */
const rounded = (value) => (typeof value === 'number' && !Number.isInteger(value) ? value.toFixed(DIGITS) : value);
