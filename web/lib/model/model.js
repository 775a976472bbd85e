import { PerceptError, throwIfAborted } from '../errors.js';
import { memoryNeeds } from '../weights/manifest.js';
import { breathe } from '../engine/breathe.js';
import { fetchPicture } from './fetch-picture.js';
import { meanColor, paint, planOcclusion } from './occlusion.js';
import { openTower } from '../engine/open.js';
import { PictureReader } from '../engine/picture.js';
import { planPasses } from './plan.js';
import { ThreadPool } from '../engine/threads.js';
import { BASE } from '../engine/tower.js';
import { describeResult } from './result.js';
import { fastestWay, warmWays } from '../engine/ways.js';
import { ModelWeights } from './weights.js';

/**
 * @import {AnyResult, Batch, Build, Call, ExplainRequest, HeadResult, LoadRequest, Manifest, Mask, NumberedTask, Pass, ScoreRequest, Scored, Source, StorageFacts, Views} from './types.d.ts'
 * @import {EngineFacts, Explanation} from '../percept.js'
 * @import {Tower} from '../engine/tower.js'
 * @typedef {{scores: Record<string, AnyResult>, embedding?: number[]}} Results
 */

/** What load gives before anything asks for it. @type {any} */
const LATER = undefined;

/** A model in this worker: the tower with its weights, and the reader of pictures. */
export class Model {
  /** @type {Tower} */
  #tower = LATER;
  /** @type {ThreadPool | null} */
  #pool = null;
  /** @type {Build} */
  #build = LATER;
  /** @type {PictureReader} */
  #pictures = LATER;
  /** @type {ModelWeights} */
  #weights = LATER;
  /** @type {Manifest} */
  manifest = LATER;
  /** @type {Set<number>} */
  #loadedTasks = new Set();
  /** @type {Set<number>} */
  #declaredTasks = new Set();

  /** @param {LoadRequest} request @param {Call} call */
  async load({ url, variant, threads, integrity, maximumPixels }, { signal, onProgress }) {
    onProgress({ phase: 'starting', loaded: 0, total: 0 });
    const finding = ModelWeights.find({ url, integrity }, signal);
    const needs = finding.then(({ manifest }) => memoryNeeds(manifest));
    needs.catch(() => {}); // the failure is the manifest's, and is reported there
    const reading = PictureReader.load(signal, maximumPixels);
    reading.catch(() => {}); // reported below
    const [weights, { tower, trial, module, build }] = await Promise.all([finding, openTower(needs, { variant, threads, signal })]);
    this.manifest = weights.manifest;
    this.#weights = weights;
    this.#tower = tower;
    this.#build = build;
    if (build.shared) this.#pool = new ThreadPool(module, tower, build.threads);
    weights.goTo(tower);
    const loading = weights.load(BASE, { signal, onProgress });
    const [tellReady, pictures] = await Promise.all([loading, reading, warmWays(trial)]);
    tower.chooseWay(await fastestWay(trial));
    this.#pictures = pictures;
    await this.#pool?.settle();
    tellReady();
  }

  /** A thread has come. */
  join() {
    this.#pool?.join();
  }

  /** Lets the threads go, and waits until what was loaded is kept; the memory goes with the worker. */
  async end() {
    if (this.#pool) this.#tower.stopThreads();
    await this.#weights?.kept;
  }

  /** What runs, for people and for the record. @returns {EngineFacts} */
  get engine() {
    const { version } = this.#tower.info;
    const threads = this.#pool?.complete ? this.#build.threads : 1;
    return { version, build: this.#build.name, threads, memory: this.#tower.memoryBytes };
  }

  /** Where the weights came from, and where they stay. @returns {StorageFacts} */
  get storage() {
    return this.#weights.facts;
  }

  /**
   * Together: their files are small, and a question to the host takes longer than they do. None is left on its way.
   * @param {NumberedTask[]} tasks @param {Call} call
   */
  async #loadTasks(tasks, call) {
    const loads = await Promise.allSettled(tasks.map(({ number }) => this.#loadTask(number, call)));
    const failure = loads.find((each) => each.status === 'rejected');
    if (failure) throw failure.reason;
  }

  /** @param {number} number @param {Call} call */
  async #loadTask(number, call) {
    if (this.#loadedTasks.has(number)) return;
    const task = this.manifest.tasks[number];
    if (!this.#declaredTasks.has(number)) {
      this.#tower.declareTask(number, task);
      this.#declaredTasks.add(number);
    }
    const tellReady = await this.#weights.load(number, call);
    tellReady();
    this.#loadedTasks.add(number);
  }

  /**
   * The tasks of these ids, all of them by default, each with its number.
   * @param {string[]} [ids]
   * @returns {NumberedTask[]}
   */
  #select(ids) {
    const all = this.manifest.tasks.map((task, number) => ({ ...task, number }));
    if (ids === undefined) return all;
    return [...new Set(ids)].map((id) => {
      const task = all.find((each) => each.id === id);
      if (task) return task;
      throw new PerceptError('unknown-task', `The model has no task '${id}'. It has: ${all.map((each) => each.id).join(', ')}.`);
    });
  }

  /** @param {ScoreRequest} request @param {Call} call @returns {Promise<Scored>} */
  async score({ source, tasks: ids, scores, embedding }, call) {
    const start = performance.now();
    const tasks = this.#select(ids);
    if (tasks.length === 0) throw new PerceptError('bad-argument', 'tasks names no task.');
    if (scores) await this.#loadTasks(tasks, call);
    throwIfAborted(call.signal);
    call.onProgress({ phase: 'decoding', done: 0, total: 0 });
    const { recipes, passes } = scores
      ? planPasses(tasks, embedding)
      : planPasses([{ ...tasks[0], adapter: false }], true);
    if (!scores) Object.assign(passes[0], { tasks: [], views: 'first' });
    const opened = performance.now();
    const picture = await this.#pictures.read(await pictureOf(source, call), recipes, call.signal);
    const decoded = performance.now();
    const results = await this.#runPasses(passes, picture.views, call);
    const end = performance.now();
    return /** @type {Scored} */ ({
      ...(scores && { scores: Object.fromEntries(tasks.map(({ id }) => [id, results.scores[id]])) }),
      ...(embedding && { embedding: results.embedding }),
      picture: { width: picture.width, height: picture.height, decoder: picture.decoder },
      milliseconds: { load: opened - start, decode: decoded - opened, compute: end - decoded },
      engine: this.engine,
    });
  }

  /**
   * What hiding each part of a picture does to a task's score; percept.js says exactly what is computed.
   * @param {ExplainRequest} request
   * @param {Call} call
   * @returns {Promise<Explanation>}
   */
  async explain({ source, task: id, grid }, call) {
    const [task] = this.#select(id === undefined ? undefined : [id]);
    if (task.output.kind === 'embedding') throw new PerceptError('bad-argument', `The task '${task.id}' gives an embedding; only scores and classes can be explained.`);
    await this.#loadTask(task.number, call);
    throwIfAborted(call.signal);
    call.onProgress({ phase: 'decoding', done: 0, total: 0 });
    const picture = await this.#pictures.read(await pictureOf(source, call), [task.preprocess], call.signal);
    const { bytes, count } = picture.views[0];
    const { cells, masks } = planOcclusion(task.preprocess, picture, grid);
    const embeddings = await this.#embedMasked(task, bytes, [...Array.from({ length: count }, (_, view) => ({ view })), ...masks], call);
    const whole = embeddings.slice(0, count);
    const explained = this.#explainedValue(task, whole);
    const values = cells.map((_, cell) => {
      const views = whole.slice();
      masks.forEach((mask, at) => {
        if (mask.cell === cell) views[mask.view] = embeddings[count + at];
      });
      return views.every((view, at) => view === whole[at]) ? null : explained.of(views);
    });
    return {
      task: task.id,
      grid,
      value: explained.value,
      ...(explained.label !== undefined && { label: explained.label }),
      cells: cells.map((cell, at) => ({ ...cell, ...effectOf(values[at], explained.value) })),
      picture: { width: picture.width, height: picture.height, decoder: picture.decoder },
      engine: this.engine,
    };
  }

  /**
   * The embedding of each view after its mask was painted, if it has one.
   * @param {NumberedTask} task @param {Uint8Array} bytes @param {(Mask | {view: number})[]} masks @param {Call} call
   */
  async #embedMasked({ preprocess, adapter, number }, bytes, masks, { signal, onProgress }) {
    const tower = this.#tower;
    const { image, embedding, width: towerWidth } = this.manifest.tower;
    const viewBytes = image * image * 3;
    const width = embedding || towerWidth;
    const color = meanColor(bytes);
    /** @type {Float32Array[]} */
    const embeddings = [];
    tower.setNormalization(preprocess.mean, preprocess.std);
    for (let start = 0; start < masks.length; start += tower.batch) {
      const part = masks.slice(start, start + tower.batch);
      const views = new Uint8Array(part.length * viewBytes);
      part.forEach((mask, at) => {
        const view = views.subarray(at * viewBytes, (at + 1) * viewBytes);
        view.set(bytes.subarray(mask.view * viewBytes, (mask.view + 1) * viewBytes));
        if ('cell' in mask) paint(view, image, mask, color);
      });
      tower.forward(adapter ? number : BASE, views, part.length);
      const flat = tower.embeddings(part.length * width);
      part.forEach((_, at) => embeddings.push(flat.subarray(at * width, (at + 1) * width)));
      onProgress({ phase: 'computing', done: embeddings.length, total: masks.length });
      await breathe();
      throwIfAborted(signal);
    }
    return embeddings;
  }

  /**
   * The number that is explained, for the whole picture, and how to get it for changed views.
   * @param {NumberedTask} task @param {Float32Array[]} whole
   * @returns {{of: (views: Float32Array[]) => number, value: number, label?: string}}
   */
  #explainedValue(task, whole) {
    const { output } = task;
    const head = (/** @type {Float32Array[]} */ views) => this.#finishHead(task, views);
    if (output.kind === 'score') {
      const { from, to } = output;
      const scale = (to[1] - to[0]) / (from[1] - from[0]);
      const of = (/** @type {Float32Array[]} */ views) => to[0] + (head(views).raw[0] - from[0]) * scale;
      return { of, value: of(whole) };
    }
    const { result } = head(whole);
    const value = Math.max(...result);
    const at = result.indexOf(value);
    return { of: (views) => head(views).result[at], value, label: output.kind === 'classes' ? output.labels[at] : undefined };
  }

  /** @param {NumberedTask} task @param {Float32Array[]} views embeddings */
  #finishHead(task, views) {
    const batches = [];
    for (let start = 0; start < views.length; start += this.#tower.batch) {
      const part = views.slice(start, start + this.#tower.batch);
      const embeddings = new Float32Array(part.length * part[0].length);
      part.forEach((view, at) => embeddings.set(view, at * view.length));
      batches.push({ size: part.length, embeddings });
    }
    return this.#runHead(task, batches);
  }

  /** @param {Pass[]} passes @param {Views[]} views of each recipe @param {Call} call */
  async #runPasses(passes, views, { signal, onProgress }) {
    /** @type {Results} */
    const results = { scores: {}, embedding: undefined };
    const counts = passes.map((pass) => (pass.views === 'all' ? views[pass.recipe].count : 1));
    const progress = { phase: /** @type {const} */ ('computing'), done: 0, total: counts.reduce((sum, count) => sum + count, 0) };
    for (const [at, pass] of passes.entries()) {
      await this.#runPass(pass, { ...views[pass.recipe], count: counts[at] }, results, async (count) => {
        progress.done += count;
        onProgress({ ...progress });
        await breathe();
        throwIfAborted(signal);
      });
    }
    return results;
  }

  /**
   * One forward over all views, batch by batch, then the heads that read its embeddings.
   * @param {Pass} pass @param {Views} views @param {Results} results filled
   * @param {(count: number) => Promise<void>} afterBatch
   */
  async #runPass(pass, { bytes, count }, results, afterBatch) {
    const tower = this.#tower;
    const sizes = this.manifest.tower;
    const viewBytes = sizes.image * sizes.image * 3;
    const width = sizes.embedding || sizes.width;
    /** @type {Batch[]} */
    const batches = [];
    tower.setNormalization(pass.preprocess.mean, pass.preprocess.std);
    for (let start = 0; start < count; start += tower.batch) {
      const size = Math.min(tower.batch, count - start);
      tower.forward(pass.adapter, bytes.subarray(start * viewBytes, (start + size) * viewBytes), size);
      batches.push({ size, embeddings: tower.embeddings(size * width) });
      await afterBatch(size);
    }
    if (pass.embedding) results.embedding = Array.from(batches[0].embeddings.subarray(0, width));
    for (const task of pass.tasks) results.scores[task.id] = describeResult(task.output, this.#runHead(task, batches));
  }

  /** @param {NumberedTask} task @param {Batch[]} batches @returns {HeadResult} */
  #runHead({ number, output }, batches) {
    const tower = this.#tower;
    tower.beginTask(number);
    const views = batches.flatMap(({ size, embeddings }) => tower.headOnViews(number, embeddings, size));
    return { ...tower.finishTask(number, output), views };
  }
}

/** What hiding a cell does, if any view saw it. @param {number | null} value without it @param {number} whole */
function effectOf(value, whole) {
  return { value, effect: value === null ? null : whole - value };
}

/**
 * Pixels and Blobs as they are; an address is fetched.
 * @param {Source} source @param {Call} call
 */
function pictureOf(source, { signal }) {
  return typeof source === 'string' ? fetchPicture(source, { signal }) : source;
}
