/** Tabs by the pattern that screen readers know: arrow keys move between them, the panel of the chosen one is shown. */

import { Listeners } from './listeners.js';

/** @typedef {{show: (panel: string) => void, shown: string, onShow: (listener: (panel: string) => void) => void}} Tabs */

/** @param {HTMLElement} list of role tablist @returns {Tabs} */
export function makeTabs(list) {
  /** @type {Listeners<[string]>} */
  const listeners = new Listeners();
  const tabs = [.../** @type {NodeListOf<HTMLElement>} */ (list.querySelectorAll('[role="tab"]'))];
  const panelOf = (/** @type {HTMLElement} */ tab) => tab.getAttribute('aria-controls') ?? '';
  const show = (/** @type {HTMLElement} */ wanted) => {
    for (const tab of tabs) {
      const isWanted = tab === wanted;
      tab.setAttribute('aria-selected', String(isWanted));
      tab.tabIndex = isWanted ? 0 : -1;
      const panel = document.getElementById(panelOf(tab));
      if (panel) panel.hidden = !isWanted;
    }
    listeners.tell(panelOf(wanted));
  };
  const isShown = (/** @type {HTMLElement} */ tab) => tab.ariaSelected === 'true';
  for (const tab of tabs) tab.addEventListener('click', () => show(tab));
  list.addEventListener('keydown', (event) => {
    const at = tabs.findIndex((tab) => tab === document.activeElement);
    /** @type {Record<string, number>} */
    const steps = { ArrowRight: at + 1, ArrowLeft: at - 1 + tabs.length, Home: 0, End: tabs.length - 1 };
    if (!Object.hasOwn(steps, event.key)) return;
    event.preventDefault();
    const next = tabs[steps[event.key] % tabs.length];
    show(next);
    next.focus();
  });
  return {
    show(panel) {
      const tab = tabs.find((each) => panelOf(each) === panel);
      if (tab) show(tab);
    },
    get shown() {
      return panelOf(/** @type {HTMLElement} */ (tabs.find(isShown)));
    },
    onShow: (listener) => listeners.add(listener),
  };
}
