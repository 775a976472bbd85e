/** Two pictures side by side. */
import { formatScore } from '../ui/formats.js';
import { html, nothing, render } from '../ui/html.js';
import { resultsOf } from '../ui/kinds.js';
import { answersNumber } from './answers.js';
import { find } from './find.js';
import { localize, say } from './language.js';
import { resultTemplate } from './result.js';

/** @import {Item, Task} from './types.d.ts' */

/**
 * @param {Item[]} pair two items that were scored
 * @param {Task[]} tasks @param {Item[]} items all pictures
 */
export function openComparison(pair, tasks, items) {
  const dialog = find('comparison');
  const addresses = pair.map(({ file }) => (file ? URL.createObjectURL(file) : null));
  dialog.setAttribute('aria-label', say('compare.title'));
  render(html`
    <header>
      <h2>${say('compare.title')}</h2>
      <button type="button" class="icon close" aria-label=${say('detail.close')} @click=${() => dialog.close()}>×</button>
    </header>
    <ul class="differences">${tasks.map((task) => differenceTemplate(task, pair))}</ul>
    <div class="pair">
      ${pair.map((item, at) => html`
        <section aria-label=${item.name}>
          <div class="frame"><img src=${addresses[at] ?? item.thumbnail ?? ''} alt=${item.name} decoding="async" /></div>
          <h3>${item.name}</h3>
          ${resultsOf(item, tasks).map(([task, result]) => resultTemplate(task, result, items))}
        </section>`)}
    </div>`, dialog);
  dialog.addEventListener('close', () => {
    render(nothing, dialog); // first: a picture that is still to be loaded would miss its address
    for (const address of addresses) if (address) URL.revokeObjectURL(address);
  }, { once: true });
  dialog.showModal();
}

/** A difference, and whether it is larger than the views' errors together. @param {Task} task @param {Item[]} pair */
function differenceTemplate(task, [first, second]) {
  const [a, b] = [first.scores?.[task.id], second.scores?.[task.id]];
  if (!a || !b || !answersNumber(task)) return nothing;
  const difference = a.value - b.value;
  const error = a.standardError === null || b.standardError === null ? null : Math.hypot(a.standardError, b.standardError);
  const verdict = error === null ? '' : say(Math.abs(difference) > 2 * error ? 'compare.clear' : 'compare.unclear');
  const better = difference >= 0 ? first.name : second.name;
  const text = say('compare.difference', { task: localize(task.title), name: better, by: formatScore(Math.abs(difference), task.output.to) });
  return html`<li>${`${text} ${verdict}`.trim()}</li>`;
}
