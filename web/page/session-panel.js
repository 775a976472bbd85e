/** In the tab of the model: the pictures that this browser keeps, where everything lies, and how it is deleted. */
import { formatMegabytes } from '../ui/formats.js';
import { html, render } from '../ui/html.js';
import { live } from '../ui/lit-directives.js';
import { find } from './find.js';
import { onLanguage, say, together } from './language.js';

/** @import {ChangeEvent} from './types.d.ts' */
/** @import {KeptPictures} from './kept-pictures.js' */

/** @param {KeptPictures} kept */
export function showSession(kept) {
  const draw = () => render(template(kept), find('session'));
  kept.onChange(draw);
  onLanguage(draw);
  draw();
}

/** @param {KeptPictures} kept */
function template(kept) {
  const { bytes, isFull, kept: count, own } = kept.facts;
  const figures = { kept: count, count: own, megabytes: formatMegabytes(bytes) };
  return html`
    <h3>${say('keep.title')}</h3>
    <p class="fields"><label class="check">
      <input type="checkbox" id="keep-pictures" .checked=${live(kept.choice === true)}
        @change=${(/** @type {ChangeEvent} */ { currentTarget }) => kept.choose(currentTarget.checked)} />
      <span>${say('keep.check')}</span></label></p>
    <p role="status">${together(say(kept.choice ? 'keep.facts' : 'keep.off', figures), isFull ? say('keep.full', figures) : '')}</p>
    <p class="notes">${say('keep.where')}</p>`;
}
