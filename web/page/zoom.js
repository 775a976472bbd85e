/**
 * Pictures at 100 %: one pixel of the picture is one pixel of the screen. Each lies in a lens, which scrolls; whatever is drawn over
 * the picture goes along. Several lenses show the same place.
 */

/** How far an arrow key moves, in shares of the lens. */
const STEP = 0.25;

/** @typedef {{x: number, y: number}} Place of a picture's point, in shares of its sides */

export class Zoom {
  #isClose = false;
  /** What lies in the middle. @type {Place} */
  #middle = { x: 0.5, y: 0.5 };
  /** @type {HTMLElement[]} */
  #lenses = [];
  #lensesOf;
  /** The lens that is scrolled by us: it tells of it as if a person did. */
  #expected = new WeakMap();
  /** @type {AbortController | null} */
  #watch = null;

  /** @param {() => HTMLElement[]} lensesOf elements that scroll, each with a `.frame` and its `img` inside */
  constructor(lensesOf) {
    this.#lensesOf = lensesOf;
  }

  get isClose() {
    return this.#isClose;
  }

  /** @param {boolean} isClose @param {Place} [middle] */
  show(isClose, middle) {
    this.#isClose = isClose;
    if (middle) this.#middle = middle;
    this.apply();
  }

  /** @param {Place} [middle] */
  toggle(middle) {
    this.show(!this.#isClose, middle);
  }

  /** Everything as a whole again, from the middle on. */
  reset() {
    this.#isClose = false;
    this.#middle = { x: 0.5, y: 0.5 };
    this.#watch?.abort();
    this.#lenses = [];
  }

  /** @param {number} x @param {number} y steps */
  pan(x, y) {
    const [lens] = this.#lenses;
    if (!this.#isClose || !lens) return;
    lens.scrollBy(x * STEP * lens.clientWidth, y * STEP * lens.clientHeight);
  }

  /** Brings the lenses up to date: they were drawn, or their pictures came. */
  apply() {
    const lenses = this.#lensesOf();
    if (lenses.length !== this.#lenses.length || lenses.some((lens, at) => lens !== this.#lenses[at])) this.#follow(lenses);
    for (const lens of lenses) {
      const image = lens.querySelector('img');
      const width = image ? image.naturalWidth / devicePixelRatio : 0;
      const isClose = this.#isClose && width > 0;
      lens.classList.toggle('close', isClose);
      lens.tabIndex = isClose ? 0 : -1;
      if (!isClose) continue;
      lens.style.setProperty('--pixels', `${width}px`);
      this.#centre(lens);
    }
  }

  /** @param {HTMLElement[]} lenses */
  #follow(lenses) {
    this.#watch?.abort();
    this.#watch = new AbortController();
    this.#lenses = lenses;
    const { signal } = this.#watch;
    for (const lens of lenses) {
      lens.addEventListener('scroll', () => this.#onScroll(lens), { signal, passive: true });
      lens.addEventListener('dblclick', (event) => this.toggle(placeUnder(lens, event)), { signal });
      lens.addEventListener('load', () => this.apply(), { signal, capture: true });
      lens.addEventListener('pointerdown', (event) => this.#drag(lens, event), { signal });
    }
  }

  /** @param {HTMLElement} lens @param {PointerEvent} event */
  #drag(lens, event) {
    if (!this.#isClose || event.pointerType !== 'mouse' || event.button !== 0) return; // fingers scroll by themselves
    event.preventDefault();
    lens.focus({ preventScroll: true });
    const drag = new AbortController();
    let { clientX: x, clientY: y } = event;
    const end = () => drag.abort();
    addEventListener('pointermove', ({ clientX, clientY }) => {
      lens.scrollBy(x - clientX, y - clientY);
      [x, y] = [clientX, clientY];
    }, drag);
    addEventListener('pointerup', end, drag);
    addEventListener('pointercancel', end, drag);
  }

  /** @param {HTMLElement} lens */
  #onScroll(lens) {
    const place = `${Math.round(lens.scrollLeft)} ${Math.round(lens.scrollTop)}`;
    if (!this.#isClose || this.#expected.get(lens) === place) return;
    this.#expected.set(lens, place);
    this.#middle = { x: (lens.scrollLeft + lens.clientWidth / 2) / lens.scrollWidth, y: (lens.scrollTop + lens.clientHeight / 2) / lens.scrollHeight };
    for (const other of this.#lenses) if (other !== lens) this.#centre(other);
  }

  /** @param {HTMLElement} lens */
  #centre(lens) {
    lens.scrollLeft = this.#middle.x * lens.scrollWidth - lens.clientWidth / 2;
    lens.scrollTop = this.#middle.y * lens.scrollHeight - lens.clientHeight / 2;
    this.#expected.set(lens, `${Math.round(lens.scrollLeft)} ${Math.round(lens.scrollTop)}`);
  }
}

/** @param {HTMLElement} lens @param {MouseEvent} event @returns {Place} */
function placeUnder(lens, { clientX, clientY }) {
  const frame = /** @type {HTMLElement} */ (lens.querySelector('.frame')).getBoundingClientRect();
  return { x: (clientX - frame.left) / frame.width, y: (clientY - frame.top) / frame.height };
}
