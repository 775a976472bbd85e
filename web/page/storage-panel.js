/**
 * What stays on this device: the models, with a button to delete each, and the page itself. Says whether the page works
 * from here because the network is away.
 */
import { deleteCachedModel, listCachedModels } from '../lib/percept.js';
import { formatMegabytes } from '../ui/formats.js';
import { html, render } from '../ui/html.js';
import { repeat } from '../ui/lit-directives.js';
import { announce } from './announcer.js';
import { find } from './find.js';
import { KeptPage } from './kept-page.js';
import { currentLanguage, learn, onLanguage, say, together } from './language.js';
import { LATE } from './late-strings.js';

learn(LATE);

/** @import {CachedModel, StorageFacts} from '../lib/percept.js' */
/** @import {ModelSession} from './model-session.js' */

export class StoragePanel {
  #root = find('storage');
  #model;
  #page = new KeptPage({ onKept: () => this.#refreshPage(), onUpdate: (load) => this.#offerUpdate(load) });
  #isPageKept = false;
  /** @type {CachedModel[]} */
  #models = [];
  /** The address of a model that is being deleted. @type {string | null} */
  #deleting = null;
  /** What the user did here last, shown until another model comes. */
  #done = '';
  #refreshes = 0;
  /** @type {(() => void) | null} */
  #update = null;

  /** It reads nothing before it is asked to, since that would hold up the first model. @param {ModelSession} model */
  constructor(model) {
    this.#model = model;
    model.onChange(({ kind }) => {
      if (kind === 'loaded') this.#done = '';
      if (kind === 'loaded' || kind === 'failed') this.refresh();
    });
    onLanguage(() => {
      this.render();
      this.#renderUpdate();
    });
    for (const change of ['online', 'offline']) addEventListener(change, () => this.render());
  }

  /** Has this device keep the page. */
  keepPage() {
    this.#page.keep();
  }

  /** Reads anew what is kept. */
  async refresh() {
    this.#refreshes += 1;
    const turn = this.#refreshes;
    const models = await listCachedModels().catch(() => []);
    if (turn !== this.#refreshes) return; // a later one has read what is there now
    this.#models = models;
    await this.#refreshPage();
  }

  async #refreshPage() {
    this.#isPageKept = await this.#page.isKept().catch(() => false);
    this.render();
  }

  render() {
    render(html`
      <h3>${say('storage.title')}</h3>
      <p class="kept-state" role="status">${this.#state()}</p>
      <ul class="kept-models" tabindex="-1">${repeat(this.#models, ({ url }) => url, (model) => this.#modelRow(model))}</ul>`, this.#root);
  }

  #state() {
    const storage = this.#model.loaded?.storage;
    const isOffline = !navigator.onLine || (storage?.offline ?? false);
    return together(
      this.#done,
      isOffline ? say('storage.offline') : '',
      storage ? say(`storage.${stateOf(storage)}`) : '',
      this.#isPageKept ? say('storage.page') : '',
    );
  }

  /** @param {CachedModel} model */
  #modelRow(model) {
    const { url, name, bytes, total, used } = model;
    return html`
      <li title=${url} data-url=${url}>
        <span class="kept-name">${name}</span>
        <span class="kept-size">${sizeOf(bytes, total, used)}</span>
        <button type="button" class="remove-model" aria-label=${say('storage.deleteModel', { name })} ?disabled=${this.#deleting === url}
          @click=${() => this.#delete(model)}>${say('storage.delete')}</button>
      </li>`;
  }

  /** @param {CachedModel} model */
  async #delete({ url, name }) {
    this.#deleting = url;
    this.render();
    announce(say('storage.deleting', { name }));
    const isGone = await deleteCachedModel(url).then(() => true, () => false);
    this.#deleting = null;
    this.#done = say(isGone ? 'storage.deleted' : 'storage.notDeleted', { name });
    announce(this.#done);
    await this.refresh();
    /** @type {HTMLElement} */ (this.#root.querySelector('.kept-models')).focus(); // the button that had it is gone
  }

  /** @param {() => void} load */
  #offerUpdate(load) {
    this.#update = load;
    this.#renderUpdate();
  }

  #renderUpdate() {
    const load = this.#update;
    render(load && html`<p class="kept-update">${say('storage.newVersion')} <button type="button" @click=${load}>${say('storage.reload')}</button></p>`, find('update'));
  }
}

/**
 * Where the model came from and stays, as a sentence's name; the reasons are the library's.
 * @param {StorageFacts} facts
 */
function stateOf({ kind, reason, fromNetwork }) {
  if (kind === 'memory') return reason;
  return fromNetwork === 0 ? 'read' : 'fetched';
}

/** @param {number} bytes @param {number} total @param {Date} used */
function sizeOf(bytes, total, used) {
  const date = used.toLocaleDateString(currentLanguage(), { dateStyle: 'medium' });
  return bytes < total
    ? say('storage.part', { bytes: formatMegabytes(bytes), total: formatMegabytes(total), date })
    : say('storage.size', { total: formatMegabytes(total), date });
}
