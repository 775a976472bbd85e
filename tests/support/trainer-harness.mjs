/**
 * A trainer on a converted model in one build of c_src/train, for tests: only the C boundary of train.h.
 */
import { once } from 'node:events';
import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { Worker } from 'node:worker_threads';
import { fillStruct } from '../../web/lib/wasm.js';
import { adapterTensors, headTensors, syntheticView } from '../golden/generator.mjs';
import { cachedModel } from './model-cache.mjs';
import { TestTower } from './tower-harness.mjs';

const WASM = fileURLToPath(new URL('../../web/lib/wasm/', import.meta.url));
const TARGETS = ['q_proj', 'k_proj', 'v_proj', 'out_proj', 'fc1', 'fc2'];
const PLACES = ['attention.query', 'attention.key', 'attention.value', 'attention.out', 'mlp.fc1', 'mlp.fc2'];
const CLIP = { mean: [0.48145466, 0.4578275, 0.40821073], std: [0.26862954, 0.26130258, 0.27577711] };
const BASE = -1;

/** A task that the converter may write: the trainer never sees it. */
const ANY_TASK = { id: 'any', lora: null, normalize: false, output: 'score', head: { outputs: [1], activations: ['identity'] } };

/** A case of gradients.json as a model's folder. */
function modelOf({ sizes, activation, seed, outliers }, outtype) {
  const id = `taught-${sizes.width}-${activation}-${seed}${outliers ? '-outliers' : ''}`;
  return cachedModel({ id, sizes, activation, seed, outliers, tasks: [ANY_TASK] }, outtype);
}

export function viewsOf({ sizes, views_seed: seed, pictures }) {
  return pictures.map((_, index) => syntheticView(sizes.image, seed, index));
}

/** The parameters that gradients.py begins with, by the trainer's names: row-major floats. */
function seededParameters({ sizes, targets, rank, projection_rank: projectionRank, head, seed }) {
  const found = new Map();
  const add = (tensors) => {
    for (const { name, make } of tensors) {
      const [, block, target, side] = /(?:layers\.(\d+)\.\w+\.)?(\w+)\.lora_([AB])\.weight$/.exec(name);
      const place = block === undefined ? 'projection' : `blocks.${block}.${PLACES[TARGETS.indexOf(target)]}`;
      found.set(`${place}.lora_${side}`, side === 'A' ? make() : make().map((value) => value / 2));
    }
  };
  add(adapterTensors(sizes, { targets, rank }, seed + 1000));
  if (projectionRank) add(adapterTensors(sizes, { targets: ['visual_projection'], rank: projectionRank }, seed + 1000));
  for (const { name, make } of headTensors(sizes.embedding || sizes.width, head.outputs, seed + 1000)) {
    const [, layer, part] = /fc(\d+)\.(\w+)/.exec(name);
    found.set(`head.${layer - 1}.${part}`, make());
  }
  return found;
}

/** Where a row-major element lies in a packed tensor: [rows / 8, columns, 8]. */
const packedIndex = (row, column, columns) => (Math.floor(row / 8) * columns + column) * 8 + (row % 8);

/** What a thread of a shared build runs. */
const THREAD = `
  const { parentPort, workerData: { module, memory, tower, stack, index } } = require('node:worker_threads');
  const { exports } = new WebAssembly.Instance(module, { env: { memory } });
  exports.__stack_pointer.value = stack;
  parentPort.postMessage('ready');
  exports.tower_thread_main(tower, index);
`;

export class TestTrainer extends TestTower {
  /**
   * @param {object} spec a case of gradients.json
   * @param {{outtype?: string, build?: string, batch?: number, slots?: number, threads?: number, way?: number}} [options]
   */
  static async load(spec, { outtype = 'f32', ...options } = {}) {
    const folder = await modelOf(spec, outtype);
    const manifest = JSON.parse(await readFile(join(folder, 'model.json')));
    const trainer = await TestTrainer.of(manifest, spec, options);
    await trainer.bindShards(folder, BASE, manifest.base.shards);
    trainer.normalize();
    return trainer;
  }

  /**
   * Without weights. Several threads take the build's shared twin; stop() ends them.
   * @param {{tower: object}} manifest
   */
  static async of(manifest, spec, { build = 'simd128', batch = 0, slots = 4, threads = 1, way = 0 } = {}) {
    const shared = threads > 1;
    const memory = new WebAssembly.Memory({ initial: 256, maximum: 65536, shared });
    const module = await WebAssembly.compile(await readFile(join(WASM, `tower-${build}${shared ? '-shared' : ''}.wasm`)));
    const { exports } = await WebAssembly.instantiate(module, { env: { memory } });
    const trainer = new TestTrainer(exports, memory, manifest);
    trainer.configureTrainer(spec, batch, slots, threads);
    trainer.check(exports.tower_choose_way(trainer.tower, way));
    await trainer.#startThreads(module, threads);
    return trainer;
  }

  normalize() {
    this.useNormalization(CLIP);
  }

  async #startThreads(module, threads) {
    const { engine, tower, memory } = this;
    const workers = Array.from({ length: threads - 1 }, (_, i) => new Worker(THREAD, {
      eval: true, workerData: { module, memory, tower, stack: engine.tower_thread_stack(tower, i + 1), index: i + 1 },
    }));
    await Promise.all(workers.map((worker) => once(worker, 'message')));
    this.stop = () => {
      engine.tower_stop_threads(tower);
      return Promise.all(workers.map((worker) => once(worker, 'exit')));
    };
  }

  configureTrainer(spec, batch, slots, threads) {
    const { engine, tower } = this;
    const { storage: _, ...sizes } = this.manifest.tower;
    this.check(engine.tower_configure(tower, this.given('tower_configuration', {
      ...sizes, activation: this.info.activations[sizes.activation], tasks: 1, views: 64, batch, threads,
    })));
    this.stateBytes = engine.tower_state_bytes(tower);
    this.check(engine.tower_allocate(tower));
    this.train = engine.train_new(tower);
    this.trainInfo = JSON.parse(this.text(engine.train_info()));
    const { head } = spec;
    const pad = (values) => Array.from({ length: this.trainInfo.limits.headLayers }, (_value, i) => values[i] ?? 0);
    this.check(engine.train_configure(this.train, this.#given('train_configuration', {
      first_block: spec.first_block,
      targets: spec.targets.reduce((mask, target) => mask | (1 << TARGETS.indexOf(target)), 0),
      rank: spec.rank,
      projection_rank: spec.projection_rank,
      slots,
      pictures: 64,
      items: 256,
      normalize: Number(spec.normalize),
      head_layers: head.outputs.length,
      head_outputs: pad(head.outputs),
      head_activations: pad(head.activations.map((name) => this.info.activations[name])),
    })));
    this.bytes = engine.train_bytes(this.train);
    this.check(engine.train_allocate(this.train, 0));
    this.spec = spec;
    this.slots = slots;
    this.batch = engine.tower_batch(tower);
    this.tensors = Array.from({ length: engine.train_tensors(this.train) }, (_, i) => {
      const shape = Array.from(new Uint32Array(this.memory.buffer, engine.train_tensor_shape(this.train, i), 3));
      return { name: this.text(engine.train_tensor_name(this.train, i)), shape, offset: engine.train_tensor_offset(this.train, i) };
    });
  }

  floatsAt(pointer, count) {
    return new Float32Array(this.memory.buffer, pointer >>> 0, count);
  }

  get parameters() {
    return this.floatsAt(this.engine.train_parameters(this.train), this.engine.train_parameter_count(this.train));
  }

  get gradients() {
    return this.floatsAt(this.engine.train_gradients(this.train), this.engine.train_parameter_count(this.train));
  }

  /** Calls visit(packed index, row-major index) for every element of a tensor that is not padding; rows, columns: as PyTorch has it. */
  #walk({ name, shape, offset }, [rows, columns = 0], visit) {
    for (let row = 0; row < rows; row += 1) {
      if (name.endsWith('.bias')) visit(offset + row, row);
      for (let column = 0; column < columns; column += 1) visit(offset + packedIndex(row, column, shape[1]), row * columns + column);
    }
  }

  /** Writes the parameters that gradients.py begins with. */
  setSeededParameters(shapes) {
    const values = seededParameters(this.spec);
    const { parameters } = this;
    this.tensors.forEach((tensor) => {
      const own = values.get(tensor.name);
      this.#walk(tensor, shapes.get(tensor.name), (packed, at) => { parameters[packed] = own[at]; });
    });
  }

  #unpacked(floats, name, shape) {
    const found = new Float32Array(shape.reduce((a, b) => a * b));
    this.#walk(this.tensors.find((tensor) => tensor.name === name), shape, (packed, at) => { found[at] = floats[packed]; });
    return found;
  }

  /** A tensor's gradient, row-major. */
  gradientOf(name, shape) {
    return this.#unpacked(this.gradients, name, shape);
  }

  /** A tensor, row-major. */
  parameterOf(name, shape) {
    return this.#unpacked(this.parameters, name, shape);
  }

  #given(name, values) {
    const pointer = this.engine.train_arguments();
    fillStruct(this.memory, pointer, this.trainInfo.structs[name], values);
    return pointer;
  }

  /** A step of AdamW after step(). */
  update(rule = {}) {
    this.check(this.engine.train_update(this.train, this.#given('train_rule', {
      rate_A: 1e-3, rate_B: 1e-3, rate_head: 1e-3, beta1: 0.9, beta2: 0.999, epsilon: 1e-8, decay: 0, most: 0, ...rule,
    })));
  }

  /** Views in parts of at most a batch, each in its own slot while there are slots. */
  parts(count) {
    const parts = [];
    for (let start = 0; start < count; start += this.batch) {
      parts.push({ slot: parts.length % this.slots, start, count: Math.min(this.batch, count - start) });
    }
    return parts;
  }

  putPrefix(part, views) {
    const { engine, train } = this;
    for (let i = 0; i < part.count; i += 1) {
      const view = views[part.start + i];
      new Uint8Array(this.memory.buffer, (engine.tower_views(this.tower) >>> 0) + i * view.length, view.length).set(view);
    }
    this.check(engine.train_prefix(train, part.slot, part.count));
    new Uint32Array(this.memory.buffer, engine.train_pictures(train, part.slot) >>> 0, part.count)
      .set(this.spec.pictures.slice(part.start, part.start + part.count));
  }

  putItems(items) {
    const layout = this.trainInfo.structs.train_item;
    const pointer = this.engine.train_items(this.train) >>> 0;
    items.forEach((item, i) => fillStruct(this.memory, pointer + layout.bytes * i, layout, item));
  }

  /**
   * Forward, loss and backward over a case's views.
   * @returns {{loss: number, outputs: number[][]}}
   */
  step(views) {
    const { engine, train, spec } = this;
    const parts = this.parts(views.length);
    const pictures = Math.max(...spec.pictures) + 1;
    this.check(engine.train_begin(train, pictures));
    for (const part of parts) {
      this.putPrefix(part, views);
      this.check(engine.train_forward(train, part.slot, part.count));
    }
    this.putItems(spec.items);
    this.check(engine.train_loss(train, this.trainInfo.losses[spec.loss], spec.delta, spec.items.length));
    for (const part of parts) {
      if (parts.length > this.slots) { // the slot was used again since
        this.putPrefix(part, views);
        this.check(engine.train_forward(train, part.slot, part.count));
      }
      this.check(engine.train_backward(train, part.slot, part.count));
    }
    const width = spec.head.outputs.at(-1);
    const flat = this.floatsAt(engine.train_outputs(train), pictures * width);
    return { loss: engine.train_loss_value(train), outputs: Array.from({ length: pictures }, (_, i) => Array.from(flat.subarray(i * width, (i + 1) * width))) };
  }
}
