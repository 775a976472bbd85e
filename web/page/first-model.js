/** The model that the page's address names. It is on its way before the rest of the page's modules are. */
import './trusted.js';
import { Scorer } from '../lib/percept.js';

/** @import {LoadOptions, LoadProgress} from '../lib/percept.js' */

const parameters = new URLSearchParams(location.search);

/** @type {LoadOptions} */
export const engineOptions = {
  variant: /** @type {LoadOptions['variant']} */ (parameters.get('variant') ?? 'auto'),
  threads: parameters.has('threads') ? Number(parameters.get('threads')) : undefined,
};

export const firstLocation = parameters.get('model') ?? 'weights/demo/';

/** @type {LoadProgress | null} */
let last = null;
/** @type {(progress: LoadProgress) => void} */
let hear = (progress) => { last = progress; };
const loading = Scorer.load(firstLocation, { ...engineOptions, onProgress: (progress) => hear(progress) });
loading.catch(() => {}); // shown by the page, once it is there

/** @param {(progress: LoadProgress) => void} onProgress hears the last word again */
export function firstScorer(onProgress) {
  hear = onProgress;
  if (last) hear(last);
  return loading;
}
