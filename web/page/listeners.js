/** Those who want to hear of something. @template {unknown[]} [News=[]] */
export class Listeners {
  /** @type {Set<(...news: News) => void>} */
  #all = new Set();

  /** @param {(...news: News) => void} listener */
  add(listener) {
    this.#all.add(listener);
  }

  /** One that fails is reported, and keeps neither the others nor who tells from going on. @param {News} news */
  tell(...news) {
    for (const listener of this.#all) {
      try {
        listener(...news);
      } catch (error) {
        queueMicrotask(() => { throw error; });
      }
    }
  }
}
