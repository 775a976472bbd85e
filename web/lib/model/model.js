import { openTower } from '../engine/open.js';
import { PictureReader } from '../engine/picture.js';
import { ThreadPool } from '../engine/thread-pool.js';
import { BASE } from '../engine/tower.js';
import { fastestWay, warmWays } from '../engine/ways.js';
import { SPARE_TASKS, memoryNeeds } from '../weights/manifest.js';
import { explain } from './explain.js';
import { Familiarity } from './familiarity.js';
import { featuresOf, viewsOf } from './features.js';
import { traitBytes } from './fetch-trait.js';
import { score } from './score.js';
import { Tasks } from './tasks.js';
import { Teacher } from './teach.js';
import { ModelWeights } from './weights.js';

/** @import {Build, Call, Calls, EngineFacts, ExplainRequest, FeaturesRequest, KeepRequest, LoadRequest, LoadedModel, Manifest, ScoreRequest, StorageFacts} from './types.d.ts' */

/** What load gives before anything asks for it. @type {any} */
const LATER = undefined;

/** A model in this worker: loads it, answers for it, and says what runs. */
export class Model {
  /** @type {LoadedModel} */
  #loaded = LATER;
  /** @type {ThreadPool | null} */
  #pool = null;
  /** @type {Build} */
  #build = LATER;
  /** @type {ModelWeights} */
  #weights = LATER;
  /** @type {Teacher} */
  #teacher = LATER;
  /** @type {Manifest} */
  manifest = LATER;

  /** @param {LoadRequest} request @param {Call} call */
  async load({ url, variant, threads, integrity, maximumPixels }, call) {
    const { signal, onProgress } = call;
    onProgress({ phase: 'starting', loaded: 0, total: 0 });
    const finding = ModelWeights.find({ url, integrity }, signal);
    const needs = finding.then(({ manifest }) => memoryNeeds(manifest));
    needs.catch(() => {}); // the failure is the manifest's, and is reported there
    const reading = PictureReader.load(signal, maximumPixels);
    reading.catch(() => {}); // reported below
    const [weights, { tower, trial, module, build }] = await Promise.all([finding, openTower(needs, { variant, threads, signal })]);
    this.manifest = weights.manifest;
    this.#weights = weights;
    this.#build = build;
    if (build.shared) this.#pool = new ThreadPool(module, tower, build.threads);
    const { familiarity, tower: sizes } = this.manifest;
    const known = familiarity ? new Familiarity(sizes.embedding || sizes.width) : null;
    weights.goTo(tower, known);
    const loading = weights.load(BASE, call);
    const [tellReady, pictures] = await Promise.all([loading, reading, warmWays(trial)]);
    tower.chooseWay(await fastestWay(trial));
    this.#loaded = {
      tower, pictures, tasks: new Tasks(this.manifest.tasks, tower, weights, SPARE_TASKS), sizes,
      familiarity: familiarity && known ? { ...familiarity, known } : null,
    };
    this.#teacher = new Teacher(this.#loaded, this.manifest);
    await this.#pool?.settle();
    tellReady();
  }

  /** A thread has come. */
  join() {
    this.#pool?.join();
  }

  /** Lets the threads go, and waits until what was loaded is kept; the memory goes with the worker. */
  async end() {
    this.#pool?.stop();
    await this.#weights?.kept;
  }

  /** What runs, for people and for the record. @returns {EngineFacts} */
  get engine() {
    const { tower } = this.#loaded;
    const threads = this.#pool?.complete ? this.#build.threads : 1;
    return { version: tower.info.version, build: this.#build.name, threads, memory: tower.memoryBytes };
  }

  /** Where the weights came from, and where they stay. @returns {StorageFacts} */
  get storage() {
    return this.#weights.facts;
  }

  /** @param {ScoreRequest} request @param {Call} call */
  async score(request, call) {
    return { ...await score(this.#loaded, request, call), engine: this.engine };
  }

  /** @param {FeaturesRequest} request @param {Call} call */
  async features(request, call) {
    const { features, views } = await featuresOf(this.#loaded, request, call);
    if (request.keep !== undefined) this.#teacher.keep(request.keep, views);
    return features;
  }

  /** @param {KeepRequest} request @param {Call} call */
  async keep(request, call) {
    this.#teacher.keep(request.keep, await viewsOf(this.#loaded, request, call));
  }

  /** @param {Calls['teach']['request']} request @param {Call} call */
  async teach({ lesson, parts }, call) {
    return this.#teacher.teach(lesson, parts, call);
  }

  /** @param {Calls['needs']['request']} request */
  needs(request) {
    return this.#teacher.needs(request);
  }

  /** Lets the views go that were kept for teaching. */
  forget() {
    this.#teacher.forget();
  }

  /** @param {Calls['addTask']['request']} request @param {Call} call */
  async addTask({ source }, call) {
    return this.#teacher.addTask(await traitBytes(source, call));
  }

  /** @param {string} id */
  removeTask(id) {
    this.#loaded.tasks.remove(id);
  }

  /** @param {ExplainRequest} request @param {Call} call */
  async explain(request, call) {
    return { ...await explain(this.#loaded, request, call), engine: this.engine };
  }
}
