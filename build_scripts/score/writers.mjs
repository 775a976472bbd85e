/** The command line's three formats. Each gives a head and, for every picture, one result's text. */
import { kindOf } from '../../web/lib/kinds.js';
import { writeCsv } from '../../web/lib/shared/csv.js';
import { formOf } from '../../web/lib/shared/kinds.js';
import { taskColumns } from '../../web/lib/shared/task-columns.js';
import { printableLine } from '../printable.mjs';

export const writers = { text: textWriter, json: jsonWriter, csv: csvWriter };

/** One object a line, numbers unrounded. */
function jsonWriter() {
  return { head: '', line: (result) => `${JSON.stringify(result)}\n` };
}

/** Columns for every number of every task; those that a failed picture lacks stay empty. */
function csvWriter({ tasks, embedding, familiarity }) {
  const columns = [['image', (result) => result.image], ...tasks.flatMap((task) => taskColumns(task))];
  if (embedding) columns.push(['embedding', ({ embedding: numbers }) => numbers?.join(' ')]);
  if (familiarity) columns.push(['familiar', ({ familiar }) => familiar]);
  columns.push(['damaged', ({ picture }) => picture?.damaged]);
  columns.push(['error', ({ error }) => error?.code], ['message', ({ error }) => error?.message]);
  const row = (fields) => writeCsv([fields]);
  return {
    head: row(columns.map(([name]) => name)),
    line: (result) => row(columns.map(([, value]) => value(result))),
  };
}

/** A vector's length; its numbers are for programs. */
const lengthOf = (numbers) => `${numbers} numbers; --format json prints them`;

/** A task's result in a line. */
function textOf(task, result) {
  return kindOf(task).answers === 'vector' ? lengthOf(result.raw.length) : formOf(task).text(task.output, result);
}

/** For people: a block for each picture. */
function textWriter({ tasks, embedding, familiarity }) {
  const titles = tasks.map(({ id, title }) => printableLine((typeof title === 'string' ? title : title?.en) ?? id));
  const width = Math.max(...titles.map((title) => title.length), embedding ? 'Embedding'.length : 0);
  const entry = (title, text) => `  ${title.padEnd(width)}  ${text}`;
  const block = (lines) => lines.map((line) => `${printableLine(line)}\n`).join('');
  return {
    head: '',
    line(result) {
      if (result.error) return block([result.image, `  not scored: ${result.error.message} [${result.error.code}]`]);
      const { picture, milliseconds, scores } = result;
      const total = milliseconds.decode + milliseconds.compute;
      const head = `${result.image}  ${picture.width} x ${picture.height}, ${total.toFixed(0)} ms${picture.damaged ? ', damaged: parts of the picture are lost' : ''}`;
      const lines = tasks.map((task, at) => entry(titles[at], textOf(task, scores[task.id])));
      if (result.familiar < familiarity?.threshold) lines.push(`  unlike the photographs that the model learnt from (familiar: ${result.familiar.toFixed(3)}): its scores may mean little here`);
      if (embedding) lines.push(entry('Embedding', lengthOf(result.embedding.length)));
      return block([head, ...lines]);
    },
  };
}
