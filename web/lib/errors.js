/**
 * Every failure that leaves Percept is a PerceptError: a stable code for programs, a sentence for people.
 * For an aborted call `name` is 'AbortError', as fetch and other web interfaces have it.
 */
export class PerceptError extends Error {
  /**
   * @param {import('./percept.js').ErrorCode} code
   * @param {string} message a sentence that says what happened and what to do
   * @param {{cause?: unknown, picture?: number}} [options] picture: of a lesson, by its place
   */
  constructor(code, message, options) {
    super(message, options);
    this.name = code === 'aborted' ? 'AbortError' : 'PerceptError';
    /** @readonly */
    this.code = code;
    /** @readonly */
    this.picture = options?.picture;
  }
}

/** @type {Set<import('./percept.js').ErrorCode>} */
const OF_A_PICTURE = new Set(['unreadable-picture', 'unsupported-format', 'unsupported-here', 'corrupt-picture', 'picture-too-large']);

/** Whether it tells of one picture among many. @param {unknown} error @returns {error is PerceptError} */
export function isOfPicture(error) {
  return error instanceof PerceptError && OF_A_PICTURE.has(error.code);
}

/** The error of a call whose signal is aborted. @param {AbortSignal} signal */
export const abortedBy = (signal) => new PerceptError('aborted', 'The call was cancelled.', { cause: signal.reason });

/**
 * Throws the error for an aborted call if the signal says so.
 * @param {AbortSignal} [signal]
 */
export function throwIfAborted(signal) {
  if (signal?.aborted) throw abortedBy(signal);
}

/**
 * What can cross postMessage: class and cause do not survive structured cloning everywhere.
 * @typedef {{code: import('./percept.js').ErrorCode, message: string}} PlainError
 *
 * @param {unknown} error
 * @returns {PlainError}
 */
export function toPlainError(error) {
  if (error instanceof PerceptError) return { code: error.code, message: error.message };
  return { code: 'internal', message: `Something unexpected happened: ${messageOf(error)}` };
}

/** The sentence of whatever was thrown. @param {unknown} thrown */
export function messageOf(thrown) {
  return /** @type {Error | undefined} */ (thrown)?.message ?? String(thrown);
}

/** @param {PlainError} error */
export function fromPlainError({ code, message }) {
  return new PerceptError(code, message);
}
