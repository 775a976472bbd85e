/**
 * Published results: a model's vectors.json holds, for pictures known by their SHA-256, the bits that every installation must
 * compute. The command line, the page and the tests compare with it here.
 */
import { array, dictionary, integer, matching, object, oneOf, refusing, text } from '../check.js';
import { PerceptError } from '../errors.js';
import { formOf } from '../shared/kinds.js';
import { fetchBytes } from './fetch.js';
import { sha256 } from './hash.js';
import { parseJson } from './json.js';
import { isSha256 } from './manifest.js';

/** @import {ScoreResult, Scorer, Task} from '../percept.js' */
/** @import {Vectors} from './types.d.ts' */

const MOST_BYTES = 4 << 20;
const MOST_PICTURE_BYTES = 64 << 20;

/** @param {number} count */
const digits = (count) => matching(new RegExp(`^([0-9a-f]{${count}})+$`), `numbers of ${count} hex digits`);

const MEMBERS = {
  format: oneOf('percept-vectors'),
  version: integer(1, 1),
  model: text,
  pictures: array(1, 1000, (picture, at) => object(picture, at, {
    file: matching(/^[A-Za-z0-9][A-Za-z0-9_.-]{0,99}$/, 'the name of a picture'),
    sha256: isSha256,
    embedding: digits(8),
    scores: dictionary(/^[A-Za-z0-9][A-Za-z0-9_-]{0,63}$/, 'name of a task', digits(16)),
  })),
};

/**
 * The bits of a ScoreResult with its embedding, in hex: float32 for the embedding; for each task float64 of its raw
 * outputs, then of the numbers that its kind adds.
 * @param {Pick<ScoreResult, 'embedding' | 'scores'>} result that has its embedding
 * @param {Task[]} tasks those scored
 * @returns {{embedding: string, scores: Record<string, string>}}
 */
export function bitsOf({ embedding = [], scores }, tasks) {
  const numbersOf = (/** @type {Task} */ task) => [...scores[task.id].raw, ...formOf(task).numbers(scores[task.id])];
  return {
    embedding: hex(Float32Array.from(embedding), 'setFloat32'),
    scores: Object.fromEntries(tasks.map((task) => [task.id, hex(numbersOf(task), 'setFloat64')])),
  };
}

/**
 * Big-endian, so that a number reads from left to right. NaN has many bit patterns; all of them are written as one.
 * @param {Iterable<number>} numbers @param {'setFloat32' | 'setFloat64'} method
 */
function hex(numbers, method) {
  const size = method === 'setFloat32' ? 4 : 8;
  const view = new DataView(new ArrayBuffer(size));
  return Array.from(numbers, (number) => {
    view[method](0, Number.isNaN(number) ? NaN : number);
    return Array.from(new Uint8Array(view.buffer), (byte) => byte.toString(16).padStart(2, '0')).join('');
  }).join('');
}

/** @param {string | URL} url of vectors.json @param {AbortSignal} [signal] */
export async function fetchVectors(url, signal) {
  return parseVectors(await fetchBytes(String(url), { signal, most: MOST_BYTES, name: 'vectors.json' }));
}

/** @param {Uint8Array} bytes vectors.json @returns {Vectors} */
export function parseVectors(bytes) {
  let vectors;
  try {
    vectors = parseJson(new TextDecoder().decode(bytes));
  } catch (cause) {
    throw new PerceptError('manifest-invalid', 'vectors.json is not JSON.', { cause });
  }
  return validateVectors(vectors);
}

/** Returns the table itself, or throws 'manifest-invalid' naming the member. @param {unknown} vectors @returns {Vectors} */
export function validateVectors(vectors) {
  return refusing(invalid, () => object(vectors, '', MEMBERS));
}

/** @param {string} at @param {string} problem */
function invalid(at, problem) {
  return new PerceptError('manifest-invalid', `The model's published results are wrong: ${at || 'vectors.json'} ${problem}.`);
}

/**
 * Scores every picture of the table and compares bit for bit.
 * @param {Scorer} scorer
 * @param {Vectors} vectors
 * @param {{base: string | URL, signal?: AbortSignal, onPicture?: (done: number, total: number) => void}} options base: of
 *   the pictures' names
 * @returns {Promise<{pictures: number, numbers: number, problems: string[]}>} no problems: this installation is right
 */
export async function selfTest(scorer, vectors, { base, signal, onPicture }) {
  const problems = [];
  let numbers = 0;
  for (const [at, { file, sha256: expected, embedding, scores }] of vectors.pictures.entries()) {
    onPicture?.(at, vectors.pictures.length);
    const bytes = await fetchBytes(new URL(file, base).href, { signal, most: MOST_PICTURE_BYTES, name: file });
    if (await sha256(bytes) !== expected) {
      problems.push(`${file} is another picture than the published one.`);
      continue;
    }
    const bits = bitsOf(await scorer.score(new Blob([bytes]), { embedding: true, signal }), scorer.tasks);
    numbers += embedding.length / 8;
    if (bits.embedding !== embedding) problems.push(`${file}: the embedding differs.`);
    for (const [id, score] of Object.entries(scores)) {
      numbers += score.length / 16;
      if (bits.scores[id] !== score) problems.push(`${file}: the result of '${id}' differs.`);
    }
  }
  return { pictures: vectors.pictures.length, numbers, problems };
}
