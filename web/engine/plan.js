/** Which forward passes a call needs: tasks that share everything before the head share one. */
import { BASE } from './tower.js';

/**
 * @param {{number: number, adapter: boolean, preprocess: object}[]} tasks in the order asked for
 * @param {boolean} embedding whether the bare embedding of the first task's first view is wanted
 * @returns {{recipes: object[], passes: {adapter: number, recipe: number, preprocess: object, tasks: object[],
 *   embedding: boolean, views: 'all' | 'first'}[]}} recipe: an index into recipes; adapter: BASE or a task's number
 */
export function planPasses(tasks, embedding) {
  const recipes = [];
  const passes = [];
  for (const task of tasks) {
    const pass = {
      adapter: task.adapter ? task.number : BASE,
      recipe: indexOfRecipe(recipes, task.preprocess),
      preprocess: task.preprocess,
      tasks: [task],
      embedding: false,
      views: 'all',
    };
    const same = passes.find((other) => samePass(other, pass));
    if (same) same.tasks.push(task);
    else passes.push(pass);
  }
  if (embedding) wantEmbedding(passes, recipes, tasks[0].preprocess);
  return { recipes, passes };
}

function wantEmbedding(passes, recipes, preprocess) {
  const pass = { adapter: BASE, recipe: indexOfRecipe(recipes, preprocess), preprocess, tasks: [], embedding: true, views: 'first' };
  const same = passes.find((other) => samePass(other, pass));
  if (same) same.embedding = true;
  else passes.push(pass);
}

function samePass(a, b) {
  return a.adapter === b.adapter && a.recipe === b.recipe
    && equal(a.preprocess.mean, b.preprocess.mean) && equal(a.preprocess.std, b.preprocess.std);
}

/** Views depend on size, crops and orientation; mean and std are applied in the tower. */
function indexOfRecipe(recipes, preprocess) {
  const found = recipes.findIndex((other) => ['resize', 'views', 'orientation'].every((key) => equal(other[key], preprocess[key])));
  return found >= 0 ? found : recipes.push(preprocess) - 1;
}

function equal(a, b) {
  if (typeof a !== 'object' || typeof b !== 'object') return a === b;
  const keys = Object.keys(a);
  return keys.length === Object.keys(b).length && keys.every((key) => equal(a[key], b[key]));
}
