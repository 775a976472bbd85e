/** What callers hand over, checked before anything starts: what makes no sense ends in 'bad-argument', by its name. */
import { PerceptError } from './errors.js';
import { isUrl } from './realms.js';

/** @type {Record<string, {wanted: string, fits: (value: any) => boolean}>} */
const OPTIONS = {
  onProgress: { wanted: 'a function', fits: (value) => typeof value === 'function' },
  signal: { wanted: 'an AbortSignal', fits: (value) => typeof value.aborted === 'boolean' && typeof value.addEventListener === 'function' },
  variant: { wanted: 'a text', fits: (value) => typeof value === 'string' },
  threads: { wanted: 'a number', fits: (value) => typeof value === 'number' },
  integrity: { wanted: 'a text', fits: (value) => typeof value === 'string' },
  maximumPixels: { wanted: 'a whole number above 0', fits: (value) => Number.isInteger(value) && value > 0 },
  assets: { wanted: 'an address', fits: (value) => typeof value === 'string' || isUrl(value) },
  task: { wanted: 'a task id', fits: (value) => typeof value === 'string' },
  grid: { wanted: 'two whole numbers from 1 to 32: rows and columns', fits: (value) => Array.isArray(value) && value.length === 2 && value.every((side) => Number.isInteger(side) && side >= 1 && side <= 32) },
  tasks: { wanted: 'a list of task ids', fits: (value) => Array.isArray(value) && value.every((id) => typeof id === 'string') },
  preprocess: { wanted: 'an object', fits: (value) => typeof value === 'object' },
  onPart: { wanted: 'a function', fits: (value) => typeof value === 'function' },
  embedding: { wanted: 'true or false', fits: (value) => typeof value === 'boolean' },
};

/**
 * The options that are there: null counts as absent. Lists are copied, since those that a page's framework watches cannot be
 * sent to a worker.
 * @template {object} T
 * @param {T | undefined} options @param {...string} own those that this call has beside signal and onProgress
 * @returns {T}
 */
export function checkOptions(options, ...own) {
  if (typeof (options ?? {}) !== 'object') throw new PerceptError('bad-argument', 'The options are not an object.');
  const given = Object.entries(options ?? {}).filter(([, value]) => value !== undefined && value !== null);
  own.push('signal', 'onProgress');
  for (const [name, value] of given) {
    const problem = own.includes(name) ? !OPTIONS[name].fits(value) && `not ${OPTIONS[name].wanted}` : `none of this call's: ${own.join(', ')}`;
    if (problem) throw new PerceptError('bad-argument', `The option ${name} is ${problem}.`);
  }
  return /** @type {T} */ (Object.fromEntries(given.map(([name, value]) => [name, Array.isArray(value) ? [...value] : value])));
}
