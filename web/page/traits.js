/** The traits on the model in use: taught here, or come as files. The browser keeps their files, and each model gets its own back. */
import { sha256 } from '../lib/weights/hash.js';
import { Listeners } from './listeners.js';

/**
 * @import {Taught, Trait, TraitPrediction} from '../lib/percept.js'
 * @import {Item, Result, Scorer, Task} from './types.d.ts'
 * @import {History} from './history.js'
 * @import {ModelSession} from './model-session.js'
 * @import {Pictures} from './pictures.js'
 * @import {Shelf} from './shelf.js'
 *
 * @typedef {object} Kept
 * @property {Uint8Array<ArrayBuffer>} file
 * @property {string} learnt the hash of what it learnt from, '' of a file that came
 * @property {[key: string, prediction: TraitPrediction | null][]} judged the pictures that it learnt from, and what fits say that did not see them
 */

/** @param {TraitPrediction} prediction @returns {Result} without views: it was made of what teaching reads of a picture */
export function resultOf(prediction) {
  const own = typeof prediction === 'number' ? { value: prediction, standardError: null } : prediction;
  return /** @type {Result} */ (/** @type {unknown} */ ({ ...own, raw: [], views: [] }));
}

export class Traits {
  #model;
  #pictures;
  #shelf;
  #history;
  /** @type {Map<string, Kept>} */
  #kept = new Map();
  #isReady = false;
  #listeners = new Listeners();

  /** @param {{model: ModelSession, pictures: Pictures, shelf: Pick<Shelf, 'read' | 'write'>, history: History}} parts */
  constructor({ model, pictures, shelf, history }) {
    this.#model = model;
    this.#pictures = pictures;
    this.#shelf = shelf;
    this.#history = history;
    model.onChange(({ kind }) => {
      if (kind === 'loading') this.#isReady = false;
      if (kind === 'loaded') this.#restore(/** @type {Scorer} */ (model.loaded));
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
    const trait = await scorer.addTask(bytes);
    const { id } = trait.task;
    this.#keep(id, { file: bytes, learnt: '', judged: [] });
    this.#rescore(id);
    return trait;
  }

  /**
   * What was just taught: its pictures get what it says of them.
   * @param {Taught} taught @param {{keys: string[], learnt: string, judged: Set<string>, isWhole: boolean}} from keys: of the lesson's
   *   pictures; whole: no other one is being looked at for it
   */
  async taught(taught, { keys, learnt, judged, isWhole }) {
    const { id } = taught.task;
    const file = await taught.toFile(); // before anything changes: what is said of pictures belongs to this file
    const isNew = !this.#kept.has(id);
    const held = keys.flatMap((key, at) => (judged.has(key) ? [/** @type {[string, TraitPrediction | null]} */ ([key, taught.heldOut[at]])] : []));
    this.show(id, keys, taught.predictions);
    this.#keep(id, { file, learnt, judged: held });
    if (isNew && !isWhole) this.#model.fillIn(id, true);
    else if (isNew) this.#model.announceTask(id);
    if (isWhole) this.settle(id);
  }

  /** What a trait says of pictures. @param {string} id @param {string[]} keys of the pictures @param {TraitPrediction[]} predictions */
  show(id, keys, predictions) {
    const said = new Map(keys.map((key, at) => [key, predictions[at]]));
    for (const item of this.#pictures.items) {
      const prediction = item.key === null ? undefined : said.get(item.key);
      if (prediction !== undefined && item.state === 'scored') this.#pictures.update(item, { scores: { ...item.scores, [id]: resultOf(prediction) } });
    }
  }

  /** What teaching has not filled in is scored. @param {string} id */
  settle(id) {
    this.#model.fillIn(id, false);
  }

  /** @param {string} id @param {() => string} words what is undone */
  async remove(id, words) {
    const kept = this.#kept.get(id);
    if (kept) this.#history.did({ words, shown: true }, () => this.#putBack(id, kept));
    await this.withdraw(id);
  }

  /** Takes a trait off the model, with what it said: there is nothing any more that it could have learnt from. @param {string} id */
  async withdraw(id) {
    const scorer = this.#model.loaded;
    this.settle(id);
    if (this.#kept.delete(id)) this.#shelf.write([{ room: 'traits', key: [id], value: undefined }]);
    if (this.get(id)) await scorer?.removeTask(id);
    for (const item of this.#pictures.items) {
      if (!item.scores?.[id]) continue;
      const { [id]: _, ...scores } = item.scores;
      this.#pictures.update(item, { scores });
    }
    this.#model.announceTask(id);
    this.#listeners.tell();
  }

  /** @param {string} id @param {Kept} kept */
  async #putBack(id, kept) {
    this.#kept.set(id, kept); // at once: nobody need teach it anew
    await (await this.#model.scorer).addTask(kept.file);
    this.#keep(id, kept);
    this.#rescore(id);
  }

  /** @param {string} id @param {Kept} kept */
  #keep(id, kept) {
    this.#kept.set(id, kept);
    this.#shelf.write([{ room: 'traits', key: [id], value: kept }]);
    this.#listeners.tell();
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
    for (const [[id], kept] of await this.#shelf.read('traits')) {
      const trait = await scorer.addTask(kept.file).catch(() => null);
      if (this.#model.loaded !== scorer) return; // another one came meanwhile
      if (!trait) continue;
      this.#kept.set(id, kept);
      this.#model.announceTask(id);
    }
    this.#isReady = true;
    this.#listeners.tell();
  }
}

/** @param {unknown} learntFrom what JSON can carry */
export const hashOf = (learntFrom) => sha256(new TextEncoder().encode(JSON.stringify(learntFrom)));
