/** Judged pictures that are nearly the same: an agreement counts them as what they say together. They are looked for when one is told. */
import { Similar } from './similar.js';

/**
 * @import {Item} from './types.d.ts'
 * @import {Judgements} from './judgements.js'
 * @import {PictureFeatures} from './picture-features.js'
 * @import {Pictures} from './pictures.js'
 */

export class NearCopies {
  #similar;

  /** @param {{features: PictureFeatures, judgements: Judgements, pictures: Pictures}} parts */
  constructor({ features, judgements, pictures }) {
    const choose = (/** @type {Item[]} */ shown) => {
      const judged = judgements.judgedKeys();
      return shown.filter(({ key }) => key !== null && judged.has(key));
    };
    this.#similar = new Similar({ features, pictures, client: 'agreement', choose });
    judgements.onChange(() => this.#similar.chooseAgain());
  }

  /** @param {() => void} listener */
  onChange(listener) {
    this.#similar.onChange(listener);
  }

  /** Numbers that those of a group share; what was not looked at, or cannot be, stands alone. @param {Item[]} items */
  clustersOf(items) {
    this.#similar.want();
    return items.map((item, at) => this.#similar.groupOf(item) ?? -1 - at);
  }

  /** Whether some are still to be looked at, or to be grouped. */
  get isLooking() {
    return !this.#similar.isSettled;
  }
}
