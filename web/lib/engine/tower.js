import { PerceptError } from '../errors.js';
import { kindOf } from '../kinds.js';
import { Instance, PAGE, createMemory, fillStruct, statusCode } from '../wasm.js';
import { Trainer } from './trainer.js';

/** @import {Configuration, Expansion, Owner, Slots, Task, Tensor, ThreadSeat, TowerExports, TowerInfo, TrainExports} from './types.d.ts' */

/** The owner of the base's tensors; tasks are known by their numbers. */
export const BASE = /** @type {const} */ ('base');

/** Enough for the static data, the stacks and the known-answer test of any build; nothing is loaded here. */
const TRIAL = { initial: 64, maximum: 64 };

/** What is stored smaller than it is used is expanded through a buffer of this many bytes. */
const STAGE_BYTES = 65536;
/** A tensor's name and shape, as tower_bind reads them. */
const LABEL_BYTES = 1024;

/**
 * One tower in one instance of the engine: percept.h's part two, typed. Not one of these methods may be
 * called while another runs; the thread pool is inside.
 */
export class Tower {
  #instance;
  #info;
  #handle;
  #stage = 0;
  #maximumBytes = TRIAL.maximum * PAGE;
  #label = 0;
  /** @type {Trainer | null} */
  #trainer = null;

  /** @param {Instance<TowerExports & TrainExports>} instance */
  constructor(instance) {
    this.#instance = instance;
    /** @type {TowerInfo} */
    this.#info = instance.info(this.#exports.tower_info());
    this.#handle = this.#exports.tower_new();
    if (this.#handle === 0) throw new PerceptError('out-of-memory', 'There is no memory for the engine.');
  }

  /**
   * An instance in a memory just large enough to ask questions.
   * @param {{module: WebAssembly.Module, shared: boolean}} build
   */
  static trial({ module, shared }) {
    return Tower.#create(module, createMemory({ ...TRIAL, shared }));
  }

  /**
   * A tower with all buffers of its state and room for `weightBytes` bytes of base weights, and no more
   * than that; it may grow by `laterBytes` for the tasks.
   * @param {{module: WebAssembly.Module, shared: boolean}} build
   * @param {{stateBytes: number, weightBytes: number, laterBytes: number, configuration: Configuration}} needs
   */
  static async open({ module, shared }, { stateBytes, weightBytes, laterBytes, configuration }) {
    const now = Math.ceil((stateBytes + weightBytes + STAGE_BYTES + LABEL_BYTES) / PAGE) + 1;
    const initial = Math.max(TRIAL.initial, now);
    const maximum = Math.min(65536, initial + Math.ceil(laterBytes / PAGE) + 1);
    if (initial > maximum) {
      throw new PerceptError('out-of-memory', `The model needs ${Math.ceil(initial * PAGE / 2 ** 20)} MiB of memory, more than the 4096 that WebAssembly can address. Choose a smaller model.`);
    }
    const tower = await Tower.#create(module, createMemory({ initial, maximum, shared }));
    tower.#maximumBytes = maximum * PAGE;
    tower.configure(configuration);
    tower.#check(tower.#exports.tower_allocate(tower.#handle));
    tower.#stage = tower.reserve(STAGE_BYTES);
    tower.#label = tower.reserve(LABEL_BYTES);
    return tower;
  }

  /** @param {WebAssembly.Module} module @param {WebAssembly.Memory} memory */
  static async #create(module, memory) {
    return new Tower(await Instance.create(module, memory));
  }

  get #exports() {
    return this.#instance.exports;
  }

  /** Throws the error that a status stands for, with the engine's own sentence. @param {number} status */
  #check(status) {
    if (status === 0) return;
    const code = statusCode(this.#info, status);
    const sentence = this.#instance.text(this.#exports.tower_message(this.#handle));
    // What it is given stands in the manifest: the caller has argued nothing.
    if (code === 'bad-argument') throw new PerceptError('manifest-invalid', `The engine does not take this model: ${sentence}`);
    throw new PerceptError(code, sentence);
  }

  /** Fills the struct that the next call reads, and says where it lies. @param {string} name @param {Record<string, number | number[]>} values */
  #given(name, values) {
    const pointer = this.#exports.tower_arguments();
    fillStruct(this.memory, pointer, this.#info.structs[name], values);
    return pointer;
  }

  /** @param {Owner} owner */
  #numberOf(owner) {
    return owner === BASE ? this.#info.base : owner;
  }

  get info() {
    return this.#info;
  }

  get memory() {
    return this.#instance.memory;
  }

  get memoryBytes() {
    return this.memory.buffer.byteLength;
  }

  /** What teaches this tower; it takes memory when a lesson is allocated, and keeps it for the next. After `configure`. */
  get trainer() {
    return this.#trainer ??= new Trainer(this.#instance, this.#handle, this.#info.activations.identity);
  }

  /** Bytes by which the memory may still grow. */
  get roomBytes() {
    return this.#maximumBytes - this.memoryBytes;
  }

  knowsTheAnswer() {
    return this.#exports.tower_known_answer() === 1;
  }

  /** How many ways the build has to compute the int8 product; all give the same bits. */
  get ways() {
    return this.#exports.tower_ways();
  }

  /** Computes `rounds` times 61440 multiplications in one of the ways. @param {number} way @param {number} rounds */
  exercise(way, rounds) {
    this.#exports.tower_exercise(way, rounds);
  }

  /** @param {number} way */
  chooseWay(way) {
    this.#check(this.#exports.tower_choose_way(this.#handle, way));
  }

  /** @param {Configuration} configuration */
  configure({ sizes: { storage: _, ...sizes }, tasks, views, threads }) {
    const activation = this.#info.activations[sizes.activation];
    this.#check(this.#exports.tower_configure(this.#handle, this.#given('tower_configuration', { ...sizes, activation, tasks, views, batch: 0, threads })));
  }

  get stateBytes() {
    return this.#exports.tower_state_bytes(this.#handle);
  }

  /** Views that are computed together at most. */
  get batch() {
    return this.#exports.tower_batch(this.#handle);
  }

  /** Places for embeddings: those of a picture's views, and behind them a ring of whole batches. */
  get slots() {
    return this.#exports.tower_slots(this.#handle);
  }

  /**
   * What a thread's worker needs to join: cloned to it, but for the memory, which is shared.
   * @param {number} index
   * @returns {ThreadSeat}
   */
  threadSeat(index) {
    return {
      memory: this.memory,
      tower: this.#handle,
      index,
      stack: this.#exports.tower_thread_stack(this.#handle, index),
    };
  }

  stopThreads() {
    this.#exports.tower_stop_threads(this.#handle);
  }

  /** The address of `bytes` new bytes. @param {number} bytes */
  reserve(bytes) {
    const address = this.#exports.tower_reserve(this.#handle, bytes) >>> 0;
    if (address === 0) {
      const mebibytes = Math.ceil((this.memoryBytes + bytes) / 2 ** 20);
      throw new PerceptError('out-of-memory', `The model needs ${mebibytes} MiB of memory, more than there is. Close other tabs or choose a smaller model.`);
    }
    return address;
  }

  /** @param {number} address @param {Uint8Array} bytes */
  write(address, bytes) {
    this.#instance.bytes(address, bytes.length).set(bytes);
  }

  /**
   * Writes units that are stored smaller than they are used, expanded.
   * @param {Expansion} expansion
   * @param {number} address of the first
   * @param {Uint8Array} bytes whole units
   */
  expand({ name, from, to }, address, bytes) {
    const step = STAGE_BYTES - STAGE_BYTES % from;
    for (let start = 0; start < bytes.length; start += step) {
      const part = bytes.subarray(start, start + step);
      this.write(this.#stage, part);
      this.#exports[`tower_expand_${name}`](this.#stage, address + start / from * to, part.length / from);
    }
  }

  /**
   * Says where a tensor lies.
   * @param {Owner} owner
   * @param {Tensor} tensor
   */
  bind(owner, { name, dtype, shape, address }) {
    const encoded = new TextEncoder().encode(name);
    const shapeBytes = 4 * shape.length;
    if (encoded.length + shapeBytes > LABEL_BYTES) {
      throw new PerceptError('weights-invalid', `A tensor's name is longer than any that the engine knows: ${name.slice(0, 80)}.`);
    }
    this.write(this.#label, new Uint8Array(Uint32Array.from(shape).buffer));
    this.write(this.#label + shapeBytes, encoded);
    this.#check(this.#exports.tower_bind(this.#handle, this.#numberOf(owner), this.#given('tower_tensor', {
      name: this.#label + shapeBytes,
      name_length: encoded.length,
      dtype: this.#info.dtypes[dtype],
      shape: this.#label,
      rank: shape.length,
      data: address,
    })));
  }

  /**
   * Declares a task's head and output rule, before its tensors are bound.
   * @param {number} task @param {Pick<Task, 'head' | 'normalize' | 'output'>} rules
   */
  declareTask(task, { head, normalize, output }) {
    for (const layer of head) {
      this.#check(this.#exports.tower_task_head_layer(this.#handle, task, layer.outputs, this.#info.activations[layer.activation]));
    }
    this.#check(this.#exports.tower_task_normalize(this.#handle, task, Number(normalize)));
    const rule = kindOf({ output }).rule(output);
    if (rule) this.#check(this.#exports[rule.declare](this.#handle, task, 'struct' in rule ? this.#given(rule.struct, rule.fields) : 0));
  }

  /** Empties a task, so that its number can be declared anew. @param {number} task */
  clearTask(task) {
    this.#check(this.#exports.tower_task_clear(this.#handle, task));
  }

  /** Throws 'missing-tensor' unless everything of the owner is bound. @param {Owner} owner */
  ready(owner) {
    this.#check(this.#exports.tower_ready(this.#handle, this.#numberOf(owner)));
  }

  /** @param {[number, number, number]} mean @param {[number, number, number]} std */
  setNormalization(mean, std) {
    this.#check(this.#exports.tower_set_normalization(this.#handle, this.#given('tower_normalization', { mean, std })));
  }

  /**
   * Computes embeddings, which stay in their slots until others are computed there.
   * @param {Owner} adapter
   * @param {Uint8Array} views [count, image, image, 3]
   * @param {Slots} slots where the embeddings go: one for each view, at most `batch`
   */
  forward(adapter, views, { first, count }) {
    this.write(this.#exports.tower_views(this.#handle), views);
    this.#check(this.#exports.tower_forward(this.#handle, this.#numberOf(adapter), first, count));
  }

  /**
   * The same for the same views, or the first of them, and an adapter whose first block comes no earlier: what both leave as it is
   * is not computed again.
   * @param {Owner} adapter @param {Slots} slots
   */
  forwardOn(adapter, { first, count }) {
    this.#check(this.#exports.tower_forward_on(this.#handle, this.#numberOf(adapter), first, count));
  }

  /** The first block that an adapter changes; the number of layers where it changes none. @param {Owner} adapter */
  firstAdapted(adapter) {
    return this.#exports.tower_first_adapted(this.#handle, this.#numberOf(adapter));
  }

  /** Blocks that were computed so far, each once for every view. */
  get blocksComputed() {
    return this.#exports.tower_blocks_computed(this.#handle);
  }

  /** A copy of the first slots' embeddings. @param {number} length of all of them together */
  embeddings(length) {
    return this.#instance.floats(this.#exports.tower_embeddings(this.#handle), length);
  }

  /** Puts embeddings back into the first slots. @param {Float32Array} embeddings */
  putEmbeddings(embeddings) {
    this.write(this.#exports.tower_embeddings(this.#handle) >>> 0, new Uint8Array(embeddings.buffer, embeddings.byteOffset, embeddings.byteLength));
  }

  /** @param {number} task */
  beginTask(task) {
    this.#check(this.#exports.tower_task_begin(this.#handle, task));
  }

  /**
   * The task's head on embeddings: an array of raw outputs for each.
   * @param {number} task @param {Slots} slots at most `batch`
   */
  head(task, { first, count }) {
    this.#check(this.#exports.tower_task_head(this.#handle, task, first, count));
    const outputs = this.#exports.tower_task_outputs(this.#handle, task);
    const flat = this.#instance.floats(this.#exports.tower_view_outputs(this.#handle), count * outputs);
    return Array.from({ length: count }, (_, view) => Array.from(flat.subarray(view * outputs, (view + 1) * outputs)));
  }

  /** Ends a task that was begun: the mean of its raw outputs, and what the output rule makes of them. @param {number} task */
  finishTask(task) {
    this.#check(this.#exports.tower_task_finish(this.#handle, task));
    const raw = this.#instance.doubles(this.#exports.tower_raw(this.#handle), this.#exports.tower_task_outputs(this.#handle, task));
    const result = this.#instance.doubles(this.#exports.tower_result(this.#handle), this.#exports.tower_task_results(this.#handle, task));
    return { raw, result };
  }
}
