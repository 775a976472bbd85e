/**
 * What the converter refuses, and why.
 *
 * Every refusal carries a stable code for programs and one sentence for people, which names the thing
 * (a word of the recipe, a tensor, a file) and says what to do about it.
 */
export class ConvertError extends Error {
  /**
   * @param {string} code one of the codes below
   * @param {string} message
   */
  constructor(code, message) {
    super(message);
    this.name = 'ConvertError';
    this.code = code;
  }
}

export const BAD_USAGE = 'BAD_USAGE'; /* the command line */
export const BAD_RECIPE = 'BAD_RECIPE'; /* a word or a value of the recipe */
export const NOT_FOUND = 'NOT_FOUND'; /* a file or folder that the recipe names */
export const BAD_FILE = 'BAD_FILE'; /* a damaged, lying or hostile file */
export const UNSUPPORTED = 'UNSUPPORTED'; /* a sound file of a kind that is not read */
export const UNKNOWN_TENSOR = 'UNKNOWN_TENSOR';
export const MISSING_TENSOR = 'MISSING_TENSOR';
export const WRONG_SHAPE = 'WRONG_SHAPE';
export const NOT_FINITE = 'NOT_FINITE';
export const DIFFERENT_TRUNK = 'DIFFERENT_TRUNK'; /* an adapter that was trained beside another base */
export const OUTPUT = 'OUTPUT'; /* the output folder: it exists, the disk is full */

/**
 * Names for a sentence: the first few, then how many more.
 * @param {string[]} names
 * @returns {string}
 */
export function listNames(names) {
  const shown = names.slice(0, 4).join(', ');
  return names.length > 4 ? `${shown} and ${names.length - 4} more` : shown;
}
