/** What is known of a picture beside its scores: its histogram, and what the camera wrote. Where it was taken is shown when asked. */
import { html, nothing, svg } from '../ui/html.js';
import { EXIF_BYTES, readCameraFacts } from './exif.js';
import { countLuma } from './histogram.js';
import { ownFile } from './identity.js';
import { say } from './language.js';
import { Listeners } from './listeners.js';

/**
 * @import {CameraFacts} from './exif.js'
 * @import {Histogram} from './histogram.js'
 * @import {Item, Line} from './types.d.ts'
 * @typedef {{camera: CameraFacts | null, histogram: Histogram | null}} Known
 */

/** The longer side of what is counted. */
const SIDE = 512;

export class PictureFacts {
  #item = /** @type {Item | null} */ (null);
  #known = /** @type {Known | null} */ (null);
  #isPlaceShown = false;
  #isOpen = false;
  #changed = new Listeners();

  /** @param {() => void} listener */
  onChange(listener) {
    this.#changed.add(listener);
  }

  /** @param {boolean} [open] the other way round by default */
  toggle(open = !this.#isOpen) {
    if (open === this.#isOpen) return;
    this.#isOpen = open;
    this.#changed.tell();
  }

  /** @param {Item} item */
  template(item) {
    if (this.#isOpen) this.#read(item);
    const onToggle = (/** @type {Event} */ { currentTarget }) => this.toggle(/** @type {HTMLDetailsElement} */ (currentTarget).open);
    return html`
      <details class="picture-facts" ?open=${this.#isOpen} @toggle=${onToggle}>
        <summary>${say('facts.title')} <kbd>I</kbd></summary>
        ${this.#isOpen && this.#known ? this.#knownTemplate(this.#known) : nothing}
      </details>`;
  }

  /** @param {Known} known */
  #knownTemplate({ camera, histogram }) {
    return html`
      ${histogram ? histogramTemplate(histogram) : nothing}
      ${camera === null ? html`<p class="notes">${say('facts.none')}</p>` : html`
        <dl class="figures">${linesOf(camera).map(([name, value]) => html`<dt>${name}</dt><dd>${value}</dd>`)}
          ${camera.place === null ? nothing : html`<dt>${say('facts.place')}</dt><dd>${this.#isPlaceShown
            ? `${camera.place.latitude.toFixed(5)}, ${camera.place.longitude.toFixed(5)}`
            : html`<button type="button" class="small" id="show-place" @click=${() => this.#showPlace()}>${say('facts.showPlace')}</button>`}</dd>`}
        </dl>`}`;
  }

  #showPlace() {
    this.#isPlaceShown = true;
    this.#changed.tell();
  }

  /** @param {Item} item */
  async #read(item) {
    if (item === this.#item) return;
    this.#item = item;
    this.#known = null;
    this.#isPlaceShown = false;
    const source = ownFile(item);
    const [camera, histogram] = await Promise.all([source ? cameraFactsOf(source) : null, item.thumbnail ? histogramOf(item.thumbnail) : null]);
    if (item !== this.#item) return;
    this.#known = { camera, histogram };
    this.#changed.tell();
  }
}

/** @param {Blob} file */
async function cameraFactsOf(file) {
  try {
    return readCameraFacts(new Uint8Array(await file.slice(0, EXIF_BYTES).arrayBuffer()));
  } catch {
    return null; // a file that has gone tells nothing
  }
}

/** Of the small picture: a histogram needs no more. @param {string} address @returns {Promise<Histogram | null>} */
async function histogramOf(address) {
  try {
    const image = new Image();
    image.src = address;
    await image.decode();
    const scale = Math.min(1, SIDE / Math.max(image.naturalWidth, image.naturalHeight));
    const [width, height] = [image.naturalWidth, image.naturalHeight].map((side) => Math.max(1, Math.round(side * scale)));
    const context = /** @type {OffscreenCanvasRenderingContext2D} */ (new OffscreenCanvas(width, height).getContext('2d', { willReadFrequently: true }));
    context.drawImage(image, 0, 0, width, height);
    return countLuma(context.getImageData(0, 0, width, height).data);
  } catch {
    return null;
  }
}

/** @param {Histogram} histogram */
function histogramTemplate({ bins, dark, bright }) {
  const most = Math.max(...bins);
  const percent = (/** @type {number} */ share) => (share * 100).toFixed(1);
  const words = say('facts.histogram', { dark: percent(dark), bright: percent(bright) });
  return html`
    <svg class="histogram" viewBox="0 0 64 24" preserveAspectRatio="none" role="img" aria-label=${words}>
      ${bins.map((bin, at) => svg`<rect x=${at} width="1" y=${24 - 24 * Math.sqrt(bin / most)} height=${24 * Math.sqrt(bin / most)} />`)}
    </svg>
    <p class="notes">${words}</p>`;
}

/** @param {CameraFacts} facts @returns {Line[]} */
function linesOf({ camera, lens, seconds, aperture, iso, millimetres, time }) {
  const exposure = [
    seconds === null ? '' : say('facts.seconds', { seconds: seconds < 0.3 ? `1/${Math.round(1 / seconds)}` : String(Number(seconds.toFixed(1))) }),
    aperture === null ? '' : `ƒ/${Number(aperture.toFixed(1))}`,
    iso === null ? '' : `ISO ${iso}`,
    millimetres === null ? '' : `${Number(millimetres.toFixed(1))} mm`,
  ].filter(Boolean).join(' · ');
  return /** @type {Line[]} */ ([[say('facts.camera'), camera], [say('facts.lens'), lens], [say('facts.exposure'), exposure || null], [say('facts.time'), time]].filter(([, value]) => value !== null));
}
