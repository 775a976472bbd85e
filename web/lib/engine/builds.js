/** Which of the engine's builds may run here, best first. */
import { PerceptError } from '../errors.js';
import { supports } from './probes.js';

/** @import {Build, Variant} from './types.d.ts' */
/** @typedef {Exclude<Variant, 'auto'>} Chosen */

/** @type {Record<Chosen, ('simd128' | 'relaxed')[]>} */
const NEEDS = { relaxed: ['simd128', 'relaxed'], simd128: ['simd128'], reference: [] };
/** @type {Chosen[]} */
const AUTOMATIC = ['relaxed', 'simd128'];

/**
 * The builds to try in turn.
 * @param {Variant} variant
 * @param {number} threads as threadCount gave them
 * @returns {Build[]}
 */
export function candidateBuilds(variant, threads) {
  if (variant !== 'auto' && !Object.hasOwn(NEEDS, variant)) {
    throw new PerceptError('bad-argument', `There is no variant '${variant}': choose auto, relaxed, simd128 or reference.`);
  }
  const possible = (variant === 'auto' ? AUTOMATIC : [variant]).filter((name) => NEEDS[name].every(supports));
  if (possible.length === 0) throw noBuild(variant);
  return possible.flatMap((name) => [
    ...(threads > 1 && name !== 'reference' ? [describe(`${name}-shared`, threads)] : []),
    describe(name, 1),
  ]);
}

/** @param {Build['name']} name @param {number} threads @returns {Build} */
function describe(name, threads) {
  return { name, file: `tower-${name}.wasm`, shared: name.endsWith('-shared'), threads };
}

/** @param {Variant} variant */
function noBuild(variant) {
  if (variant === 'auto' || variant === 'simd128') {
    return new PerceptError('no-simd', 'This browser has no WebAssembly SIMD, which Percept needs. Update it, or use a current Chrome, Edge, Firefox or Safari.');
  }
  return new PerceptError('variant-unavailable', `This WebAssembly engine cannot run the ${variant} build. Leave variant at 'auto'.`);
}
