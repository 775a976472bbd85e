/** A linear head's tensors as the engine reads them: weights [outputs8 / 8, width, 8] and biases [outputs8]. */
import { PerceptError } from '../errors.js';

/** @import {AtOnce} from '../teach/types.d.ts' */
/** @import {PackedTensor} from './types.d.ts' */

/** Outputs of a layer lie in panels of eight. */
export const PANEL = 8;

/** @param {AtOnce['head']} head @returns {[weight: PackedTensor, bias: PackedTensor]} @throws {PerceptError} 'not-finite' */
export function packedHead({ weights, biases }) {
  const width = weights[0].length;
  const panels = Math.ceil(biases.length / PANEL);
  const packed = new Float32Array(panels * width * PANEL);
  weights.forEach((line, output) => {
    const start = Math.floor(output / PANEL) * width * PANEL + output % PANEL;
    line.forEach((value, i) => { packed[start + i * PANEL] = value; });
  });
  const bias = new Float32Array(panels * PANEL);
  bias.set(biases);
  if (!packed.every(Number.isFinite) || !bias.every(Number.isFinite)) {
    throw new PerceptError('not-finite', 'The fit did not come to finite numbers. Are some labels far from all others?');
  }
  return [
    { name: 'head.0.weight', shape: [panels, width, PANEL], values: packed },
    { name: 'head.0.bias', shape: [panels * PANEL], values: bias },
  ];
}
