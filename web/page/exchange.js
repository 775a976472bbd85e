/** Results as files, out and in again. Pure. */
import { readCsv, writeCsv } from '../lib/shared/csv.js';
import { formOf } from '../lib/shared/kinds.js';
import { taskColumns } from '../lib/shared/task-columns.js';
import { judgeable } from './answers.js';
import { fit } from './fit.js';
import { isContentKey, keyOfName } from './identity.js';

/**
 * @import {Imported, Item, Judgement, NewItem, Session, StrangersPicture, Task} from './types.d.ts'
 *
 * @typedef {[name: string, value: (item: Item) => string | number | boolean | null | undefined]} Column
 * @typedef {Judgement & {task: string, key: string, image: string}} ReadJudgement
 * @typedef {{pictures: NewItem[], judgements: ReadJudgement[], models: string[]}} Read pictures as the store takes
 *   them; SHA-256 of the models that scored them
 */

const FORMAT = 'percept-results';
const VERSION = 1;

/**
 * Everything, numbers unrounded.
 * @param {Session} session
 * @returns {string}
 */
export function writeResults({ model, engine, tasks, items, judgement }) {
  const pictures = items.filter(({ scores, error }) => scores || error).map((item) => ({
    ...aboutPicture(item),
    judgements: Object.fromEntries(tasks.map(({ id }) => [id, judgedAs(judgement(id, item))]).filter(([, own]) => own !== null)),
  }));
  return `${JSON.stringify({ format: FORMAT, version: VERSION, model, engine, tasks: tasks.map(({ id, title, output }) => ({ id, title, output })), pictures }, null, 1)}\n`;
}

/** @param {Item} item */
function aboutPicture({ path, key, sample, facts, brightness, scores, error, imported }) {
  return {
    image: path,
    ...(isContentKey(key) && { sha256: key }),
    ...(sample && { sample }),
    ...(facts && { width: facts.width, height: facts.height, decoder: facts.decoder, damaged: facts.damaged, familiar: facts.familiar, milliseconds: facts.milliseconds }),
    ...(brightness !== null && { brightness }),
    ...(imported && { model: { sha256: imported.model }, engine: imported.engine }),
    ...(scores ? { scores } : { error }),
  };
}

/** @param {Judgement | null} own */
const judgedAs = (own) => own && { label: own.label, agreed: own.agreed };

/**
 * One line for each picture, one column for each number of each task, as the command line writes them, and judgements.
 * @param {Session} session
 */
export function writeTable({ tasks, items, judgement, model, engine }) {
  /** @type {Column[]} */
  const columns = [
    ['image', ({ path }) => path],
    ...tasks.flatMap((task) => taskColumns(task, { views: true })),
    ...judgeable(tasks).map(({ id }) => /** @type {Column} */ ([`${id}.judgement`, (item) => judgement(id, item)?.label])),
    ['sha256', ({ key }) => (isContentKey(key) ? key : '')],
    ['width', ({ facts }) => facts?.width],
    ['height', ({ facts }) => facts?.height],
    ['decoder', ({ facts }) => facts?.decoder],
    ...(items.some(({ facts }) => facts?.familiar !== undefined) ? [/** @type {Column} */ (['familiar', ({ facts }) => facts?.familiar])] : []),
    ['damaged', ({ facts }) => facts?.damaged],
    ['engine', ({ imported }) => (imported ? imported.engine : nameOf(engine))],
    ['model', ({ imported }) => (imported ? imported.model : model.sha256)],
    ['error', ({ error }) => error?.code],
    ['message', ({ error }) => error?.message],
  ];
  const rows = items.filter(({ scores, error }) => scores || error);
  return writeCsv([columns.map(([name]) => name), ...rows.map((item) => columns.map(([, value]) => value(item)))]);
}

const nameOf = (/** @type {{version: string, build: string}} */ { version, build }) => `${version} ${build}`;

/**
 * Reads what either writer wrote.
 * @param {string} text @param {Task[]} tasks the model's; others are passed over
 * @returns {Read}
 * @throws {Error} code 'not-results', or 'judgements': a rater's file
 */
export function readResults(text, tasks) {
  try {
    return text.trimStart().startsWith('{') ? readJson(JSON.parse(text), tasks) : readTable(readCsv(text), tasks);
  } catch (cause) {
    throw Object.assign(new Error('These are not results of Percept.', { cause }), { code: /** @type {{code?: string}} */ (cause).code ?? 'not-results' });
  }
}

/**
 * @param {{format?: unknown, version?: unknown, model?: {sha256?: unknown}, engine?: {version: string, build: string}, pictures: StrangersPicture[]}} file
 * @param {Task[]} tasks
 * @returns {Read}
 */
function readJson({ format, version, model, engine, pictures }, tasks) {
  if (format !== FORMAT || version !== VERSION) throw new Error('another format');
  /** @type {ReadJudgement[]} */
  const judgements = [];
  const read = pictures.map(({ image, sha256, scores, error, brightness, judgements: given, model: itsModel = model, engine: itsEngine = engine && nameOf(engine), ...facts }) => {
    const key = keyFrom(sha256, image);
    for (const { id } of tasks) if (given?.[id]) judgements.push({ task: id, key, image, label: String(given[id].label), agreed: given[id].agreed === true });
    return { ...readPicture(image, importedFrom({ scores, error, model: itsModel?.sha256, engine: itsEngine }), tasks, facts, brightness), key };
  });
  return { pictures: read, judgements, models: modelsOf(read) };
}

/** @param {Record<string, string>[]} rows @param {Task[]} tasks @returns {Read} */
function readTable(rows, tasks) {
  const has = (/** @type {string[]} */ ...columns) => columns.every((column) => rows[0]?.[column] !== undefined);
  if (!['error', ...tasks.map(({ id }) => id)].some((column) => has('image', column))) {
    throw Object.assign(new Error('no column image, or none of results'), has('image', 'label') || has('better', 'worse') ? { code: 'judgements' } : {});
  }
  /** @type {ReadJudgement[]} */
  const judgements = [];
  const pictures = rows.map((row) => {
    /** @type {Record<string, unknown>} */
    const scores = {};
    const key = keyFrom(row.sha256, row.image);
    for (const task of tasks) {
      scores[task.id] = resultFrom(row, task);
      const label = row[`${task.id}.judgement`];
      if (label) judgements.push({ task: task.id, key, image: row.image, label, agreed: false });
    }
    const error = row.error ? { code: row.error, message: row.message } : null;
    const facts = { width: Number(row.width), height: Number(row.height), decoder: row.decoder, damaged: row.damaged === 'true', ...(row.familiar && { familiar: Number(row.familiar) }) };
    return { ...readPicture(row.image, importedFrom({ scores, error, model: row.model, engine: row.engine }), tasks, facts), key };
  });
  return { pictures, judgements, models: modelsOf(pictures) };
}

/** Older files tell no hash. @param {unknown} sha256 @param {string} image */
const keyFrom = (sha256, image) => (isContentKey(sha256) ? sha256 : keyOfName(image));

/** @param {{scores: unknown, error?: StrangersPicture['error'], model: unknown, engine: unknown}} given @returns {Imported} */
function importedFrom({ scores, error, model, engine }) {
  const named = (/** @type {unknown} */ name) => (typeof name === 'string' && name !== '' ? name : null);
  return {
    scores: Object.assign(Object.create(null), scores),
    error: { code: String(error?.code ?? 'not-results'), message: String(error?.message ?? '') },
    model: named(model),
    engine: named(engine),
  };
}

/** @param {NewItem[]} pictures */
function modelsOf(pictures) {
  return [...new Set(pictures.flatMap(({ imported }) => imported?.model ?? []))];
}

/** @param {unknown} value @returns {value is number} */
const isShare = (value) => typeof value === 'number' && value >= 0 && value <= 1;

const isSide = (/** @type {number} */ pixels) => Number.isFinite(pixels) && pixels > 0;

/** The result in a table's row, unchecked. @param {Record<string, string>} row @param {Task} task */
function resultFrom(row, { id, output }) {
  if (!row[id]) return null;
  const views = (row[`${id}.views`] ?? '').split(';').filter(Boolean).map((view) => view.split(' ').map(Number));
  return { ...formOf({ output }).read(output, (suffix) => row[`${id}${suffix}`]), views };
}

/**
 * @param {string} image
 * @param {Imported} imported @param {Task[]} tasks
 * @param {Pick<StrangersPicture, 'width' | 'height' | 'decoder' | 'damaged' | 'familiar' | 'milliseconds'>} facts
 * @param {StrangersPicture['brightness']} [brightness]
 * @returns {NewItem}
 */
function readPicture(image, imported, tasks, { width = NaN, height = NaN, decoder, damaged, familiar, milliseconds }, brightness = null) {
  if (typeof image !== 'string' || image === '') throw new Error('a picture without a name');
  return {
    name: image.slice(image.lastIndexOf('/') + 1),
    path: image,
    ...fit(imported, tasks),
    imported,
    facts: isSide(width) && isSide(height) ? {
      width, height, decoder: typeof decoder === 'string' ? decoder : '', damaged: damaged === true, ...(Number.isFinite(milliseconds) && { milliseconds }),
      ...(isShare(familiar) && { familiar }),
    } : null,
    brightness: typeof brightness === 'number' && Number.isFinite(brightness) ? brightness : null,
  };
}
