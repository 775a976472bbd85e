/** Asks once whether the pictures shall be kept in this browser, and says when there is no room for all of them. */
import { html, nothing, render } from '../ui/html.js';
import { find } from './find.js';
import { onLanguage, say } from './language.js';

/** @import {KeptPictures} from './kept-pictures.js' */
/** @import {Pictures} from './pictures.js' */

/** @param {{kept: KeptPictures, pictures: Pictures}} parts */
export function offerKeeping({ kept, pictures }) {
  const draw = () => render(template(kept), find('keep-place'));
  kept.onChange(draw);
  pictures.onChange(({ list }) => list && draw());
  onLanguage(draw);
}

/** @param {KeptPictures} kept */
function template(kept) {
  const { own, kept: count, isFull } = kept.facts;
  if (own === 0) return nothing;
  if (kept.choice && isFull) return html`<p class="notice" role="alert">${say('keep.full', { kept: count, count: own })}</p>`;
  if (kept.choice !== null) return nothing;
  return html`
    <div class="keep-question" role="group" aria-labelledby="keep-words">
      <p id="keep-words">${say('keep.question')}</p>
      <p class="actions">
        <button type="button" class="small" id="keep-yes" @click=${() => answer(kept, true)}>${say('keep.yes')}</button>
        <button type="button" class="small quiet" id="keep-no" @click=${() => answer(kept, false)}>${say('keep.no')}</button></p>
    </div>`;
}

/** The buttons go with the answer, so the focus goes on. @param {KeptPictures} kept @param {boolean} isWanted */
function answer(kept, isWanted) {
  kept.choose(isWanted);
  find('main').focus({ preventScroll: true });
}
