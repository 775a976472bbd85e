/** What the browser keeps for this page alone. What it does not keep lives as long as the page is open. */
/** @type {Map<string, unknown>} */
const memory = new Map();

const keyOf = (/** @type {string} */ name) => `percept-${name}`;

/** @param {string} name @returns {any} what was kept under it, by whichever tab was last, or null */
export function recall(name) {
  if (memory.has(name)) return memory.get(name);
  try {
    return JSON.parse(localStorage.getItem(keyOf(name)) ?? 'null');
  } catch {
    return null;
  }
}

/** @param {string} name @param {unknown} value what JSON can carry; the browser may be full, or forbid it */
export function keep(name, value) {
  try {
    localStorage.setItem(keyOf(name), JSON.stringify(value));
    memory.delete(name);
  } catch {
    memory.set(name, value);
  }
}

/** @param {string} name @param {() => void} listener hears when another tab kept something under it, or all was deleted */
export function onKeptElsewhere(name, listener) {
  addEventListener('storage', ({ key }) => (key === null || key === keyOf(name)) && listener());
}
