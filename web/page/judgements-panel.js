/** The tab of judgements: who judges, what to judge next, raters' files, agreement and labels.csv. */
import { writeLabels } from '../lib/shared/judgement-rows.js';
import { html, nothing, render } from '../ui/html.js';
import { live, repeat } from '../ui/lit-directives.js';
import { agreementTemplate } from './agreement.js';
import { announce } from './announcer.js';
import { answersNumber, judgeable } from './answers.js';
import { download } from './download.js';
import { takeFiles } from './file-input.js';
import { find } from './find.js';
import { identify } from './identity.js';
import { judgedWords } from './judging.js';
import { JudgingStage } from './judging-stage.js';
import { NEXT_KEY, answersFor } from './judging-ways.js';
import { localize, say } from './language.js';
import { proposeNext } from './proposals.js';
import { taskField } from './task-field.js';

/** @import {ChangeEvent, Item, PanelParts, Task} from './types.d.ts' */
/** @import {LabelsError} from '../lib/shared/judgement-rows.js' */

const PROPOSALS = 8;

export class JudgementsPanel {
  root = find('judgements');
  #parts;
  #message = '';
  /** @type {string | null} */
  #taskId = null;
  #stage;
  /** @type {Item[]} */
  #proposed = [];
  /** @type {Set<Item>} */
  #skipped = new Set();
  /** The one whose judgement was undone. @type {Item | null} */
  #again = null;

  /** @param {PanelParts} parts */
  constructor(parts) {
    this.#parts = parts;
    this.#stage = new JudgingStage('judgements-stage', parts.history);
    parts.history.onUndone(({ pictures = [] }) => {
      this.#again = pictures.length === 1 ? pictures[0] : null;
      if (!this.root.hidden) this.render();
    });
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

  /** What is worth judging, one picture after the other. @param {Task} task */
  #nextTemplate(task) {
    const item = this.#next(task);
    const { judgements } = this.#parts;
    if (item === null) this.#stage.release();
    return html`
      <section class="panel">
        ${item === null ? html`<h3>${say('judgements.next')}</h3><p class="state">${say('judgements.allJudged')}</p>` : this.#stage.template({
          question: say('stage.judge', { task: localize(task.title) }),
          pictures: [item],
          answers: answersFor(task),
          ...NEXT_KEY,
          onAnswer: ({ value }) => {
            judgements.judge(task.id, item, value, { words: () => judgedWords(item, value) });
            this.#follow(task);
          },
          onSkip: () => {
            this.#skipped.add(item);
            this.render();
            this.#follow(task);
          },
        })}
        <p class="notes">${answersNumber(task) ? say('judgements.stars', { low: task.output.to[0], high: task.output.to[1] }) : nothing} ${say('judgements.nextWords')}</p>
      </section>`;
  }

  /** The proposals are asked one after the other, and made anew when none is left. @param {Task} task @returns {Item | null} */
  #next(task) {
    const { judgements, pictures } = this.#parts;
    const isOpen = (/** @type {Item} */ item) => item.state === 'scored' && item.key !== null && pictures.get(item.id) === item && judgements.own(task.id, item) === null;
    if (this.#again && isOpen(this.#again)) return this.#again;
    const isNew = (/** @type {Item} */ item) => isOpen(item) && !this.#skipped.has(item);
    this.#proposed = this.#proposed.filter(isNew);
    if (this.#proposed.length === 0) this.#proposed = proposeNext(pictures.items.filter(isNew), task, PROPOSALS);
    return this.#proposed[0] ?? null;
  }

  /** Says what comes after an answer, and keeps the keys at hand. @param {Task} task */
  #follow(task) {
    this.#stage.focus();
    announce(this.#next(task)?.name ?? say('judgements.allJudged'));
  }

  /** @param {Task} task */
  #ratersTemplate(task) {
    const { judgements } = this.#parts;
    const raters = judgements.raters(task.id);
    return html`
      <section class="panel">
        <h3>${say('raters.title')}</h3>
        <p class="notes">${say('raters.words')}</p>
        <ul class="raters">
          ${repeat(raters, ({ rater }) => rater, ({ rater, name, count }) => html`
            <li data-rater=${name}>
              <span>${say('raters.row', { rater: name, count })}</span>
              <button type="button" class="small quiet" aria-label=${say('raters.removeOne', { rater: name })}
                @click=${() => judgements.forget(task.id, { rater, words: () => say('undo.forgot', { rater: name, count }) })}>${say('raters.remove')}</button>
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
    const { judgements, pictures } = this.#parts;
    const notes = [];
    for (const item of pictures.items) await identify(item, pictures).catch(() => {}); // one whose file is gone has no key
    for (const file of files) {
      try {
        const words = () => say('undo.joined', { file: file.name });
        const { joined, unknown } = judgements.join(task.id, await file.text(), file.name.replace(/\.csv$/i, ''), { items: pictures.items, words });
        notes.push(say('raters.joined', { file: file.name, count: joined }));
        if (unknown > 0) notes.push(say('raters.unknown', { count: unknown }));
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
