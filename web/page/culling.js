/** Choosing pictures: stars, flags, keys, the best ones, near-copies. It comes when there are pictures to choose from. */
import { announce } from './announcer.js';
import { bestOf, bestOfGroups, isToCome } from './best.js';
import { ChosenBest } from './chosen-best.js';
import { combine } from './combined-order.js';
import { CompareDialog, MOST_COMPARED } from './compare-dialog.js';
import { CullBar } from './cull-bar.js';
import { KeyList, actOf, isOfElement, keysActAnywhere } from './cull-keys.js';
import { ALL, fits, isFiltered } from './cull-filter.js';
import { CULLING } from './culling-strings.js';
import { find } from './find.js';
import { identify } from './identity.js';
import { keep, recall } from './kept.js';
import { learn, localize, onLanguage, say } from './language.js';
import { Loupe } from './loupe.js';
import { badgeTemplate, ratingTemplate, ratingWords } from './rating-marks.js';
import { Ratings } from './ratings.js';
import { RubberBand } from './rubber-band.js';
import { SavedOrders } from './saved-orders.js';
import { SaveDialog } from './save-dialog.js';
import { Similar } from './similar.js';
import { sortValue } from './arrange.js';

/**
 * @import {DetailDialog} from './detail-dialog.js'
 * @import {GalleryPanel} from './gallery-panel.js'
 * @import {Act} from './cull-keys.js'
 * @import {Known} from './chosen-best.js'
 * @import {Rating} from './ratings.js'
 * @import {Shelf} from './shelf.js'
 * @import {PictureFeatures} from './picture-features.js'
 * @import {Item, PanelParts} from './types.d.ts'
 *
 * @typedef {PanelParts & {detail: DetailDialog, features: PictureFeatures, gallery: GalleryPanel, shelf: Shelf, onJudge: () => Promise<void>}} CullingParts
 */

export class Culling {
  #parts;
  #ratings;
  #orders;
  #similar;
  #best;
  #bar;
  #loupe;
  #compare;
  #keys = new KeyList();
  #save;
  /** Where each picture stands in the combined order; made anew when something of it changes. @type {Map<Item, number> | null} */
  #combined = null;
  /** The best of each group of near-copies. @type {Set<Item> | null} */
  #bests = null;
  /** Whether the next picture comes when one was rated. */
  #advances = recall('advances') !== false;

  /** @param {CullingParts} parts */
  constructor(parts) {
    learn(CULLING);
    this.#parts = parts;
    const { detail, gallery, history, model, shelf } = parts;
    this.#ratings = new Ratings(shelf, history);
    this.#orders = new SavedOrders(history);
    this.#similar = new Similar(parts);
    const onRate = (/** @type {Partial<Rating>} */ change) => this.rate(change);
    this.#loupe = new Loupe({ detail, order: () => gallery.order, ratings: this.#ratings, onRate });
    this.#compare = new CompareDialog({
      tasks: () => model.tasks, mark: (item) => ratingTemplate(this.#ratings.of(item), onRate), onClose: () => gallery.refresh(),
    });
    this.#save = new SaveDialog({ ...parts, ratings: this.#ratings });
    this.#best = new ChosenBest({ selection: gallery.selection, choose: (count) => this.#bestShown(count), known: () => this.#known });
    this.#bar = new CullBar({
      selection: gallery.selection, orders: this.#orders, tasks: () => model.tasks, groups: () => gallery.groups(),
      looking: () => this.#looking, basis: () => this.#basis, onBest: (count) => this.best(count), onFilter: () => this.#arrangeAgain(),
      onOrder: () => gallery.sortAs('combined'), onLook: () => this.#similar.want(), onRate, onCompare: () => this.compare(),
      onSave: () => this.save(), onRemove: () => gallery.removeSelected(), onKeys: () => this.#keys.toggle(),
    });
    gallery.more = {
      isShown: (item) => this.#isShown(item),
      combined: (item) => this.#standing(item),
      similar: (item) => this.#similarGroup(item),
      mark: (item) => badgeTemplate(this.#ratings.of(item), this.#bestOfEach.has(item)),
      onArranged: (grouping) => this.#followGrouping(grouping),
    };
    new RubberBand(find('cards'), { itemsWithin: (area) => gallery.itemsWithin(area), selection: gallery.selection });
    this.#listen();
    this.#ratings.load();
    gallery.refresh();
  }

  #listen() {
    const { features, gallery, model, pictures } = this.#parts;
    this.#ratings.onChange((keys) => this.#showRatings(keys));
    this.#orders.onChange(() => {
      this.#arrangeAgain();
      this.#best.draw();
    });
    this.#similar.onChange(() => {
      this.#arrangeAgain();
      this.#best.follow();
      this.#bar.render();
    });
    features.onChange(() => this.#best.draw());
    gallery.onArranged(() => this.#best.draw());
    pictures.onChange(() => {
      this.#forget();
      this.#best.follow();
    });
    model.onChange(({ kind }) => {
      if (kind !== 'progress') this.#forget();
      if (kind === 'loaded' || kind === 'task') this.#bar.render();
    });
    onLanguage(() => {
      gallery.refresh();
      this.#best.draw();
    });
    document.addEventListener('keydown', (event) => this.#onKey(event));
    document.addEventListener('keyup', (event) => event.key === ' ' && this.#isHandled && event.preventDefault()); // else a button is pressed by it
  }

  /** Whether the key that is down was one of ours. */
  #isHandled = false;

  // ---- what is said of pictures ----

  /** Stars and flags for what is shown, or selected. @param {Partial<Rating>} change */
  async rate(change) {
    const items = this.#targets;
    if (items.length === 0) return;
    const { pictures } = this.#parts;
    const next = this.#next(items);
    for (const item of items) if (item.key === null) await identify(item, pictures).catch(() => {}); // a file that has gone cannot be rated
    const known = items.filter(({ key }) => key !== null);
    const [{ name }] = items;
    const words = ratingWords({ ...this.#ratings.of(items[0]), ...change }) || say('rating.nothing');
    const told = () => (items.length === 1 ? say('rating.said', { name, words }) : say('rating.saidMany', { count: items.length, words }));
    this.#ratings.rate(known, change, { words: told, shown: items.length > 1 });
    announce(told());
    if (next) this.#goTo(next);
  }

  /** @returns {Item[]} */
  get #targets() {
    const { detail, gallery } = this.#parts;
    const one = this.#compare.isOpen ? this.#compare.item : detail.item;
    if (one) return [one];
    if (gallery.root.hidden) return [];
    return gallery.selection.size > 0 ? gallery.selection.items : [gallery.current].filter((item) => item !== null);
  }

  /** The one that comes when a single picture was rated: found before, since the rating may take the picture out of sight. @param {Item[]} rated */
  #next(rated) {
    const { gallery } = this.#parts;
    if (!this.#advances || rated.length > 1 || this.#compare.isOpen || gallery.selection.size > 0) return null;
    return gallery.order[gallery.order.indexOf(rated[0]) + 1] ?? null;
  }

  /** @param {Item} item */
  #goTo(item) {
    const { detail, gallery } = this.#parts;
    if (detail.item) detail.show(item);
    else gallery.focus(item);
  }

  /** @param {Set<string> | null} keys */
  #showRatings(keys) {
    const { detail, gallery, pictures } = this.#parts;
    if (isFiltered(this.#bar.wanted)) gallery.render();
    gallery.refresh(keys && new Set(pictures.items.filter(({ key }) => key !== null && keys.has(key))));
    detail.render();
    this.#compare.render();
  }

  // ---- orders and groups ----

  #forget() {
    this.#combined = null;
    this.#bests = null;
  }

  #arrangeAgain() {
    this.#forget();
    this.#parts.gallery.refresh();
  }

  /** @param {Item} item */
  #standing(item) {
    const { model, pictures } = this.#parts;
    this.#combined ??= combine(pictures.items, model.tasks, this.#orders.weights);
    return this.#combined.get(item) ?? null;
  }

  /** By what pictures are better: the combined order where it is shown, else the task that leads. @param {Item} item */
  #valueOf(item) {
    const { gallery, model } = this.#parts;
    if (gallery.sort === 'combined') return this.#standing(item);
    return model.leading ? sortValue(model.leading, item.scores?.[model.leading.id]) : null;
  }

  get #basis() {
    const { gallery, model } = this.#parts;
    if (gallery.sort === 'combined') return this.#orders.name || say('order.title');
    return model.leading ? localize(model.leading.title) : '';
  }

  /** What the best are chosen by, and how much of it is known. @returns {Known} */
  get #known() {
    const { gallery, model, pictures } = this.#parts;
    const scored = pictures.shown.filter((item) => this.#valueOf(item) !== null).length;
    const open = pictures.shown.filter((item) => isToCome(item) && this.#valueOf(item) === null).length;
    const by = gallery.sort === 'combined' ? JSON.stringify(this.#orders.weights) : model.leading?.id ?? '';
    return { by, basis: this.#basis, scored, total: scored + open, looking: this.#similar.isSettled ? null : this.#similar.progress };
  }

  get #ways() {
    return { valueOf: (/** @type {Item} */ item) => this.#valueOf(item), groupOf: (/** @type {Item} */ item) => this.#similar.groupOf(item) };
  }

  get #bestOfEach() {
    this.#bests ??= bestOfGroups(this.#parts.pictures.items, this.#ways);
    return this.#bests;
  }

  /** @param {Item} item */
  #similarGroup(item) {
    const group = this.#similar.groupOf(item);
    return group === null ? null : String(group);
  }

  get #looking() {
    const { done, total } = this.#similar.progress;
    return done < total ? { done, total } : null;
  }

  /** @param {string} grouping that was chosen */
  #followGrouping(grouping) {
    if (grouping === 'similar') this.#similar.want();
    this.#forget();
  }

  /** @param {Item} item */
  #isShown(item) {
    const { wanted } = this.#bar;
    if (wanted === ALL) return true;
    return fits(item, wanted, {
      rating: this.#ratings.of(item), group: wanted.group === '' ? '' : this.#parts.gallery.groupKey(item),
      isWorse: wanted.best && this.#similar.groupOf(item) !== null && !this.#bestOfEach.has(item),
    });
  }

  // ---- what is done with them ----

  /** Selects the best ones that are shown, one of each group of near-copies. @param {number} count */
  best(count) {
    const { gallery } = this.#parts;
    this.#similar.want();
    if (gallery.sort !== 'combined') gallery.sortAs('high');
    const [first] = this.#best.take(count);
    if (first) gallery.focus(first);
  }

  /** @param {number} count */
  #bestShown(count) {
    const { order } = this.#parts.gallery;
    const shown = order.filter(({ sample }) => !sample);
    return bestOf(shown.length > 0 ? shown : order, count, this.#ways);
  }

  /** The selected ones; where one or none is, the current one and the next. */
  compare() {
    const { detail, gallery } = this.#parts;
    const { order, selection } = gallery;
    const current = detail.item ?? selection.items[0] ?? gallery.current;
    const isChosen = selection.size >= 2 && !detail.item;
    if (selection.size > MOST_COMPARED && isChosen) return announce(say('compare.tooMany', { count: MOST_COMPARED }));
    const at = current ? order.indexOf(current) : -1;
    const items = (isChosen ? selection.items : order.slice(at, at + 2)).filter(({ state }) => state === 'scored');
    if (items.length < 2) return announce(say('compare.tooFew'));
    detail.close();
    this.#compare.open(items);
  }

  /** To a folder or an archive: the selected ones, else those that were picked. */
  save() {
    this.#save.open(this.#parts.gallery.selection.items);
  }

  // ---- keys ----

  /** @param {KeyboardEvent} event */
  #onKey(event) {
    this.#isHandled = false;
    const at = /** @type {Element} */ (event.target);
    if (event.defaultPrevented && !event.shiftKey) return;
    if (at.closest('input:not([type="checkbox"]), select, textarea') || isOfElement(event, at)) return;
    if (!keysActAnywhere() && !at.closest('#cards, #detail, #comparison')) return;
    if (document.querySelector('dialog[open]:not(#detail, #comparison, #keys-dialog)')) return;
    if (this.#move(event) || this.#selectAll(event)) return event.preventDefault();
    const act = actOf(event);
    if (at.closest('.judging-stage') && act !== 'grid' && act !== 'help') return; // it has keys of its own
    if (act === null || (this.#keys.isOpen && act !== 'help') || !this.#act(act, event)) return;
    this.#isHandled = true;
    event.preventDefault();
  }

  /** Shift with an arrow: selects on, or moves what is seen at 100 %. Without, from nowhere, into the gallery. @param {KeyboardEvent} event */
  #move(event) {
    const { detail, gallery } = this.#parts;
    const [x, y] = /** @type {Record<string, [number, number]>} */ ({ ArrowLeft: [-1, 0], ArrowRight: [1, 0], ArrowUp: [0, -1], ArrowDown: [0, 1] })[event.key] ?? [0, 0];
    if ((x === 0 && y === 0) || event.altKey || event.ctrlKey || event.metaKey) return false;
    if (this.#compare.isOpen || detail.item) {
      if (event.shiftKey) (this.#compare.isOpen ? this.#compare.zoom : this.#loupe.zoom).pan(x, y);
      else if (x === 0) return false;
      else if (this.#compare.isOpen) this.#compare.step(x);
      else if (event.target === document.body) detail.step(x); // a click on the picture leaves the focus nowhere
      else return false;
      return true;
    }
    if (gallery.root.hidden || !gallery.current) return false;
    if (event.shiftKey && gallery.hasFocus) {
      gallery.extendSelection();
      return true;
    }
    if (event.target !== document.body || x === 0) return false;
    gallery.focus(gallery.current);
    return true;
  }

  /** @param {KeyboardEvent} event */
  #selectAll({ altKey, ctrlKey, key, metaKey, shiftKey }) {
    const { detail, gallery } = this.#parts;
    if (key.toLowerCase() !== 'a' || !(ctrlKey || metaKey) || altKey || shiftKey || gallery.root.hidden || detail.item || this.#compare.isOpen) return false;
    gallery.selection.set(gallery.order);
    announce(say('selection.count', { count: gallery.selection.size }));
    return true;
  }

  /** @param {Act} act @param {KeyboardEvent} event @returns {boolean} whether it was done */
  #act(act, event) {
    const { detail, gallery } = this.#parts;
    const isAlone = !detail.item && !this.#compare.isOpen;
    if (isAlone && gallery.root.hidden && act !== 'grid' && act !== 'help') return false;
    switch (act) {
      case 'stars': this.rate({ stars: Number(event.key) }); return true;
      case 'pick': this.rate({ flag: 'pick' }); return true;
      case 'reject': this.rate({ flag: 'reject' }); return true;
      case 'unflag': this.rate({ flag: null }); return true;
      case 'full': case 'zoom': return this.#zoom();
      case 'compare': this.compare(); return true;
      case 'grid': return this.#toGrid();
      case 'help': this.#keys.toggle(); return true;
      case 'advance': this.#switchAdvance(); return true;
      case 'facts': if (detail.item) this.#loupe.facts.toggle(); return detail.item !== null;
      case 'save': this.save(); return true;
      case 'select': return this.#select();
      case 'best': if (isAlone) this.#bar.askBest(); return isAlone;
      case 'judge': if (isAlone) this.#parts.onJudge().catch(() => {}); return isAlone; // what does not come is asked for again
      case 'clear': if (isAlone) gallery.selection.clear(); return false;
      default: return false;
    }
  }

  #zoom() {
    const { detail, gallery } = this.#parts;
    if (this.#compare.isOpen) {
      this.#compare.zoom.toggle();
      this.#compare.render();
    } else {
      if (!detail.item && gallery.current) detail.open(gallery.current);
      if (detail.item) this.#loupe.toggle();
    }
    return true;
  }

  #toGrid() {
    this.#compare.close();
    this.#parts.detail.close();
    find('tab-pictures').click();
    const { current } = this.#parts.gallery;
    if (current) this.#parts.gallery.focus(current);
    return true;
  }

  #select() {
    const { detail, gallery } = this.#parts;
    const item = detail.item ?? gallery.current;
    if (!item) return false;
    gallery.selection.toggle(item);
    announce(say('selection.count', { count: gallery.selection.size }));
    return true;
  }

  #switchAdvance() {
    this.#advances = !this.#advances;
    keep('advances', this.#advances);
    announce(say(this.#advances ? 'advance.on' : 'advance.off'));
  }
}
