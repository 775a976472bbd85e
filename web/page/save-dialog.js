/** Chosen pictures out: copied to a folder, in a zip, as a table, on paper. */
import { html, nothing, render } from '../ui/html.js';
import { live } from '../ui/lit-directives.js';
import { announce } from './announcer.js';
import { filesOf, ownFile } from './chosen-files.js';
import { printContactSheet } from './contact-sheet.js';
import { download } from './download.js';
import { find } from './find.js';
import { onLanguage, say } from './language.js';

/**
 * @import {ChangeEvent, Item} from './types.d.ts'
 * @import {CullingParts} from './culling.js'
 * @import {OutFile} from './chosen-files.js'
 * @import {Ratings} from './ratings.js'
 * @typedef {'selected' | 'picked' | 'starred' | 'shown'} Which
 * @typedef {{text: string, share: number | null}} Job
 */

const ZIP_NAME = 'percept.zip';
const LEAST_STARS = 4;

export class SaveDialog {
  #dialog = find('save-dialog');
  #parts;
  /** @type {Item[]} */
  #selected = [];
  /** @type {Which} */
  #which = 'shown';
  #withSidecars = true;
  #withTable = true;
  /** @type {Job | null} */
  #job = null;
  #message = '';
  #isStopped = false;

  /** @param {CullingParts & {ratings: Ratings, valueOf: (item: Item) => number | null}} parts */
  constructor(parts) {
    this.#parts = parts;
    this.#dialog.addEventListener('click', (event) => event.target === this.#dialog && this.#dialog.close());
    this.#dialog.addEventListener('close', () => { this.#isStopped = true; });
    onLanguage(() => this.#dialog.open && this.#render());
  }

  /** @param {Item[]} selected */
  open(selected) {
    this.#selected = selected;
    this.#message = '';
    const { picked, shown } = this.#choices;
    this.#which = 'shown';
    if (picked.length > 0) this.#which = 'picked';
    if (selected.length > 0) this.#which = 'selected';
    this.#render();
    if (!this.#dialog.open && shown.length > 0) this.#dialog.showModal();
  }

  /** @returns {Record<Which, Item[]>} */
  get #choices() {
    const { gallery, pictures, ratings } = this.#parts;
    const rated = (/** @type {(item: Item) => boolean} */ isWanted) => pictures.items.filter(isWanted);
    return {
      selected: this.#selected,
      picked: rated((item) => ratings.of(item).flag === 'pick'),
      starred: rated((item) => ratings.of(item).stars >= LEAST_STARS && ratings.of(item).flag !== 'reject'),
      shown: gallery.order,
    };
  }

  get #items() {
    return this.#choices[this.#which];
  }

  get #known() {
    const { model, ratings } = this.#parts;
    return { tasks: model.tasks, ratingOf: (/** @type {Item} */ item) => ratings.of(item) };
  }

  /** @param {Set<string>} [taken] */
  #files(taken) {
    return filesOf(this.#items, { ...this.#known, withSidecars: this.#withSidecars, withTable: this.#withTable }, taken);
  }

  #render() {
    this.#dialog.setAttribute('aria-label', say('save.title'));
    render(html`
      <header><h2>${say('save.title')}</h2>
        <button type="button" class="icon close" aria-label=${say('detail.close')} @click=${() => this.#dialog.close()}>×</button></header>
      <div class="save-choices">${this.#whichTemplate()}${this.#withTemplate()}${this.#actsTemplate()}</div>`, this.#dialog);
  }

  #whichTemplate() {
    const choices = this.#choices;
    return html`
      <fieldset><legend>${say('save.which')}</legend>
        ${/** @type {Which[]} */ (['selected', 'picked', 'starred', 'shown']).map((which) => html`
          <label class="check"><input type="radio" name="which" value=${which} .checked=${live(this.#which === which)} ?disabled=${choices[which].length === 0}
            @change=${() => this.#set(() => { this.#which = which; })} /><span>${say(`save.${which}`, { count: choices[which].length })}</span></label>`)}
      </fieldset>`;
  }

  #withTemplate() {
    return html`
      <fieldset><legend>${say('save.with')}</legend>
        <label class="check"><input type="checkbox" id="with-sidecars" .checked=${live(this.#withSidecars)} @change=${(/** @type {ChangeEvent} */ { currentTarget }) => { this.#withSidecars = currentTarget.checked; }} />
          <span>${say('save.sidecars')}</span></label>
        <label class="check"><input type="checkbox" id="with-table" .checked=${live(this.#withTable)} @change=${(/** @type {ChangeEvent} */ { currentTarget }) => { this.#withTable = currentTarget.checked; }} />
          <span>${say('save.table')}</span></label>
        <p class="notes">${say('save.sidecarWords')}</p>
      </fieldset>`;
  }

  #actsTemplate() {
    const isBusy = this.#job !== null;
    const without = this.#items.filter((item) => ownFile(item) === null).length;
    return html`
      <p class="actions">
        ${'showDirectoryPicker' in globalThis ? html`<button type="button" id="to-folder" class="primary" ?disabled=${isBusy} @click=${() => this.#toFolder()}>${say('save.toFolder')}</button>` : nothing}
        <button type="button" id="to-zip" ?disabled=${isBusy} @click=${() => this.#toZip()}>${say('save.toZip')}</button>
        <button type="button" id="to-table" ?disabled=${isBusy} @click=${() => this.#toTable()}>${say('save.toTable')}</button>
        <button type="button" id="to-paper" ?disabled=${isBusy} @click=${() => this.#toPaper()}>${say('save.toPaper')}</button>
      </p>
      ${without > 0 ? html`<p class="notes">${say('save.without', { count: without })}</p>` : nothing}
      ${this.#job === null ? nothing : html`<p class="loading"><progress max="1" aria-label=${this.#job.text} value=${this.#job.share ?? nothing}></progress><span>${this.#job.text}</span></p>`}
      <p class="message" role="status">${this.#message}</p>`;
  }

  /** @param {() => void} change */
  #set(change) {
    change();
    this.#render();
  }

  async #toFolder() {
    const folder = await /** @type {any} */ (globalThis).showDirectoryPicker({ mode: 'readwrite' }).catch(() => null);
    if (folder === null) return; // the person thought better of it
    await this.#work(async (tell) => {
      const taken = new Set();
      for await (const name of folder.keys()) taken.add(name.toLowerCase());
      const files = this.#files(taken); // nothing that is there is written over
      for (const [at, file] of files.entries()) {
        if (this.#isStopped) break;
        tell(at, files.length);
        await writeInto(folder, file);
      }
      return say('save.copied', { count: files.filter(({ input }) => typeof input !== 'string').length, folder: folder.name });
    });
  }

  async #toZip() {
    await this.#work(async () => {
      const { downloadZip } = await import('./late.js');
      const files = this.#files();
      const zip = await downloadZip(files.map(({ date, input, name }) => ({ name, input, lastModified: date })), { buffersAreUTF8: true }).blob();
      download(zip, ZIP_NAME, 'application/zip');
      return say('save.zipped', { count: files.filter(({ input }) => typeof input !== 'string').length, file: ZIP_NAME });
    });
  }

  async #toTable() {
    await this.#work(async () => {
      const files = filesOf(this.#items, { ...this.#known, withSidecars: false, withTable: true });
      const { input, name } = /** @type {OutFile} */ (files.at(-1));
      download(/** @type {string} */ (input), name, 'text/csv;charset=utf-8');
      return say('save.tabled', { count: files.length - 1, file: name });
    });
  }

  async #toPaper() {
    this.#dialog.close();
    await printContactSheet(this.#items, this.#known);
  }

  /** @param {(tell: (done: number, total: number) => void) => Promise<string>} work what it resolves to is said */
  async #work(work) {
    this.#isStopped = false;
    this.#set(() => {
      this.#job = { text: say('save.working'), share: null };
      this.#message = '';
    });
    const tell = (/** @type {number} */ done, /** @type {number} */ total) => this.#set(() => { this.#job = { text: say('save.progress', { done, total }), share: done / total }; });
    const message = await work(tell).catch((error) => say('save.failed', { message: error instanceof Error ? error.message : String(error) }));
    this.#set(() => {
      this.#job = null;
      this.#message = message;
    });
    announce(message);
  }
}

/** @param {FileSystemDirectoryHandle} folder @param {OutFile} file */
async function writeInto(folder, { input, name }) {
  const stream = await (await folder.getFileHandle(name, { create: true })).createWritable();
  await stream.write(input);
  await stream.close();
}
