/**
 * What stays on this device: the models, with a button to delete each, and the page itself, which its service worker
 * keeps. Says whether the page works from here because the network is away.
 */
import { deleteCachedModel, listCachedModels } from '../lib/percept.js';
import { element } from '../ui/element.js';
import { renew } from '../ui/renew.js';
import { formatMegabytes } from '../ui/formats.js';
import { currentLanguage, onLanguage, say } from './language.js';

/** @import {CachedModel, Scorer, StorageFacts} from '../lib/percept.js' */

export class StoragePanel {
  #list = element('ul', { className: 'kept-models', tabIndex: -1 });
  #state = element('p', { className: 'kept-state', role: 'status' });
  #update = element('p', { className: 'kept-update', hidden: true });
  /** @type {Scorer | null} */
  #scorer = null;
  /** What the user did here last, told until another model comes. */
  #done = '';
  #refreshes = 0;
  #worker = serviceWorkers();
  #keeping = false;

  #title = element('h3');

  /**
   * It shows nothing before it is asked to, since reading what is kept would hold up the first model.
   * @param {HTMLElement} root an empty section @param {HTMLElement} notices where a new version is offered
   */
  constructor(root, notices) {
    root.append(this.#title, this.#state, this.#list);
    notices.append(this.#update);
    onLanguage(() => this.refresh());
    for (const change of ['online', 'offline']) addEventListener(change, () => this.#showState());
  }

  /** Called when a model is there. @param {Scorer} scorer */
  showModel(scorer) {
    this.#scorer = scorer;
    this.#done = '';
    this.refresh();
  }

  /** Reads anew what is kept. */
  async refresh() {
    this.#title.textContent = say('storage.title');
    this.#refreshes += 1;
    const turn = this.#refreshes;
    const models = await listCachedModels().catch(() => []);
    if (turn !== this.#refreshes) return; // a later one has read what is there now
    renew(this.#list, () => models.map((model) => this.#modelElement(model)));
    await this.#showState();
  }

  /** @param {CachedModel} model */
  #modelElement({ url, name, bytes, total, used }) {
    const remove = element('button', { type: 'button', className: 'remove-model', 'aria-label': say('storage.deleteModel', { name }), textContent: say('storage.delete') });
    remove.addEventListener('click', async () => {
      remove.disabled = true;
      const isGone = await deleteCachedModel(url).then(() => true, () => false);
      this.#done = say(isGone ? 'storage.deleted' : 'storage.notDeleted', { name });
      await this.refresh();
      this.#list.focus(); // the button that had it is gone
    });
    return element('li', { title: url, 'data-url': url },
      element('span', { className: 'kept-name', textContent: name }),
      element('span', { className: 'kept-size', textContent: sizeOf(bytes, total, used) }),
      remove);
  }

  async #showState() {
    const isKept = await this.#pageIsKept().catch(() => false);
    const offline = !navigator.onLine || (this.#scorer?.storage.offline ?? false);
    this.#state.textContent = [
      this.#done,
      offline ? say('storage.offline') : '',
      this.#scorer ? say(`storage.${stateOf(this.#scorer.storage)}`) : '',
      isKept ? say('storage.page') : '',
    ].filter(Boolean).join(' ');
  }

  /** Whether a version of the page lies here whole: a host that was given web/ as it is has none. */
  async #pageIsKept() {
    const scope = (await this.#worker?.getRegistration())?.active && new URL('.', document.baseURI).href;
    if (!scope) return false;
    const name = (await caches.keys()).find((each) => each.startsWith(`percept-page ${scope} `));
    return name !== undefined && (await (await caches.open(name)).keys()).length > 0;
  }

  /** Has the service worker keep the page; once is enough. */
  async keepPage() {
    if (this.#keeping) return;
    this.#keeping = true;
    const workers = this.#worker;
    const registration = await workers?.register('service-worker.js').catch(() => null);
    if (!workers || !registration) return;
    const watch = (/** @type {ServiceWorker | null} */ worker) => worker?.addEventListener('statechange', () => {
      if (worker.state === 'installed' && workers.controller) this.#offerUpdate(workers, registration);
      if (worker.state === 'activated') this.#showState();
    });
    if (registration.waiting && workers.controller) this.#offerUpdate(workers, registration);
    watch(registration.installing);
    registration.addEventListener('updatefound', () => watch(registration.installing));
  }

  /**
   * The pages of one origin change their version together, and only when asked to: it costs them their pictures.
   * @param {ServiceWorkerContainer} workers @param {ServiceWorkerRegistration} registration
   */
  #offerUpdate(workers, registration) {
    const reload = element('button', { type: 'button', textContent: say('storage.reload') });
    reload.addEventListener('click', () => {
      workers.addEventListener('controllerchange', () => location.reload());
      if (registration.waiting) registration.waiting.postMessage('take over');
      else location.reload();
    });
    this.#update.replaceChildren(say('storage.newVersion'), ' ', reload);
    this.#update.hidden = false;
  }
}

/** Absent on plain HTTP; in a sandboxed frame even the question is refused. @returns {ServiceWorkerContainer | undefined} */
function serviceWorkers() {
  try {
    return navigator.serviceWorker;
  } catch {
    return undefined;
  }
}

/**
 * Where the model came from and stays, as a sentence's name; the reasons are those that the library tells.
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
