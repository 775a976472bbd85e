/** Two pictures side by side. */
import { element } from '../ui/element.js';
import { givesScore, resultsOf } from '../ui/kinds.js';
import { resultElement } from './results.js';
import { formatScore } from '../ui/formats.js';
import { localize, say } from './language.js';

/** @import {Item, Task} from './types.d.ts' */

/**
 * @param {HTMLDialogElement} dialog
 * @param {Item[]} pair two items that were scored
 * @param {Task[]} tasks @param {Item[]} items all pictures
 */
export function openComparison(dialog, pair, tasks, items) {
  const addresses = pair.map(({ file }) => (file ? URL.createObjectURL(file) : null));
  const column = (/** @type {Item} */ item, /** @type {number} */ at) => element('section', { 'aria-label': item.name },
    element('div', { className: 'frame' }, element('img', { src: addresses[at] ?? item.thumbnail ?? '', alt: item.name, decoding: 'async' })),
    element('h3', { textContent: item.name }),
    ...resultsOf(item, tasks).map(([task, result]) => resultElement(task, result, items)));
  dialog.setAttribute('aria-label', say('compare.title'));
  dialog.replaceChildren(
    element('header', {}, element('h2', { textContent: say('compare.title') }),
      element('button', { type: 'button', className: 'icon close', 'aria-label': say('detail.close'), textContent: '×', onclick: () => dialog.close() })),
    element('ul', { className: 'differences' }, ...tasks.map((task) => differenceElement(task, pair))),
    element('div', { className: 'pair' }, ...pair.map(column)));
  dialog.addEventListener('close', () => {
    for (const address of addresses) if (address) URL.revokeObjectURL(address);
    dialog.replaceChildren();
  }, { once: true });
  dialog.showModal();
}

/** A difference, and whether it is larger than the views' errors together. @param {Task} task @param {Item[]} pair */
function differenceElement(task, [first, second]) {
  const [a, b] = [first.scores?.[task.id], second.scores?.[task.id]];
  if (!a || !b || !givesScore(task)) return null;
  const difference = a.value - b.value;
  const error = a.standardError === null || b.standardError === null ? null : Math.hypot(a.standardError, b.standardError);
  const verdict = error === null ? '' : say(Math.abs(difference) > 2 * error ? 'compare.clear' : 'compare.unclear');
  const better = difference >= 0 ? first.name : second.name;
  const text = say('compare.difference', { task: localize(task.title), name: better, by: formatScore(Math.abs(difference), task.output.to) });
  return element('li', { textContent: `${text} ${verdict}`.trim() });
}
