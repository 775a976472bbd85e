/** Public types in another folder than their source's. */
import { readFile } from 'node:fs/promises';
import { dirname, join } from 'node:path';

/**
 * The text of a .d.ts file whose relative imports are as seen from its new place.
 * @param {string} path of the source @param {(target: string) => string} place of an imported file, from the new folder
 */
export async function declarationsAt(path, place) {
  const text = await readFile(path, 'utf8');
  return text.replace(/from '(\.[^']+)'/g, (_, target) => {
    const address = place(join(dirname(path), target));
    return `from '${address.startsWith('.') ? address : `./${address}`}'`;
  });
}
