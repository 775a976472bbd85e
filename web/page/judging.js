/** The controls with which a picture is judged: agree, or give your own score or class. */
import { kindOf } from '../lib/kinds.js';
import { digitsFor } from '../ui/formats.js';
import { html, nothing } from '../ui/html.js';
import { drawingOf } from '../ui/kinds.js';
import { localize, say, words } from './language.js';

/** @import {ClassesTask, Drawn, Item, Result, ScoreTask, Task} from './types.d.ts' */
/** @import {Judgements} from './judgements.js' */

/** @typedef {(event: Event) => void} OnChange */

/**
 * By what a task answers, the field for one's own answer. A half-typed one stays: the field is only written when the
 * judgement has changed.
 * @type {Record<string, {label: string, template: (task: any, own: string, onChange: OnChange) => Drawn}>}
 */
const FIELDS = {
  number: { label: 'judge.yourScore', template: numberField },
  label: { label: 'judge.yourClass', template: labelField },
};

/**
 * A fieldset, or nothing for what people cannot judge. Whoever draws it draws it again when the judgements change.
 * @param {Task} task @param {Result} result @param {Item} item @param {Judgements} judgements
 */
export function judgingTemplate(task, result, item, judgements) {
  const field = FIELDS[kindOf(task).answers];
  if (!field) return nothing;
  const answer = drawingOf(task).figure(task, result, words());
  const own = judgements.own(task.id, item);
  /** @type {(event: Event, label: string | null, agreed?: boolean) => void} */
  const judge = ({ currentTarget }, label, agreed = false) => {
    fieldBeside(currentTarget).value = label ?? '';
    judgements.judge(task.id, item, label, { agreed, words: () => judgedWords(item, label) });
  };
  /** @param {Event} event */
  const onChange = (event) => {
    const input = fieldBeside(event.currentTarget);
    if (input.reportValidity()) judge(event, input.value === '' ? null : input.value);
  };
  return html`
    <fieldset class="judging" data-judging=${task.id} data-answer=${answer}>
      <legend>${say('judge.title', { task: localize(task.title) })}</legend>
      <button type="button" class="small agree" aria-pressed=${own?.agreed ?? false} ?hidden=${judgements.blind && own === null}
        @click=${(/** @type {Event} */ event) => judge(event, answer, true)}>${say('judge.agree', { answer })}</button>
      <label><span>${say(field.label)}</span>${field.template(task, own?.label ?? '', onChange)}</label>
      <button type="button" class="small quiet" ?hidden=${own === null} @click=${(/** @type {Event} */ event) => judge(event, null)}>${say('judge.clear')}</button>
      <output class="judged">${own === null ? '' : say(own.agreed ? 'judge.agreed' : 'judge.own', { label: own.label })}</output>
    </fieldset>`;
}

/** What is undone. @param {Item} item @param {string | null} label null: it was taken back */
export const judgedWords = ({ name }, label) => (label === null ? say('undo.takenBack', { name }) : say('undo.judged', { name, label }));

/** @param {ScoreTask} task @param {string} own @param {OnChange} onChange */
function numberField({ output: { to } }, own, onChange) {
  return html`
    <input type="number" min=${Math.min(...to)} max=${Math.max(...to)} step=${10 ** -digitsFor(to)} inputmode="decimal" placeholder=${`${to[0]}–${to[1]}`}
      .value=${own} @change=${onChange} />`;
}

/** @param {ClassesTask} task @param {string} own @param {OnChange} onChange */
function labelField({ output: { labels } }, own, onChange) {
  return html`
    <select @change=${onChange}>
      <option value="">—</option>
      ${labels.map((label) => html`<option value=${label} .selected=${label === own}>${label}</option>`)}
    </select>`;
}

/** @param {EventTarget | null} control of a fieldset */
function fieldBeside(control) {
  const fieldset = /** @type {Element} */ (control).closest('fieldset');
  return /** @type {HTMLInputElement | HTMLSelectElement} */ (fieldset?.querySelector('input, select'));
}
