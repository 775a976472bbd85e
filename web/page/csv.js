/** CSV as RFC 4180 has it. */

/** @param {(string | number | null | undefined)[][]} rows @returns {string} lines that end in \n */
export function writeCsv(rows) {
  return rows.map((row) => `${row.map(quote).join(',')}\n`).join('');
}

/** @param {string | number | null | undefined} value */
function quote(value) {
  const text = value === undefined || value === null ? '' : String(value);
  return /[",\r\n]/.test(text) ? `"${text.replaceAll('"', '""')}"` : text;
}

/**
 * Rows as objects by the names in the first line; empty lines are passed over.
 * @param {string} text
 * @returns {Record<string, string>[]}
 * @throws {Error} with a sentence, when a quotation mark is never closed
 */
export function readCsv(text) {
  const [names = [], ...rows] = splitRows(text.replace(/^\uFEFF/, ''));
  return rows
    .filter((row) => row.some((field) => field !== ''))
    .map((row) => Object.fromEntries(names.map((name, at) => [name.trim(), row[at] ?? ''])));
}

/** @param {string} text */
function splitRows(text) {
  /** @type {string[][]} */
  const rows = [];
  /** @type {string[]} */
  let row = [];
  let field = '';
  let quoted = false;
  const endField = () => {
    row.push(field);
    field = '';
  };
  for (let at = 0; at < text.length; at += 1) {
    const character = text[at];
    if (quoted) {
      if (character !== '"') field += character;
      else if (text[at + 1] === '"') {
        field += '"';
        at += 1;
      } else quoted = false;
    } else if (character === '"' && field === '') quoted = true;
    else if (character === ',') endField();
    else if (character === '\n') {
      endField();
      rows.push(row);
      row = [];
    } else if (character !== '\r') field += character;
  }
  if (quoted) throw new Error('a quotation mark is never closed');
  if (field !== '' || row.length > 0) {
    endField();
    rows.push(row);
  }
  return rows;
}
