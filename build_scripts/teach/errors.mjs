/** What teaching from the command line refuses: a sentence that names the file and says what to do. */
export class TeachError extends Error {
  /** @param {string} message @param {{cause?: unknown}} [options] */
  constructor(message, options) {
    super(message, options);
    this.name = 'TeachError';
  }
}
