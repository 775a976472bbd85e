/** A model's weights on their way into the tower: the base first, a task's own when the task is first asked for. */
import { host } from '../platform/workers.js';
import { Catalog } from '../weights/catalog.js';
import { loadHasher } from '../weights/hash.js';
import { loadShards } from '../weights/load.js';
import { fetchManifest } from '../weights/manifest-source.js';
import { Progress } from '../weights/progress.js';
import { Storage } from '../weights/storage.js';
import { inTime } from '../weights/storage-patience.js';
import { TensorPlacer } from './placement.js';
import { BASE } from '../engine/tower.js';

/** @import {Call, LoadProgress, Owner, StorageFacts} from './types.d.ts' */
/** @import {FoundManifest, Shard} from '../weights/types.d.ts' */
/** @import {Familiarity} from './familiarity.js' */
/** @typedef {{tower: import('../engine/tower.js').Tower, placer: TensorPlacer, familiarity: Familiarity | null}} Goal */
/** @typedef {{progress: Progress, stored: number}} Plan stored: bytes that are here already */

/** Progress is told at most this often, in milliseconds. */
const PROGRESS_INTERVAL = 40;

export class ModelWeights {
  #found;
  #storage;
  #catalog;
  /** @type {Goal | null} */
  #goal = null;
  #persisted = false;
  #pinned;
  #came = { network: 0, device: 0 };
  /** What load waits for first, of the base: it is asked for while the engine is compiled. @type {Promise<Plan>} */
  #basePlan;
  /** @type {Promise<unknown>} */
  #keeping = Promise.resolve();
  /** @type {Promise<void> | null} */
  #noting = null;

  /** @param {FoundManifest} found @param {Storage} storage @param {boolean} pinned whether the page has said which manifest it takes */
  constructor(found, storage, pinned) {
    this.#pinned = pinned;
    this.#found = found;
    this.#storage = storage;
    this.#catalog = new Catalog(storage.backend);
    this.#basePlan = this.#prepare(this.manifest.base.shards);
  }

  /**
   * Finds the model's manifest, and what this device has of the model.
   * @param {{url: string, integrity?: string}} model
   * @param {AbortSignal} [signal]
   */
  static async find({ url, integrity }, signal) {
    loadHasher().catch(() => {}); // who needs it asks again, and hears why it failed
    const opening = /^https?:/.test(url) ? Storage.open() : new Storage(); // what comes from a disk need not be kept
    const recall = async (/** @type {string} */ location) => new Catalog((await opening).backend).recall(location);
    return new ModelWeights(await fetchManifest(url, { signal, integrity, recall }), await opening, integrity !== undefined);
  }

  get manifest() {
    return this.#found.manifest;
  }

  /** Where the weights came from and where they stay. @returns {StorageFacts} */
  get facts() {
    return {
      kind: this.#storage.kind,
      reason: this.#storage.reason,
      persisted: this.#persisted,
      offline: this.#found.offline,
      fromNetwork: this.#came.network,
      fromDevice: this.#came.device,
    };
  }

  /** Settles when all that was loaded is kept, as far as it can be. @returns {Promise<unknown>} */
  get kept() {
    return this.#keeping;
  }

  /** Says where they go. @param {import('../engine/tower.js').Tower} tower with memory for all of them @param {Familiarity | null} familiarity */
  goTo(tower, familiarity) {
    this.#goal = { tower, familiarity, placer: new TensorPlacer(tower, familiarity) };
  }

  /**
   * Loads, verifies and binds the base's or a task's shards. What remains to be written down for later visits is written
   * while they are used.
   * @param {Owner} owner
   * @param {Call} call
   * @returns {Promise<() => void>} tells that all is ready
   */
  async load(owner, { signal, onProgress }) {
    const { tower, placer, familiarity } = /** @type {Goal} */ (this.#goal); // goTo came first
    const task = owner === BASE ? null : this.manifest.tasks[owner];
    const { shards } = task ?? this.manifest.base;
    const { progress, stored } = await (task ? this.#prepare(shards) : this.#basePlan);
    const tell = (/** @type {LoadProgress['phase']} */ phase) => onProgress({ phase, ...progress.describe(), ...(task && { task: task.id }) });
    /** @type {LoadProgress['phase']} */
    let phase = stored > 0 ? 'reading' : 'downloading';
    let told = performance.now();
    tell(phase);
    let missing = shards.length;
    /** @type {() => void} */
    let announce;
    const placed = new Promise((/** @type {(value?: unknown) => void} */ resolve) => { announce = resolve; });
    const kept = loadShards(shards, {
      onPlaced: () => {
        missing -= 1;
        if (missing === 0) announce();
      },
      base: this.#found.base,
      place: placer.placeFor(owner),
      storage: this.#storage,
      trustsSeals: !this.#pinned,
      signal,
      onBytes: (bytes, from) => {
        progress.add(bytes, from);
        this.#came[from] += bytes;
        if (from === 'network') phase = 'downloading';
        if (performance.now() - told < PROGRESS_INTERVAL) return;
        told = performance.now();
        tell(phase);
      },
    });
    await Promise.race([placed, kept]); // the second one fails when a shard does
    tower.ready(owner);
    if (!task) familiarity?.ready();
    tell('preparing');
    this.#keeping = Promise.all([this.#keeping, kept.then(() => this.#keep(owner))]);
    return () => tell('ready');
  }

  /**
   * What is here already; asks for room for the rest, and notes whose it is. What cannot be had is done without.
   * @param {Shard[]} shards
   * @returns {Promise<Plan>}
   */
  async #prepare(shards) {
    const total = shards.reduce((sum, shard) => sum + shard.bytes, 0);
    const sizes = await this.#storage.sizes();
    const stored = shards.reduce((sum, { sha256, bytes }) => sum + Math.min(bytes, sizes.get(sha256) ?? 0), 0);
    if (await this.#storage.expect(total - stored)) host.post({ type: 'persist' });
    if (stored < total) await (this.#noting ??= this.#record('note'));
    return { progress: new Progress(total), stored };
  }

  /** After a load: old versions of the model may go, once the base of this one is here. @param {Owner} owner */
  async #keep(owner) {
    this.#persisted = await inTime(Promise.resolve(globalThis.navigator?.storage?.persisted?.())).catch(() => false) ?? false;
    if (owner === BASE && this.#storage.keeps) await this.#record('complete');
  }

  /** The catalog is a convenience: when it cannot be written the model still loads. @param {'note' | 'complete'} step */
  async #record(step) {
    if (!this.#storage.keeps) return;
    await this.#catalog[step](this.#found.base, this.#found.text).catch((error) => this.#storage.failed(error));
  }
}
