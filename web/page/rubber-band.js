/**
 * Pictures are selected by a rectangle that the mouse draws over the gallery, from between tiles or from a picture. With Ctrl or Shift
 * it adds to what is selected. Escape takes it back.
 */

/** @import {Item} from './types.d.ts' */
/** @import {Selection} from './selection.js' */
/**
 * @typedef {{left: number, top: number, right: number, bottom: number}} Area
 * @typedef {{from: {x: number, y: number}, at: {x: number, y: number}, before: Item[], isMore: boolean, box: HTMLElement | null}} Drag from: in the list; at: in the window;
 * before: what was selected; isMore: and stays so; box: once it is one
 */

/** A hand that only clicks moves the mouse by less, in pixels. */
const LEAST = 6;
/** So near to the window's edge the page scrolls, and by so much a frame. */
const EDGE = 40;
const SPEED = 18;

export class RubberBand {
  #list;
  #itemsWithin;
  #selection;
  /** @type {Drag | null} */
  #drag = null;

  /**
   * @param {HTMLElement} list
   * @param {{itemsWithin: (area: Area) => Item[], selection: Selection}} parts itemsWithin: those that an area of the list touches, in pixels
   */
  constructor(list, { itemsWithin, selection }) {
    this.#list = list;
    this.#itemsWithin = itemsWithin;
    this.#selection = selection;
    list.addEventListener('pointerdown', (event) => this.#begin(event));
    addEventListener('pointerdown', () => { this.#isSpent = false; }, { capture: true });
    addEventListener('pointermove', (event) => this.#follow(event));
    addEventListener('pointerup', () => this.#end());
    addEventListener('pointercancel', () => this.#end());
    addEventListener('click', (event) => this.#swallow(event), { capture: true });
    addEventListener('keydown', (event) => this.#onKey(event), { capture: true });
    list.addEventListener('selectstart', (event) => this.#drag && event.preventDefault());
  }

  /** A button that is no picture keeps its press. @param {PointerEvent} event */
  #begin({ button, clientX, clientY, ctrlKey, metaKey, pointerType, shiftKey, target }) {
    const pressed = /** @type {Element} */ (target).closest('button');
    if (pointerType !== 'mouse' || button !== 0 || (pressed && !pressed.matches('.open'))) return;
    const at = { x: clientX, y: clientY };
    this.#drag = { from: this.#placeOf(at), at, before: this.#selection.items, isMore: ctrlKey || metaKey || shiftKey, box: null };
  }

  /** @param {PointerEvent} event */
  #follow({ buttons, clientX, clientY }) {
    const drag = this.#drag;
    if (!drag) return;
    if (buttons === 0) return this.#end(); // it was let go outside of the window
    drag.at = { x: clientX, y: clientY };
    const here = this.#placeOf(drag.at);
    if (drag.box === null && Math.hypot(here.x - drag.from.x, here.y - drag.from.y) < LEAST) return;
    if (drag.box === null) this.#open(drag);
    this.#draw();
  }

  /** @param {Drag} drag */
  #open(drag) {
    drag.box = document.createElement('div');
    drag.box.className = 'rubber-band';
    drag.box.ariaHidden = 'true';
    document.body.append(drag.box);
    requestAnimationFrame(() => this.#scroll());
  }

  #draw() {
    const { at, before, box, from, isMore } = /** @type {Drag} */ (this.#drag);
    const here = this.#placeOf(at);
    const area = { left: Math.min(from.x, here.x), top: Math.min(from.y, here.y), right: Math.max(from.x, here.x), bottom: Math.max(from.y, here.y) };
    const { left, top } = this.#list.getBoundingClientRect();
    Object.assign(/** @type {HTMLElement} */ (box).style, { left: `${left + area.left}px`, top: `${top + area.top}px`, width: `${area.right - area.left}px`, height: `${area.bottom - area.top}px` });
    this.#selection.set([...(isMore ? before : []), ...this.#itemsWithin(area)]);
  }

  /** As long as the mouse rests at an edge. */
  #scroll() {
    if (!this.#drag?.box) return;
    const { y } = this.#drag.at;
    const before = scrollY;
    if (y < EDGE) scrollBy(0, -SPEED);
    else if (y > innerHeight - EDGE) scrollBy(0, SPEED);
    if (scrollY !== before) this.#draw();
    requestAnimationFrame(() => this.#scroll());
  }

  /** Whether the press that ends has drawn a rectangle: then it is no click. */
  #isSpent = false;

  #end() {
    const box = this.#drag?.box;
    this.#drag = null;
    if (!box) return;
    box.remove();
    this.#isSpent = true;
  }

  /** @param {MouseEvent} event */
  #swallow(event) {
    if (!this.#isSpent || event.detail === 0) return; // a key's click has no detail
    this.#isSpent = false;
    event.preventDefault();
    event.stopPropagation();
  }

  /** @param {KeyboardEvent} event */
  #onKey(event) {
    const { before, box } = this.#drag ?? { before: [], box: null };
    if (event.key !== 'Escape' || !box) return;
    this.#selection.set(before);
    this.#end();
    event.preventDefault();
    event.stopPropagation();
  }

  /** Of a point of the window. @param {{x: number, y: number}} point */
  #placeOf({ x, y }) {
    const { left, top } = this.#list.getBoundingClientRect();
    return { x: x - left, y: y - top };
  }
}
