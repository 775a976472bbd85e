/**
 * Products of pictures' features, each computed once: a judgement more brings one picture, or none, and what it has in common with
 * the others is all that is new.
 */
import { dot } from './matrix.js';

/** @import {Vector} from './matrix.js' */

/** Pictures whose products are kept: 8 MiB. A lesson of more computes them as it needs them. */
const MOST_KEPT = 1024;

export class Products {
  /** @type {Vector[]} */
  #known = [];
  /** Places in `known`, by a hash of what is in them. @type {Map<number, number[]>} */
  #places = new Map();
  /** Of each of the known with each; NaN where nobody asked. @type {Vector[]} */
  #table = [];

  /**
   * @param {Vector[]} vectors
   * @returns {(at: number) => Vector} the products of one of them with all, the same bits whether they were kept or not
   */
  among(vectors) {
    if (vectors.length > MOST_KEPT) return (at) => productsWith(vectors, at);
    let places = vectors.map((vector) => this.#placeOf(vector));
    if (this.#known.length > MOST_KEPT) {
      this.#forget();
      places = vectors.map((vector) => this.#placeOf(vector));
    }
    while (this.#table.length < this.#known.length) this.#table.push(new Float64Array(MOST_KEPT).fill(NaN));
    return (at) => {
      const row = this.#table[places[at]];
      const products = new Float64Array(vectors.length);
      for (let other = 0; other < products.length; other += 1) {
        const place = places[other];
        if (Number.isNaN(row[place])) {
          row[place] = dot(vectors[at], 0, vectors[other], 0, vectors[at].length);
          this.#table[place][places[at]] = row[place];
        }
        products[other] = row[place];
      }
      return products;
    };
  }

  /** @param {Vector} vector */
  #placeOf(vector) {
    const hash = hashOf(vector);
    const places = this.#places.get(hash) ?? [];
    const found = places.find((place) => isSame(this.#known[place], vector));
    if (found !== undefined) return found;
    this.#known.push(vector);
    this.#places.set(hash, [...places, this.#known.length - 1]);
    return this.#known.length - 1;
  }

  #forget() {
    this.#known = [];
    this.#places.clear();
    this.#table = [];
  }
}

/** @param {Vector[]} vectors @param {number} at @returns {Vector} */
export const productsWith = (vectors, at) => Float64Array.from(vectors, (vector) => dot(vectors[at], 0, vector, 0, vector.length));

/** Of so many numbers: few vectors have these in common and are not the same. */
const HASHED = 16;

/** @param {Vector} vector */
function hashOf(vector) {
  let hash = vector.length;
  for (const word of new Int32Array(vector.buffer, 0, 2 * Math.min(HASHED, vector.length))) hash = Math.imul(hash ^ word, 0x01000193);
  return hash;
}

/** @param {Vector} a @param {Vector} b */
function isSame(a, b) {
  for (let i = 0; i < a.length; i += 1) if (a[i] !== b[i]) return false;
  return a.length === b.length;
}
