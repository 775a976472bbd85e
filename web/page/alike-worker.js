/**
 * Groups pictures that are nearly the same, by the measure with which teaching keeps them together. In a worker: every picture is
 * held against every other.
 *
 * In: {id, features, width}: a row of `width` numbers for each picture; out: {id, groups: number[]}, each the number of the first
 * picture of its group
 */
import { findBasis } from '../lib/teach/basis.js';
import { groupAlike } from '../lib/teach/folds.js';
import { productsWith } from '../lib/teach/products.js';

onmessage = ({ data: { id, features, width } }) => {
  const embeddings = Array.from({ length: features.length / width }, (_, at) => Float64Array.from(features.subarray(at * width, (at + 1) * width)));
  const { coordinates } = findBasis(embeddings, (at) => productsWith(embeddings, at));
  postMessage({ id, groups: groupAlike(coordinates) });
};
