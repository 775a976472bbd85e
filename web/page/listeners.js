/** Those who want to hear of something. @template {unknown[]} [News=[]] */
export class Listeners {
  /** @type {Set<(...news: News) => void>} */
  #all = new Set();

  /** @param {(...news: News) => void} listener */
  add(listener) {
    this.#all.add(listener);
  }

  /** @param {News} news */
  tell(...news) {
    for (const listener of this.#all) listener(...news);
  }
}
