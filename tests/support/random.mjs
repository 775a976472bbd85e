/** Random choices that a seed repeats. */
import { mix32 } from '../golden/generator.mjs';

export class Random {
  #seed;
  /** Choices made so far: with the seed, it names a case. */
  count = 0;

  constructor(seed) {
    this.#seed = seed;
  }

  /** A whole number from 0 to `limit` - 1. */
  below(limit) {
    this.count += 1;
    return (mix32(this.#seed, this.count) >>> 0) % limit;
  }

  of(list) {
    return list[this.below(list.length)];
  }

  /** True one time in `times`. */
  onceIn(times) {
    return this.below(times) === 0;
  }
}
