/** The tab of judgements: who judges, what to judge next, agreement, and the raters' files. */
import { html, nothing, render } from '../ui/html.js';
import { live } from '../ui/lit-directives.js';
import { agreementTemplate } from './agreement.js';
import { announce } from './announcer.js';
import { answersNumber, judgeable } from './answers.js';
import { find } from './find.js';
import { wantedOf } from './judged-files.js';
import { judgedWords } from './judging.js';
import { JudgingStage } from './judging-stage.js';
import { answersFor } from './judging-ways.js';
import { learn, localize, say, together } from './language.js';
import { LATE } from './late-strings.js';
import { proposeNext } from './proposals.js';
import { RatersSection, raterField } from './raters-section.js';
import { taskField } from './task-field.js';

learn(LATE);

/** @import {ChangeEvent, Item, Task} from './types.d.ts' */
/** @import {AgreementParts} from './agreement.js' */

const PROPOSALS = 8;

export class JudgementsPanel {
  root = find('judgements');
  #parts;
  #raters;
  /** @type {string | null} */
  #taskId = null;
  #stage;
  /** @type {Item[]} */
  #proposed = [];
  /** Of this visit: what was passed over, by task. @type {Map<string, Set<Item>>} */
  #skipped = new Map();
  /** The one whose judgement, or skip, was undone. @type {Item | null} */
  #again = null;

  /** @param {AgreementParts} parts */
  constructor(parts) {
    this.#parts = parts;
    const draw = () => { if (!this.root.hidden) this.render(); };
    parts.copies.onChange(draw);
    this.#raters = new RatersSection(parts, '', draw);
    this.#stage = new JudgingStage('judgements-stage', parts.history);
    parts.history.onUndone(({ pictures = [] }) => {
      this.#again = pictures.length === 1 ? pictures[0] : null;
      draw();
    });
  }

  get #task() {
    const tasks = judgeable(this.#parts.model.tasks);
    return tasks.find(({ id }) => id === this.#taskId) ?? tasks[0] ?? null;
  }

  render() {
    const task = this.#task;
    this.#stage.during(() => render(task === null ? html`<p class="state">${say('model.waiting')}</p>` : this.#template(task), this.root));
  }

  /** Gives the stage the keys. */
  focus() {
    this.render();
    this.#stage.focus();
  }

  /** @param {Task} task the chosen one */
  #template(task) {
    const { judgements } = this.#parts;
    return html`
      <h2 class="visually-hidden">${say('tabs.judgements')}</h2>
      <p class="lead">${say('judgements.lead')}</p>
      ${judgements.isKept ? nothing : html`<p class="notice" role="alert">${say('judgements.notKept')}</p>`}
      <div class="fields">${this.#taskField(task)}${raterField('rater', judgements)}${this.#blindField()}</div>
      ${this.#nextTemplate(task)}
      <section class="panel">
        <h3>${say('judgements.agreement', { task: localize(task.title), raters: judgements.raters(task.id).length })}</h3>
        ${agreementTemplate(task, this.#parts)}
      </section>
      ${this.#raters.template(task.id, this.#wanted(task))}`;
  }

  /** How it is judged. Here pictures are judged one at a time, also for a trait that is taught two at a time. @param {Task} task */
  #wanted(task) {
    const lesson = this.#parts.lessons.get(task.id);
    return lesson && lesson.way !== 'pairs' ? lesson : wantedOf(task);
  }

  /** @param {Task} task */
  #taskField(task) {
    return taskField('judged-task', judgeable(this.#parts.model.tasks), task, (id) => {
      this.#taskId = id;
      this.#proposed = [];
      this.#raters.quiet();
      this.render();
    });
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
    const skipped = this.#skipped.get(task.id);
    const again = skipped && [...skipped].some(this.#openFor(task)) ? () => {
      skipped.clear();
      this.render();
      this.#follow(task);
    } : null;
    return html`
      <section class="panel">
        ${item === null ? this.#stage.emptyTemplate(task.id, say('judgements.allJudged'), again) : this.#stage.template({
          task: task.id,
          question: this.#questionOf(task),
          pictures: [item],
          answers: answersFor(task),
          onAnswer: ({ value }) => {
            judgements.judge(task.id, item, value, { words: () => judgedWords(item, value) });
            this.#follow(task);
          },
          onSkip: () => {
            this.#skip(task, item);
            this.render();
            this.#follow(task);
          },
        })}
        <p class="notes">${together(answersNumber(task) ? say('judgements.stars', { low: task.output.to[0], high: task.output.to[1] }) : '', say('judgements.nextWords'))}</p>
      </section>`;
  }

  /** A trait's title is its question. @param {Task} task */
  #questionOf(task) {
    const title = localize(task.title);
    return this.#parts.traits.get(task.id) ? title : say(answersNumber(task) ? 'stage.judge.number' : 'stage.judge.label', { task: title });
  }

  /** @param {Task} task @param {Item} item */
  #skip({ id }, item) {
    const skipped = this.#skipped.get(id) ?? new Set();
    this.#skipped.set(id, skipped.add(item));
    this.#parts.history.did({ words: () => say('undo.skipped', { picture: item.name }), pictures: [item], task: id }, () => skipped.delete(item));
  }

  /** Whether a picture can be judged, and was not. @param {Task} task @returns {(item: Item) => boolean} */
  #openFor(task) {
    const { judgements, pictures } = this.#parts;
    const shown = new Set(pictures.shown);
    return (item) => item.state === 'scored' && item.key !== null && shown.has(item) && judgements.own(task.id, item) === null;
  }

  /** The proposals are asked one after the other, and made anew when none is left. @param {Task} task @returns {Item | null} */
  #next(task) {
    const isOpen = this.#openFor(task);
    const isNew = (/** @type {Item} */ item) => isOpen(item) && !this.#skipped.get(task.id)?.has(item);
    if (this.#again && isNew(this.#again)) return this.#again;
    this.#proposed = this.#proposed.filter(isNew);
    if (this.#proposed.length === 0) this.#proposed = proposeNext(this.#parts.pictures.shown.filter(isNew), task, PROPOSALS);
    return this.#proposed[0] ?? null;
  }

  /** Says what comes after an answer, and keeps the keys at hand. @param {Task} task */
  #follow(task) {
    this.#stage.focus();
    announce(this.#next(task)?.name ?? say('judgements.allJudged'));
  }
}
