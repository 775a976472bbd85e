/**
 * Judgements that come in files under the user's own name, or under none: they may be the user's, or somebody else's. Nothing is
 * taken unasked: they wait for what the person says.
 */
import { groupBy } from '../lib/shared/statistics.js';
import { html } from '../ui/html.js';
import { repeat } from '../ui/lit-directives.js';
import { announce } from './announcer.js';
import { say, together } from './language.js';

/**
 * @import {ChangeEvent} from './types.d.ts'
 * @import {Judgements, Row} from './judgements.js'
 *
 * @typedef {object} Waiting
 * @property {string} file its name
 * @property {Row[]} rows
 * @property {string} name that another rater gets, if nobody has it
 */

export class Whose {
  #judgements;
  #onAnswered;
  /** @type {Waiting[]} */
  #waiting = [];

  /** @param {Judgements} judgements @param {(words: string) => void} onAnswered hears what became of them */
  constructor(judgements, onAnswered) {
    this.#judgements = judgements;
    this.#onAnswered = onAnswered;
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

  /** @param {Waiting} one */
  #ask(one) {
    this.#waiting = [...this.#waiting, one];
    announce(question(one));
  }

  /** @param {Waiting} one @param {string} words what became of it */
  #end(one, words) {
    this.#waiting = this.#waiting.filter((each) => each !== one);
    announce(words);
    this.#onAnswered(words);
  }

  /** @param {Waiting} one */
  #takeOwn(one) {
    const { taken, stayed } = this.#judgements.joinOwn(one.rows, joinedWords(one.file));
    this.#end(one, together(say('whose.taken', { file: one.file, count: taken }), stayed > 0 ? say('whose.stayed', { count: stayed }) : ''));
  }

  /** @param {Waiting} one @param {HTMLInputElement} field with the other's name */
  #takeOther(one, field) {
    const name = field.value.trim();
    field.setCustomValidity(name === '' || this.#judgements.mayBeMine(name) ? say('whose.needsName') : '');
    if (field.reportValidity()) this.#end(one, say('whose.joined', { name, count: this.#judgements.joinAs(one.rows, name, joinedWords(one.file)) }));
  }

  template() {
    return html`${repeat(this.#waiting, (one) => one, (one) => html`
      <div class="notice whose">
        <p>${question(one)}</p>
        <p class="actions"><button type="button" class="whose-mine" @click=${() => this.#takeOwn(one)}>${say('whose.mine')}</button></p>
        <div class="fields">
          <label><span>${say('whose.name')}</span>
            <input type="text" autocomplete="off" value=${this.#judgements.freeRater(one.name)} @input=${(/** @type {ChangeEvent} */ { currentTarget }) => currentTarget.setCustomValidity('')} /></label>
          <button type="button" class="whose-other" @click=${(/** @type {ChangeEvent<HTMLButtonElement>} */ { currentTarget }) => this.#takeOther(one, fieldBefore(currentTarget))}>${say('whose.other')}</button>
        </div>
        <p class="actions"><button type="button" class="whose-none quiet" @click=${() => this.#end(one, say('teach.leftOut', { file: one.file }))}>${say('teach.leaveOut')}</button></p>
      </div>`)}`;
  }
}

/** @param {HTMLElement} button */
const fieldBefore = (button) => /** @type {HTMLInputElement} */ (button.parentElement?.querySelector('input'));

/** @param {Waiting} one */
const question = ({ file, rows }) => say('whose.question', { file, count: rows.length });

/** What is undone. @param {string} file */
const joinedWords = (file) => () => say('undo.joined', { file });
