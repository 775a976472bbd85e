/**
 * CSV as RFC 4180 has it. Spreadsheets compute what begins like a formula, and file names are strangers' words: an apostrophe before
 * it makes it text there, and is taken away again here. Some split lines at other characters than commas, and know no quotation
 * mark in the middle of what is a field to them: behind such a character a formula may begin as well.
 */

/** What begins like a formula, behind any apostrophes; in fields of full width, too, as Japanese spreadsheets take it. */
const FORMULA = /^'*[=+\-@\t\r＝＋－＠]/;
const FORMULA_WITHIN = /([;\t\r\n])(?='*[=+\-@\t\r＝＋－＠])/g;
const ESCAPED_WITHIN = /([;\t\r\n])'(?='*[=+\-@\t\r＝＋－＠])/g;

/** @param {(string | number | boolean | null | undefined)[][]} rows @returns {string} lines that end in \n */
export function writeCsv(rows) {
  return rows.map((row) => `${row.map(quote).join(',')}\n`).join('');
}

/** @param {string | number | boolean | null | undefined} value */
function quote(value) {
  const plain = value === undefined || value === null ? '' : String(value);
  if (areNumbers(plain)) return plain;
  const text = `${FORMULA.test(plain) ? "'" : ''}${plain.replace(FORMULA_WITHIN, "$1'")}`;
  return /[",;\r\n]/.test(text) ? `"${text.replaceAll('"', '""')}"` : text;
}

/** Numbers, and lists of them, are no formulas. @param {string} text */
const areNumbers = (text) => /^[\d.eE+\-; ']*$/.test(text);

/** @param {string} text */
function withoutApostrophes(text) {
  if (areNumbers(text)) return text;
  return (text.startsWith("'") && FORMULA.test(text) ? text.slice(1) : text).replace(ESCAPED_WITHIN, '$1');
}

/**
 * Rows as objects by the names in the first line; empty lines are passed over.
 * @param {string} text
 * @returns {Record<string, string>[]}
 * @throws {Error} with a sentence, when a quotation mark is never closed
 */
export const readCsv = (text) => readCsvLines(text).map(({ row }) => row);

/** The same, with the lines in which the rows begin, from 1 on. @param {string} text @returns {{line: number, row: Record<string, string>}[]} @throws {Error} as readCsv does */
export function readCsvLines(text) {
  const [{ fields: names } = { fields: [] }, ...rows] = splitRows(text.replace(/^\uFEFF/, ''));
  return rows
    .filter(({ fields }) => fields.some((field) => field !== ''))
    .map(({ line, fields }) => ({ line, row: Object.fromEntries(names.map((name, at) => [name.trim(), withoutApostrophes(fields[at] ?? '')])) }));
}

/** @param {string} text */
function splitRows(text) {
  /** @type {{line: number, fields: string[]}[]} */
  const rows = [];
  let row = { line: 1, fields: /** @type {string[]} */ ([]) };
  let line = 1;
  let field = '';
  let quoted = false;
  const endField = () => {
    row.fields.push(field);
    field = '';
  };
  const endRow = () => {
    endField();
    rows.push(row);
    row = { line, fields: [] };
  };
  for (let at = 0; at < text.length; at += 1) {
    const character = text[at];
    if (character === '\n') line += 1;
    if (quoted) {
      if (character !== '"') field += character;
      else if (text[at + 1] === '"') {
        field += '"';
        at += 1;
      } else quoted = false;
    } else if (character === '"' && field === '') quoted = true;
    else if (character === ',') endField();
    else if (character === '\n') endRow();
    else if (character !== '\r') field += character;
  }
  if (quoted) throw new Error('a quotation mark is never closed');
  if (field !== '' || row.fields.length > 0) endRow();
  return rows;
}
