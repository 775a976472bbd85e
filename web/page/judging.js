/** The controls with which a picture is judged: agree, or give your own score or class. */
import { element } from '../ui/element.js';
import { givesClasses, givesScore } from '../ui/kinds.js';
import { digitsFor, formatScore } from '../ui/formats.js';
import { localize, say } from './language.js';

/** @import {ClassesTask, Item, Result, ScoreTask, Task} from './types.d.ts' */

/**
 * @param {Task} task @param {Result} result @param {Item} item @param {import('./judgements.js').Judgements} judgements
 * @param {() => void} onJudged called when the model's answer may be shown, or must be hidden again
 * @returns {HTMLElement} a fieldset that keeps itself up to date
 */
export function judgingElement(task, result, item, judgements, onJudged) {
  const isScore = givesScore(task);
  if (!isScore && !givesClasses(task)) return element('div');
  const answer = isScore ? formatScore(result.value, task.output.to) : result.label;
  const state = element('output', { className: 'judged' });
  const input = isScore ? scoreInput(task) : classInput(task);
  const agree = element('button', { type: 'button', className: 'small agree', textContent: say('judge.agree', { answer }) });
  const clear = element('button', { type: 'button', className: 'small quiet', textContent: say('judge.clear') });
  const show = () => {
    const own = judgements.own(task.id, item.path);
    input.value = own?.label ?? '';
    agree.setAttribute('aria-pressed', String(own?.agreed ?? false));
    agree.hidden = judgements.blind && own === null;
    clear.hidden = own === null;
    state.textContent = own === null ? '' : say(own.agreed ? 'judge.agreed' : 'judge.own', { label: own.label });
  };
  const judge = (/** @type {string | null} */ label, agreed = false) => {
    judgements.judge(task.id, item.path, label, agreed);
    show();
    if (judgements.blind) onJudged();
  };
  agree.addEventListener('click', () => judge(answer, true));
  clear.addEventListener('click', () => judge(null));
  input.addEventListener('change', () => {
    if (!input.checkValidity()) {
      input.reportValidity();
      return;
    }
    judge(input.value === '' ? null : input.value, false);
  });
  show();
  return element('fieldset', { className: 'judging', 'data-judging': task.id, 'data-answer': answer },
    element('legend', { textContent: say('judge.title', { task: localize(task.title) }) }),
    agree, element('label', {}, element('span', { textContent: say(isScore ? 'judge.yourScore' : 'judge.yourClass') }), input), clear, state);
}

/** @param {ScoreTask} task */
function scoreInput({ output: { to } }) {
  return element('input', {
    type: 'number', min: String(Math.min(...to)), max: String(Math.max(...to)), step: String(10 ** -digitsFor(to)), inputMode: 'decimal',
    placeholder: `${to[0]}–${to[1]}`,
  });
}

/** @param {ClassesTask} task */
function classInput({ output: { labels } }) {
  return element('select', {}, element('option', { value: '', textContent: '—' }), ...labels.map((label) => element('option', { value: label, textContent: label })));
}
