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

/** @param {string} name @param {unknown} value what JSON can carry @returns {boolean} whether the browser keeps it: it may be full, or forbid it */
export function keep(name, value) {
  try {
    localStorage.setItem(keyOf(name), JSON.stringify(value));
    memory.delete(name);
    return true;
  } catch {
    memory.set(name, value);
    return false;
  }
}

/** Calls back when another tab has kept something under that name. @param {string} name @param {() => void} listener */
export function onKeptElsewhere(name, listener) {
  globalThis.addEventListener?.('storage', ({ key }) => {
    if (key === keyOf(name) || key === null) listener();
  });
}
