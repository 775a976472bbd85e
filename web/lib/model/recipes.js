/** Which ways of cutting views a call needs: tasks with the same preprocessing share theirs. */

/** @import {Preprocess, Task} from './types.d.ts' */

const VIEWS_DEPEND_ON = /** @type {const} */ (['resize', 'views', 'detail', 'orientation', 'convert']);

/**
 * The place of a task's preprocessing among the recipes, which it joins if it is a new one. Views depend on size, crops,
 * orientation and when the picture becomes RGB; mean and std are applied in the tower.
 * @param {Preprocess[]} recipes @param {Preprocess} preprocess
 */
export function indexOfRecipe(recipes, preprocess) {
  const found = recipes.findIndex((other) => VIEWS_DEPEND_ON.every((key) => equal(other[key], preprocess[key])));
  return found >= 0 ? found : recipes.push(preprocess) - 1;
}

/**
 * The recipes of tasks, in the order in which `planPasses` finds them.
 * @param {Task[]} tasks @param {string[]} [ids] of those that are meant; all by default
 * @param {Preprocess} [also] behind them
 * @returns {Preprocess[]} none where an id is unknown
 */
export function recipesOf(tasks, ids = tasks.map(({ id }) => id), also = undefined) {
  /** @type {Preprocess[]} */
  const recipes = [];
  for (const id of ids) {
    const task = tasks.find((each) => each.id === id);
    if (!task) return [];
    indexOfRecipe(recipes, task.preprocess);
  }
  if (also) indexOfRecipe(recipes, also);
  return recipes;
}

/** @param {any} a @param {any} b what JSON can carry @returns {boolean} */
export function equal(a, b) {
  if (typeof a !== 'object' || typeof b !== 'object') return a === b;
  const keys = Object.keys(a);
  return keys.length === Object.keys(b).length && keys.every((key) => equal(a[key], b[key]));
}
