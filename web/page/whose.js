/**
 * Judgements that come in files under the user's own name, or under none: they may be the user's, or somebody else's. Nothing is
 * taken unasked: they wait for what the person says. And what became of files.
 */
import { groupBy } from '../lib/shared/statistics.js';
import { html } from '../ui/html.js';
import { repeat } from '../ui/lit-directives.js';
import { announce } from './announcer.js';
import { learn, say, together } from './language.js';
import { RATERS } from './raters-strings.js';

learn(RATERS);

/**
 * @import {ChangeEvent, PanelParts} from './types.d.ts'
 * @import {Row} from './judgements.js'
 *
 * @typedef {object} Waiting
 * @property {string} file its name
 * @property {Row[]} rows
 * @property {string} name that another rater gets, if nobody has it
 */

export class Whose {
  #parts;
  #judgements;
  #render;
  #onAnswered;
  #message = '';
  /** @type {Waiting[]} */
  #waiting = [];
  /** The person's traits, by their ids. @type {Set<string>} */
  #traits = new Set();

  /** @param {Pick<PanelParts, 'history' | 'judgements' | 'lessons' | 'traits'>} parts @param {{render: () => void, onAnswered: () => void}} to render: draws it again, where it is in sight */
  constructor(parts, { render, onAnswered }) {
    const { history, judgements, lessons, traits } = parts;
    this.#parts = parts;
    this.#judgements = judgements;
    this.#render = render;
    this.#onAnswered = onAnswered;
    history.onUndone(() => this.tell('')); // it may be true no more
    for (const each of [lessons, traits]) each.onChange(() => this.#followTraits());
    this.#followTraits();
  }

  /** What waits for a trait goes with it: the next one may get its id, and be judged otherwise. */
  #followTraits() {
    const { lessons, traits } = this.#parts;
    const before = this.#traits;
    this.#traits = new Set([...lessons.all.map(({ id }) => id), ...traits.all.map(({ task }) => task.id)]);
    const isThere = (/** @type {Row} */ { key: [task] }) => this.#traits.has(task) || !before.has(task);
    if (this.#waiting.every(({ rows }) => rows.every(isThere))) return;
    this.#waiting = this.#waiting.map((one) => ({ ...one, rows: one.rows.filter(isThere) })).filter(({ rows }) => rows.length > 0);
    this.#render();
  }

  /** @param {string} words what became of files */
  tell(words) {
    this.#message = words;
    this.#render();
  }

  /**
   * Takes what raters of other names say, at once; the rest waits, but for what the user has said just so.
   * @param {string} file its name @param {Row[]} rows
   * @returns {{joined: number, waiting: number}} how many
   */
  take(file, rows) {
    const byRater = groupBy(rows, ({ key }) => /** @type {string} */ (key.at(-1)));
    const clear = [];
    let waiting = 0;
    for (const [rater, theirs] of byRater) {
      if (!this.#judgements.mayBeMine(rater)) clear.push(...theirs);
      else if (!theirs.every((row) => this.#judgements.isOwn(row))) {
        this.#ask({ file, rows: theirs, name: file.replace(/\.\w+$/, '') || file });
        waiting += theirs.length;
      }
    }
    return { joined: this.#judgements.join(clear, joinedWords(file)), waiting };
  }

  /** In place of what the same file brought before: it is asked once. @param {Waiting} one */
  #ask(one) {
    const brought = new Set(one.rows.map((row) => JSON.stringify(row)));
    const isAgain = (/** @type {Waiting} */ { file, rows }) => file === one.file && rows.every((row) => brought.has(JSON.stringify(row)));
    this.#waiting = [...this.#waiting.filter((each) => !isAgain(each)), one];
    announce(this.#question(one));
  }

  /** @param {Waiting} one @param {string} words what became of it */
  #end(one, words) {
    this.#waiting = this.#waiting.filter((each) => each !== one);
    announce(words);
    this.tell(words);
    this.#onAnswered();
  }

  /** @param {Waiting} one */
  #takeOwn(one) {
    const { taken, stayed } = this.#judgements.joinOwn(one.rows, joinedWords(one.file));
    this.#end(one, together(say('whose.taken', { file: one.file, count: taken }), stayed > 0 ? say('whose.stayed', { count: stayed }) : ''));
  }

  /** @param {Waiting} one @param {ChangeEvent<HTMLFormElement>} event with the other's name in its only field */
  #takeOther(one, event) {
    event.preventDefault();
    const field = /** @type {HTMLInputElement} */ (event.currentTarget.querySelector('input'));
    const name = field.value.trim();
    field.setCustomValidity(name === '' || this.#judgements.mayBeMine(name) ? say('whose.needsName') : '');
    if (field.reportValidity()) this.#end(one, say('whose.joined', { name, count: this.#judgements.joinAs(one.rows, name, joinedWords(one.file)) }));
  }

  /** @param {Waiting} one */
  #question({ file, rows }) {
    const count = this.#judgements.differing(rows);
    return together(say('whose.question', { file, count: rows.length }), count > 0 ? say('whose.differ', { count }) : '');
  }

  /** @param {string} [task] its id: what waits for other tasks is not shown */
  template(task) {
    const shown = this.#waiting.filter(({ rows: [{ key }] }) => task === undefined || key[0] === task);
    return html`<p class="message" role="status">${this.#message}</p>${repeat(shown, (one) => one, (one) => html`
      <div class="notice whose" tabindex="-1">
        <p>${this.#question(one)}</p>
        <p class="actions"><button type="button" class="whose-mine" @click=${() => this.#takeOwn(one)}>${say('whose.mine')}</button></p>
        <form class="fields actions" novalidate @submit=${(/** @type {ChangeEvent<HTMLFormElement>} */ event) => this.#takeOther(one, event)}>
          <label><span>${say('whose.name')}</span>
            <input type="text" autocomplete="off" value=${this.#judgements.freeRater(one.name)} @input=${(/** @type {ChangeEvent} */ { currentTarget }) => currentTarget.setCustomValidity('')} /></label>
          <button type="submit" class="whose-other">${say('whose.other')}</button>
        </form>
        <p class="actions"><button type="button" class="whose-none" @click=${() => this.#end(one, say('teach.leftOut', { file: one.file }))}>${say('teach.leaveOut')}</button></p>
      </div>`)}`;
  }
}

/** What is undone. @param {string} file */
const joinedWords = (file) => () => say('undo.joined', { file });
