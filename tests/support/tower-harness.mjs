/**
 * A converted model in one build of the tower, for tests: no downloads, no workers, only the C boundary of
 * percept.h, part two.
 */
import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { fillStruct } from '../../web/lib/wasm.js';

const WASM = fileURLToPath(new URL('../../web/lib/wasm/', import.meta.url));
const TOWER_BASE = -1;

async function readShard(path) {
  const bytes = await readFile(path);
  const length = Number(bytes.readBigUInt64LE(0));
  const header = JSON.parse(bytes.toString('utf8', 8, 8 + length));
  delete header.__metadata__;
  return { header, data: bytes.subarray(8 + length) };
}

export class TestTower {
  constructor(exports, memory, manifest) {
    this.engine = exports;
    this.memory = memory;
    this.manifest = manifest;
    this.tower = exports.tower_new();
    this.info = JSON.parse(this.text(exports.tower_info()));
  }

  /**
   * @param {string} folder a model
   * @param {string} build such as simd128 or reference
   */
  static async load(folder, build) {
    const manifest = JSON.parse(await readFile(join(folder, 'model.json')));
    const memory = new WebAssembly.Memory({ initial: 256, maximum: 65536 });
    const { instance } = await WebAssembly.instantiate(await readFile(join(WASM, `tower-${build}.wasm`)), { env: { memory } });
    const tower = new TestTower(instance.exports, memory, manifest);
    tower.configure();
    await tower.bindShards(folder, TOWER_BASE, manifest.base.shards);
    for (const [index, task] of manifest.tasks.entries()) await tower.addTask(folder, index, task);
    return tower;
  }

  check(status) {
    if (status !== 0) throw new Error(`status ${status}: ${this.text(this.engine.tower_message(this.tower))}`);
  }

  text(pointer) {
    const bytes = new Uint8Array(this.memory.buffer, pointer);
    return new TextDecoder().decode(bytes.subarray(0, bytes.indexOf(0)));
  }

  /** Fills the struct that the next call reads, and says where it lies. */
  given(name, values) {
    const pointer = this.engine.tower_arguments();
    fillStruct(this.memory, pointer, this.info.structs[name], values);
    return pointer;
  }

  configure() {
    const { storage: _, ...sizes } = this.manifest.tower;
    this.check(this.engine.tower_configure(this.tower, this.given('tower_configuration', {
      ...sizes, activation: this.info.activations[sizes.activation], tasks: this.manifest.tasks.length, views: 1, batch: 0, threads: 1,
    })));
    this.check(this.engine.tower_allocate(this.tower));
  }

  /** Halves are widened, everything else is copied as it is. */
  place({ dtype, shape }, bytes) {
    const count = shape.reduce((product, side) => product * side, 1);
    const pointer = this.engine.tower_reserve(this.tower, dtype === 'F16' ? count * 4 : bytes.length) >>> 0;
    if (pointer === 0) throw new Error('no memory');
    if (dtype !== 'F16') {
      new Uint8Array(this.memory.buffer, pointer, bytes.length).set(bytes);
      return pointer;
    }
    const halves = this.engine.tower_reserve(this.tower, bytes.length) >>> 0;
    new Uint8Array(this.memory.buffer, halves, bytes.length).set(bytes);
    this.engine.tower_expand_f16(halves, pointer, count);
    return pointer;
  }

  bind(owner, name, entry, bytes) {
    const data = this.place(entry, bytes);
    const encoded = new TextEncoder().encode(name);
    const scratch = this.engine.tower_reserve(this.tower, 256 + 4 * entry.shape.length) >>> 0;
    new Uint8Array(this.memory.buffer, scratch, encoded.length).set(encoded);
    new Uint32Array(this.memory.buffer, scratch + 256, entry.shape.length).set(entry.shape);
    this.check(this.engine.tower_bind(this.tower, owner, this.given('tower_tensor', {
      name: scratch, name_length: encoded.length, dtype: this.info.dtypes[entry.dtype] ?? this.info.dtypes.F32,
      shape: scratch + 256, rank: entry.shape.length, data,
    })));
  }

  async bindShards(folder, owner, shards) {
    for (const { file } of shards) {
      const { header, data } = await readShard(join(folder, file));
      for (const [name, entry] of Object.entries(header)) this.bind(owner, name, entry, data.subarray(...entry.data_offsets));
    }
    this.check(this.engine.tower_ready(this.tower, owner));
  }

  async addTask(folder, index, { head, normalize, output, shards }) {
    for (const { outputs, activation } of head) {
      this.check(this.engine.tower_task_head_layer(this.tower, index, outputs, this.info.activations[activation]));
    }
    this.check(this.engine.tower_task_normalize(this.tower, index, Number(normalize)));
    if (output.kind === 'classes') this.check(this.engine.tower_task_output_classes(this.tower, index));
    if (output.kind === 'score') {
      const { from, to, clamp } = output;
      this.check(this.engine.tower_task_output_score(this.tower, index, this.given('tower_score_scale', { from, to, clamp: Number(clamp) })));
    }
    await this.bindShards(folder, index, shards);
  }

  useNormalization({ mean, std }) {
    this.check(this.engine.tower_set_normalization(this.tower, this.given('tower_normalization', { mean, std })));
  }

  floats(pointer, count) {
    return Array.from(new Float32Array(this.memory.buffer, pointer, count));
  }

  /**
   * @param {Uint8Array[]} views
   * @param {number} adapter a task, or -1 for the base alone
   * @param {boolean} withHead whether the task's head follows
   * @returns {{embeddings: number[][], raw: number[][], result: number[]}}
   */
  run(views, adapter, withHead = adapter !== TOWER_BASE) {
    const { engine, tower } = this;
    this.useNormalization(this.manifest.tasks[Math.max(0, adapter)].preprocess);
    const width = this.manifest.tower.embedding || this.manifest.tower.width;
    const outputs = withHead ? engine.tower_task_outputs(tower, adapter) : 0;
    const embeddings = [];
    const raw = [];
    if (withHead) this.check(engine.tower_task_begin(tower, adapter));
    const batch = engine.tower_batch(tower);
    for (let start = 0; start < views.length; start += batch) {
      const part = views.slice(start, start + batch);
      part.forEach((view, index) => {
        new Uint8Array(this.memory.buffer, (engine.tower_views(tower) >>> 0) + index * view.length, view.length).set(view);
      });
      this.check(engine.tower_forward(tower, adapter, 0, part.length));
      for (let i = 0; i < part.length; i += 1) embeddings.push(this.floats((engine.tower_embeddings(tower) >>> 0) + i * width * 4, width));
      if (!withHead) continue;
      this.check(engine.tower_task_head(tower, adapter, 0, part.length));
      for (let i = 0; i < part.length; i += 1) raw.push(this.floats((engine.tower_view_outputs(tower) >>> 0) + i * outputs * 4, outputs));
    }
    if (!withHead) return { embeddings, raw, result: [] };
    this.check(engine.tower_task_finish(tower, adapter));
    const result = Array.from(new Float64Array(this.memory.buffer, engine.tower_result(tower) >>> 0, Math.max(2, outputs)));
    return { embeddings, raw, result };
  }
}
