/** The form for a new trait: its name in the person's own words, and how it is judged. */
import { html, nothing } from '../ui/html.js';
import { find } from './find.js';
import { currentLanguage, say } from './language.js';

/** @import {TaughtHere} from './types.d.ts' */

const WAYS = /** @type {const} */ (['pairs', 'stars', 'classes']);

export class TeachForm {
  #onMade;
  #render;
  /** @type {TaughtHere['way']} */
  #way = 'pairs';
  #problem = '';

  /** @param {(lesson: Omit<TaughtHere, 'id' | 'group' | 'equalGroups'>) => void} onMade @param {() => void} render draws it again */
  constructor(onMade, render) {
    this.#onMade = onMade;
    this.#render = render;
  }

  /** @param {(() => void) | null} onCancel where there is something to go back to */
  template(onCancel) {
    return html`
      <form class="panel teach-form" @submit=${(/** @type {Event} */ event) => this.#submit(event)}>
        <label class="wide"><span>${say('teach.name')}</span>
          <input id="trait-title" type="text" autocomplete="off" required maxlength="120" placeholder=${say('teach.example')} /></label>
        <fieldset class="ways">
          <legend>${say('teach.how')}</legend>
          ${WAYS.map((way) => html`
            <label class="way">
              <input type="radio" name="way" value=${way} .checked=${way === this.#way} @change=${() => this.#choose(way)} />
              <span><strong>${say(`teach.way.${way}`)}</strong> <span class="notes">${say(`teach.meaning.${way}`)}</span></span></label>`)}
        </fieldset>
        ${this.#way === 'classes' ? html`
          <label class="wide"><span>${say('teach.classes')}</span>
            <input id="trait-classes" type="text" autocomplete="off" required placeholder=${say('teach.classesExample')} /></label>` : nothing}
        ${this.#problem === '' ? nothing : html`<p class="problem" role="alert">${this.#problem}</p>`}
        <p class="actions">
          <button type="submit" class="primary" id="start-trait">${say('teach.start')}</button>
          ${onCancel ? html`<button type="button" @click=${onCancel}>${say('queue.cancel')}</button>` : nothing}
        </p>
      </form>`;
  }

  /** @param {TaughtHere['way']} way */
  #choose(way) {
    this.#way = way;
    this.#problem = '';
    this.#render();
  }

  /** @param {Event} event */
  #submit(event) {
    event.preventDefault();
    const field = /** @type {HTMLInputElement} */ (find('trait-title'));
    const classes = this.#way === 'classes' ? classesIn(/** @type {HTMLInputElement} */ (find('trait-classes')).value) : [];
    this.#problem = this.#way === 'classes' && classes.length < 2 ? say('teach.fewClasses') : '';
    const title = field.value.trim();
    if (this.#problem !== '' || title === '') {
      this.#render();
      return;
    }
    field.value = '';
    this.#onMade({ title, language: currentLanguage(), way: this.#way, classes });
  }
}

/** Between commas, as each language writes them. @param {string} text */
function classesIn(text) {
  return [...new Set(text.split(/[,、，;；\n]/).map((each) => each.trim()).filter(Boolean))];
}
