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

/** Each picture once, in the order in which the file names them. */
class Names {
  constructor() {
    this.places = new Map();
    /** @type {{image: string, sha256: string}[]} */
    this.all = [];
  }

  place({ image, picture: sha256 }) {
    if (!this.places.has(image)) {
      this.places.set(image, this.all.length);
      this.all.push({ image, sha256 });
    }
    return this.places.get(image);
  }
}

function checkTwice(labels, path) {
  const seen = new Set();
  for (const { image, rater } of labels) {
    const key = JSON.stringify([image, rater]);
    if (seen.has(key)) throw new TeachError(`${path}: ${image} is labelled twice${rater ? ` by ${rater}` : ', and no column tells the raters apart'}. Keep one label, or add the column rater.`);
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
  const names = new Names();
  if (read.comparisons.length > 0) {
    const pairs = read.comparisons.map(({ better, worse, tie, rater }) => {
      if (better.image === worse.image) throw new TeachError(`${path} compares ${better.image} with itself.`);
      return { better: names.place(better), worse: names.place(worse), tie, rater };
    });
    return { kind: 'score', pictures: names.all, pairs };
  }
  checkTwice(read.labels, path);
  const isScore = isOfNumbers(read.labels, path);
  const labels = read.labels.map((row) => ({ picture: names.place(row), label: isScore ? Number(row.label) : row.label, rater: row.rater }));
  return { kind: isScore ? 'score' : 'classes', pictures: names.all, labels };
}

/** @param {string} path */
export async function readJudgementsFile(path) {
  const text = await readFile(path, 'utf8').catch((error) => { throw new TeachError(`${path} cannot be read (${error.code}).`, { cause: error }); });
  return parseJudgements(text, path);
}
