/** The element's inside: what is in its shadow root, and how each state looks. It decides nothing. */
import { html, nothing, render } from '../ui/html.js';
import { describeProgress } from '../ui/progress.js';
import { resultTemplate } from './results.js';
import { styleSheet } from './styles.js';
import { drawThumbnail } from './thumbnail.js';

/** @import {Actions, Snapshot} from './types.d.ts' */

/** File types that browsers know under names of their own, beside image/*. */
const ACCEPT = 'image/*,.avif,.heic,.heif,.webp';

export class View {
  #root;
  #actions;
  /** What was drawn last. @type {Snapshot | null} */
  #last = null;
  /** Whether files hover over the element. */
  #highlighted = false;
  /** The picture: one that is being drawn, and one that has been. @type {HTMLCanvasElement | null} */
  #canvas = null;
  /** @type {HTMLCanvasElement | null} */
  #drawn = null;

  /** @param {ShadowRoot} root @param {Actions} actions */
  constructor(root, actions) {
    this.#root = root;
    this.#actions = actions;
    root.adoptedStyleSheets = [styleSheet()];
  }

  /** Where the browser points when it says why a form is not sent. */
  get anchor() {
    return this.#find('.zone');
  }

  /** @param {string} selector */
  #find(selector) {
    return /** @type {HTMLElement} */ (this.#root.querySelector(selector));
  }

  openPicker() {
    if (!this.#last?.disabled) this.#find('input').click();
  }

  /** @param {Snapshot} snapshot */
  show(snapshot) {
    this.#last = snapshot;
    const focused = this.#root.activeElement;
    render(this.#template(snapshot), this.#root);
    if (focused instanceof HTMLElement && focused.hidden) this.#find(snapshot.held.state === 'scoring' ? '.cancel' : '.choose').focus();
  }

  #again() {
    if (this.#last) this.show(this.#last);
  }

  /** @param {boolean} wanted */
  highlight(wanted) {
    if (wanted === this.#highlighted) return;
    this.#highlighted = wanted;
    this.#again();
  }

  /** Forgets the picture shown. */
  clearPicture() {
    this.#canvas = null;
    this.#drawn = null;
  }

  /** Shows a picture that the engine has decoded, unless it is shown already. @param {Blob} blob @param {string} name */
  async showPicture(blob, name) {
    if (this.#canvas) return;
    const canvas = document.createElement('canvas');
    canvas.setAttribute('role', 'img');
    canvas.setAttribute('aria-label', name);
    this.#canvas = canvas;
    const isDrawn = await drawThumbnail(blob, canvas);
    if (!isDrawn || this.#canvas !== canvas) return;
    this.#drawn = canvas;
    this.#again();
  }

  /** @param {Snapshot} snapshot */
  #template({ held, words, fileName, problem, spoken, progress, canRetry, disabled }) {
    const { say } = words;
    const { state, scoredTasks, scores, limits, isRefused, isUnfamiliar } = held;
    const isEmpty = state === 'empty';
    const isScoring = state === 'scoring';
    const withPicture = isScoring || state === 'scored';
    const classes = ['zone', isEmpty && 'empty', withPicture && 'with-picture', isRefused && 'refused', disabled && 'disabled', this.#highlighted && 'dropping'];
    const actions = this.#actions;
    const button = (/** @type {string} */ name, /** @type {string} */ text, /** @type {boolean} */ wanted, /** @type {() => void} */ onClick) => html`
      <button type="button" class=${name} part=${`button ${name}`} ?hidden=${!wanted} ?disabled=${disabled} @click=${onClick}>${text}</button>`;
    return html`
      <div class=${classes.filter(Boolean).join(' ')} part="zone" lang=${words.tag} aria-busy=${isScoring} @click=${this.#onZoneClick}>
        <div class="picture" part="picture" ?hidden=${!withPicture}>${this.#drawn ?? icon()}</div>
        <div class="body" part="body">
          <span class="icon" ?hidden=${!isEmpty}>${icon()}</span>
          <slot name="invitation" ?hidden=${!isEmpty}><p class="invitation" part="invitation">${say('field.invitation')}</p></slot>
          <p class="file" part="file" title=${fileName} ?hidden=${fileName === ''}>${fileName}</p>
          <div class="results" part="results" ?hidden=${scoredTasks.length === 0}>
            ${scoredTasks.map((task) => resultTemplate(task, scores[task.id], limits.filter((each) => each.task === task), words))}
          </div>
          <p class="unfamiliar" part="unfamiliar" ?hidden=${!isUnfamiliar}>${say('score.unfamiliar')}</p>
          <p class="message" part="message" ?hidden=${problem === ''}>${problem}</p>
          ${progressTemplate(progress, words)}
          <div class="actions" part="actions">
            ${button('choose', say(fileName === '' ? 'field.choose' : 'field.another'), !isScoring, () => this.openPicker())}
            ${button('retry', say('field.retry'), canRetry, actions.retry)}
            ${button('cancel', say('field.cancel'), isScoring, actions.clear)}
            ${button('remove', say('field.remove'), fileName !== '' && !isScoring, actions.clear)}
          </div>
          <slot></slot>
        </div>
      </div>
      <input type="file" accept=${ACCEPT} hidden tabindex="-1" @change=${this.#onInput} />
      <p class="hidden" role="status">${spoken}</p>`;
  }

  /** The whole empty zone is a button for pointers; keys have the real one. */
  #onZoneClick = (/** @type {Event} */ event) => {
    const isControl = event.composedPath().some((each) => each instanceof Element && each.matches('button, a, input, label, select, textarea'));
    if (this.#last?.held.state === 'empty' && !isControl) this.openPicker();
  };

  #onInput = (/** @type {Event} */ event) => {
    const input = /** @type {HTMLInputElement} */ (event.target);
    const files = [...input.files ?? []];
    input.value = ''; // so that the same file can be chosen again
    this.#actions.take(files);
  };
}

/** @param {Snapshot['progress']} progress @param {Snapshot['words']} words */
function progressTemplate(progress, words) {
  const { text, share } = describeProgress(progress ?? null, words);
  return html`
    <div class="working" ?hidden=${progress === undefined}>
      <progress part="progress" max="1" value=${share ?? nothing} aria-label=${text}></progress>
      <p class="state" part="state">${text}</p>
    </div>`;
}

/** A picture frame: the sun, two hills. */
const icon = () => html`
  <svg viewBox="0 0 24 24" fill="none" stroke="currentColor" stroke-width="1.5" stroke-linecap="round" stroke-linejoin="round" aria-hidden="true">
    <path d="M5 4h14a2 2 0 0 1 2 2v12a2 2 0 0 1-2 2H5a2 2 0 0 1-2-2V6a2 2 0 0 1 2-2Z" />
    <path d="m3.5 17 5-5.5 4 4.2 3-3 5 4.8" />
    <path d="M15.5 8.5h.01" />
  </svg>`;
