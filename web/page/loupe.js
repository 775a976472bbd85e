/** What the dialog of one picture has for choosing: stars and flags, 100 %, what the camera wrote, and the neighbours as a strip. */
import { html, nothing } from '../ui/html.js';
import { repeat } from '../ui/lit-directives.js';
import { listed, say } from './language.js';
import { PictureFacts } from './picture-facts.js';
import { ratingTemplate, ratingWords } from './rating-marks.js';
import { Zoom } from './zoom.js';

/**
 * @import {DetailDialog} from './detail-dialog.js'
 * @import {Rating, Ratings} from './ratings.js'
 * @import {Drawn, Item} from './types.d.ts'
 */

/** Neighbours on each side. */
const BESIDE = 4;

export class Loupe {
  #parts;
  facts = new PictureFacts();
  zoom;

  /** @param {{detail: DetailDialog, order: () => Item[], ratings: Ratings, onRate: (change: Partial<Rating>) => void}} parts */
  constructor(parts) {
    this.#parts = parts;
    const { detail } = parts;
    this.zoom = new Zoom(() => [.../** @type {NodeListOf<HTMLElement>} */ (detail.root.querySelectorAll('.lens'))]);
    this.facts.onChange(() => detail.render());
    detail.more = {
      tools: (item) => this.#toolsTemplate(item),
      facts: (item) => this.facts.template(item),
      strip: (item) => this.#stripTemplate(item),
      onDrawn: (item) => (item === null ? this.zoom.reset() : this.zoom.apply()),
    };
    detail.render();
  }

  /** The whole picture, or one pixel for one pixel. */
  toggle() {
    this.zoom.toggle();
    this.#parts.detail.render();
  }

  /** @param {Item} item */
  #toolsTemplate(item) {
    const { onRate, ratings } = this.#parts;
    return html`
      <div class="cull-tools">
        ${ratingTemplate(ratings.of(item), onRate)}
        ${item.file && item.facts ? html`<button type="button" class="small" id="full" aria-pressed=${this.zoom.isClose} @click=${() => this.toggle()}>${say('cull.full')} <kbd>Z</kbd></button>` : nothing}
      </div>`;
  }

  /** @param {Item} item @returns {Drawn} */
  #stripTemplate(item) {
    const { detail, order, ratings } = this.#parts;
    const all = order();
    const at = all.indexOf(item);
    if (all.length < 2 || at < 0) return nothing;
    const start = Math.max(0, Math.min(at - BESIDE, all.length - 2 * BESIDE - 1));
    return html`
      <div class="filmstrip" role="group" aria-label=${say('cull.strip')}>
        ${repeat(all.slice(start, start + 2 * BESIDE + 1), ({ id }) => id, (each) => html`
          <button type="button" tabindex=${each === item ? 0 : -1} aria-current=${each === item ? 'true' : nothing} aria-label=${listed([each.name, ratingWords(ratings.of(each))].filter(Boolean))}
            title=${each.name} @click=${() => detail.open(each)}>
            ${each.thumbnail ? html`<img alt="" src=${each.thumbnail} decoding="async" draggable="false" />` : nothing}
            <span aria-hidden="true">${signsOf(ratings.of(each))}</span>
          </button>`)}
      </div>`;
  }
}

/** @param {Rating} rating */
function signsOf({ stars, flag }) {
  const sign = flag === 'pick' ? '⚑' : '✕';
  return `${flag === null ? '' : sign}${'★'.repeat(stars)}`;
}
