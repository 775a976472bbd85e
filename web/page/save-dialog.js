/** Chosen pictures out: copied or moved to a folder, in a zip, as a table, on paper. */
import { downloadZip } from 'client-zip';
import { html, nothing, render } from '../ui/html.js';
import { live } from '../ui/lit-directives.js';
import { announce } from './announcer.js';
import { filesOf } from './chosen-files.js';
import { printContactSheet } from './contact-sheet.js';
import { download } from './download.js';
import { find } from './find.js';
import { ownFile } from './identity.js';
import { onLanguage, say } from './language.js';
import { namesIn, writeInto } from './move.js';
import { movePictures } from './move-pictures.js';

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
  /** Where pictures are to be moved, once the person has said so again. @type {FileSystemDirectoryHandle | null} */
  #target = null;

  /** @param {CullingParts & {ratings: Ratings}} parts */
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
    this.#target = null;
    const choices = this.#choices;
    this.#which = /** @type {Which[]} */ (['selected', 'picked', 'shown', 'starred']).find((which) => choices[which].length > 0) ?? 'shown';
    this.#render();
    if (!this.#dialog.open) this.#dialog.showModal();
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

  get #wish() {
    return { ...this.#known, withSidecars: this.#withSidecars, withTable: this.#withTable };
  }

  /** @param {Set<string>} [taken] */
  #files(taken) {
    return filesOf(this.#items, this.#wish, taken);
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
    const isOff = this.#job !== null || this.#items.length === 0;
    const without = this.#items.filter((item) => ownFile(item) === null).length;
    return html`
      <p class="actions">
        ${'showDirectoryPicker' in globalThis ? html`<button type="button" id="to-folder" class="primary" ?disabled=${isOff} @click=${() => this.#toFolder()}>${say('save.toFolder')}</button>` : nothing}
        ${this.#canMove ? html`<button type="button" id="move-to-folder" ?disabled=${isOff} @click=${() => this.#askToMove()}>${say('save.move')}</button>` : nothing}
        <button type="button" id="to-zip" ?disabled=${isOff} @click=${() => this.#toZip()}>${say('save.toZip')}</button>
        <button type="button" id="to-table" ?disabled=${isOff} @click=${() => this.#toTable()}>${say('save.toTable')}</button>
        <button type="button" id="to-paper" ?disabled=${isOff} @click=${() => this.#toPaper()}>${say('save.toPaper')}</button>
      </p>
      ${this.#target === null ? nothing : this.#moveTemplate(this.#target)}
      ${without > 0 ? html`<p class="notes">${say('save.without', { count: without })}</p>` : nothing}
      ${this.#job === null ? nothing : html`<p class="loading"><progress max="1" aria-label=${this.#job.text} value=${this.#job.share ?? nothing}></progress><span>${this.#job.text}</span></p>`}
      <p class="message" role="status">${this.#message}</p>`;
  }

  /** Whether each of them lies in a folder that may be changed. */
  get #canMove() {
    const there = this.#items.filter((item) => ownFile(item) !== null);
    return 'showDirectoryPicker' in globalThis && there.length > 0 && there.every(({ home }) => home);
  }

  /** @param {FileSystemDirectoryHandle} target */
  #moveTemplate(target) {
    const count = this.#items.filter((item) => ownFile(item) !== null).length;
    return html`
      <div class="notice" role="group" aria-labelledby="move-words">
        <p id="move-words">${say('save.moveWords', { count, folder: target.name })}</p>
        <p class="actions"><button type="button" class="primary" id="move-now" @click=${() => this.#move(target)}>${say('save.moveNow', { count })}</button>
          <button type="button" id="move-not" @click=${() => this.#moveNot()}>${say('queue.cancel')}</button></p>
      </div>`;
  }

  #moveNot() {
    this.#set(() => { this.#target = null; });
    find('move-to-folder').focus();
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
      const files = this.#files(await namesIn(folder)); // nothing that is there is written over
      const total = picturesIn(files);
      for (const [at, { input, name }] of files.entries()) {
        if (this.#isStopped) return say('save.copiedSome', { count: Math.min(at, total), total, folder: folder.name });
        tell(at, files.length);
        await writeInto(folder, name, input);
      }
      return say('save.copied', { count: total, folder: folder.name });
    });
  }

  async #askToMove() {
    const folder = await /** @type {any} */ (globalThis).showDirectoryPicker({ mode: 'readwrite' }).catch(() => null);
    if (folder === null) return;
    this.#set(() => { this.#target = folder; });
    find('move-now').focus();
  }

  /** @param {FileSystemDirectoryHandle} target */
  async #move(target) {
    this.#target = null;
    const { pictures } = this.#parts;
    await this.#work((tell) => movePictures(this.#items, target, { wish: this.#wish, pictures, isStopped: () => this.#isStopped, tell }));
  }

  async #toZip() {
    await this.#work(async () => {
      const files = this.#files();
      const zip = await downloadZip(files.map(({ date, input, name }) => ({ name, input, lastModified: date })), { buffersAreUTF8: true }).blob();
      download(zip, ZIP_NAME, 'application/zip');
      return say('save.zipped', { count: picturesIn(files), file: ZIP_NAME });
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
    const { activeElement } = document;
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
    if (activeElement instanceof HTMLElement && activeElement.isConnected && this.#dialog.open) activeElement.focus(); // a button that is disabled meanwhile loses it
    announce(message);
  }
}

/** They come first, then what is beside them. @param {OutFile[]} files */
const picturesIn = (files) => files.filter(({ input }) => typeof input !== 'string').length;
