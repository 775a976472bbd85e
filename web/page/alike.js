/** Groups pictures that are nearly the same, by the measure with which teaching keeps them together. Every picture is held against every other. */
import { findBasis } from '../lib/teach/basis.js';
import { groupAlike } from '../lib/teach/folds.js';
import { productsWith } from '../lib/teach/products.js';

/**
 * @param {{features: Float32Array, width: number}} rows `width` numbers for each picture
 * @returns {{groups: number[]}} for each the number of the first picture of its group
 */
export function alike({ features, width }) {
  const embeddings = Array.from({ length: features.length / width }, (_, at) => Float64Array.from(features.subarray(at * width, (at + 1) * width)));
  const { coordinates } = findBasis(embeddings, (at) => productsWith(embeddings, at));
  return { groups: groupAlike(coordinates) };
}
