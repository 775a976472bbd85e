/** A bare embedding: how many numbers it has is all that people can read. */
import { nothing } from '../html.js';

/** @import {Drawing} from '../types.d.ts' */

/** @type {Drawing} */
export const embedding = {
  figure: (task, { raw }, words) => words.say('score.embedding', { count: raw.length }),

  spread: () => '',

  summary: (task, result, words) => embedding.figure(task, result, words),

  label: () => null,

  bar: () => nothing,

  body: () => nothing,

  effect: (task, difference) => String(difference),
};
