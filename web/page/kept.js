/** What the browser keeps for this page alone. Where it keeps nothing, what is kept lives as long as the page is open. */
const memory = new Map();

/** @returns {any} what was kept under the name, or null */
export function recall(name) {
  try {
    return JSON.parse(localStorage.getItem(`percept-${name}`));
  } catch {
    return memory.get(name) ?? null;
  }
}

/** @param {any} value what JSON can carry */
export function keep(name, value) {
  memory.set(name, value);
  try {
    localStorage.setItem(`percept-${name}`, JSON.stringify(value));
  } catch {
    // full, or forbidden: the memory above has it
  }
}
