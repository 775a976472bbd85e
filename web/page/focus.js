/**
 * Keeps the focus where it is while a part of the page is made anew.
 * @param {HTMLElement} root @param {() => void} render replaces what is in root
 */
export function keepingFocus(root, render) {
  const held = root.contains(document.activeElement) ? selectorOf(document.activeElement) : null;
  render();
  if (held) root.querySelector(held)?.focus({ preventScroll: true });
}

/** How to find the element's successor: by id, by what it shows or judges, else by its classes. */
function selectorOf(each) {
  if (each.id) return `#${CSS.escape(each.id)}`;
  if (each.dataset.layer) return `[data-layer="${CSS.escape(each.dataset.layer)}"]`;
  const judging = each.closest('[data-judging]');
  const place = judging ? `[data-judging="${CSS.escape(judging.dataset.judging)}"] ` : '';
  return `${place}${each.localName}${[...each.classList].map((name) => `.${CSS.escape(name)}`).join('')}`;
}
