/**
 * A grid that only has the tiles that can be seen, so that a thousand pictures are as light as ten. Every tile has the
 * same size; groups have a heading between their rows. One tile is current: it alone is in the order of Tab, the
 * arrow keys move it.
 */
import { html, render } from '../ui/html.js';

/** @import {Item} from './types.d.ts' */

/**
 * @typedef {{top: number, items: Item[], heading?: string, count?: number}} Row
 * @typedef {{row: Row, column: number, at: number}} Place at: in the order of all
 */

/** The least width of a tile and the gap between tiles, on a list that is narrower than a phone held upright, and on others. */
const NARROW = { below: 520, width: 136, gap: 10 };
const WIDE = { width: 232, gap: 20 };
const HEADING = 52;
/** Rows beyond the window's edges that are kept ready, in windows. */
const MARGIN = 0.6;

export class Grid {
  #list;
  #draw;
  #heightFor;
  /** @type {{heading: string | null, items: Item[]}[]} */
  #groups = [];
  /** @type {Row[]} */
  #rows = [];
  /** @type {Item[]} */
  #flat = [];
  /** @type {Map<Item, Place>} */
  #places = new Map();
  /** @type {Map<Item, HTMLElement>} */
  #tiles = new Map();
  /** @type {Map<Row, HTMLElement>} */
  #headings = new Map();
  #columns = 1;
  #gap = WIDE.gap;
  #height = 0;
  #tileWidth = 0;
  /** @type {Item | null} */
  #current = null;
  /** The one that was current before. @type {Item | null} */
  #previous = null;
  #scheduled = false;

  /**
   * @param {HTMLElement} list
   * @param {{draw: (tile: HTMLElement, item: Item) => void, heightFor: (width: number) => number, onKey: (event: KeyboardEvent, item: Item) => void}} options
   *   draw fills an item's tile, or brings it up to date
   */
  constructor(list, { draw, heightFor, onKey }) {
    this.#list = list;
    this.#draw = draw;
    this.#heightFor = heightFor;
    addEventListener('scroll', () => this.#schedule(), { passive: true });
    new ResizeObserver(() => this.layout()).observe(/** @type {HTMLElement} */ (list.parentElement));
    list.addEventListener('keydown', (event) => {
      const item = this.#itemOf(event.target);
      if (item && !this.#move(event, item)) onKey(event, item);
    });
    list.addEventListener('focusin', (event) => this.#makeCurrent(this.#itemOf(event.target)));
  }

  /** @param {{heading: string | null, items: Item[]}[]} groups */
  show(groups) {
    this.#groups = groups;
    this.#flat = groups.flatMap(({ items }) => items);
    if (this.#current === null || !this.#flat.includes(this.#current)) this.#current = this.#flat[0] ?? null;
    this.layout();
  }

  /** Brings the tiles of these items up to date, all without. @param {Set<Item> | null} items */
  refresh(items = null) {
    for (const [item, tile] of this.#tiles) {
      if (items !== null && !items.has(item)) continue;
      this.#draw(tile, item);
      this.#place(tile, item);
    }
  }

  /** The items whose tiles an area of the list touches, whether they are in sight or not. @param {{left: number, top: number, right: number, bottom: number}} area in pixels */
  itemsWithin({ left, top, right, bottom }) {
    const step = this.#tileWidth + this.#gap;
    return this.#rows.filter((row) => row.top < bottom && row.top + this.#height > top)
      .flatMap(({ items }) => items.filter((_, column) => column * step < right && column * step + this.#tileWidth > left));
  }

  /** Where each row begins. */
  layout() {
    const width = this.#list.clientWidth;
    if (width === 0) return;
    const { width: least, gap } = width < NARROW.below ? NARROW : WIDE;
    this.#gap = gap;
    this.#columns = Math.max(1, Math.floor((width + gap) / (least + gap)));
    const tileWidth = (width - gap * (this.#columns - 1)) / this.#columns;
    this.#tileWidth = tileWidth;
    this.#height = this.#heightFor(tileWidth);
    this.#rows = [];
    this.#places.clear();
    let top = 0;
    for (const { heading, items } of this.#groups) {
      if (heading !== null) {
        this.#rows.push({ top, heading, count: items.length, items: [] });
        top += HEADING;
      }
      for (let at = 0; at < items.length; at += this.#columns) {
        const row = { top, items: items.slice(at, at + this.#columns) };
        this.#rows.push(row);
        row.items.forEach((item, column) => this.#places.set(item, { row, column, at: this.#places.size }));
        top += this.#height + gap;
      }
    }
    this.#list.style.setProperty('height', `${Math.max(0, top - gap)}px`);
    this.#list.style.setProperty('--tile-width', `${tileWidth}px`);
    this.#list.style.setProperty('--tile-height', `${this.#height}px`);
    this.#render(true);
  }

  #schedule() {
    if (this.#scheduled) return;
    this.#scheduled = true;
    requestAnimationFrame(() => {
      this.#scheduled = false;
      this.#render(false);
    });
  }

  /** @param {boolean} moved whether rows have other places than before */
  #render(moved) {
    const start = -this.#list.getBoundingClientRect().top - innerHeight * MARGIN;
    const end = start + innerHeight * (1 + 2 * MARGIN);
    const visible = this.#rows.filter(({ top }) => top + this.#height > start && top < end);
    const wanted = new Set(visible.flatMap(({ items }) => items));
    if (this.#current && this.#places.has(this.#current)) wanted.add(this.#current); // shown while the list was hidden, it has no place yet
    for (const [item, tile] of this.#tiles) {
      if (wanted.has(item) && this.#places.has(item)) continue;
      tile.remove();
      this.#tiles.delete(item);
    }
    for (const item of wanted) {
      const known = this.#tiles.get(item);
      if (known && moved) this.#place(known, item);
      if (known) continue;
      const tile = this.#tileFor(item);
      this.#tiles.set(item, tile);
      this.#list.append(tile);
    }
    if (moved) this.#order(wanted);
    this.#renderHeadings(visible);
  }

  /**
   * Screen readers read in the document's order, so it follows the places. A tile that is in its place is not touched.
   * @param {Set<Item>} wanted
   */
  #order(wanted) {
    const held = document.activeElement;
    let place = this.#list.firstChild;
    for (const tile of this.#flat.filter((item) => wanted.has(item)).map((item) => this.#tileOf(item))) {
      if (tile === place) place = place.nextSibling;
      else this.#list.insertBefore(tile, place);
    }
    if (held instanceof HTMLElement && this.#list.contains(held)) held.focus({ preventScroll: true });
  }

  /** @param {Item} item that has none yet */
  #tileFor(item) {
    const tile = document.createElement('li');
    tile.className = 'card';
    tile.dataset.id = String(item.id);
    this.#draw(tile, item);
    return this.#place(tile, item);
  }

  /** @param {Row[]} visible */
  #renderHeadings(visible) {
    for (const [row, heading] of this.#headings) {
      if (visible.includes(row)) continue;
      heading.remove();
      this.#headings.delete(row);
    }
    for (const row of visible) {
      if (row.heading === undefined || this.#headings.has(row)) continue;
      const heading = document.createElement('li');
      heading.className = 'group';
      heading.style.setProperty('--top', `${row.top}px`);
      render(html`<h3 title=${row.heading}>${row.heading}</h3><span class="count">${row.count}</span>`, heading);
      this.#headings.set(row, heading);
      this.#list.append(heading);
    }
  }

  /** @param {HTMLElement} tile @param {Item} item that is shown @returns {HTMLElement} the tile */
  #place(tile, item) {
    const { row, column, at } = /** @type {Place} */ (this.#places.get(item));
    tile.style.setProperty('--left', `calc(${column} * (var(--tile-width) + ${this.#gap}px))`);
    tile.style.setProperty('--top', `${row.top}px`);
    tile.setAttribute('aria-setsize', String(this.#flat.length));
    tile.setAttribute('aria-posinset', String(at + 1));
    this.#setTabStops(tile, item === this.#current);
    return tile;
  }

  /** @param {HTMLElement} tile @param {boolean} isCurrent */
  #setTabStops(tile, isCurrent) {
    for (const button of tile.querySelectorAll('button')) button.tabIndex = isCurrent ? 0 : -1;
  }

  /** @param {Item} item that has a tile */
  #tileOf(item) {
    return /** @type {HTMLElement} */ (this.#tiles.get(item));
  }

  /** @param {EventTarget | null} target an element of the grid */
  #itemOf(target) {
    const tile = /** @type {Element} */ (target).closest('.card');
    for (const [item, each] of this.#tiles) if (each === tile) return item;
    return null;
  }

  /** @param {Item | null} item */
  #makeCurrent(item) {
    if (item === null || item === this.#current) return;
    this.#leaveCurrent();
    this.#previous = this.#current;
    this.#current = item;
    this.#setTabStops(this.#tileOf(item), true);
  }

  #leaveCurrent() {
    const before = this.#current && this.#tiles.get(this.#current);
    if (before) this.#setTabStops(before, false);
  }

  /** @param {KeyboardEvent} event @param {Item} item @returns {boolean} whether the key was one that moves */
  #move(event, item) {
    if (event.altKey || event.ctrlKey || event.metaKey) return false;
    const at = this.#flat.indexOf(item);
    const last = this.#flat.length - 1;
    /** @type {Record<string, number>} */
    const steps = {
      ArrowRight: at + 1, ArrowLeft: at - 1, ArrowDown: Math.min(last, at + this.#columns), ArrowUp: at - this.#columns, Home: 0, End: last,
    };
    if (!Object.hasOwn(steps, event.key)) return false;
    event.preventDefault();
    const next = this.#flat[steps[event.key]];
    if (next) this.focus(next);
    return true;
  }

  /** Makes an item current, brings it into sight and gives it the focus. @param {Item} item */
  focus(item) {
    const place = this.#places.get(item);
    if (!place) return;
    this.#leaveCurrent();
    if (item !== this.#current) this.#previous = this.#current;
    this.#current = item;
    const top = this.#list.getBoundingClientRect().top + place.row.top;
    if (top < 0 || top + this.#height > innerHeight) scrollBy(0, top < 0 ? top - this.#gap : top + this.#height + this.#gap - innerHeight);
    this.#render(false);
    const tile = this.#tileOf(item);
    this.#setTabStops(tile, true);
    /** @type {HTMLElement} */ (tile.querySelector('.open')).focus({ preventScroll: true });
  }

  /** The one that the keys act on. */
  get current() {
    return this.#current;
  }

  /** The one that was current before. */
  get previous() {
    return this.#previous;
  }

  /** The shown items in order. */
  get order() {
    return this.#flat;
  }
}
