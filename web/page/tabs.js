/** Tabs by the pattern that screen readers know: arrow keys move between them, the panel of the chosen one is shown. */

/** @param {HTMLElement} list of role tablist @param {(panel: string) => void} onShow */
export function makeTabs(list, onShow) {
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
    onShow(panelOf(wanted));
  };
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
}
