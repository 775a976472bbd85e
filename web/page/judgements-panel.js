/** The tab of judgements: who judges, what to judge next, raters' files, agreement and labels.csv. */
import { html, nothing, render } from '../ui/html.js';
import { live, repeat } from '../ui/lit-directives.js';
import { agreementTemplate } from './agreement.js';
import { judgeable } from './answers.js';
import { download } from './download.js';
import { takeFiles } from './file-input.js';
import { find } from './find.js';
import { writeLabels } from './labels.js';
import { localize, say } from './language.js';
import { proposeNext } from './proposals.js';
import { taskField } from './task-field.js';

/** @import {ChangeEvent, Item, PanelParts, Task} from './types.d.ts' */
/** @import {LabelsError} from './labels.js' */

const PROPOSALS = 8;

export class JudgementsPanel {
  root = find('judgements');
  #parts;
  #message = '';
  /** @type {string | null} */
  #taskId = null;

  /** @param {PanelParts & {onOpen: (item: Item) => void}} parts */
  constructor(parts) {
    this.#parts = parts;
  }

  get #task() {
    const tasks = judgeable(this.#parts.model.tasks);
    return tasks.find(({ id }) => id === this.#taskId) ?? tasks[0] ?? null;
  }

  render() {
    const task = this.#task;
    render(task === null ? html`<p class="state">${say('model.waiting')}</p>` : this.#template(task), this.root);
  }

  /** @param {Task} task the chosen one */
  #template(task) {
    const { judgements, pictures } = this.#parts;
    return html`
      <p class="lead">${say('judgements.lead')}</p>
      ${judgements.isKept ? nothing : html`<p class="notice" role="alert">${say('judgements.notKept')}</p>`}
      <div class="fields">${this.#taskField(task)}${this.#raterField()}${this.#blindField()}</div>
      ${this.#nextTemplate(task)}
      <section class="panel">
        <h3>${say('judgements.agreement', { task: localize(task.title) })}</h3>
        ${agreementTemplate(task, judgements, pictures.items)}
      </section>
      ${this.#ratersTemplate(task)}`;
  }

  /** @param {Task} task */
  #taskField(task) {
    return taskField('judged-task', judgeable(this.#parts.model.tasks), task, (id) => {
      this.#taskId = id;
      this.render();
    });
  }

  #raterField() {
    const { judgements } = this.#parts;
    return html`
      <label><span>${say('judgements.rater')}</span>
        <input id="rater" type="text" autocomplete="off" placeholder="me" .value=${judgements.rater}
          @change=${(/** @type {ChangeEvent} */ { currentTarget }) => { judgements.rater = currentTarget.value.trim(); }} /></label>`;
  }

  #blindField() {
    const { judgements } = this.#parts;
    return html`
      <label class="check">
        <input id="blind" type="checkbox" .checked=${live(judgements.blind)} @change=${(/** @type {ChangeEvent} */ { currentTarget }) => { judgements.blind = currentTarget.checked; }} />
        <span>${say('judgements.blind')}</span></label>`;
  }

  /** What is worth judging. @param {Task} task */
  #nextTemplate(task) {
    const { judgements, onOpen, pictures } = this.#parts;
    const unjudged = pictures.items.filter((item) => item.state === 'scored' && judgements.own(task.id, item.path) === null);
    const proposals = proposeNext(unjudged, task, PROPOSALS);
    return html`
      <section class="panel">
        <h3>${say('judgements.next')}</h3>
        <p class="notes">${say('judgements.nextWords')}</p>
        <ol class="proposals">
          ${repeat(proposals, ({ id }) => id, (item) => html`
            <li>
              <button type="button" @click=${() => onOpen(item)}>
                ${item.thumbnail ? html`<img src=${item.thumbnail} alt="" />` : nothing}<span>${item.name}</span>
              </button>
            </li>`)}
        </ol>
        ${proposals.length === 0 ? html`<p class="state">${say('judgements.allJudged')}</p>` : nothing}
      </section>`;
  }

  /** @param {Task} task */
  #ratersTemplate(task) {
    const { judgements } = this.#parts;
    const raters = judgements.raters(task.id);
    const own = judgements.rater || 'me';
    return html`
      <section class="panel">
        <h3>${say('raters.title')}</h3>
        <p class="notes">${say('raters.words')}</p>
        <ul class="raters">
          ${repeat(raters, ([rater]) => rater, ([rater, count]) => html`
            <li data-rater=${rater}>
              <span>${say('raters.row', { rater, count })}</span>
              ${rater === own ? nothing : html`
                <button type="button" class="small quiet" aria-label=${say('raters.removeOne', { rater })}
                  @click=${() => judgements.leave(task.id, rater)}>${say('raters.remove')}</button>`}
            </li>`)}
        </ul>
        <p class="actions">
          <button type="button" id="join-raters" @click=${() => find('rater-files').click()}>${say('raters.join')}</button>
          <input type="file" id="rater-files" accept=".csv,text/csv" multiple hidden @change=${takeFiles((files) => this.#join(task, files))} />
          <button type="button" id="save-labels" class="primary" ?disabled=${raters.length === 0}
            @click=${() => download(writeLabels(judgements.labels(task.id)), 'labels.csv', 'text/csv')}>${say('raters.save')}</button>
        </p>
        <p class="message" role="status">${this.#message}</p>
      </section>`;
  }

  /** @param {Task} task @param {File[]} files */
  async #join(task, files) {
    const notes = [];
    for (const file of files) {
      try {
        const labels = this.#parts.judgements.join(task.id, await file.text(), file.name.replace(/\.csv$/i, ''));
        notes.push(say('raters.joined', { file: file.name, count: labels.length }));
      } catch (error) {
        const { code, line = 0 } = /** @type {LabelsError} */ (error);
        if (!code) throw error;
        notes.push(say(`raters.${code}`, { file: file.name, line }));
      }
    }
    this.#message = notes.join(' ');
    this.render();
  }
}
