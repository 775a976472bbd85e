/** Stars and flags, to see and to press. */
import { html, nothing } from '../ui/html.js';
import { listed, say } from './language.js';

/** @import {Rating} from './ratings.js' */

const MOST_STARS = 5;

const STARS = Array.from({ length: MOST_STARS }, (_, at) => at + 1);

/** In words; '' for nothing said. @param {Rating} rating */
export function ratingWords({ stars, flag }) {
  return listed([stars > 0 ? say('rating.stars', { count: stars }) : '', flag === null ? '' : say(`rating.${flag}`)].filter(Boolean));
}

/** What a tile shows. @param {Rating} rating @param {boolean} isBest of its group */
export function badgeTemplate(rating, isBest) {
  const { stars, flag } = rating;
  if (stars === 0 && flag === null && !isBest) return nothing;
  return html`
    <p class="marks">
      ${flag === null ? nothing : html`<span class=${`flag-${flag}`} aria-hidden="true">${flag === 'pick' ? '⚑' : '✕'}</span>`}
      ${stars === 0 ? nothing : html`<span class="stars" aria-hidden="true">${'★'.repeat(stars)}</span>`}
      ${isBest ? html`<span class="best-of">${say('similar.best')}</span>` : nothing}
      <span class="visually-hidden">${ratingWords(rating)}</span>
    </p>`;
}

/** Buttons for all of it. @param {Rating} rating @param {(change: Partial<Rating>) => void} onRate */
export function ratingTemplate({ stars, flag }, onRate) {
  return html`
    <div class="rating" role="group" aria-label=${say('rating.label')}>
      ${STARS.map((count) => html`
        <button type="button" class="star" data-stars=${count} aria-pressed=${stars === count} aria-label=${say('rating.stars', { count })} title=${`${say('rating.stars', { count })} (${count})`}
          @click=${() => onRate({ stars: stars === count ? 0 : count })}>${count <= stars ? '★' : '☆'}</button>`)}
      <button type="button" class="small" data-flag="pick" aria-pressed=${flag === 'pick'} @click=${() => onRate({ flag: flag === 'pick' ? null : 'pick' })}>${say('rating.pick')} <kbd>P</kbd></button>
      <button type="button" class="small" data-flag="reject" aria-pressed=${flag === 'reject'} @click=${() => onRate({ flag: flag === 'reject' ? null : 'reject' })}>${say('rating.reject')} <kbd>X</kbd></button>
    </div>`;
}
