/** Results as files, out and in again. Pure. */
import { readCsv, writeCsv } from './csv.js';

const FORMAT = 'percept-results';
const VERSION = 1;

/**
 * Everything, numbers unrounded.
 * @param {object} session
 * @param {{name: string, url: string, sha256: string}} session.model
 * @param {object} session.engine @param {object[]} session.tasks @param {object[]} session.items
 * @param {(task: string, path: string) => {label: string, agreed: boolean} | null} session.judgement
 * @returns {string}
 */
export function writeResults({ model, engine, tasks, items, judgement }) {
  const pictures = items.filter(({ scores, error }) => scores || error).map(({ path, sample, facts, brightness, scores, error }) => ({
    image: path,
    ...(sample && { sample }),
    ...(facts && { width: facts.width, height: facts.height, decoder: facts.decoder, milliseconds: facts.milliseconds }),
    ...(brightness !== null && { brightness }),
    ...(scores ? { scores } : { error }),
    judgements: Object.fromEntries(tasks.map(({ id }) => [id, judgement(id, path)]).filter(([, own]) => own !== null)),
  }));
  return `${JSON.stringify({ format: FORMAT, version: VERSION, model, engine, tasks: tasks.map(({ id, title, output }) => ({ id, title, output })), pictures }, null, 1)}\n`;
}

/** One line for each picture, one column for each number of each task, as the command line writes them, and judgements. */
export function writeTable({ tasks, items, judgement, model, engine }) {
  const columns = [
    ['image', ({ path }) => path],
    ...tasks.flatMap(taskColumns),
    ...tasks.filter(({ output }) => output.kind !== 'embedding').map(({ id }) => [`${id}.judgement`, ({ path }) => judgement(id, path)?.label]),
    ['width', ({ facts }) => facts?.width],
    ['height', ({ facts }) => facts?.height],
    ['decoder', ({ facts }) => facts?.decoder],
    ['engine', () => `${engine.version} ${engine.build}`],
    ['model', () => model.sha256],
    ['error', ({ error }) => error?.code],
    ['message', ({ error }) => error?.message],
  ];
  const rows = items.filter(({ scores, error }) => scores || error);
  return writeCsv([columns.map(([name]) => name), ...rows.map((item) => columns.map(([, value]) => value(item)))]);
}

function taskColumns({ id, output }) {
  const of = (pick) => ({ scores }) => (scores?.[id] ? pick(scores[id]) : undefined);
  const views = [`${id}.views`, of((result) => result.views.map((view) => view.join(' ')).join(';'))];
  if (output.kind === 'score') return [[id, of(({ value }) => value)], [`${id}.standardError`, of(({ standardError }) => standardError)], views];
  if (output.kind === 'classes') {
    return [[id, of(({ label }) => label)], ...output.labels.map((label, at) => [`${id}.${label}`, of(({ probabilities }) => probabilities[at])]), views];
  }
  return [[id, of(({ raw }) => raw.join(' '))]];
}

/**
 * Reads what either writer wrote.
 * @param {string} text @param {object[]} tasks the model's; others are passed over
 * @returns {{pictures: object[], judgements: {task: string, image: string, label: string, agreed: boolean}[], sha256: string | null}}
 *   pictures as the store takes them; sha256 of the model that scored them
 * @throws {Error} code 'not-results'
 */
export function readResults(text, tasks) {
  try {
    return text.trimStart().startsWith('{') ? readJson(JSON.parse(text), tasks) : readTable(readCsv(text), tasks);
  } catch (cause) {
    throw Object.assign(new Error('These are not results of Percept.', { cause }), { code: 'not-results' });
  }
}

function readJson({ format, version, model, pictures }, tasks) {
  if (format !== FORMAT || version !== VERSION) throw new Error('another format');
  const judgements = [];
  const read = pictures.map(({ image, scores, error, width, height, decoder, milliseconds, brightness, judgements: given }) => {
    for (const { id } of tasks) if (given?.[id]) judgements.push({ task: id, image, label: String(given[id].label), agreed: given[id].agreed === true });
    const known = Object.fromEntries(tasks.filter(({ id, output }) => isResult(scores?.[id], output)).map(({ id }) => [id, scores[id]]));
    return pictureOf(image, known, { width, height, decoder, milliseconds: milliseconds ?? 0 }, { error, brightness });
  });
  return { pictures: read, judgements, sha256: model?.sha256 ?? null };
}

function readTable(rows, tasks) {
  if (rows.length === 0 || rows[0].image === undefined) throw new Error('no column image');
  const judgements = [];
  const pictures = rows.map((row) => {
    const scores = {};
    for (const task of tasks) {
      const result = resultFrom(row, task);
      if (isResult(result, task.output)) scores[task.id] = result;
      const label = row[`${task.id}.judgement`];
      if (label) judgements.push({ task: task.id, image: row.image, label, agreed: false });
    }
    const error = row.error ? { code: row.error, message: row.message } : null;
    return pictureOf(row.image, scores, { width: Number(row.width), height: Number(row.height), decoder: row.decoder, milliseconds: 0 }, { error });
  });
  return { pictures, judgements, sha256: rows[0].model || null };
}

const number = (field) => (field === undefined || field === '' ? null : Number(field));

function resultFrom(row, { id, output }) {
  if (!row[id]) return null;
  const views = (row[`${id}.views`] ?? '').split(';').filter(Boolean).map((view) => view.split(' ').map(Number));
  if (output.kind === 'score') return { value: Number(row[id]), standardError: number(row[`${id}.standardError`]), raw: [], views };
  if (output.kind === 'classes') return { label: row[id], probabilities: output.labels.map((label) => Number(row[`${id}.${label}`])), raw: [], views };
  return { raw: row[id].split(' ').map(Number), views: [] };
}

/** Whether a result from a stranger's file is one of this task. */
function isResult(result, { kind, labels }) {
  const finite = (values) => Array.isArray(values) && values.every(Number.isFinite);
  if (!result || !Array.isArray(result.views) || !result.views.every(finite)) return false;
  if (kind === 'score') return Number.isFinite(result.value) && (result.standardError === null || Number.isFinite(result.standardError));
  if (kind === 'classes') return labels.includes(result.label) && finite(result.probabilities) && result.probabilities.length === labels.length;
  return finite(result.raw);
}

function pictureOf(image, scores, facts, { error = null, brightness = null }) {
  if (typeof image !== 'string' || image === '') throw new Error('a picture without a name');
  const isScored = Object.keys(scores).length > 0;
  const known = Number.isFinite(facts.width) && facts.width > 0 && Number.isFinite(facts.height) && facts.height > 0;
  return {
    name: image.slice(image.lastIndexOf('/') + 1),
    path: image,
    state: isScored ? 'scored' : 'failed',
    scores: isScored ? scores : null,
    facts: known ? facts : null,
    brightness: Number.isFinite(brightness) ? brightness : null,
    error: isScored ? null : { code: String(error?.code ?? 'not-results'), message: String(error?.message ?? '') },
  };
}
