/** What the element says of its state: to those who see it, to a form, and to screen readers. */
import { drawingOf } from '../ui/kinds.js';

/** @import {Held} from './types.d.ts' */
/** @import {Words} from './words.js' */

/** Several texts as one. @param {string[]} texts @param {string} key of a sentence with a first and a then @param {Words} words */
const joined = (texts, key, { say }) => (texts.length === 0 ? '' : texts.reduce((first, then) => say(key, { first, then })));

/** A sentence for each limit that is not kept. @param {Held} held @param {Words} words */
function refusalsOf({ limits, scores }, words) {
  return limits.filter(({ broken }) => broken).map((each) => {
    const { task, bound, limit } = each;
    const value = drawingOf(task).figure(task, scores[task.id], words, [each]);
    return words.say(bound === 'min' ? 'limit.tooLow' : 'limit.tooHigh', { title: words.localize(task.title), value, limit: String(limit) });
  });
}

/** What is wrong, '' for nothing. @param {Held} held @param {Words} words */
export function problemOf(held, words) {
  if (held.error) return words.explain(held.error);
  const refusals = refusalsOf(held, words);
  return refusals.length === 0 ? '' : joined([...refusals, words.say('limit.refusal')], 'spoken.sentences', words);
}

/** What a screen reader says. @param {Held} held @param {string} notice comes first; '' for none @param {Words} words */
export function spokenOf(held, notice, words) {
  const sentences = notice === '' ? [] : [notice];
  if (held.error) sentences.push(words.explain(held.error));
  if (held.result) sentences.push(words.say('spoken.end', { text: spokenResults(held, words) }), ...refusalsOf(held, words));
  if (held.isUnfamiliar) sentences.push(words.say('score.unfamiliar'));
  return joined(sentences, 'spoken.sentences', words);
}

/** @param {Held} held @param {Words} words */
function spokenResults({ scoredTasks, scores }, words) {
  const texts = scoredTasks.map((task) => words.say('spoken.result', {
    title: words.localize(task.title), summary: drawingOf(task).summary(task, scores[task.id], words),
  }));
  return joined(texts, 'spoken.results', words);
}
