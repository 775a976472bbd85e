/** The tab Teach: a trait of one's own from a few judgements. */
import { html, nothing, render } from '../ui/html.js';
import { repeat } from '../ui/lit-directives.js';
import { announce } from './announcer.js';
import { nextPair, nextPicture } from './asking.js';
import { Deeper } from './deeper.js';
import { DeeperSection } from './deeper-section.js';
import { download } from './download.js';
import { takeFiles } from './file-input.js';
import { find } from './find.js';
import { freeName, numbered } from './free-name.js';
import { judgedWords } from './judging.js';
import { JudgingStage } from './judging-stage.js';
import { classAnswers, pairAnswers, starAnswers } from './judging-ways.js';
import { listed, localize, say, words } from './language.js';
import { joinFiles } from './rater-files.js';
import { RatersSection, raterField } from './raters-section.js';
import { TeachForm } from './teach-form.js';
import { meterTemplate, stripsTemplate } from './teach-meter.js';
import { TraitBias } from './trait-bias.js';
import { cardTemplate } from './trait-card.js';
import { TraitFiles } from './trait-files.js';
import { Whose } from './whose.js';

/**
 * @import {Trait} from '../lib/percept.js'
 * @import {Item, PanelParts, TaughtHere} from './types.d.ts'
 * @import {Asked} from './judging-stage.js'
 * @import {Teaching} from './teaching.js'
 *
 * @typedef {PanelParts & {teaching: Teaching, onOpen: (item: Item) => void, onShow: (task: string) => void}} TeachParts onShow:
 *   the gallery by a task
 */

/** One that is to be made. */
const NEW = '';

export class TeachPanel {
  root = find('teach');
  #parts;
  #form;
  #stage;
  #raters;
  /** Raters' files that were dropped, which are told of by the stage: what one judges stays in sight. */
  #dropped;
  #bias;
  #deeper;
  #deeperSection;
  #files;
  /** The trait in sight; null: the first there is. @type {string | null} */
  #chosen = null;
  /** Of this visit: what was passed over, by task and pictures. @type {Map<string, Item[]>} */
  #skipped = new Map();
  /** What is shown, or was when the judgement was given that is undone now. @type {Item[] | null} */
  #asking = null;
  /** Whether it is about to be drawn. */
  #isDrawn = false;

  /** @param {TeachParts} parts */
  constructor(parts) {
    const { history, lessons, teaching, traits } = parts;
    this.#parts = parts;
    const draw = () => this.#draw();
    this.#form = new TeachForm((lesson) => this.#make(lesson), () => this.render());
    this.#stage = new JudgingStage('teach-stage', history);
    this.#raters = new RatersSection(parts, 'teach-', draw);
    this.#dropped = new Whose(parts, { render: draw, onAnswered: () => this.#stage.focus() });
    this.#bias = new TraitBias((id, change) => lessons.change(id, change));
    this.#deeper = new Deeper(parts);
    this.#deeperSection = new DeeperSection(this.#deeper, traits, draw);
    this.#files = new TraitFiles(parts, { onAdded: (id) => { this.#chosen = id; }, render: draw });
    for (const each of [lessons, teaching, traits, this.#deeper]) each.onChange(draw);
    history.onUndone(({ pictures = null }) => {
      if (pictures) this.#asking = pictures;
      if (!this.root.hidden) this.render();
    });
  }

  /** Those taught here, and those from files. @returns {{id: string, title: string}[]} */
  get #choices() {
    const { lessons, traits } = this.#parts;
    const others = traits.all.filter(({ task }) => !lessons.get(task.id));
    return [...lessons.all.map(({ id, title }) => ({ id, title })), ...others.map(({ task }) => ({ id: task.id, title: localize(task.title) }))];
  }

  /** Whether a trait is taught in sight, or made. */
  get isInUse() {
    return !this.root.hidden && (this.#shown === null || this.lesson !== null);
  }

  /** The one that is being taught in sight, or null. @returns {TaughtHere | null} */
  get lesson() {
    return this.root.hidden ? null : this.#parts.lessons.get(this.#shown?.id ?? NEW);
  }

  get #shown() {
    const choices = this.#choices;
    if (this.#chosen === NEW) return null;
    return choices.find(({ id }) => id === this.#chosen) ?? choices[0] ?? null;
  }

  /**
   * Pictures that can be shown and looked at: the person's own, or the samples where there are no others, unless the trait was
   * taught with pictures that are not here now. @param {string} id @returns {Item[]}
   */
  #subjects(id) {
    const { judgements, pictures } = this.#parts;
    const items = pictures.shown.filter(({ file, key, state }) => file !== null && key !== null && state === 'scored');
    const own = items.filter(({ sample }) => !sample);
    if (own.length > 0) return own;
    const judged = judgements.judgedKeys([id]);
    return judged.size === 0 || items.some(({ key }) => judged.has(/** @type {string} */ (key))) ? items : [];
  }

  /** Once for all that is told at a time: an answer is heard of by several. */
  #draw() {
    if (this.#isDrawn) return;
    this.#isDrawn = true;
    queueMicrotask(() => {
      this.#isDrawn = false;
      if (!this.root.hidden) this.render();
    });
  }

  render() {
    const { model, lessons, teaching } = this.#parts;
    const shown = this.#shown;
    teaching.attend(model.loaded && shown && lessons.get(shown.id) ? shown.id : '');
    if (!shown) this.#stage.release();
    const held = document.activeElement;
    this.#stage.during(() => render(model.loaded === null ? html`<p class="state">${say('model.waiting')}</p>` : html`
      <h2 class="visually-hidden">${say('tabs.teach')}</h2>
      ${this.#parts.judgements.isKept ? nothing : html`<p class="notice" role="alert">${say('judgements.notKept')}</p>`}
      ${shown ? nothing : html`<p class="lead">${say('teach.lead')}</p><ol class="steps">${['teach.step1', 'teach.step2', 'teach.step3'].map((step) => html`<li>${say(step)}</li>`)}</ol>`}
      ${this.#choiceTemplate(shown?.id ?? NEW)}
      ${this.#files.template()}
      ${shown ? this.#traitTemplate(shown.id) : this.#form.template(this.#choices.length > 0 ? () => this.#select(null) : null)}
      <p class="notes kept-words">${say('teach.kept')}</p>`, this.root));
    this.#deeperSection.follow(held);
  }

  /** @param {string} chosen */
  #choiceTemplate(chosen) {
    const { judgements, lessons } = this.#parts;
    const choices = this.#choices;
    return html`
      <div class="fields">
        ${choices.length === 0 ? nothing : html`
          <label><span>${say('teach.trait')}</span>
            <select id="trait" @change=${(/** @type {Event} */ { currentTarget }) => this.#select(/** @type {HTMLSelectElement} */ (currentTarget).value)}>
              ${repeat(choices, ({ id }) => id, ({ id, title }) => html`<option value=${id} .selected=${id === chosen}>${title}</option>`)}
              ${chosen === NEW ? html`<option value=${NEW} .selected=${true}>${say('teach.new')}</option>` : nothing}
            </select></label>`}
        ${chosen === NEW ? nothing : html`<button type="button" id="new-trait" @click=${() => this.#select(NEW)}>${say('teach.new')}</button>`}
        <button type="button" id="open-trait" @click=${() => find('trait-file').click()}>${say('teach.open')}</button>
        <input type="file" id="trait-file" accept=".safetensors" multiple hidden @change=${takeFiles((files) => this.take(files))} />
        ${lessons.get(chosen) ? raterField('teach-rater', judgements) : nothing}
      </div>`;
  }

  /** @param {string} id of a trait that is taught here, or came as a file */
  #traitTemplate(id) {
    const { lessons, teaching, traits } = this.#parts;
    const lesson = lessons.get(id);
    const trait = traits.get(id);
    const problem = teaching.problem(id);
    return html`
      ${lesson ? html`
        <div id="dropped">${this.#dropped.template(id)}</div>
        <div class="teach">
          <div class="panel">${this.#stageTemplate(lesson)}</div>
          <aside class="panel" aria-label=${say('meter.title')}>
            ${meterTemplate(trait, teaching.counts(lesson), teaching.looked)}
            ${problem ? html`<p class="problem" role="alert">${words().explain(problem)}</p>` : nothing}
            ${trait ? [this.#showButton(id), html`<div class="strips">${stripsTemplate(trait, this.#subjects(id), this.#parts.onOpen)}</div>
              <p class="notes">${say('strip.learnt')}</p>`] : nothing}
          </aside>
        </div>` : nothing}
      <section class="panel">
        <h3>${say('card.title', { title: this.#titleOf(id) })}</h3>
        ${trait ? cardTemplate(trait, this.#parts.model.manifest?.name ?? '') : html`<p class="state">${say('card.none')}</p>`}
        ${trait?.evidence.folds && lesson ? this.#bias.template(trait, lesson, traits.grouping(id) ?? teaching.groupingOf(lesson)) : nothing}
        ${trait && lesson ? this.#deeperSection.template(lesson, this.#parts.model.manifest?.tower.layers ?? 1) : nothing}
        <p class="actions card-actions">
          ${trait && !lesson ? this.#showButton(id) : nothing}
          ${trait ? html`<button type="button" id="save-trait" class="primary" @click=${() => this.#save(trait)}>${say('card.save')}</button>` : nothing}
          <button type="button" id="remove-trait" @click=${() => this.#remove(id)}>${say('card.remove')}</button>
        </p>
      </section>
      ${lesson ? this.#raters.template(id, lesson) : nothing}`;
  }

  /** @param {string} id */
  #showButton(id) {
    return html`<button type="button" class="small" id="show-by-trait" @click=${() => this.#parts.onShow(id)}>${say('meter.show')}</button>`;
  }

  /** @param {TaughtHere} lesson */
  #stageTemplate(lesson) {
    if (this.#deeper.isRunning) {
      this.#stage.release();
      return html`<p class="state">${say('deeper.wait')}</p>`;
    }
    const pictures = this.#next(lesson);
    if (pictures) return this.#stage.template(this.#asked(lesson, pictures));
    const skipped = this.#skippedOf(lesson);
    const again = () => this.#follow(lesson, () => { for (const name of skipped) this.#skipped.delete(name); });
    if (skipped.length > 0) return this.#stage.emptyTemplate(lesson.id, say('teach.allJudged'), again);
    const few = this.#parts.judgements.ownCount(lesson.id) > 0 ? say('teach.againPictures') : say('teach.noPictures');
    return this.#stage.emptyTemplate(lesson.id, this.#subjects(lesson.id).length < 2 ? few : say('teach.allJudged'));
  }

  /** One picture, or two, or null where there is none left. What is asked stays until it is answered, or is not shown any more. @param {TaughtHere} lesson @returns {Item[] | null} */
  #next(lesson) {
    const subjects = this.#subjects(lesson.id);
    const isThere = this.#asking?.every((item) => subjects.includes(item));
    if (!this.#asking || !isThere || !this.#isOpen(lesson, this.#asking)) this.#asking = this.#choose(lesson);
    return this.#asking;
  }

  /** Whether something was neither judged nor skipped. @param {TaughtHere} lesson @param {Item[]} pictures */
  #isOpen(lesson, pictures) {
    return pictures.length === (lesson.way === 'pairs' ? 2 : 1) && !this.#skipped.has(`${lesson.id} ${nameOf(pictures)}`) && this.#isUnjudged(lesson, pictures);
  }

  /** @param {TaughtHere} lesson @param {Item[]} pictures as many as it asks of at a time */
  #isUnjudged({ id, way }, pictures) {
    const { judgements } = this.#parts;
    return way === 'pairs' ? !judgements.hasCompared(id, pictures) : judgements.own(id, pictures[0]) === null;
  }

  /** What was skipped and could be asked again, by its name. @param {TaughtHere} lesson */
  #skippedOf(lesson) {
    const subjects = new Set(this.#subjects(lesson.id));
    return [...this.#skipped].flatMap(([name, pictures]) => (
      name.startsWith(`${lesson.id} `) && pictures.every((item) => subjects.has(item)) && this.#isUnjudged(lesson, pictures) ? name : []));
  }

  /** @param {TaughtHere} lesson @returns {Item[] | null} */
  #choose(lesson) {
    const { judgements, teaching } = this.#parts;
    const outcome = teaching.outcome(lesson.id);
    const keyAt = (/** @type {number} */ at) => outcome?.keys[at] ?? '';
    const seed = judgements.ownCount(lesson.id) + this.#skipped.size;
    if (lesson.way === 'pairs') {
      const best = outcome?.taught.next.pairs.map(([a, b]) => /** @type {[string, string]} */ ([keyAt(a), keyAt(b)])) ?? [];
      return nextPair(this.#subjects(lesson.id), best, { isOpen: (a, b) => this.#isOpen(lesson, [a, b]), seed });
    }
    const next = nextPicture(this.#subjects(lesson.id).filter((item) => this.#isOpen(lesson, [item])), outcome?.taught.next.pictures.map(keyAt) ?? [], seed);
    return next && [next];
  }

  /** @param {TaughtHere} lesson @param {Item[]} pictures @returns {Asked} */
  #asked(lesson, pictures) {
    const { judgements } = this.#parts;
    const { id, way, title, classes } = lesson;
    const shared = { task: id, question: title, hint: say(`teach.ask.${way}`), pictures };
    if (way === 'pairs') {
      const [left, right] = pictures;
      return {
        ...shared, answers: pairAnswers(), picks: ['left', 'right'],
        onAnswer: ({ value }) => this.#follow(lesson, () => {
          const [better, worse] = value === 'right' ? [right, left] : [left, right];
          const said = () => say(value === 'tie' ? 'undo.tied' : 'undo.compared', { better: better.name, worse: worse.name });
          judgements.compare(id, { better, worse, tie: value === 'tie', shown: pictures }, said);
        }),
        onSkip: () => this.#follow(lesson, () => this.#skip(id, pictures)),
      };
    }
    const [item] = pictures;
    return {
      ...shared, answers: way === 'stars' ? starAnswers(String) : classAnswers(classes),
      onAnswer: ({ value }) => this.#follow(lesson, () => judgements.judge(id, item, value, { words: () => judgedWords(item, value) })),
      onSkip: () => this.#follow(lesson, () => this.#skip(id, pictures)),
    };
  }

  /** @param {string} task @param {Item[]} pictures */
  #skip(task, pictures) {
    const name = `${task} ${nameOf(pictures)}`;
    this.#skipped.set(name, pictures);
    this.#parts.history.did({ words: () => say('undo.skipped', { picture: listed(pictures.map(({ name: own }) => own)) }), pictures, task }, () => this.#skipped.delete(name));
  }

  /** Does what was answered, keeps the keys at hand, and says what comes. @param {TaughtHere} lesson @param {() => void} answer */
  #follow(lesson, answer) {
    answer();
    this.#asking = null;
    this.render();
    this.#stage.focus();
    const next = this.#next(lesson);
    announce(next ? listed(next.map(({ name }) => name)) : say('teach.allJudged'));
  }

  /** @param {Omit<TaughtHere, 'id' | 'group' | 'equalGroups'>} lesson */
  #make(lesson) {
    const { lessons, model } = this.#parts;
    const title = freeName(this.#choices.map((each) => each.title), numbered(lesson.title));
    this.#chosen = lessons.add({ ...lesson, title }, model.loaded?.tasks.map(({ id }) => id) ?? []).id;
    this.#quiet();
    this.render();
    this.#stage.begin();
  }

  /** Forgets what was said of files, which are another trait's. */
  #quiet() {
    this.#files.quiet();
    this.#raters.quiet();
    this.#dropped.tell('');
  }

  /** @param {string | null} id */
  #select(id) {
    this.#chosen = id;
    this.#quiet();
    this.#asking = null;
    this.render();
    if (id === NEW) find('trait-title').focus();
  }

  /** The tab is left: nothing is looked at any more. */
  leave() {
    this.#parts.teaching.attend('');
    this.#stage.release();
  }

  /** Traits from files. @param {File[]} files */
  take(files) {
    return this.#files.take(files);
  }

  /** Raters' files for the one that is taught in sight. @param {File[]} files @returns {File[]} those that are not taken */
  join(files) {
    const { lesson } = this;
    const theirs = lesson ? files.filter(({ name }) => /\.csv$/i.test(name)) : [];
    if (lesson && theirs.length > 0) this.#join(lesson, theirs);
    return files.filter((file) => !theirs.includes(file));
  }

  /** A question gets the focus: it moves what is judged down, so that keys had better not act there. @param {TaughtHere} lesson @param {File[]} files */
  async #join(lesson, files) {
    await joinFiles(this.#parts, { task: lesson.id, wanted: lesson, files, whose: this.#dropped });
    if (this.lesson?.id !== lesson.id) return; // another one came meanwhile
    this.render();
    const place = find('dropped');
    place.scrollIntoView({ block: 'nearest' });
    /** @type {HTMLElement | null} */ (place.querySelector('.whose'))?.focus({ preventScroll: true });
  }

  /** @param {Trait} trait */
  async #save(trait) {
    download(await trait.toFile(), `${trait.task.id}.safetensors`, 'application/octet-stream');
  }

  /** With all that was said for it. @param {string} id */
  #remove(id) {
    const { history, judgements, lessons, traits } = this.#parts;
    this.#deeper.forget(id);
    const title = this.#titleOf(id);
    const removed = () => say('undo.removedTrait', { title });
    const focus = () => !this.root.hidden && document.getElementById('trait')?.focus();
    history.group({ words: removed, shown: true, focus }, () => {
      history.did({ words: removed }, () => { this.#chosen = id; });
      for (const { rater } of judgements.raters(id)) judgements.forget(id, { rater, words: removed });
      lessons.remove(id, removed);
      traits.remove(id, removed);
    });
    this.#chosen = null;
    this.#quiet();
    this.#draw();
    announce(removed());
  }

  /** @param {string} id */
  #titleOf(id) {
    return this.#choices.find((each) => each.id === id)?.title ?? id;
  }
}

/** One name for a picture, or for two whichever is first. @param {Item[]} pictures */
const nameOf = (pictures) => pictures.map(({ key }) => key).sort().join(' ');
