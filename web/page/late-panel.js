/** A panel whose code comes when the page is at rest, or when it is shown before. */
import { find } from './find.js';

/** @template {{render(): void}} Panel */
export class LatePanel {
  root;
  #load;
  /** @type {Promise<Panel> | null} */
  #panel = null;

  /** @param {string} id of its element @param {() => Promise<Panel>} load */
  constructor(id, load) {
    this.root = find(id);
    this.#load = load;
  }

  /** What does not come is asked for again. @returns {Promise<Panel>} */
  get() {
    this.#panel ??= this.#load().catch((error) => {
      this.#panel = null;
      throw error;
    });
    return this.#panel;
  }

  async render() {
    (await this.get()).render();
  }
}
