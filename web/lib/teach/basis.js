/**
 * The few directions in which a team's pictures differ most. A trait is a line in their space: from a few dozen labels no
 * more directions can be told apart, and a fit in 64 dimensions takes milliseconds where one in 1,024 takes seconds.
 *
 * The directions come from all pictures, labelled or not, and from no label: what is held out of a fit stays unseen by it.
 * They are found by subspace iteration (Halko, Martinsson and Tropp, 2011) from seeded signs.
 */
import { dot } from './matrix.js';
import { seededRandom } from '../shared/statistics.js';

/** @import {Vector} from './matrix.js' */

/**
 * @typedef {object} Basis
 * @property {number} width of an embedding
 * @property {number} rank how many directions there are
 * @property {Vector} mean [width]
 * @property {Vector} directions [rank, width], orthonormal rows
 * @property {number} scale by which coordinates are divided, so that a picture's have a mean square length of 1
 */

/** More directions than this helped no trait that we measured with up to 450 labels. */
export const MOST_DIRECTIONS = 64;

/** After three rounds the directions' variance is within a percent of the best ones'. */
const ROUNDS = 3;

/** A direction that keeps less than this of its length is a mixture of those before it. */
const LEAST_LENGTH = 1e-6;

/**
 * @param {Vector[]} embeddings of the pictures, each [width], in an order that depends on the pictures alone
 * @param {{rank?: number, seed?: number}} [options]
 * @returns {Basis}
 */
export function findBasis(embeddings, { rank = MOST_DIRECTIONS, seed = 1 } = {}) {
  const width = embeddings[0].length;
  const mean = meanOf(embeddings, width);
  const centred = embeddings.map((embedding) => embedding.map((value, i) => value - mean[i]));
  const most = Math.min(rank, embeddings.length - 1, width);
  const random = seededRandom(seed);
  /** @type {Vector[]} */
  let directions = Array.from({ length: most }, () => new Float64Array(width).map(() => (random() < 0.5 ? -1 : 1)));
  for (let round = 0; round < ROUNDS; round += 1) directions = orthonormal(directions.map((direction) => throughPictures(direction, centred)));
  const basis = { width, rank: directions.length, mean, directions: joined(directions, width), scale: 1 };
  const squares = embeddings.reduce((sum, embedding) => sum + squareLength(coordinatesOf(embedding, basis)), 0);
  return { ...basis, scale: Math.sqrt(squares / embeddings.length) || 1 };
}

/** Where a picture lies: [rank]. @param {Vector} embedding @param {Basis} basis @returns {Vector} */
export function coordinatesOf(embedding, { width, rank, mean, directions, scale }) {
  const centred = embedding.map((value, i) => value - mean[i]);
  return new Float64Array(rank).map((_, at) => dot(directions, at * width, centred, 0, width) / scale);
}

/**
 * A line in the basis as one over embeddings: w · z + b = weights · x + bias.
 * @param {Vector} line [rank] @param {number} bias @param {Basis} basis
 */
export function lineOverEmbeddings(line, bias, { width, rank, mean, directions, scale }) {
  const weights = new Float64Array(width);
  for (let at = 0; at < rank; at += 1) {
    const factor = line[at] / scale;
    for (let i = 0; i < width; i += 1) weights[i] += factor * directions[at * width + i];
  }
  return { weights, bias: bias - dot(weights, 0, mean, 0, width) };
}

/** @param {Vector[]} rows @param {number} width */
function meanOf(rows, width) {
  const sum = new Float64Array(width);
  for (const row of rows) for (let i = 0; i < width; i += 1) sum[i] += row[i];
  return sum.map((value) => value / rows.length);
}

/** Σ x (x · direction) over the pictures: what they have in common with it grows. @param {Vector} direction @param {Vector[]} centred */
function throughPictures(direction, centred) {
  const result = new Float64Array(direction.length);
  for (const row of centred) {
    const share = dot(row, 0, direction, 0, row.length);
    for (let i = 0; i < row.length; i += 1) result[i] += share * row[i];
  }
  return result;
}

/** Gram and Schmidt, each vector twice, since once leaves rounding errors behind; what has no length of its own goes. @param {Vector[]} vectors */
function orthonormal(vectors) {
  /** @type {Vector[]} */
  const found = [];
  for (const vector of vectors) {
    const before = Math.sqrt(squareLength(vector));
    for (let pass = 0; pass < 2; pass += 1) {
      for (const other of found) {
        const share = dot(vector, 0, other, 0, vector.length);
        for (let i = 0; i < vector.length; i += 1) vector[i] -= share * other[i];
      }
    }
    const length = Math.sqrt(squareLength(vector));
    if (length > LEAST_LENGTH * before) found.push(vector.map((value) => value / length));
  }
  return found;
}

/** @param {Vector} vector */
const squareLength = (vector) => dot(vector, 0, vector, 0, vector.length);

/** @param {Vector[]} rows @param {number} width */
function joined(rows, width) {
  const all = new Float64Array(rows.length * width);
  rows.forEach((row, at) => all.set(row, at * width));
  return all;
}
