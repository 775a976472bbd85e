/**
 * Where pictures are judged one after the other: one picture or two, a question, and a button with a key for each answer.
 * What is asked next is for its owner to say. Keys act while the focus is inside.
 */
import { html, nothing } from '../ui/html.js';
import { repeat } from '../ui/lit-directives.js';
import { say } from './language.js';

/**
 * @import {Item} from './types.d.ts'
 * @import {History} from './history.js'
 *
 * @typedef {{value: string, text: string, key: string, keyName: string}} Answer key: as keyboard events name it, '' for none
 * @typedef {object} Asked
 * @property {string} task its id: what was judged for another one is not undone from here
 * @property {string} question @property {string} [hint] how it is answered
 * @property {Item[]} pictures one, or two of which one is chosen
 * @property {Answer[]} answers
 * @property {string[]} [picks] the answer that a tap on each of two pictures gives
 * @property {(answer: Answer) => void} onAnswer
 * @property {() => void} onSkip
 */

const UNDO = 'u';
/** The first is named on its button. The second means the next one, unless it is an answer: of two pictures the right one. */
const SKIP = ['ArrowDown', 'ArrowRight'];

export class JudgingStage {
  #id;
  #history;
  /** Addresses of the originals that are shown. @type {Map<Blob, string>} */
  #addresses = new Map();

  /** @param {string} id of its element @param {History} history */
  constructor(id, history) {
    this.#id = id;
    this.#history = history;
  }

  /** Gives it the focus, so that its keys act. */
  focus() {
    document.getElementById(this.#id)?.focus({ preventScroll: true });
  }

  /** Begins judging: scrolls as little as shows the pictures and the answers below them, and gives it the focus. */
  begin() {
    document.getElementById(this.#id)?.scrollIntoView({ block: 'nearest' });
    this.focus();
  }

  /** Whether the focus is inside, so that keys act. */
  get hasFocus() {
    return Boolean(document.activeElement?.closest(`#${this.#id}`));
  }

  /** Draws what it is part of. Where nothing is left to ask, or something is again, it is another element: that has the focus then. @param {() => void} draw */
  during(draw) {
    const { hasFocus } = this;
    draw();
    if (hasFocus && !this.hasFocus) this.focus();
  }

  /** Lets go of the pictures that are shown. */
  release() {
    this.#keepAddresses(new Set());
  }

  /** @param {Asked} asked */
  template(asked) {
    const { answers, hint, onSkip, pictures, question } = asked;
    this.#keepAddresses(new Set(pictures.flatMap(({ file }) => file ?? [])));
    return html`
      <section class="judging-stage" id=${this.#id} tabindex="-1" role="group" aria-labelledby=${`${this.#id}-question`} @keydown=${(/** @type {KeyboardEvent} */ event) => this.#onKey(event, asked)}>
        <h3 id=${`${this.#id}-question`}>${question}</h3>
        ${hint === undefined ? nothing : html`<p class="stage-hint">${hint}</p>`}
        <div class=${pictures.length > 1 ? 'judged-pictures two' : 'judged-pictures'}>
          ${repeat(pictures, ({ id }) => id, (item, at) => html`<figure class=${asked.picks ? 'pick' : ''} @click=${() => this.#pick(asked, at)}>${this.#imageOf(item)}<figcaption title=${item.path}>${item.name}</figcaption></figure>`)}
        </div>
        <div class=${asked.picks ? 'answers of-two' : 'answers'}>
          ${answers.map((answer) => html`
            <button type="button" class="answer" data-answer=${answer.value} @click=${() => asked.onAnswer(answer)}>
              <span>${answer.text}</span>${answer.keyName === '' ? nothing : html` <kbd>${answer.keyName}</kbd>`}</button>`)}
        </div>
        <p class="stage-actions">
          ${this.#undoTemplate(asked)}
          <button type="button" class="small quiet" data-act="skip" @click=${onSkip}>${say('stage.skip')} <kbd>↓</kbd></button>
        </p>
      </section>`;
  }

  /**
   * Where nothing is left to ask: the last answer can be undone all the same.
   * @param {string} task @param {string} words why @param {(() => void) | null} [onAgain] asks what was skipped; null where nothing was
   */
  emptyTemplate(task, words, onAgain = null) {
    this.release();
    return html`
      <section class="judging-stage" id=${this.#id} tabindex="-1" role="group" aria-labelledby=${`${this.#id}-state`} @keydown=${(/** @type {KeyboardEvent} */ event) => this.#onKey(event, { task })}>
        <p class="state" id=${`${this.#id}-state`}>${words}</p>
        <p class="stage-actions">
          ${this.#undoTemplate({ task })}
          ${onAgain ? html`<button type="button" class="small" data-act="again" @click=${onAgain}>${say('stage.again')}</button>` : nothing}
        </p>
      </section>`;
  }

  /** @param {Pick<Asked, 'task'>} asked */
  #undoTemplate(asked) {
    return html`<button type="button" class="small quiet" data-act="undo" ?disabled=${!this.#canUndo(asked)} @click=${() => this.#history.undo()}>${say('undo.undo')} <kbd>U</kbd></button>`;
  }

  /** The buttons say the same to those who do not point. @param {Asked} asked @param {number} at */
  #pick({ answers, onAnswer, picks }, at) {
    const answer = picks && answers.find(({ value }) => value === picks[at]);
    if (answer) onAnswer(answer);
  }

  /** @param {Item} item */
  #imageOf({ file, name, thumbnail }) {
    const src = file ? this.#addresses.get(file) : thumbnail;
    return src ? html`<img src=${src} alt=${name} decoding="async" draggable="false" />` : html`<p class="state">${say('detail.noPicture')}</p>`;
  }

  /** @param {Pick<Asked, 'task'>} asked */
  #canUndo({ task }) {
    const { last } = this.#history;
    return last?.pictures !== undefined && last.task === task;
  }

  /** @param {KeyboardEvent} event @param {Partial<Asked> & Pick<Asked, 'task'>} asked */
  #onKey(event, asked) {
    const { answers = [], onAnswer, onSkip } = asked;
    if (event.altKey || event.ctrlKey || event.metaKey || event.repeat) return;
    const answer = answers.find(({ key }) => key !== '' && key === event.key);
    if (answer) onAnswer?.(answer);
    else if (onSkip && SKIP.includes(event.key)) onSkip();
    else if (event.key.toLowerCase() === UNDO && this.#canUndo(asked)) this.#history.undo();
    else return;
    event.preventDefault();
  }

  /** @param {Set<Blob>} shown */
  #keepAddresses(shown) {
    for (const [file, address] of this.#addresses) {
      if (shown.has(file)) continue;
      this.#addresses.delete(file);
      setTimeout(() => URL.revokeObjectURL(address), 10_000); // it may still be on its way
    }
    for (const file of shown) if (!this.#addresses.has(file)) this.#addresses.set(file, URL.createObjectURL(file));
  }
}
