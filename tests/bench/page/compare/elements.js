/** Elements with their text, without markup from strings. */

/** @param {string} name @param {Record<string, unknown>} properties @param {...(Node | string)} children */
export function element(name, properties = {}, ...children) {
  const made = Object.assign(document.createElement(name), properties);
  made.append(...children);
  return made;
}

/** Terms and what they are. @param {[string, string][]} pairs */
export function terms(pairs) {
  return pairs.map(([term, words]) => element('div', {}, element('dt', {}, term), element('dd', {}, words)));
}

/** @param {string | [string, string]} cell words, or words and a note below them */
function dataCell(cell) {
  const [words, note] = [cell].flat();
  return element('td', {}, words, ...(note ? [element('span', { className: 'note' }, ` ${note}`)] : []));
}

/**
 * A table that scrolls by itself on a narrow screen, by keyboard as well; the first cell of each row is its head.
 * @param {string} caption
 * @param {{head: string[], rows: (string | [string, string])[][]}} content
 */
export function table(caption, { head, rows }) {
  const heads = element('tr', {}, ...head.map((title) => element('th', { scope: 'col' }, title)));
  const body = rows.map(([first, ...rest]) => element('tr', {}, element('th', { scope: 'row' }, first), ...rest.map(dataCell)));
  const made = element('table', {}, element('caption', {}, caption), element('thead', {}, heads), element('tbody', {}, ...body));
  const around = element('div', { className: 'scrolls', tabIndex: 0 }, made);
  around.setAttribute('role', 'region');
  around.setAttribute('aria-label', caption);
  return around;
}
