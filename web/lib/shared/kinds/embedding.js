/** @import {EmbeddingOutput, Form, HeadOutputs} from '../../kinds/types.d.ts' */

/** @type {Form<EmbeddingOutput, HeadOutputs>} */
export const embedding = {
  defaults: {},

  distance: (a, b) => 1 - cosine(a.raw, b.raw),
  numbers: () => [],

  columns: () => [['', ({ raw }) => raw.join(' ')]],
  tellsViews: false,
  read: (_, cell) => ({ raw: String(cell('')).split(' ').map(Number) }),
  isResult: (_, { raw }) => Array.isArray(raw) && raw.every(Number.isFinite),
  text: (_, { raw }) => `${raw.length} numbers`,
  meaning: () => 'a bare embedding',
};

/** @param {number[]} a @param {number[]} b of the same length */
export function cosine(a, b) {
  let [dot, left, right] = [0, 0, 0];
  for (let at = 0; at < a.length; at += 1) {
    dot += a[at] * b[at];
    left += a[at] * a[at];
    right += b[at] * b[at];
  }
  return dot / Math.sqrt(left * right);
}
