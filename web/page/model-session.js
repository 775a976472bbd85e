/** The model in use: where it lies, how far it is loaded, and which of its tasks are switched on. */
import { Scorer } from '../lib/percept.js';
import { judgeable } from './answers.js';
import { engineOptions, firstLocation, firstScorer } from './first-model.js';
import { say } from './language.js';
import { Listeners } from './listeners.js';
import { modelHash } from './model-hash.js';
import { isForbidden } from './policy.js';

/**
 * @import {LoadProgress, Manifest, ModelChange, Task} from './types.d.ts'
 * @typedef {{code: string, message: string}} Problem
 * @typedef {(onProgress: (progress: LoadProgress) => void) => Promise<Scorer>} Load
 */

export class ModelSession {
  /** @type {string | File[]} */
  #location = firstLocation;
  /** @type {Promise<Scorer>} */
  #scorer = new Promise(() => {}); // until a model is asked for
  /** @type {Scorer | null} */
  #loaded = null;
  /** @type {Problem | null} */
  #problem = null;
  /** @type {Set<string>} */
  #off = new Set();
  /** Traits whose scores teaching fills in, since it looks at the pictures anyway. @type {Set<string>} */
  #filledIn = new Set();
  #leading = '';
  /** How many models were asked for: only the last one counts. */
  #turn = 0;
  /** @type {Listeners<[ModelChange]>} */
  #listeners = new Listeners();

  /** As Scorer.load takes it. */
  get location() {
    return this.#location;
  }

  /** The one in use, or on its way. */
  get scorer() {
    return this.#scorer;
  }

  /** The one in use, once it is there. */
  get loaded() {
    return this.#loaded;
  }

  /** Why there is none. */
  get problem() {
    return this.#problem;
  }

  /** @returns {Manifest | null} */
  get manifest() {
    return this.#loaded?.manifest ?? null;
  }

  /** Those that are switched on. @returns {Task[]} */
  get tasks() {
    return this.#loaded?.tasks.filter(({ id }) => this.isOn(id)) ?? [];
  }

  /** Those of them that pictures are scored by. @returns {Task[]} */
  get scoring() {
    return this.tasks.filter(({ id }) => !this.#filledIn.has(id));
  }

  /** The task by which pictures are arranged. @returns {Task | null} */
  get leading() {
    const choices = judgeable(this.tasks);
    return choices.find(({ id }) => id === this.#leading) ?? choices[0] ?? this.tasks[0] ?? null;
  }

  /** @param {string} id of the task that shall lead */
  lead(id) {
    this.#leading = id;
  }

  /** @param {string} id */
  isOn(id) {
    return !this.#off.has(id);
  }

  /** @param {string} id @param {boolean} on */
  switchTask(id, on) {
    if (on) this.#off.delete(id);
    else this.#off.add(id);
    this.#listeners.tell({ kind: 'task', id, on });
  }

  /** A trait has come, changed or gone. @param {string} id */
  announceTask(id) {
    this.#listeners.tell({ kind: 'task', id, on: this.scoring.some((task) => task.id === id) });
  }

  /** Says whether teaching fills in what a trait says of pictures, or whether they are scored by it. @param {string} id @param {boolean} isFilled */
  fillIn(id, isFilled) {
    if (this.#filledIn.has(id) === isFilled) return;
    if (isFilled) this.#filledIn.add(id);
    else this.#filledIn.delete(id);
    this.announceTask(id);
  }

  /** The one that the page's address names, which is on its way already. */
  loadFirst() {
    this.#load(firstLocation, firstScorer);
    this.#checkAddress(firstLocation);
  }

  /** Another model, or the same once more. @param {string | File[]} location as Scorer.load takes it */
  load(location) {
    this.#load(location, (onProgress) => Scorer.load(location, { ...engineOptions, onProgress }));
    this.#checkAddress(location);
  }

  /** @param {(change: ModelChange) => void} listener */
  onChange(listener) {
    this.#listeners.add(listener);
  }

  /** What files and reports say of it. It must be loaded. */
  async describe() {
    const { manifest, engine } = /** @type {Scorer} */ (this.#loaded);
    const url = typeof this.#location === 'string' ? new URL(this.#location, document.baseURI).href : say('model.fromDisk');
    return { model: { name: manifest.name, url, sha256: await modelHash(manifest) }, engine };
  }

  /** What the page's policy forbids would be tried for seconds, as if the network were away. @param {string | File[]} location */
  async #checkAddress(location) {
    const turn = this.#turn;
    const address = typeof location === 'string' && URL.canParse(location, document.baseURI) ? new URL(location, document.baseURI) : null;
    if (!address || !await isForbidden(address) || turn !== this.#turn || this.#loaded) return;
    this.#turn += 1;
    this.#end(null, { code: 'address-forbidden', message: 'This page’s server lets it fetch nothing from another address. Choose the model’s folder, or put the model beside the page.' });
  }

  /** @param {string | File[]} location @param {Load} load */
  #load(location, load) {
    this.#scorer.then((scorer) => scorer.dispose(), () => {});
    this.#location = location;
    this.#loaded = null;
    this.#problem = null;
    this.#filledIn.clear();
    this.#turn += 1;
    const turn = this.#turn;
    const isCurrent = () => turn === this.#turn;
    this.#scorer = load((progress) => isCurrent() && this.#listeners.tell({ kind: 'progress', progress }));
    this.#scorer.then((scorer) => isCurrent() && this.#end(scorer, null), (error) => isCurrent() && this.#end(null, error));
    this.#listeners.tell({ kind: 'loading' });
  }

  /** @param {Scorer | null} loaded @param {Problem | null} problem */
  #end(loaded, problem) {
    this.#loaded = loaded;
    this.#problem = problem;
    this.#listeners.tell({ kind: loaded ? 'loaded' : 'failed' });
  }
}
