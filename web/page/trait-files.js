/** Traits that come as files. Where a name is taken, nothing is replaced unasked: the file waits for what the person says. */
import { html, nothing } from '../ui/html.js';
import { announce } from './announcer.js';
import { freeName, numbered } from './free-name.js';
import { localize, say, together, words } from './language.js';
import { freeId } from './lessons.js';

/**
 * @import {PanelParts, PerceptError} from './types.d.ts'
 *
 * @typedef {object} Waiting a file whose name is another trait's
 * @property {string} file its name
 * @property {Uint8Array<ArrayBuffer>} bytes
 * @property {string} id that of both
 */

export class TraitFiles {
  #parts;
  #onAdded;
  #render;
  #message = '';
  /** @type {Waiting[]} */
  #waiting = [];

  /** @param {PanelParts} parts @param {{onAdded: (id: string) => void, render: () => void}} to */
  constructor(parts, { onAdded, render }) {
    this.#parts = parts;
    this.#onAdded = onAdded;
    this.#render = render;
  }

  /** Forgets what was said; files go on waiting. */
  quiet() {
    this.#message = '';
  }

  /** @param {File[]} files */
  async take(files) {
    const notes = [];
    for (const file of files) notes.push(await this.#take(file));
    this.#tell(together(...notes));
  }

  /** @param {File} file @returns {Promise<string>} what became of it, '' where it waits */
  async #take(file) {
    try {
      const bytes = new Uint8Array(await file.arrayBuffer());
      const { traitIdOf } = await import('./late.js');
      const id = traitIdOf(bytes);
      await this.#parts.model.scorer;
      await this.#parts.traits.ready; // those that the browser keeps: one of them may have the name
      if (!this.#isTaken(id, bytes)) return await this.#add(bytes);
      this.#waiting = [...this.#waiting, { file: file.name, bytes, id }];
      announce(this.#question({ file: file.name, bytes, id }));
      return '';
    } catch (error) {
      return say('teach.notAdded', { file: file.name, message: words().explain(/** @type {PerceptError} */ (error)) });
    }
  }

  /** Whether another trait, or a task of the model, has this id; the same file once more is no other. @param {string} id @param {Uint8Array} bytes */
  #isTaken(id, bytes) {
    const { lessons, traits } = this.#parts;
    const before = traits.fileOf(id);
    return lessons.get(id) !== null || this.#isModels(id) || (before !== null && !(before.length === bytes.length && before.every((value, at) => value === bytes[at])));
  }

  /** @param {string} id */
  #isModels(id) {
    return this.#parts.model.manifest?.tasks.some((task) => task.id === id) === true;
  }

  /** @param {Uint8Array<ArrayBuffer>} bytes @returns {Promise<string>} */
  async #add(bytes) {
    const { task } = await this.#parts.traits.add(bytes);
    this.#onAdded(task.id);
    return say('teach.added', { title: localize(task.title) });
  }

  /** Of what is here, by id. @returns {Map<string, string>} */
  get #titles() {
    const { lessons, model } = this.#parts;
    return new Map([...model.loaded?.tasks ?? [], ...lessons.all].map(({ id, title }) => [id, localize(title)]));
  }

  /** @param {Waiting} one */
  #question({ file, id }) {
    return say('teach.taken', { file, title: this.#titles.get(id) ?? id });
  }

  /** What tells its title from that of the one that is here. @param {string} id */
  #markFor(id) {
    const titles = this.#titles;
    const title = titles.get(id) ?? id;
    return freeName([title, ...titles.values()], numbered(title)).slice(title.length);
  }

  /** The id that a file may have beside what is there. @param {string} id */
  #freeFor(id) {
    const { lessons, model } = this.#parts;
    return freeId(id, [...lessons.takenIds, ...model.loaded?.tasks.map((task) => task.id) ?? []]);
  }

  /** @param {Waiting} one @param {(() => Promise<string>) | null} add null: it is left out */
  async #answer(one, add) {
    this.#waiting = this.#waiting.filter((each) => each !== one);
    if (!add) return this.#tell(say('teach.leftOut', { file: one.file }));
    this.#tell(await add().catch((error) => say('teach.notAdded', { file: one.file, message: words().explain(error) })));
  }

  /** @param {Waiting} one @param {string} id */
  async #addAs({ bytes, id: taken }, id) {
    const mark = this.#markFor(taken);
    const { renamedTrait } = await import('./late.js');
    return this.#add(renamedTrait(bytes, id, mark));
  }

  /** @param {string} message */
  #tell(message) {
    this.#message = message;
    announce(message);
    this.#render();
  }

  template() {
    return html`
      <p class="message" role="status">${this.#message}</p>
      ${this.#waiting.map((one) => {
        const free = this.#freeFor(one.id);
        const isFile = this.#parts.lessons.get(one.id) === null && !this.#isModels(one.id);
        return html`
          <div class="notice taken">
            <p>${this.#question(one)}</p>
            <p class="actions">
              <button type="button" class="add-beside" @click=${() => this.#answer(one, () => this.#addAs(one, free))}>${say('teach.addBeside', { id: free })}</button>
              ${isFile ? html`<button type="button" class="add-instead" @click=${() => this.#answer(one, () => this.#add(one.bytes))}>${say('teach.addInstead')}</button>` : nothing}
              <button type="button" class="leave-out" @click=${() => this.#answer(one, null)}>${say('teach.leaveOut')}</button>
            </p>
          </div>`;
      })}`;
  }
}
