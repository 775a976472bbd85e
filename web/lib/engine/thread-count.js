/** How many threads compute. */
import { PerceptError } from '../errors.js';
import { canShareMemory, processorCount } from '../platform/machine.js';

/** More threads than this gain little and cost each a stack. */
const MOST_DEFAULT_THREADS = 8;
const MOST_THREADS = 64;

/** The threads to use: as wished where memory can be shared, else one. @param {number} [wished] */
export function threadCount(wished) {
  if (wished !== undefined && !(Number.isInteger(wished) && wished >= 1 && wished <= MOST_THREADS)) {
    throw new PerceptError('bad-argument', `threads must be a whole number from 1 to ${MOST_THREADS}.`);
  }
  if (!canShareMemory()) return 1;
  return wished ?? Math.min(processorCount(), MOST_DEFAULT_THREADS);
}
