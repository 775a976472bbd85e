import { element } from './element.js';
import { resultElement } from './results.js';
import { words } from './words.js';

/** A picture on the page: first waiting, then computing, then its results or what went wrong. */
export class Card {
  #source;
  #frame;
  #body;
  #facts;

  /**
   * @param {{name: string, blob?: Blob, url?: string, sample?: boolean}} picture
   * @param {() => void} onRemove
   */
  constructor(picture, onRemove) {
    this.#source = picture;
    this.#frame = element('div', { className: 'picture' });
    this.#facts = element('p', { className: 'facts', textContent: picture.sample ? words.sample : '' });
    this.#body = element('div', { className: 'body' });
    this.element = element('li', { className: 'card', 'aria-busy': 'true' },
      this.#frame,
      element('div', { className: 'caption' },
        element('h3', { textContent: picture.name, title: picture.name }),
        this.#facts,
        element('button', { type: 'button', className: 'remove', 'aria-label': words.remove(picture.name), textContent: '×', onclick: onRemove })),
      this.#body);
    this.showState(words.waiting);
    if (picture.sample) this.showPicture();
  }

  showState(text) {
    this.#body.replaceChildren(element('p', { className: 'state', textContent: text }));
  }

  /**
   * Shows the picture itself; a stranger's only once the engine has decoded it: a header can promise billions of
   * pixels, and a browser that believes it stands still.
   */
  showPicture() {
    if (this.#frame.firstChild) return;
    const address = this.#source.blob ? URL.createObjectURL(this.#source.blob) : null;
    const image = element('img', { alt: '', decoding: 'async', src: address ?? this.#source.url });
    const done = () => address && URL.revokeObjectURL(address);
    image.addEventListener('load', done);
    image.addEventListener('error', done);
    this.#frame.append(image);
  }

  /** @param {object[]} tasks the manifest's @param {object} result of scorer.score */
  showResult(tasks, { scores, picture, milliseconds }) {
    this.showPicture();
    const facts = [
      this.#facts.textContent,
      words.pixels(picture.width, picture.height),
      words.milliseconds(milliseconds.decode + milliseconds.compute),
      picture.decoder === 'browser' ? words.browserDecoded : '',
    ];
    this.#facts.textContent = facts.filter(Boolean).join(' · ');
    this.#finish('scored', ...tasks.map((task) => resultElement(task, scores[task.id])));
  }

  showError({ code, message }) {
    this.#frame.remove();
    this.#finish('failed', element('p', { className: 'problem', 'data-code': code, textContent: message }));
  }

  #finish(state, ...content) {
    this.#body.replaceChildren(...content);
    this.element.dataset.state = state;
    this.element.setAttribute('aria-busy', 'false');
  }

  remove() {
    this.element.remove();
  }
}
