/** The element's inside: what is in its shadow root, and how each state looks. It decides nothing. */
import { element } from '../ui/element.js';
import { styleSheet } from './styles.js';
import { drawThumbnail } from './thumbnail.js';

const SVG = 'http://www.w3.org/2000/svg';
/** A picture frame: the sun, two hills. */
const ICON = ['M5 4h14a2 2 0 0 1 2 2v12a2 2 0 0 1-2 2H5a2 2 0 0 1-2-2V6a2 2 0 0 1 2-2Z', 'm3.5 17 5-5.5 4 4.2 3-3 5 4.8', 'M15.5 8.5h.01'];

/** File types that browsers know under names of their own, beside image/*. */
const ACCEPT = 'image/*,.avif,.heic,.heif,.webp';

/** @import {LoadProgress, ScoreProgress} from '../lib/percept.js' */
/** @import {ButtonName, Parts, Snapshot, Words} from './types.d.ts' */

export class View {
  #parts = /** @type {Parts} */ ({});
  /** @type {HTMLCanvasElement | null} */
  #canvas = null;

  /**
   * @param {ShadowRoot} root
   * @param {{onFiles: (files: File[]) => void, onCancel: () => void, onRemove: () => void, onRetry: () => void}} handlers
   */
  constructor(root, { onFiles, onCancel, onRemove, onRetry }) {
    root.adoptedStyleSheets = [styleSheet()];
    const parts = this.#parts;
    const button = (/** @type {ButtonName} */ name, /** @type {() => void} */ onclick) => {
      parts[name] = element('button', { type: 'button', className: name, part: `button ${name}`, onclick });
      return parts[name];
    };
    parts.input = element('input', { type: 'file', accept: ACCEPT, hidden: true, tabIndex: -1, onchange: () => {
      const files = [...parts.input.files ?? []];
      parts.input.value = ''; // so that the same file can be chosen again
      if (files.length > 0) onFiles(files);
    } });
    parts.picture = element('div', { className: 'picture', part: 'picture' });
    parts.invitation = element('p', { className: 'invitation', part: 'invitation' });
    parts.invite = element('slot', { name: 'invitation' }, parts.invitation);
    parts.file = element('p', { className: 'file', part: 'file' });
    parts.results = element('div', { className: 'results', part: 'results' });
    parts.message = element('p', { className: 'message', part: 'message' });
    parts.progress = element('progress', { part: 'progress', max: 1 });
    parts.progressText = element('p', { className: 'state', part: 'state' });
    parts.working = element('div', { className: 'working' }, parts.progress, parts.progressText);
    parts.status = element('p', { className: 'hidden', role: 'status' });
    parts.icon = element('span', { className: 'icon' }, icon());
    parts.actions = element('div', { className: 'actions', part: 'actions' },
      button('choose', () => this.openPicker()), button('retry', onRetry), button('cancel', onCancel), button('remove', onRemove));
    parts.zone = element('div', { className: 'zone', part: 'zone', onclick: (/** @type {Event} */ event) => this.#clickZone(event) },
      parts.picture,
      element('div', { className: 'body', part: 'body' },
        parts.icon, parts.invite, parts.file, parts.results, parts.message, parts.working, parts.actions, element('slot')));
    root.append(parts.zone, parts.input, parts.status);
  }

  /** Where the browser points when it says why a form is not sent. */
  get anchor() {
    return this.#parts.zone;
  }

  openPicker() {
    if (!this.#parts.choose.disabled) this.#parts.input.click();
  }

  /** The whole empty zone is a button for pointers; keys have the real one. @param {Event} event */
  #clickZone(event) {
    const isControl = event.composedPath().some((each) => each instanceof Element && each.matches('button, a, input, label, select, textarea'));
    if (this.#parts.zone.classList.contains('empty') && !isControl) this.openPicker();
  }

  /** @param {boolean} wanted */
  highlight(wanted) {
    this.#parts.zone.classList.toggle('dropping', wanted);
  }

  /** @param {Snapshot} snapshot */
  show({ state, words, language, fileName, results, message, refused, canRetry, disabled }) {
    const parts = this.#parts;
    const empty = state === 'empty';
    const withPicture = state === 'scoring' || state === 'scored';
    const focused = /** @type {ShadowRoot} */ (parts.zone.getRootNode()).activeElement;
    parts.zone.lang = language;
    parts.zone.className = ['zone', empty && 'empty', withPicture && 'with-picture', refused && 'refused', disabled && 'disabled'].filter(Boolean).join(' ');
    parts.zone.setAttribute('aria-busy', String(state === 'scoring'));
    parts.invitation.textContent = words.invitation;
    parts.choose.textContent = fileName === '' ? words.choose : words.another;
    for (const name of /** @type {const} */ (['retry', 'cancel', 'remove'])) parts[name].textContent = words[name];
    parts.file.textContent = fileName;
    parts.file.title = fileName;
    parts.message.textContent = message;
    if (parts.results.firstChild !== results[0] || results.length === 0) parts.results.replaceChildren(...results);
    show(parts.icon, empty);
    show(parts.invite, empty);
    show(parts.picture, withPicture);
    show(parts.file, fileName !== '');
    show(parts.results, results.length > 0);
    show(parts.message, message !== '');
    show(parts.working, state === 'scoring');
    show(parts.choose, state !== 'scoring');
    show(parts.retry, canRetry);
    show(parts.cancel, state === 'scoring');
    show(parts.remove, fileName !== '' && state !== 'scoring');
    for (const name of /** @type {const} */ (['choose', 'retry', 'cancel', 'remove'])) parts[name].disabled = disabled;
    if (focused instanceof HTMLElement && focused.hidden) (state === 'scoring' ? parts.cancel : parts.choose).focus();
  }

  /** @param {LoadProgress | ScoreProgress | null} progress null: before anything is known @param {Words} words */
  tellProgress(progress, words) {
    if (progress === null) this.#showProgress(words.waiting, null);
    else if (progress.phase === 'decoding') this.#showProgress(words.decoding, null);
    else if ('done' in progress) this.#showProgress(words.computing(progress.done, progress.total), progress.total > 0 ? progress.done / progress.total : null);
    else if (!(progress.total > 0)) this.#showProgress(words.starting, null);
    else this.#showProgress(words.downloading(progress.loaded, progress.total), progress.loaded / progress.total);
  }

  /** @param {string} text @param {number | null} share from 0 to 1; null: nobody knows */
  #showProgress(text, share) {
    const { progress, progressText, working } = this.#parts;
    show(working, true);
    if (share === null) progress.removeAttribute('value');
    else progress.value = share;
    progress.setAttribute('aria-label', text);
    progressText.textContent = text;
  }

  hideProgress() {
    show(this.#parts.working, false);
  }

  /** Says something to screen readers. @param {string} text */
  announce(text) {
    this.#parts.status.textContent = text;
  }

  /** Forgets the picture shown. */
  clearPicture() {
    this.#canvas = null;
    this.#parts.picture.replaceChildren(icon());
  }

  /** Shows a picture that the engine has decoded, unless it is shown already. @param {Blob} blob @param {string} name */
  async showPicture(blob, name) {
    if (this.#canvas) return;
    const canvas = element('canvas', { role: 'img', 'aria-label': name });
    this.#canvas = canvas;
    const drawn = await drawThumbnail(blob, canvas);
    if (drawn && this.#canvas === canvas) this.#parts.picture.replaceChildren(canvas);
  }
}

/** @param {HTMLElement} part @param {boolean} wanted */
function show(part, wanted) {
  part.hidden = !wanted;
}

function icon() {
  const svg = document.createElementNS(SVG, 'svg');
  const attributes = { viewBox: '0 0 24 24', fill: 'none', stroke: 'currentColor', 'stroke-width': '1.5', 'stroke-linecap': 'round', 'stroke-linejoin': 'round', 'aria-hidden': 'true' };
  for (const [name, value] of Object.entries(attributes)) svg.setAttribute(name, value);
  for (const d of ICON) {
    const path = document.createElementNS(SVG, 'path');
    path.setAttribute('d', d);
    svg.append(path);
  }
  return svg;
}
