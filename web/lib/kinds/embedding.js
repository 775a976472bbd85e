/** A bare embedding: the head's outputs, or the tower's where there is no head, as they are. */

/** @import {EmbeddingOutput, HeadOutputs, Kind} from './types.d.ts' */

/** @type {Kind<EmbeddingOutput, HeadOutputs>} */
export const embedding = {
  members: {},
  head: () => null,

  rule: () => null,
  describe: () => ({}),

  answers: 'vector',
  answer: () => null,
  sortValue: () => null,
  doubt: () => null,
};
