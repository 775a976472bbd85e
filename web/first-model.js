/** The model that the page's address names. It is on its way before the rest of the page's modules are. */
import './page/trusted.js';
import { Scorer } from './percept.js';

const parameters = new URLSearchParams(location.search);

export const engineOptions = {
  variant: parameters.get('variant') ?? 'auto',
  threads: parameters.has('threads') ? Number(parameters.get('threads')) : undefined,
};

export const firstLocation = parameters.get('model') ?? 'weights/demo/';

let told = null;
let hear = (progress) => { told = progress; };
const loading = Scorer.load(firstLocation, { ...engineOptions, onProgress: (progress) => hear(progress) });
loading.catch(() => {}); // shown by the page, once it is there

/** @param {(progress: import('./percept.js').LoadProgress) => void} onProgress hears the last word again */
export function firstScorer(onProgress) {
  hear = onProgress;
  if (told) hear(told);
  return loading;
}
