/**
 * c_src/train, typed: the gradient of a loss with respect to LoRA and a head, through the tower that scores. One lesson at a time:
 * configure, allocate, steps, release. train.h says what a step is.
 */
import { PerceptError } from '../errors.js';
import { fillStruct, statusCode } from '../wasm.js';

/** @import {TowerExports, TrainExports, TrainInfo, TrainItem, TrainRule, TrainSizes} from './types.d.ts' */
/** @import {Instance} from '../wasm.js' */

export class Trainer {
  #instance;
  #tower;
  #handle;
  /** @type {TrainInfo} */
  #info;
  #activation;
  /** Bytes that it has for good. */
  room = 0;

  /** @param {Instance<TowerExports & TrainExports>} instance @param {number} tower its handle @param {number} identity the number of that activation */
  constructor(instance, tower, identity) {
    this.#instance = instance;
    this.#tower = tower;
    this.#activation = identity;
    this.#info = instance.info(this.#exports.train_info());
    this.#handle = this.#exports.train_new(tower);
    if (this.#handle === 0) throw new PerceptError('out-of-memory', 'There is no memory for teaching.');
  }

  get #exports() {
    return this.#instance.exports;
  }

  /** @param {number} status */
  #check(status) {
    if (status === 0) return;
    throw new PerceptError(statusCode(this.#info, status), this.#instance.text(this.#exports.tower_message(this.#tower)));
  }

  /** @param {string} name @param {Record<string, number | number[]>} values */
  #given(name, values) {
    const pointer = this.#exports.train_arguments();
    fillStruct(this.#instance.memory, pointer, this.#info.structs[name], values);
    return pointer;
  }

  // ---- a lesson ----

  /** Which tensors, and how much of a step has room. @param {TrainSizes} sizes */
  configure({ firstBlock, targets, rank, slots, pictures, items, outputs }) {
    const padded = (/** @type {number} */ first) => Array.from({ length: this.#info.limits.headLayers }, (_, at) => (at === 0 ? first : 0));
    this.#check(this.#exports.train_configure(this.#handle, this.#given('train_configuration', {
      first_block: firstBlock,
      targets: targets.reduce((mask, name) => mask | 1 << this.#info.targets[name], 0),
      rank,
      projection_rank: 0,
      slots,
      pictures,
      items,
      normalize: 1,
      head_layers: 1,
      head_outputs: padded(outputs),
      head_activations: padded(this.#activation),
    })));
  }

  /** Bytes that allocate carves. */
  get bytes() {
    return this.#exports.train_bytes(this.#handle);
  }

  /** Bytes of the parameters, which are the trait's. */
  get traitBytes() {
    return 4 * this.#exports.train_parameter_count(this.#handle);
  }

  /** @param {number} task of the tower, empty */
  allocate(task) {
    this.#check(this.#exports.train_allocate(this.#handle, task));
    this.room = Math.max(this.room, this.bytes);
  }

  /** Leaves the task empty. */
  release() {
    this.#check(this.#exports.train_release(this.#handle));
  }

  /** A at random, all else zero. @param {number} seed */
  seed(seed) {
    this.#check(this.#exports.train_seed(this.#handle, seed >>> 0));
  }

  /** Name, shape and place of each tensor among the parameters. */
  get tensors() {
    return Array.from({ length: this.#exports.train_tensors(this.#handle) }, (_, at) => ({
      name: this.#instance.text(this.#exports.train_tensor_name(this.#handle, at)),
      shape: Array.from(new Uint32Array(this.#instance.memory.buffer, this.#exports.train_tensor_shape(this.#handle, at) >>> 0, 3)),
      offset: this.#exports.train_tensor_offset(this.#handle, at),
    }));
  }

  /** A copy of all parameters. */
  get parameters() {
    return this.#instance.floats(this.#exports.train_parameters(this.#handle) >>> 0, this.#exports.train_parameter_count(this.#handle));
  }

  /** Writes parameters from the one at `offset` on. @param {Float32Array} values @param {number} [offset] */
  setParameters(values, offset = 0) {
    this.#floatsAt(this.#exports.train_parameters(this.#handle), offset + values.length).set(values, offset);
  }

  // ---- a step ----

  /** @param {number} pointer @param {number} length */
  #floatsAt(pointer, length) {
    return new Float32Array(this.#instance.memory.buffer, pointer >>> 0, length);
  }

  /** Floats of a view's input: the residual stream before the first taught block. */
  get inputFloats() {
    return this.#exports.train_input_floats(this.#handle);
  }

  /** Views through the frozen blocks, into the slot. @param {number} slot @param {Uint8Array[]} views */
  prefix(slot, views) {
    const start = this.#exports.tower_views(this.#tower) >>> 0;
    views.forEach((view, at) => this.#instance.bytes(start + at * view.length, view.length).set(view));
    this.#check(this.#exports.train_prefix(this.#handle, slot, views.length));
  }

  /** A copy of the inputs of a slot's first views. @param {number} slot @param {number} views */
  inputs(slot, views) {
    const floats = this.inputFloats;
    const start = this.#exports.train_input(this.#handle, slot) >>> 0;
    return Array.from({ length: views }, (_, at) => this.#instance.floats(start + at * floats * 4, floats));
  }

  /** Puts inputs back that were kept. @param {number} slot @param {Float32Array[]} inputs */
  setInputs(slot, inputs) {
    const floats = this.#floatsAt(this.#exports.train_input(this.#handle, slot), inputs.length * this.inputFloats);
    inputs.forEach((input, at) => floats.set(input, at * input.length));
  }

  /** Begins a step. @param {number} pictures */
  begin(pictures) {
    this.#check(this.#exports.train_begin(this.#handle, pictures));
  }

  /** Goes on with a step, with other pictures. @param {number} pictures */
  more(pictures) {
    this.#check(this.#exports.train_more(this.#handle, pictures));
  }

  /** @param {number} slot @param {number[]} pictures to which its views belong */
  forward(slot, pictures) {
    new Uint32Array(this.#instance.memory.buffer, this.#exports.train_pictures(this.#handle, slot) >>> 0, pictures.length).set(pictures);
    this.#check(this.#exports.train_forward(this.#handle, slot, pictures.length));
  }

  /** The head's outputs, means over views: [pictures · outputs]. @param {number} count */
  outputs(count) {
    return this.#instance.floats(this.#exports.train_outputs(this.#handle) >>> 0, count);
  }

  /** The sum of weight · loss over the items. @param {keyof TrainInfo['losses']} kind @param {TrainItem[]} items */
  loss(kind, items) {
    const layout = this.#info.structs.train_item;
    const start = this.#exports.train_items(this.#handle) >>> 0;
    items.forEach((item, at) => fillStruct(this.#instance.memory, start + at * layout.bytes, layout, { ...item }));
    this.#check(this.#exports.train_loss(this.#handle, this.#info.losses[kind], 0, items.length));
    return this.#exports.train_loss_value(this.#handle);
  }

  /** @param {number} slot @param {number} views */
  backward(slot, views) {
    this.#check(this.#exports.train_backward(this.#handle, slot, views));
  }

  /** A step of AdamW. @param {TrainRule} rule */
  update(rule) {
    this.#check(this.#exports.train_update(this.#handle, this.#given('train_rule', { ...rule })));
  }
}
