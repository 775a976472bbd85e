/** Tabs by the pattern that screen readers know: arrow keys move between them, the panel of the chosen one is shown. */

/** @param {HTMLElement} list of role tablist @param {(panel: string) => void} onShow */
export function makeTabs(list, onShow) {
  const tabs = [...list.querySelectorAll('[role="tab"]')];
  const show = (wanted) => {
    for (const tab of tabs) {
      const isWanted = tab === wanted;
      tab.setAttribute('aria-selected', String(isWanted));
      tab.tabIndex = isWanted ? 0 : -1;
      document.getElementById(tab.getAttribute('aria-controls')).hidden = !isWanted;
    }
    onShow(wanted.getAttribute('aria-controls'));
  };
  for (const tab of tabs) tab.addEventListener('click', () => show(tab));
  list.addEventListener('keydown', (event) => {
    const at = tabs.indexOf(document.activeElement);
    const steps = { ArrowRight: at + 1, ArrowLeft: at - 1 + tabs.length, Home: 0, End: tabs.length - 1 };
    if (!Object.hasOwn(steps, event.key)) return;
    event.preventDefault();
    const next = tabs[steps[event.key] % tabs.length];
    show(next);
    next.focus();
  });
}
