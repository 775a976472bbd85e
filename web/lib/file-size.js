/** How many bytes a picture's file may have: with more, no decoder's memory holds it, so that it is not even read. */
import { PerceptError } from './errors.js';

const MOST_BYTES = 2 ** 30 - 1;

/** @param {number} bytes */
export function checkFileSize(bytes) {
  if (bytes > MOST_BYTES) throw new PerceptError('picture-too-large', `The picture's file has more than ${MOST_BYTES} bytes. Make it smaller first.`);
}
