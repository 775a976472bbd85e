/** What the browser keeps for this page alone. Where it keeps nothing, what is kept lives as long as the page is open. */
/** @type {Map<string, unknown>} */
const memory = new Map();

/** @param {string} name @returns {any} what was kept under it, or null */
export function recall(name) {
  try {
    return JSON.parse(localStorage.getItem(`percept-${name}`) ?? 'null');
  } catch {
    return memory.get(name) ?? null;
  }
}

/** @param {string} name @param {unknown} value what JSON can carry */
export function keep(name, value) {
  memory.set(name, value);
  try {
    localStorage.setItem(`percept-${name}`, JSON.stringify(value));
  } catch {
    // full, or forbidden: the memory above has it
  }
}
