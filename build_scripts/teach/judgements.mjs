/** labels.csv as a lesson's labels or pairs: `image,label[,rater]`, or `better,worse[,rater][,tie]`, one judgement a line. */
import { readFile } from 'node:fs/promises';
import { readJudgements } from '../../web/lib/shared/judgement-rows.js';
import { TeachError } from './errors.mjs';

const PROBLEMS = {
  'not-csv': () => 'is not CSV: a quotation mark is never closed.',
  'no-rows': () => 'has no judgements.',
  'no-columns': () => 'needs a first line that names the columns image and label, or better and worse.',
  'empty-field': ({ line }) => `has an empty field in line ${line}.`,
};

/** Numbers as people write them; words are classes. */
const isNumber = (text) => /^[+-]?(\d+\.?\d*|\.\d+)(e[+-]?\d+)?$/i.test(text) && Number.isFinite(Number(text));

/** Each picture once, in the order in which the file names them: by its hash, as on the page, else by its name. */
class Names {
  /** @param {{image: string, picture: string}[]} rows all of the file @param {string} path for sentences */
  constructor(rows, path) {
    this.path = path;
    this.places = new Map();
    /** @type {{image: string, sha256: string}[]} */
    this.all = [];
    /** @type {Map<string, Set<string>>} */
    this.hashes = new Map();
    for (const { image, picture } of rows) if (picture !== '') this.hashes.set(image, (this.hashes.get(image) ?? new Set()).add(picture));
  }

  /** A row without a hash means the picture of its name, if other rows know one; several share no name. */
  sha256({ image, picture }) {
    const known = [...this.hashes.get(image) ?? []];
    if (picture === '' && known.length > 1) throw new TeachError(`${this.path}: ${known.length} pictures are named ${image}, and a line without a sha256 names it, too. Write which one it means.`);
    return picture || (known[0] ?? '');
  }

  place(row) {
    const sha256 = this.sha256(row);
    const key = sha256 === '' ? `name:${row.image}` : sha256;
    if (!this.places.has(key)) {
      this.places.set(key, this.all.length);
      this.all.push({ image: row.image, sha256 });
    }
    return this.places.get(key);
  }

  /** For sentences: a copy under another name is the same picture. */
  called({ image }, place) {
    const first = this.all[place].image;
    return image === first ? image : `${image}, which is ${first} by its sha256,`;
  }
}

function checkTwice(rows, { names, path }) {
  const seen = new Set();
  for (const row of rows) {
    const place = names.place(row);
    const key = JSON.stringify([place, row.rater]);
    if (seen.has(key)) throw new TeachError(`${path}: ${names.called(row, place)} is labelled twice${row.rater ? ` by ${row.rater}` : ', and no column tells the raters apart'}. Keep one label, or add the column rater.`);
    seen.add(key);
  }
}

/** Whether labels are numbers, which teach a score, or words, which teach classes: one slip must not make a class of every number. */
function isOfNumbers(labels, path) {
  const number = labels.find(({ label }) => isNumber(label));
  const word = labels.find(({ label }) => !isNumber(label));
  if (number && word) {
    throw new TeachError(`${path} labels ${number.image} with the number ${number.label}, and ${word.image} with the word "${word.label}". `
      + 'Numbers teach a score and words classes: write all labels in one of these ways.');
  }
  return !word;
}

/**
 * @param {string} text of the file
 * @param {string} path for sentences
 * @returns {{kind: 'score' | 'classes', pictures: {image: string, sha256: string}[], labels?: object[], pairs?: object[]}} labels and
 *   pairs as a lesson has them, by places in `pictures`; sha256 is '' where the file has none
 */
export function parseJudgements(text, path) {
  let read;
  try {
    read = readJudgements(text, '');
  } catch (error) {
    if (!Object.hasOwn(PROBLEMS, error.code)) throw error;
    throw new TeachError(`${path} ${PROBLEMS[error.code](error)}`, { cause: error });
  }
  if (read.comparisons.length > 0) {
    const names = new Names(read.comparisons.flatMap(({ better, worse }) => [better, worse]), path);
    const pairs = read.comparisons.map(({ better, worse, tie, rater }) => {
      const pair = { better: names.place(better), worse: names.place(worse), tie, rater };
      if (pair.better === pair.worse) throw new TeachError(`${path} compares ${names.called(worse, pair.worse)} with itself.`);
      return pair;
    });
    return { kind: 'score', pictures: names.all, pairs };
  }
  const names = new Names(read.labels, path);
  checkTwice(read.labels, { names, path });
  const isScore = isOfNumbers(read.labels, path);
  const labels = read.labels.map((row) => ({ picture: names.place(row), label: isScore ? Number(row.label) : row.label, rater: row.rater }));
  return { kind: isScore ? 'score' : 'classes', pictures: names.all, labels };
}

/** @param {string} path */
export async function readJudgementsFile(path) {
  const text = await readFile(path, 'utf8').catch((error) => { throw new TeachError(`${path} cannot be read (${error.code}).`, { cause: error }); });
  return parseJudgements(text, path);
}
