/** The command line's three formats. Each gives a head and, for every picture, one result's text. */
import { writeCsv } from '../../web/page/csv.js';
import { printable } from '../printable.mjs';

export const writers = { text: textWriter, json: jsonWriter, csv: csvWriter };

/** One object a line, numbers unrounded. */
function jsonWriter() {
  return { head: '', line: (result) => `${JSON.stringify(result)}\n` };
}

/** Columns for every number of every task; those that a failed picture lacks stay empty. */
function csvWriter({ tasks, embedding }) {
  const columns = [['image', (result) => result.image], ...tasks.flatMap(taskColumns)];
  if (embedding) columns.push(['embedding', ({ embedding: numbers }) => numbers?.join(' ')]);
  columns.push(['error', ({ error }) => error?.code], ['message', ({ error }) => error?.message]);
  const row = (fields) => writeCsv([fields]);
  return {
    head: row(columns.map(([name]) => name)),
    line: (result) => row(columns.map(([, value]) => value(result))),
  };
}

function taskColumns({ id, output }) {
  const of = (pick) => ({ scores }) => (scores ? pick(scores[id]) : undefined);
  if (output.kind === 'score') {
    return [[id, of(({ value }) => value)], [`${id}.standardError`, of(({ standardError }) => standardError)]];
  }
  if (output.kind === 'classes') {
    return [
      [id, of(({ label }) => label)],
      ...output.labels.map((label, at) => [`${id}.${label}`, of(({ probabilities }) => probabilities[at])]),
    ];
  }
  return [[id, of(({ raw }) => raw.join(' '))]];
}

const BAR_WIDTH = 20;
const MOST_CLASSES = 3;

/** For people: a block for each picture. */
function textWriter({ tasks, embedding }) {
  const titles = tasks.map(({ id, title }) => (typeof title === 'string' ? title : title?.en) ?? id);
  const width = Math.max(...titles.map((title) => title.length), embedding ? 'Embedding'.length : 0);
  const entry = (title, text) => `  ${title.padEnd(width)}  ${text}\n`;
  return {
    head: '',
    line(result) {
      if (result.error) return printable(`${result.image}\n  not scored: ${result.error.message} [${result.error.code}]\n`);
      const { picture, milliseconds, scores } = result;
      const total = milliseconds.decode + milliseconds.compute;
      const head = `${result.image}  ${picture.width} x ${picture.height}, ${total.toFixed(0)} ms\n`;
      const lines = tasks.map((task, at) => entry(titles[at], describe(task.output, scores[task.id])));
      if (embedding) lines.push(entry('Embedding', `${result.embedding.length} numbers; --format json prints them`));
      return printable(head + lines.join(''));
    },
  };
}

function describe(output, score) {
  if (output.kind === 'score') return describeScore(output, score);
  if (output.kind === 'classes') return describeClasses(output, score);
  return `${score.raw.length} numbers; --format json prints them`;
}

function describeScore({ to }, { value, standardError }) {
  const [low, high] = to;
  const share = Math.min(1, Math.max(0, (value - low) / (high - low)));
  const filled = Math.round(share * BAR_WIDTH);
  const bar = '█'.repeat(filled) + '░'.repeat(BAR_WIDTH - filled);
  const error = standardError === null ? '' : ` ± ${standardError.toFixed(3)}`;
  return `${bar}  ${value.toFixed(3)}${error}  (${low} to ${high})`;
}

function describeClasses({ labels }, { probabilities }) {
  return labels
    .map((label, at) => ({ label, share: probabilities[at] }))
    .sort((a, b) => b.share - a.share)
    .slice(0, MOST_CLASSES)
    .map(({ label, share }) => `${label} ${(share * 100).toFixed(0)} %`)
    .join(', ');
}
