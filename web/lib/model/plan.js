/** Which forward passes a call needs: tasks that share everything before the head share one, and passes share what their adapters leave. */
import { BASE } from '../engine/tower.js';
import { equal, indexOfRecipe } from './recipes.js';

/** @import {NumberedTask, Pass, Preprocess} from './types.d.ts' */

/**
 * @param {NumberedTask[]} tasks in the order asked for
 * @param {Preprocess | null} [embedding] how the view is made whose bare embedding is wanted
 * @param {Preprocess | null} [familiarity] how the view is made whose bare embedding tells how familiar the picture is
 * @returns {{recipes: Preprocess[], passes: Pass[]}}
 */
export function planPasses(tasks, embedding = null, familiarity = null) {
  /** @type {Preprocess[]} */
  const recipes = [];
  /** @type {Pass[]} */
  const passes = [];
  for (const task of tasks) {
    /** @type {Pass} */
    const pass = {
      adapter: task.adapter ? task.number : BASE,
      recipe: indexOfRecipe(recipes, task.preprocess),
      preprocess: task.preprocess,
      tasks: [task],
      embedding: false,
      familiar: false,
      views: 'all',
    };
    const same = passes.find((other) => samePass(other, pass));
    if (same) same.tasks.push(task);
    else passes.push(pass);
  }
  if (embedding) bareFirstView(passes, recipes, embedding).embedding = true;
  if (familiarity) bareFirstView(passes, recipes, familiarity).familiar = true;
  return { recipes, passes };
}

/** The pass that gives it, a new one if none does. @param {Pass[]} passes @param {Preprocess[]} recipes @param {Preprocess} preprocess */
function bareFirstView(passes, recipes, preprocess) {
  /** @type {Pass} */
  const pass = { adapter: BASE, recipe: indexOfRecipe(recipes, preprocess), preprocess, tasks: [], embedding: false, familiar: false, views: 'first' };
  const same = passes.find((other) => samePass(other, pass));
  if (!same) passes.push(pass);
  return same ?? pass;
}

/**
 * Passes that share the tower's first blocks, for their views are the same to the last float: in the order in which each can go on
 * from the one before.
 * @param {Pass[]} passes @param {(adapter: Pass['adapter']) => number} firstAdapted the first block that it changes
 * @returns {Pass[][]}
 */
export function groupPasses(passes, firstAdapted) {
  /** @type {Pass[][]} */
  const groups = [];
  for (const pass of passes) {
    const same = groups.find(([other]) => sameViews(other, pass));
    if (same) same.push(pass);
    else groups.push([pass]);
  }
  const order = (/** @type {Pass} */ pass) => firstAdapted(pass.adapter) + (pass.views === 'first' ? 0.5 : 0);
  return groups.map((group) => group.sort((a, b) => order(a) - order(b)));
}

/** @param {Pass} a @param {Pass} b */
const samePass = (a, b) => a.adapter === b.adapter && sameViews(a, b);

/** Also what the tower makes of their pixels. @param {Pass} a @param {Pass} b */
function sameViews(a, b) {
  return a.recipe === b.recipe && equal(a.preprocess.mean, b.preprocess.mean) && equal(a.preprocess.std, b.preprocess.std);
}
