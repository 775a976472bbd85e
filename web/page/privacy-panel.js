/** The tab of privacy: what was asked of the network, by the browser's own record, and how to check it. */
import { element } from '../ui/element.js';
import { renew } from '../ui/renew.js';
import { say } from './language.js';

export class PrivacyPanel {
  #root;
  #scorer;
  /** @type {PerformanceResourceTiming[]} */
  #own = [];

  /** @param {HTMLElement} root @param {() => import('../lib/percept.js').Scorer | null} scorer the loaded one */
  constructor(root, scorer) {
    this.#root = root;
    this.#scorer = scorer;
    performance.setResourceTimingBufferSize(2000);
    new PerformanceObserver((list) => {
      this.#own.push(.../** @type {PerformanceResourceTiming[]} */ (list.getEntries()).filter(({ name }) => /^https?:/.test(name)));
      if (!this.#root.hidden) this.render();
    }).observe({ type: 'resource', buffered: true });
  }

  async render() {
    const worker = await (this.#scorer()?.requests() ?? Promise.resolve([])).catch(() => []);
    const rows = [
      ...this.#own.map(({ name, transferSize }) => ({ url: name, bytes: transferSize, by: 'page' })),
      ...worker.filter(({ url }) => /^https?:/.test(url)).map((each) => ({ ...each, by: 'worker' })),
    ];
    const origins = [...new Set(rows.map(({ url }) => new URL(url).origin))];
    const total = (/** @type {typeof rows} */ part) => part.reduce((sum, { bytes }) => sum + bytes, 0);
    renew(this.#root, () => [
      element('p', { className: 'lead', textContent: say('privacy.lead') }),
      element('section', { className: 'panel' },
        element('h3', { textContent: say('privacy.title') }),
        element('p', { className: 'notes', textContent: say('privacy.words') }),
        element('ul', { className: 'origins' }, ...origins.map((origin) => {
          const part = rows.filter(({ url }) => new URL(url).origin === origin);
          return element('li', {}, element('strong', { textContent: origin }), element('span', {
            textContent: say(origin === location.origin ? 'privacy.same' : 'privacy.other', { count: part.length, kilobytes: Math.round(total(part) / 1000) }),
          }));
        })),
        element('details', {}, element('summary', { textContent: say('privacy.all', { count: rows.length }) }),
          element('ol', { className: 'requests' }, ...rows.map(({ url, bytes, by }) => element('li', {},
            element('code', { textContent: url.startsWith(`${location.origin}/`) ? url.slice(location.origin.length) : url }),
            element('span', { textContent: say(`privacy.by.${by}`, { kilobytes: Math.ceil(bytes / 1000) }) })))))),
      element('section', { className: 'panel' },
        element('h3', { textContent: say('privacy.check') }),
        element('ol', { className: 'steps' }, ...['privacy.step1', 'privacy.step2', 'privacy.step3'].map((key) => element('li', { textContent: say(key) }))),
        element('p', { className: 'notes', textContent: say('privacy.limits') })),
    ]);
  }
}
