/** The traits on the model in use: taught here, or come as files. The browser keeps their files, and each model gets its own back. */
import { sha256 } from '../lib/weights/hash.js';
import { Listeners } from './listeners.js';
import { modelHash } from './model-hash.js';

/**
 * @import {Taught, Trait, TraitPrediction} from '../lib/percept.js'
 * @import {Item, Result, Scorer, Task} from './types.d.ts'
 * @import {History} from './history.js'
 * @import {ModelSession} from './model-session.js'
 * @import {Pictures} from './pictures.js'
 * @import {Grouping} from './picture-groups.js'
 * @import {Key, Shelf} from './shelf.js'
 *
 * @typedef {object} Kept
 * @property {Uint8Array<ArrayBuffer>} file
 * @property {string} learnt the hash of what it learnt from, '' of a file that came, UNTOLD
 * @property {boolean} [isDeeper] whether it was trained deeper here; older ones on the disk do not tell
 * @property {Grouping} [grouping] by which its evidence groups the pictures; older ones, and files, do not tell
 * @property {[key: string, prediction: TraitPrediction | null][]} judged the pictures that it learnt from, and what fits say that did not see them
 */

/** @param {TraitPrediction} prediction @returns {Result} without views: it was made of what teaching reads of a picture */
export function resultOf(prediction) {
  const own = typeof prediction === 'number' ? { value: prediction, standardError: null } : prediction;
  return /** @type {Result} */ (/** @type {unknown} */ ({ ...own, raw: [], views: [] }));
}

/** In place of the hash, of one that was trained deeper at a visit which hashed otherwise. */
export const UNTOLD = '?';

/** The last word of a key: what was trained deeper and is set aside. Traits in use have base and id. */
const ASIDE = 'deeper';

export class Traits {
  #model;
  #pictures;
  #shelf;
  #history;
  /** @type {Map<string, Kept>} */
  #kept = new Map();
  /** What was trained deeper, and does not know the judgements that came since, or was refused by the engine. @type {Map<string, Kept>} */
  #aside = new Map();
  #isReady = false;
  /** Once the traits of the model in use are there, as far as the browser gives them. */
  ready = Promise.resolve();
  /** A name of the trunk in use: traits stand on one, whichever tasks the model has beside them. @type {Promise<string>} */
  #base = Promise.resolve('');
  #listeners = new Listeners();

  /** @param {{model: ModelSession, pictures: Pictures, shelf: Pick<Shelf, 'onElsewhere' | 'read' | 'write'>, history: History}} parts */
  constructor({ model, pictures, shelf, history }) {
    this.#model = model;
    this.#pictures = pictures;
    this.#shelf = shelf;
    this.#history = history;
    shelf.onElsewhere((rooms) => rooms.includes('traits') && this.#takeDeeper());
    model.onChange(({ kind }) => {
      if (kind === 'loading') this.#isReady = false;
      if (kind === 'loaded') this.ready = this.#restore(/** @type {Scorer} */ (model.loaded));
    });
  }

  /** @param {() => void} listener hears when traits come, change or go */
  onChange(listener) {
    this.#listeners.add(listener);
  }

  /** @returns {Trait[]} */
  get all() {
    return this.#model.loaded?.traits ?? [];
  }

  /** @param {string} id */
  get(id) {
    return this.all.find(({ task }) => task.id === id) ?? null;
  }

  /** @param {string} id @returns {Uint8Array<ArrayBuffer> | null} */
  fileOf(id) {
    return this.#kept.get(id)?.file ?? null;
  }

  /** The hash of what a trait learnt from, '' for none; null until the model's traits are there. @param {string} id */
  learnt(id) {
    return this.#isReady ? this.#kept.get(id)?.learnt ?? '' : null;
  }

  /** By what its evidence groups the pictures, where that is known. @param {string} id */
  grouping(id) {
    return this.#kept.get(id)?.grouping ?? null;
  }

  /** What a trait learnt from, of one that does not tell. @param {string} id @param {string} learnt */
  tellLearnt(id, learnt) {
    const kept = this.#kept.get(id);
    if (kept?.learnt === UNTOLD) this.#keep(this.#base, id, { ...kept, learnt });
  }

  /**
   * What the model says of a picture and has not learnt from it: by a fit that did not see it, where it is one of the judged.
   * @param {Task} task @returns {(item: Item) => Result | null}
   */
  unseen({ id }) {
    const judged = new Map(this.#kept.get(id)?.judged ?? []);
    return (item) => {
      const prediction = item.key === null ? undefined : judged.get(item.key);
      if (prediction === undefined) return item.scores?.[id] ?? null;
      return prediction === null ? null : resultOf(prediction);
    };
  }

  /** @param {string} id */
  isDeeper(id) {
    return this.#kept.get(id)?.isDeeper === true;
  }

  /** Whether judgements taught it here, so that unseen() tells of fits to the others. @param {Task} task */
  isTaught({ id }) {
    return (this.#kept.get(id)?.judged.length ?? 0) > 0;
  }

  /**
   * A file that a person gives, in place of a trait of the same id that came as a file.
   * @param {Uint8Array<ArrayBuffer>} bytes @returns {Promise<Trait>}
   * @throws {PerceptError} as scorer.addTask does
   */
  async add(bytes) {
    const scorer = await this.#model.scorer;
    const base = this.#base;
    const trait = await scorer.addTask(bytes);
    const { id } = trait.task;
    this.#keep(base, id, { file: bytes, learnt: '', judged: [] });
    this.#rescore(id);
    return trait;
  }

  /**
   * What was just taught: its pictures get what it says of them.
   * @param {Taught} taught @param {{keys: string[], learnt: string, grouping: Grouping, judged: Set<string>, isWhole: boolean}} from
   *   keys: of the lesson's pictures; whole: no other one is being looked at for it
   */
  async taught(taught, { keys, learnt, grouping, judged, isWhole }) {
    const { id } = taught.task;
    const base = this.#base;
    const file = await taught.toFile(); // before anything changes: what is said of pictures belongs to this file
    const before = this.#kept.get(id);
    const held = keys.flatMap((key, at) => (judged.has(key) ? [/** @type {[string, TraitPrediction | null]} */ ([key, taught.heldOut[at]])] : []));
    this.show(id, keys, taught.predictions);
    const isDeeper = isDeep(taught);
    if (isDeeper) this.#setAside(base, id, undefined);
    else if (before?.isDeeper) this.#setAside(base, id, before);
    this.#keep(base, id, { file, learnt, isDeeper, grouping, judged: held });
    if (!before && !isWhole) this.#model.fillIn(id, true);
    else if (!before) this.#model.announceTask(id);
    if (isWhole) this.settle(id);
  }

  /** Whether something that was trained deeper is set aside. @param {string} id */
  hasDeeperAside(id) {
    return this.#aside.has(id);
  }

  /** What was trained deeper comes back, if it learnt from this and the engine takes it. @param {string} id @param {string} learnt @returns {Promise<boolean>} whether it did */
  async bringBack(id, learnt) {
    const [base, kept] = [this.#base, this.#aside.get(id)];
    if (kept?.learnt !== learnt || !await this.#use(id, kept, await this.#model.scorer)) return false;
    this.#setAside(base, id, undefined);
    this.#keep(base, id, kept);
    return true;
  }

  /** What a trait says of pictures. @param {string} id @param {string[]} keys of the pictures @param {(TraitPrediction | null)[]} predictions */
  show(id, keys, predictions) {
    const said = new Map(keys.map((key, at) => [key, predictions[at]]));
    for (const item of this.#pictures.items) {
      const prediction = item.key === null ? undefined : said.get(item.key);
      if (prediction !== undefined && prediction !== null && item.state === 'scored') this.#pictures.update(item, { scores: { ...item.scores, [id]: resultOf(prediction) } });
    }
  }

  /** What teaching has not filled in is scored. @param {string} id */
  settle(id) {
    this.#model.fillIn(id, false);
  }

  /** Of all models. @param {string} id @param {() => string} words what is undone */
  async remove(id, words) {
    const [base, own, files] = [this.#base, this.#kept.get(id), this.#filesOf(id)];
    this.#history.did({ words, shown: true }, async () => {
      if (own && base === this.#base) this.#kept.set(id, own); // at once: nobody need teach it anew
      await this.#putBack(id, await files);
    });
    const gone = this.takeOff(id); // before anything is waited for: what comes back, or comes anew, comes after it
    this.#aside.delete(id);
    this.#shelf.write((await files).map(([key]) => ({ room: 'traits', key, value: undefined })));
    await gone;
  }

  /** Takes a trait off the model: there is nothing any more that it could have learnt from. @param {string} id */
  async withdraw(id) {
    if (this.isDeeper(id)) this.#setAside(this.#base, id, this.#kept.get(id));
    await this.takeOff(id);
  }

  /** With what it said. @param {string} id */
  async takeOff(id) {
    const [scorer, base] = [this.#model.loaded, this.#base];
    this.settle(id);
    if (this.#kept.delete(id)) this.#shelf.write([{ room: 'traits', key: [await base, id], value: undefined }]);
    if (this.get(id)) await scorer?.removeTask(id).catch((error) => { if (this.#model.loaded === scorer && this.get(id)) throw error; });
    for (const item of this.#pictures.items) {
      if (!item.scores?.[id]) continue;
      const { [id]: _, ...scores } = item.scores;
      this.#pictures.update(item, { scores });
    }
    this.#model.announceTask(id);
    this.#listeners.tell();
  }

  /** What is kept of a trait, whichever model it stands on. @param {string} id @returns {Promise<[Key, Kept][]>} */
  async #filesOf(id) {
    const [base, own] = [this.#base, this.#kept.get(id)];
    const files = (await this.#shelf.read('traits')).filter(([key]) => idOf(key) === id);
    const key = [await base, id];
    return own && !files.some(([of]) => isInUse(of, key[0])) ? [...files, [key, own]] : files; // the browser may keep nothing
  }

  /** Those of another model wait for it. @param {string} id @param {[Key, Kept][]} files */
  async #putBack(id, files) {
    this.#shelf.write(files.map(([key, kept]) => ({ room: 'traits', key, value: kept })));
    const scorer = await this.#model.scorer;
    const base = await this.#base;
    const aside = files.find(([key]) => isAside(key, base))?.[1];
    if (aside) this.#aside.set(id, aside);
    const kept = files.find(([key]) => isInUse(key, base))?.[1];
    if (kept && !await this.#use(id, kept, scorer)) this.#refused(id, kept);
  }

  /**
   * Puts a trait on the model, and scores the pictures by it.
   * @param {string} id @param {Kept} kept @param {Scorer} scorer @returns {Promise<boolean>} false: the engine refuses it; a model that is no longer in use needs none
   */
  async #use(id, kept, scorer) {
    const trait = await scorer.addTask(kept.file).catch(() => null);
    if (this.#model.loaded !== scorer) return true;
    if (!trait) return false;
    this.#kept.set(id, { ...kept, isDeeper: isDeep(trait) });
    this.#listeners.tell();
    this.#rescore(id);
    return true;
  }

  /** What took long to train is there when the engine takes it again: it would be taught anew over its record. @param {string} id @param {Kept} kept */
  #refused(id, kept) {
    this.#kept.delete(id);
    if (kept.learnt !== '' && kept.isDeeper !== false) this.#setAside(this.#base, id, kept);
    this.#listeners.tell();
  }

  /** What another tab trained deeper is used here, too: what is taught at once here would be written over it. */
  async #takeDeeper() {
    const stored = await this.#shelf.read('traits');
    const base = await this.#base;
    for (const [key, kept] of stored) {
      const id = idOf(key);
      if (this.#isReady && isInUse(key, base) && kept.isDeeper && !this.isDeeper(id)) await this.#use(id, kept, /** @type {Scorer} */ (this.#model.loaded));
    }
  }

  /** @param {Promise<string>} base of the model that it was made on: another one may be in use by now @param {string} id @param {Kept} kept */
  async #keep(base, id, kept) {
    if (base === this.#base) this.#kept.set(id, kept);
    this.#listeners.tell();
    this.#shelf.write([{ room: 'traits', key: [await base, id], value: kept }]);
  }

  /** @param {Promise<string>} base of the model that it was made on @param {string} id @param {Kept | undefined} kept */
  async #setAside(base, id, kept) {
    if (base === this.#base && kept) this.#aside.set(id, kept);
    else if (base === this.#base && !this.#aside.delete(id)) return;
    this.#shelf.write([{ room: 'traits', key: [await base, id, ASIDE], value: kept }]);
  }

  /** All pictures are scored by it anew. @param {string} id */
  #rescore(id) {
    for (const item of this.#pictures.items) {
      if (item.scores?.[id] && item.file) {
        const { [id]: _, ...scores } = item.scores;
        this.#pictures.update(item, { scores });
      }
    }
    this.#model.announceTask(id);
  }

  /** Those of another model wait for it. @param {Scorer} scorer */
  async #restore(scorer) {
    this.#kept.clear();
    this.#aside.clear();
    this.#base = modelHash({ ...scorer.manifest, tasks: [] });
    const base = await this.#base;
    const stored = await this.#shelf.read('traits');
    if (this.#model.loaded !== scorer) return; // another one came meanwhile
    const own = stored.filter(([key]) => isInUse(key, base));
    const older = stored.filter(([key]) => key.length === 1 && !own.some(([[, id]]) => id === key[0]));
    for (const [key, kept] of stored) if (isAside(key, base)) this.#aside.set(idOf(key), kept);
    for (const [key, kept] of [...own, ...older]) {
      const trait = await scorer.addTask(kept.file).catch(() => null);
      if (this.#model.loaded !== scorer) return;
      const id = idOf(key);
      if (!trait) {
        if (key.length > 1) this.#refused(id, kept);
        continue;
      }
      if (key.length === 1) this.#takeOver(id, kept, trait);
      else this.#kept.set(id, { ...kept, isDeeper: isDeep(trait) });
      this.#model.announceTask(id);
    }
    this.#isReady = true;
    this.#listeners.tell();
  }

  /** One that an earlier version of the page kept by its id alone: it is of the model on which it fits. @param {string} id @param {Kept} kept @param {Trait} trait */
  #takeOver(id, kept, trait) {
    this.#keep(this.#base, id, isDeep(trait) ? { ...kept, isDeeper: true, learnt: UNTOLD } : kept);
    this.#shelf.write([{ room: 'traits', key: [id], value: undefined }]);
  }
}

/** An earlier version of the page kept a trait by its id alone. @param {Key} key */
const idOf = (key) => /** @type {string} */ (key[key.length === 1 ? 0 : 1]);

/** @param {Pick<Trait, 'evidence'>} trait */
const isDeep = ({ evidence }) => evidence.kept === 'deeper';

/** @param {Key} key @param {string} base */
const isInUse = (key, base) => key.length === 2 && key[0] === base;

/** @param {Key} key @param {string} base */
const isAside = (key, base) => key.length === 3 && key[0] === base && key[2] === ASIDE;

/** @param {unknown} learntFrom what JSON can carry */
export const hashOf = (learntFrom) => sha256(new TextEncoder().encode(JSON.stringify(learntFrom)));
