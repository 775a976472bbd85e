/** How far something has come, in words and as a share. */
import { formatMegabytes } from './formats.js';

/** @import {LoadProgress, ScoreProgress, Task} from '../lib/percept.js' */
/** @import {Words} from './words.js' */

/**
 * @param {LoadProgress | ScoreProgress | null} progress null: it has to wait
 * @param {Words} words
 * @param {Task[]} [tasks] those that have a name
 * @returns {{text: string, share: number | null}} share: 0 to 1; null where nobody knows
 */
export function describeProgress(progress, words, tasks = []) {
  if (progress === null) return { text: words.say('progress.waiting'), share: null };
  return 'done' in progress ? describeScoring(progress, words) : describeLoading(progress, words, tasks);
}

/** @param {ScoreProgress} progress @param {Words} words */
function describeScoring({ phase, done, total }, { say }) {
  if (phase === 'decoding') return { text: say('progress.decoding'), share: null };
  return { text: total > 1 ? say('progress.computing', { done, total }) : say('progress.computingOne'), share: total > 0 ? done / total : null };
}

/** @param {LoadProgress} progress @param {Words} words @param {Task[]} tasks */
function describeLoading({ phase, loaded, total, task: id }, { say, localize }, tasks) {
  if (!(total > 0)) return { text: say('progress.starting'), share: null };
  const share = loaded / total;
  const sizes = { loaded: formatMegabytes(loaded), total: formatMegabytes(total) };
  const task = tasks.find((each) => each.id === id);
  if (task) return { text: say('progress.task', { title: localize(task.title), ...sizes }), share };
  if (phase === 'reading') return { text: say('progress.reading', sizes), share };
  return { text: phase === 'preparing' ? say('progress.preparing') : say('progress.model', sizes), share };
}
