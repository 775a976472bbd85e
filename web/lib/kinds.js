/**
 * The table of output kinds: what a task's numbers are, from the manifest to the result. Whoever must tell a score from classes
 * asks here, or in shared/kinds.js how it is written. README.md says how to add a kind.
 */
import { fail, object, oneOf, text } from './check.js';
import { classes } from './kinds/classes.js';
import { embedding } from './kinds/embedding.js';
import { score } from './kinds/score.js';

/** @import {Kind, Kinds, Output} from './kinds/types.d.ts' */

/** @type {Kinds} by `output.kind` */
export const KINDS = { score, classes, embedding };

/** @param {{output: Output}} task @returns {Kind} */
export const kindOf = ({ output }) => KINDS[output.kind];

/** A task's `output`, as the manifest has it. @type {import('./check.js').Check} */
export function checkOutput(value, at) {
  oneOf(...Object.keys(KINDS))(value?.kind, `${at}.kind`);
  const kind = KINDS[/** @type {Output['kind']} */ (value.kind)];
  object(value, at, { kind: text, ...kind.members });
  kind.check?.(value, at);
}

/** Whether a head ends in as many numbers as the output asks for. @param {Output} output @param {number} outputs @param {string} at the output's place */
export function checkHead(output, outputs, at) {
  const wanted = KINDS[output.kind].head(output);
  if (wanted && wanted.outputs !== outputs) fail(`${at}.${wanted.member}`, `${wanted.says}, but the head ends in ${outputs} numbers; ${wanted.advice}`);
}
