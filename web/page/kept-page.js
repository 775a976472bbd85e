/** The page itself on this device: its service worker keeps it, and brings a new version when it is asked to. */

export class KeptPage {
  #workers = serviceWorkers();
  #isAsked = false;
  #onKept;
  #onUpdate;

  /** @param {{onKept: () => void, onUpdate: (load: () => void) => void}} listeners onUpdate: a new version waits; `load` takes it */
  constructor({ onKept, onUpdate }) {
    this.#onKept = onKept;
    this.#onUpdate = onUpdate;
  }

  /** Whether a version of the page lies here whole: a host that was given web/ as it is has none. */
  async isKept() {
    const registration = await this.#workers?.getRegistration();
    return Boolean(registration?.active) && (await keptFiles()).length > 0;
  }

  /** Has the service worker keep the page; once is enough. */
  async keep() {
    if (this.#isAsked) return;
    this.#isAsked = true;
    const workers = this.#workers;
    const registration = await workers?.register('service-worker.js').catch(() => null);
    if (!workers || !registration) return;
    const watch = (/** @type {ServiceWorker | null} */ worker) => worker?.addEventListener('statechange', () => {
      if (worker.state === 'installed' && workers.controller) this.#offer(workers, registration);
      if (worker.state === 'activated') this.#onKept();
    });
    if (registration.waiting && workers.controller) this.#offer(workers, registration);
    watch(registration.installing);
    registration.addEventListener('updatefound', () => watch(registration.installing));
  }

  /**
   * The pages of one origin change their version together, and only when asked to: it costs them their pictures.
   * @param {ServiceWorkerContainer} workers @param {ServiceWorkerRegistration} registration
   */
  #offer(workers, registration) {
    this.#onUpdate(() => {
      workers.addEventListener('controllerchange', () => location.reload());
      if (registration.waiting) registration.waiting.postMessage('take over');
      else location.reload();
    });
  }
}

/** What the service worker fetched to keep the page. @returns {Promise<{url: string, bytes: number}[]>} */
export async function keptFiles() {
  const prefix = `percept-page ${new URL('.', document.baseURI).href} `;
  const names = globalThis.caches ? (await caches.keys()).filter((name) => name.startsWith(prefix)) : [];
  const files = names.map(async (name) => {
    const cache = await caches.open(name);
    return Promise.all((await cache.keys()).map(async (request) => ({ url: request.url, bytes: (await (await cache.match(request))?.blob())?.size ?? 0 })));
  });
  return (await Promise.all(files)).flat();
}

/** Absent on plain HTTP; in a sandboxed frame even the question is refused. @returns {ServiceWorkerContainer | undefined} */
function serviceWorkers() {
  try {
    return navigator.serviceWorker;
  } catch {
    return undefined;
  }
}
