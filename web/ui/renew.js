/**
 * Brings a part of the page up to date without making it anew: an element that stays the same stays itself, and with it
 * the focus, a word half typed, an opened detail and a press that has begun.
 *
 * An element that is kept keeps its first listeners. So what its listeners close over must be told by its data-*
 * attributes: elements that differ in one of them are two elements, and the new one comes in with its own listeners.
 * @param {HTMLElement} root
 * @param {() => (Node | null)[]} make what shall be in root
 */
export function renew(root, make) {
  const held = root.contains(document.activeElement) ? /** @type {HTMLElement} */ (document.activeElement) : null;
  const successor = held && selectorOf(held);
  renewChildren(root, make().filter((each) => each !== null));
  if (held === null || document.activeElement === held) return;
  const next = held.isConnected ? held : /** @type {HTMLElement | null} */ (root.querySelector(/** @type {string} */ (successor)));
  next?.focus({ preventScroll: true });
}

/**
 * How to find an element's successor: by what its data says, by id, else by its classes, in the nearest part that says what
 * it is about.
 * @param {HTMLElement} each
 */
function selectorOf(each) {
  const about = /** @type {HTMLElement | null | undefined} */ (each.parentElement?.closest('[data-judging]'));
  return (about ? `${ownSelector(about)} ` : '') + ownSelector(each);
}

/** @param {HTMLElement} each */
function ownSelector(each) {
  if (each.id) return `#${CSS.escape(each.id)}`;
  const data = ['judging', 'layer'].filter((name) => name in each.dataset).map((name) => `[data-${name}="${CSS.escape(each.dataset[name] ?? '')}"]`);
  return each.localName + (data.length > 0 ? data : [...each.classList].map((name) => `.${CSS.escape(name)}`)).join('');
}

/**
 * Whoever is equal stays; between two of those, whoever is the same element is brought up to date; the others go.
 * @param {Node} parent @param {Node[]} wanted
 */
function renewChildren(parent, wanted) {
  const before = [...parent.childNodes];
  /** @type {Map<Node, ChildNode>} */
  const kept = new Map();
  let from = 0;
  for (const each of wanted) {
    const at = before.findIndex((old, index) => index >= from && (old === each || old.isEqualNode(each)));
    if (at < 0) continue;
    kept.set(each, before[at]);
    from = at + 1;
  }
  const taken = new Set(kept.values());
  from = 0;
  for (const each of wanted) {
    const equal = kept.get(each);
    if (equal) {
      from = before.indexOf(equal) + 1;
      continue;
    }
    const end = before.findIndex((old, index) => index >= from && taken.has(old));
    const same = before.slice(from, end < 0 ? undefined : end).find((old) => isSame(old, each));
    if (!same) continue;
    kept.set(each, same);
    from = before.indexOf(same) + 1;
    update(same, each);
  }
  const staying = new Set(kept.values());
  for (const old of before) if (!staying.has(old)) old.remove();
  let place = parent.firstChild;
  for (const each of wanted) {
    const node = kept.get(each) ?? each;
    if (node === place) place = place.nextSibling;
    else parent.insertBefore(node, place);
  }
}

/** A control's class says which it is; another element's may change. */
const CONTROLS = 'button, input, select, textarea';

/** @param {Node} old @param {Node} fresh */
function isSame(old, fresh) {
  if (old.nodeName !== fresh.nodeName) return false;
  if (!(old instanceof Element && fresh instanceof Element)) return true;
  return old.id === fresh.id && dataOf(old) === dataOf(fresh) && (!old.matches(CONTROLS) || old.className === fresh.className);
}

/** @param {Element} each an element of HTML or SVG, as all are here */
const styleOf = (each) => /** @type {HTMLElement} */ (each).style;

/** @param {Element} each */
const dataOf = (each) => JSON.stringify(Object.entries(/** @type {HTMLElement} */ (each).dataset ?? {}).sort());

/** @param {Node} old @param {Node} fresh of the same kind */
function update(old, fresh) {
  if (!(old instanceof Element && fresh instanceof Element)) {
    old.nodeValue = fresh.nodeValue;
    return;
  }
  for (const { name } of [...old.attributes]) if (name !== 'open' && !fresh.hasAttribute(name)) old.removeAttribute(name);
  for (const { name, value } of [...fresh.attributes]) {
    if (old.getAttribute(name) === value) continue;
    if (name === 'style') styleOf(old).cssText = styleOf(fresh).cssText; // a strict policy refuses the attribute
    else old.setAttribute(name, value);
    if (name === 'value' && old instanceof HTMLInputElement) old.value = value; // also when somebody has typed another
    if (name === 'selected' && old instanceof HTMLOptionElement) old.selected = true;
  }
  renewChildren(old, [...fresh.childNodes]);
}
