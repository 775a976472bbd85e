/** The tab of privacy: what was asked of the network, by the browser's own record, and how to check it. */
import { html, render } from '../ui/html.js';
import { find } from './find.js';
import { keptFiles } from './kept-page.js';
import { say } from './language.js';

/** @import {ModelSession} from './model-session.js' */
/** @typedef {{url: string, bytes: number, by: 'page' | 'worker' | 'keeper'}} Request keeper: the service worker */

/** Browsers forget what goes beyond; by default they keep 250. */
const MOST_REQUESTS = 2000;

const STEPS = ['privacy.step1', 'privacy.step2', 'privacy.step3'];

export class PrivacyPanel {
  root = find('privacy');
  #model;
  /** @type {Request[]} */
  #own = [];

  /** @param {ModelSession} model */
  constructor(model) {
    this.#model = model;
    find('check-privacy').addEventListener('click', () => {
      find('tab-privacy').click();
      find('tab-privacy').focus();
    });
    performance.setResourceTimingBufferSize(MOST_REQUESTS);
    new PerformanceObserver((list) => {
      const entries = /** @type {PerformanceResourceTiming[]} */ (list.getEntries());
      this.#own.push(...entries.map(({ name, transferSize }) => ({ url: name, bytes: transferSize, by: /** @type {const} */ ('page') })));
      if (!this.root.hidden) this.render();
    }).observe({ type: 'resource', buffered: true });
  }

  async render() {
    const worker = await (this.#model.loaded?.requests() ?? Promise.resolve([])).catch(() => []);
    /** @type {Request[]} */
    const all = [
      ...this.#own, ...worker.map((each) => ({ ...each, by: /** @type {const} */ ('worker') })),
      ...(await keptFiles().catch(() => [])).map((each) => ({ ...each, by: /** @type {const} */ ('keeper') })),
    ];
    const requests = all.filter(({ url }) => /^https?:/.test(url));
    render(html`
      <h2 class="visually-hidden">${say('tabs.privacy')}</h2>
      <p class="lead">${say('privacy.lead')}</p>
      <section class="panel">
        <h3>${say('privacy.title')}</h3>
        <p class="notes">${say('privacy.words')}</p>
        <ul class="origins">${[...new Set(requests.map(originOf))].map((origin) => originTemplate(origin, requests))}</ul>
        <details>
          <summary>${say('privacy.all', { count: requests.length })}</summary>
          <ol class="requests">${requests.map(requestTemplate)}</ol>
        </details>
      </section>
      <section class="panel">
        <h3>${say('privacy.check')}</h3>
        <ol class="steps">${STEPS.map((key) => html`<li>${say(key)}</li>`)}</ol>
        <p class="notes">${say('privacy.limits')}</p>
      </section>`, this.root);
  }
}

const originOf = (/** @type {Request} */ { url }) => new URL(url).origin;

/** @param {string} origin @param {Request[]} requests all */
function originTemplate(origin, requests) {
  const its = requests.filter((each) => originOf(each) === origin);
  const kilobytes = Math.round(its.reduce((sum, { bytes }) => sum + bytes, 0) / 1000);
  return html`
    <li><strong>${origin}</strong><span>${say(origin === location.origin ? 'privacy.same' : 'privacy.other', { count: its.length, kilobytes })}</span></li>`;
}

/** @param {Request} request */
function requestTemplate({ url, bytes, by }) {
  return html`
    <li>
      <code>${url.startsWith(`${location.origin}/`) ? url.slice(location.origin.length) : url}</code>
      <span>${say(`privacy.by.${by}`, { kilobytes: Math.ceil(bytes / 1000) })}</span>
    </li>`;
}
