/** The answers that a person can choose from, with a key for each. Pure but for its words. */
import { kindOf } from '../lib/kinds.js';
import { digitsFor } from '../ui/formats.js';
import { say } from './language.js';

/** @import {ClassesTask, ScoreTask, Task} from './types.d.ts' */
/** @import {Answer} from './judging-stage.js' */

const STARS = 5;

/** @param {(stars: number) => string} valueOf @returns {Answer[]} */
export const starAnswers = (valueOf) => Array.from({ length: STARS }, (_, at) => (
  { value: valueOf(at + 1), text: '★'.repeat(at + 1), key: String(at + 1), keyName: String(at + 1) }));

/** Five stars spread over a task's scale. @param {ScoreTask} task */
function starsOnScale({ output: { to: [low, high] } }) {
  return starAnswers((stars) => (low + ((stars - 1) / (STARS - 1)) * (high - low)).toFixed(digitsFor([low, high])));
}

/** Keys 1 to 9; classes beyond these have a button alone. @param {string[]} labels @returns {Answer[]} */
export const classAnswers = (labels) => labels.map((label, at) => {
  const key = at < 9 ? String(at + 1) : '';
  return { value: label, text: label, key, keyName: key };
});

/** Which of two. @returns {Answer[]} */
export const pairAnswers = () => [
  { value: 'left', text: say('stage.left'), key: 'ArrowLeft', keyName: '←' },
  { value: 'tie', text: say('stage.equal'), key: '=', keyName: '=' },
  { value: 'right', text: say('stage.right'), key: 'ArrowRight', keyName: '→' },
];

/** By what a task answers. @type {Record<string, (task: any) => Answer[]>} */
const ANSWERS = { number: starsOnScale, label: (/** @type {ClassesTask} */ { output }) => classAnswers(output.labels) };

/** @param {Task} task that people can judge */
export const answersFor = (task) => ANSWERS[kindOf(task).answers](task);
