/** A field to choose one of several tasks. */
import { html } from '../ui/html.js';
import { live, repeat } from '../ui/lit-directives.js';
import { localize, say } from './language.js';

/** @import {Task} from './types.d.ts' */

/** @param {string} id @param {Task[]} tasks @param {Task} chosen @param {(id: string) => void} onChoose */
export function taskField(id, tasks, chosen, onChoose) {
  return html`
    <label><span>${say('judgements.task')}</span>
      <select id=${id} @change=${(/** @type {Event} */ { currentTarget }) => onChoose(/** @type {HTMLSelectElement} */ (currentTarget).value)}>
        ${taskOptions(tasks, chosen)}
      </select></label>`;
}

/** @param {Task[]} tasks @param {Task | null} chosen */
export function taskOptions(tasks, chosen) {
  return repeat(tasks, ({ id }) => id, ({ id, title }) => html`<option value=${id} .selected=${live(id === chosen?.id)}>${localize(title)}</option>`);
}
