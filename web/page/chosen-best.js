/** The best that were selected: they follow what becomes known, and it is told how much is, until the person changes them. */
import { announce } from './announcer.js';
import { find } from './find.js';
import { say, together } from './language.js';

/**
 * @import {Item} from './types.d.ts'
 * @import {Selection} from './selection.js'
 *
 * @typedef {object} Known
 * @property {string} by what pictures are ordered by, in any language @property {string} basis the same in words
 * @property {number} scored @property {number} total scored, and still to be
 * @property {{done: number, total: number} | null} looking how far near-copies are looked for; null: all are known
 *
 * @typedef {object} Context
 * @property {Pick<Selection, 'has' | 'onChange' | 'set' | 'size'>} selection
 * @property {(count: number) => Item[]} choose @property {() => Known} known
 */

export class ChosenBest {
  #context;
  /** @type {{count: number, by: string, first: Set<Item>, items: Item[]} | null} */
  #held = null;
  /** Whether they were changed before all was known. */
  #isFrozen = false;
  /** What was announced last. */
  #said = '';

  /** @param {Context} context */
  constructor(context) {
    this.#context = context;
    context.selection.onChange(() => this.#check());
  }

  /** @param {number} count @returns {Item[]} those that are selected */
  take(count) {
    const { choose, known, selection } = this.#context;
    const items = choose(count);
    this.#held = { count, by: known().by, first: new Set(items), items };
    this.#isFrozen = false;
    this.#said = '';
    selection.set(items);
    this.#say();
    return items;
  }

  /** More is known than before. */
  follow() {
    this.draw();
    if (!this.#held) return;
    this.#held.items = this.#context.choose(this.#held.count);
    this.#context.selection.set(this.#held.items);
    this.draw();
    if (!isOpen(this.#context.known())) this.#say();
  }

  /** Says how things are now. By another task or order others are the best: these stay what they were. */
  draw() {
    if (this.#held && this.#held.by !== this.#context.known().by) this.#letGo();
    this.#show(this.#words);
  }

  #check() {
    const { selection } = this.#context;
    if (selection.size === 0) this.#isFrozen = false;
    const items = this.#held?.items;
    if (items && !(selection.size === items.length && items.every((item) => selection.has(item)))) this.#letGo();
    this.#show(this.#words);
  }

  #letGo() {
    this.#held = null;
    this.#isFrozen = this.#context.selection.size > 0 && isOpen(this.#context.known());
    if (this.#isFrozen) this.#say();
  }

  /** @param {string} words */
  #show(words) {
    const line = find('best-told');
    line.textContent = words;
    line.hidden = words === '';
  }

  #say() {
    const words = this.#words;
    this.#show(words);
    if (words !== this.#said) announce(words);
    this.#said = words;
  }

  get #words() {
    if (this.#isFrozen) return say('best.frozen');
    if (!this.#held) return '';
    const { first, items } = this.#held;
    const known = this.#context.known();
    const { basis, looking, scored, total } = known;
    const later = items.filter((item) => !first.has(item)).length;
    return together(
      say(isOpen(known) ? 'best.soFar' : 'best.chosen', { count: items.length, basis, scored, total }), later > 0 ? say('best.later', { count: later }) : '',
      looking && looking.total > 0 ? say('similar.looking', looking) : '',
    );
  }
}

/** Whether more is to become known. @param {Known} known */
const isOpen = ({ looking, scored, total }) => looking !== null || scored < total;
