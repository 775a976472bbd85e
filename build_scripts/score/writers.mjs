/** The command line's three formats. Each gives a head and, for every picture, one result's text. */
import { kindOf } from '../../web/lib/kinds.js';
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
  return kindOf({ output }).columns(output).map(([suffix, cell]) => [`${id}${suffix}`, ({ scores }) => (scores ? cell(scores[id]) : undefined)]);
}

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
      const lines = tasks.map((task, at) => entry(titles[at], kindOf(task).text(task.output, scores[task.id])));
      if (embedding) lines.push(entry('Embedding', `${result.embedding.length} numbers; --format json prints them`));
      return printable(head + lines.join(''));
    },
  };
}
