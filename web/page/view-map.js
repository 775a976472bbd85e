/** Where each view's score is drawn over the picture. Pure. */
import { viewSquares } from '../lib/engine/views.js';

/** @import {ScoreTask, Task} from './types.d.ts' */

/** Whether a result has its several views where the recipe cuts them: one from a file may not. @param {Task} task @param {{views: number[][]}} result @param {{width: number, height: number}} picture */
export const hasMap = ({ preprocess }, { views }, picture) => views.length > 1 && views.length === viewSquares(preprocess, picture).length;

/**
 * Neighbouring views may overlap; each gets the part of its square that is nearest to its own middle, so that every
 * point shows the view that saw it best. Views of detail come behind the others, to be drawn over them. What no view saw
 * stays free.
 * @param {ScoreTask} task
 * @param {{views: number[][]}} result
 * @param {{width: number, height: number}} picture
 * @returns {{left: number, top: number, right: number, bottom: number, value: number}[]} fractions of the picture
 */
export function viewCells({ preprocess, output }, { views }, picture) {
  const squares = viewSquares(preprocess, picture);
  const [from, to] = [output.from, output.to];
  return squares.map(({ left, top, size, from: { width, height } }, at) => {
    const neighbours = squares.filter((other) => other.from.width === width && other.from.height === height);
    const [start, end] = nearest([...new Set(neighbours.map((other) => other.left))], left, size);
    const [upper, lower] = nearest([...new Set(neighbours.map((other) => other.top))], top, size);
    return {
      left: start / width,
      right: end / width,
      top: upper / height,
      bottom: lower / height,
      value: withinScale(output, to[0] + (views[at][0] - from[0]) * ((to[1] - to[0]) / (from[1] - from[0]))),
    };
  });
}

/** A task whose score ends at its scale has no view beyond it. @param {ScoreTask['output']} output @param {number} value */
const withinScale = ({ clamp, to }, value) => (clamp ? Math.min(Math.max(...to), Math.max(Math.min(...to), value)) : value);

/**
 * The part of [start, start + size] that no neighbour's middle is nearer to.
 * @param {number[]} starts @param {number} start @param {number} size
 */
function nearest(starts, start, size) {
  const at = starts.indexOf(start);
  const before = starts[at - 1];
  const after = starts[at + 1];
  return [
    before === undefined ? start : Math.max(start, (before + start + size) / 2),
    after === undefined ? start + size : Math.min(start + size, (start + after + size) / 2),
  ];
}
