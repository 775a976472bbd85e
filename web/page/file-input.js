/** What a file input gives, which may then give the same again. */

/** @param {(files: File[]) => void} onFiles gets at least one @returns {(event: Event) => void} for the input's change */
export function takeFiles(onFiles) {
  return ({ currentTarget }) => {
    const input = /** @type {HTMLInputElement} */ (currentTarget);
    const files = [...input.files ?? []];
    input.value = '';
    if (files.length > 0) onFiles(files);
  };
}
