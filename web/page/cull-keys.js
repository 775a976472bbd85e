/** The keys of choosing pictures: what each does, and the list of them. */
import { html, render } from '../ui/html.js';
import { find } from './find.js';
import { keep, recall } from './kept.js';
import { onLanguage, say } from './language.js';

/** @import {ChangeEvent} from './types.d.ts' */
/** @typedef {'stars' | 'pick' | 'reject' | 'unflag' | 'full' | 'zoom' | 'compare' | 'grid' | 'select' | 'best' | 'advance' | 'facts' | 'save' | 'judge' | 'help' | 'clear'} Act */

/** By what keyboard events name. @type {Record<string, Act>} */
const ACTS = {
  0: 'stars', 1: 'stars', 2: 'stars', 3: 'stars', 4: 'stars', 5: 'stars',
  p: 'pick', x: 'reject', u: 'unflag', ' ': 'full', z: 'zoom', c: 'compare', g: 'grid', s: 'select', b: 'best', a: 'advance', i: 'facts', e: 'save', j: 'judge', '?': 'help', escape: 'clear',
};

/** What the list says; names of keys in two languages are in the sentences. */
const LIST = [
  ['← → ↑ ↓', 'keys.move'], ['Enter', 'keys.enter'], ['1 … 5', 'keys.stars'], ['0', 'keys.none'], ['P', 'keys.pick'], ['X', 'keys.reject'], ['U', 'keys.unflag'],
  ['Space, Z', 'keys.zoom'], ['Shift + ← → ↑ ↓', 'keys.pan'], ['C', 'keys.compare'], ['G', 'keys.grid'], ['S', 'keys.select'], ['Ctrl + A', 'keys.all'], ['Esc', 'keys.clear'],
  ['B', 'keys.best'], ['A', 'keys.advance'], ['I', 'keys.facts'], ['E', 'keys.save'], ['J', 'keys.judge'], ['Delete', 'keys.remove'], ['Ctrl + Z', 'keys.undo'], ['?', 'keys.help'],
];

/** @param {KeyboardEvent} event @returns {Act | null} */
export function actOf(event) {
  if (event.altKey || event.ctrlKey || event.metaKey) return null;
  const key = event.key.toLowerCase();
  return Object.hasOwn(ACTS, key) ? ACTS[key] : null;
}

/** What the space bar presses itself. A tile shows its picture large by Enter, so there the bar is free for 100 %; on the one that is chosen in a comparison, too. */
const PRESSED = 'button:not(.card .open, .compared[aria-current] .choose-one), summary, a, input';

/** Whether a key is for what has the focus. @param {KeyboardEvent} event @param {Element} at what has it */
export const isOfElement = ({ key }, at) => key === ' ' && at.closest(PRESSED) !== null;

/** Whether keys act wherever the focus is; people who speak to their computer, or whose fingers slip, switch it off. */
export const keysActAnywhere = () => recall('keys-anywhere') !== false;

/** The dialog that lists them. */
export class KeyList {
  #dialog = find('keys-dialog');

  constructor() {
    this.#dialog.addEventListener('click', (event) => event.target === this.#dialog && this.#dialog.close());
    onLanguage(() => this.#dialog.open && this.#render());
  }

  get isOpen() {
    return this.#dialog.open;
  }

  toggle() {
    if (this.isOpen) return this.#dialog.close();
    this.#render();
    this.#dialog.showModal();
  }

  #render() {
    this.#dialog.setAttribute('aria-label', say('keys.title'));
    render(html`
      <header><h2>${say('keys.title')}</h2>
        <button type="button" class="icon close" aria-label=${say('detail.close')} @click=${() => this.#dialog.close()}>×</button></header>
      <div class="key-list">
        <dl>${LIST.map(([keys, text]) => html`<div><dt><kbd>${keys}</kbd></dt><dd>${say(text)}</dd></div>`)}</dl>
        <label class="check"><input type="checkbox" id="keys-anywhere" ?checked=${keysActAnywhere()} @change=${(/** @type {ChangeEvent} */ { currentTarget }) => keep('keys-anywhere', currentTarget.checked)} />
          <span>${say('keys.anywhere')}</span></label>
      </div>`, this.#dialog);
  }
}
