/**
 * The few directions in which some pictures differ most. A trait is a line in their space: from a few dozen labels no more
 * directions can be told apart, and a fit in 64 dimensions takes milliseconds where one in 1,024 takes seconds.
 *
 * Up to 65 pictures have no more directions than that. Of more, a pivoted Cholesky factorisation of their products (Fine and
 * Scheinberg, 2001) picks the 128 of which the others are nearly made, and the 64 directions come from what all have in these:
 * the work grows with the pictures, not with their square.
 */
import { addGram, addRows, differenceOf, dot, joined, multiply, solveUpper } from './matrix.js';

/** @import {Vector} from './matrix.js' */

/**
 * @typedef {object} Basis
 * @property {number} rank how many directions there are
 * @property {Vector[]} coordinates of each picture, [rank]
 * @property {number} scale by which coordinates are divided, so that a picture's have a mean square length of 1
 * @property {Vector} mean of the pictures, [width]
 * @property {Vector[]} pivots the pictures that the directions are made of, less the mean
 * @property {Vector} factor [pivots, pivots]: of the pivots' own products, in the lower triangle
 * @property {Vector | null} turn [rank, pivots], orthonormal rows, from the factor's rows to coordinates; null where these are the same
 */

/** More directions than this helped no trait that we measured with up to 450 labels. */
const MOST_DIRECTIONS = 64;

/** Pictures whose span the directions lie in. */
const MOST_PIVOTS = 2 * MOST_DIRECTIONS;

/** After three rounds the directions' variance is within a percent of the best ones'. */
const ROUNDS = 3;

/** What is left of a picture's square length when rounding is all that is left, as a share of the longest one's. */
const LEAST_REST = 1e-12;

/**
 * @param {Vector[]} embeddings of the pictures, each [width], in an order that depends on the pictures alone
 * @param {(at: number) => Vector} productsOf one of them with all
 * @param {number} [rank] at most
 * @returns {Basis}
 */
export function findBasis(embeddings, productsOf, rank = MOST_DIRECTIONS) {
  const mean = meanOf(embeddings);
  const { rows, width, pivots } = factorise(embeddings, productsOf, mean);
  const turn = width > rank ? principal(rows, width, embeddings.length, rank) : null;
  const found = turn ? turn.length / width : width;
  const all = Array.from(embeddings, (_, at) => {
    const row = rows.subarray(at * width, (at + 1) * width);
    return turn ? multiply(turn, row, { stride: width, width, count: found }) : row.slice();
  });
  const squares = all.reduce((sum, row) => sum + dot(row, 0, row, 0, found), 0);
  const scale = Math.sqrt(squares / embeddings.length) || 1;
  const factor = joined(pivots.map((at) => rows.subarray(at * width, (at + 1) * width)), width);
  return {
    rank: found, scale, mean, factor, turn,
    coordinates: all.map((row) => row.map((value) => value / scale)),
    pivots: pivots.map((at) => differenceOf(embeddings[at], mean)),
  };
}

/**
 * A line in the basis as one over embeddings: w · z + b = weights · x + bias.
 * @param {Vector} line [rank] @param {number} bias @param {Basis} basis
 */
export function lineOverEmbeddings(line, bias, { rank, scale, mean, pivots, factor, turn }) {
  const width = pivots.length;
  const shares = new Float64Array(width);
  for (let at = 0; at < rank; at += 1) {
    if (turn) for (let i = 0; i < width; i += 1) shares[i] += line[at] * turn[at * width + i];
    else shares[at] = line[at];
  }
  solveUpper(factor, width, shares);
  const weights = new Float64Array(mean.length);
  pivots.forEach((pivot, place) => {
    const share = shares[place] / scale;
    for (let i = 0; i < weights.length; i += 1) weights[i] += share * pivot[i];
  });
  return { weights, bias: bias - dot(weights, 0, mean, 0, mean.length) };
}

/** @param {Vector[]} rows */
function meanOf(rows) {
  const sum = new Float64Array(rows[0].length);
  for (const row of rows) for (let i = 0; i < sum.length; i += 1) sum[i] += row[i];
  return sum.map((value) => value / rows.length);
}

/**
 * L of P ≈ L Lᵀ, the products of all pictures less their mean; each pivot is the picture of which most is left.
 * @param {Vector[]} embeddings @param {(at: number) => Vector} productsOf @param {Vector} mean
 * @returns {{rows: Vector, width: number, pivots: number[]}} rows: [pictures, width]
 */
function factorise(embeddings, productsOf, mean) {
  const { length: count } = embeddings;
  const most = Math.min(MOST_PIVOTS, count);
  const shares = Float64Array.from(embeddings, (embedding) => dot(embedding, 0, mean, 0, mean.length));
  const middle = dot(mean, 0, mean, 0, mean.length);
  const lengths = Float64Array.from(embeddings, (embedding) => dot(embedding, 0, embedding, 0, embedding.length));
  const rest = lengths.map((length, at) => length - 2 * shares[at] + middle);
  const least = LEAST_REST * lengths.reduce((longest, length) => Math.max(longest, length), 0);
  const rows = new Float64Array(count * most);
  /** @type {number[]} */
  const pivots = [];
  while (pivots.length < most) {
    let pivot = 0;
    for (let at = 1; at < count; at += 1) if (rest[at] > rest[pivot]) pivot = at;
    if (rest[pivot] <= least) break;
    const done = pivots.length;
    const root = Math.sqrt(rest[pivot]);
    const products = productsOf(pivot);
    const known = multiply(rows, rows.subarray(pivot * most, pivot * most + done), { stride: most, width: done, count });
    for (let at = 0; at < count; at += 1) {
      if (rest[at] === 0) continue; // it was a pivot: nothing but rounding is left of it
      const value = (products[at] - shares[at] - shares[pivot] + middle - known[at]) / root;
      rows[at * most + done] = value;
      rest[at] = Math.max(0, rest[at] - value * value);
    }
    rows[pivot * most + done] = root;
    rest[pivot] = 0;
    pivots.push(pivot);
  }
  const { length: width } = pivots;
  return { rows: joined(Array.from({ length: count }, (_, at) => rows.subarray(at * most, at * most + width)), width), width, pivots };
}

/** The directions in which rows vary most, by subspace iteration: [rank, width]. @param {Vector} rows @param {number} width @param {number} count @param {number} rank */
function principal(rows, width, count, rank) {
  const gram = new Float64Array(width * width);
  addGram(gram, rows, width, new Float64Array(count).fill(1));
  for (let i = 0; i < width; i += 1) for (let j = 0; j < i; j += 1) gram[j * width + i] = gram[i * width + j];
  let directions = Array.from({ length: rank }, (_, at) => gram.slice(at * width, (at + 1) * width)); // of the first pivots, which have most
  for (let round = 1; round < ROUNDS; round += 1) directions = directions.map((direction) => multiply(gram, direction, { stride: width, width, count: width }));
  return orthonormal(directions, width);
}

/**
 * Gram and Schmidt, each vector twice, since once leaves rounding errors behind; what has no length of its own goes.
 * @param {Vector[]} vectors @param {number} width
 * @returns {Vector} [vectors, width]
 */
function orthonormal(vectors, width) {
  const found = new Float64Array(vectors.length * width);
  let count = 0;
  for (const vector of vectors) {
    for (let pass = 0; pass < 2; pass += 1) {
      const shares = multiply(found, vector, { stride: width, width, count });
      addRows(vector, found, width, shares.map((share) => -share));
    }
    const length = Math.sqrt(dot(vector, 0, vector, 0, width));
    if (!(length > 0)) continue;
    for (let i = 0; i < width; i += 1) found[count * width + i] = vector[i] / length;
    count += 1;
  }
  return found.slice(0, count * width);
}
