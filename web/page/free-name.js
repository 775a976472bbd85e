/** What else to try beside a name. @param {string} name @returns {(at: number) => string} */
export const numbered = (name) => (at) => (at === 1 ? name : `${name} (${at})`);

/** The first name that nothing else has. @param {string[]} taken @param {(at: number) => string} nameAt the names to try, from 1 on @returns {string} */
export function freeName(taken, nameAt) {
  for (let at = 1; ; at += 1) {
    const name = nameAt(at);
    if (!taken.includes(name)) return name;
  }
}
