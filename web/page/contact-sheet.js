/** Chosen pictures on paper: small, with their names, stars and scores. As long as it is there, it is printed, and no report. */
import { html, nothing, render } from '../ui/html.js';
import { drawingOf, resultsOf } from '../ui/kinds.js';
import { find } from './find.js';
import { currentLanguage, localize, say, words } from './language.js';

/** @import {Item, Task} from './types.d.ts' */
/** @import {Rating} from './ratings.js' */

/** Scores under each picture. */
const MOST_LINES = 3;

/** @param {Item[]} items @param {{tasks: Task[], ratingOf: (item: Item) => Rating}} known */
export async function printContactSheet(items, { tasks, ratingOf }) {
  const root = find('contact-sheet');
  render(html`
    <article>
      <h1>${say('sheet.title', { count: items.length })}</h1>
      <p>${new Date().toLocaleString(currentLanguage())}</p>
      <ol>
        ${items.map((item) => {
          const { stars, flag } = ratingOf(item);
          return html`
            <li>
              ${item.thumbnail ? html`<img alt="" src=${item.thumbnail} />` : nothing}
              <strong>${item.name}</strong>
              <span>${`${'★'.repeat(stars)} ${flag === null ? '' : say(`rating.${flag}`)}`.trim()}</span>
              ${resultsOf(item, tasks).slice(0, MOST_LINES).map(([task, result]) => html`<span>${`${localize(task.title)} ${drawingOf(task).figure(task, result, words())}`}</span>`)}
            </li>`;
        })}
      </ol>
    </article>`, root);
  await Promise.all(Array.from(root.querySelectorAll('img'), (image) => image.decode().catch(() => {}))); // a sheet with a gap is better than none
  addEventListener('afterprint', () => render(nothing, root), { once: true });
  print();
}
