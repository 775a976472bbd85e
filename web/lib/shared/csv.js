/**
 * CSV as RFC 4180 has it. Spreadsheets compute a field that begins like a formula, and file names are strangers' words: an
 * apostrophe before it makes it text there, and is taken away again here.
 */

/** @param {(string | number | boolean | null | undefined)[][]} rows @returns {string} lines that end in \n */
export function writeCsv(rows) {
  return rows.map((row) => `${row.map(quote).join(',')}\n`).join('');
}

/** @param {string | number | boolean | null | undefined} value */
function quote(value) {
  const plain = value === undefined || value === null ? '' : String(value);
  const text = isLikeFormula(plain) ? `'${plain}` : plain;
  return /[",\r\n]/.test(text) ? `"${text.replaceAll('"', '""')}"` : text;
}

/** Behind any apostrophes; numbers, and lists of them, are none. @param {string} text */
function isLikeFormula(text) {
  return /^'*[=+\-@\t\r]/.test(text) && /[^\d.eE+\-; ']/.test(text);
}

/** @param {string} text */
function withoutApostrophe(text) {
  return text.startsWith("'") && isLikeFormula(text) ? text.slice(1) : text;
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
    .map((row) => Object.fromEntries(names.map((name, at) => [name.trim(), withoutApostrophe(row[at] ?? '')])));
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
