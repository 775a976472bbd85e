/** Undo for the whole page: Ctrl+Z, and a line with a button after what takes much away. */
import { html, nothing, render } from '../ui/html.js';
import { announce } from './announcer.js';
import { find } from './find.js';
import { onLanguage, say } from './language.js';

/** @import {History} from './history.js' */

/** @param {History} history */
export function offerUndo(history) {
  const undo = () => {
    const { last } = history;
    history.undo();
    last?.focus?.();
    keepFocus();
  };
  const hide = () => {
    history.hide();
    keepFocus();
  };
  const draw = () => {
    const { last } = history;
    render(last?.shown ? html`
      <p class="undo-bar"><span>${last.words()}</span> <button type="button" class="small" id="undo" @click=${undo}>${say('undo.undo')}</button>
        <button type="button" class="small quiet" id="hide-undo" aria-label=${say('detail.close')} @click=${hide}>×</button></p>` : nothing, find('undo-place'));
  };
  history.onChange(draw);
  history.onUndone(({ words }) => announce(say('undo.undone', { what: words() })));
  onLanguage(draw);
  document.addEventListener('keydown', (event) => {
    const isUndo = event.key.toLowerCase() === 'z' && (event.ctrlKey || event.metaKey) && !event.shiftKey && !event.altKey;
    const at = /** @type {Element} */ (event.target);
    if (!isUndo || at.closest('input:not([type="checkbox"]), textarea') || !history.last) return; // a field undoes its own typing
    event.preventDefault();
    if (at.closest('.undo-bar')) undo(); // its button goes
    else history.undo();
  });
}

/** The line goes with its buttons: where nothing else took the focus, the tab that is shown has it. */
function keepFocus() {
  if (document.activeElement === document.body) /** @type {HTMLElement} */ (find('tabs').querySelector('[aria-selected="true"]')).focus();
}
