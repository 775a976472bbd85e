import { PerceptError, messageOf } from './errors.js';
import { assetAddress } from './platform/assets.js';
import { fetchLocation } from './platform/locations.js';
import { onNode } from './platform/node.js';

/** @import {ErrorCode} from './percept.js' */
/**
 * @typedef {{bytes: number, fields: Record<string, {type: string, offset: number, count: number}>}} StructLayout types as in C
 *
 * @typedef {object} ModuleInfo what every module's info says
 * @property {string} version
 * @property {string[]} statuses their names in percept.h, by status
 */

/** Bytes of a page of WebAssembly memory. */
export const PAGE = 65536;

/** Only tests ask for it, and packages leave it out. */
const SCALAR = 'tower-reference.wasm';

/**
 * Compiles one of the engine's files, while it arrives where the server names its type rightly.
 * @param {string} file a name in wasm/
 * @param {AbortSignal} [signal]
 * @returns {Promise<WebAssembly.Module>}
 * @throws {PerceptError | WebAssembly.CompileError} the latter of a tower alone: another build may do
 */
export async function compileModule(file, signal) {
  try {
    const response = await fetchLocation(assetAddress(file), { signal });
    if (response.status === 404 && file === SCALAR) {
      throw new PerceptError('variant-unavailable', 'The reference build is for tests: packages have none.');
    }
    if (!response.ok) throw new Error(`status ${response.status}`);
    const streams = !onNode && response.headers.get('Content-Type')?.startsWith('application/wasm'); // there see endSafely
    return await (streams ? WebAssembly.compileStreaming(response) : WebAssembly.compile(await response.arrayBuffer()));
  } catch (cause) {
    if (cause instanceof PerceptError || (cause instanceof WebAssembly.CompileError && file.startsWith('tower'))) throw cause;
    throw new PerceptError('engine-unreachable', `The engine file ${file} could not be fetched: ${messageOf(cause)}. Is this machine connected to the network, and the engine served?`, { cause });
  }
}

/**
 * An instance and its memory. It keeps no typed array: growing a memory detaches every view of it, so
 * each access makes its own.
 * @template Exports
 */
export class Instance {
  #memory;

  /** @param {WebAssembly.Memory} memory @param {Exports} exports */
  constructor(memory, exports) {
    this.#memory = memory;
    this.exports = exports;
  }

  /**
   * @template Exports
   * @param {WebAssembly.Module} module
   * @param {WebAssembly.Memory} memory what the module imports as env.memory, its only import
   * @returns {Promise<Instance<Exports>>}
   */
  static async create(module, memory) {
    const { exports } = await WebAssembly.instantiate(module, { env: { memory } });
    /** @type {{_initialize?: () => void}} */ (exports)._initialize?.();
    return new Instance(memory, /** @type {Exports} */ (exports));
  }

  get memory() {
    return this.#memory;
  }

  /** A view that lives until the next call into the instance. @param {number} pointer @param {number} length */
  bytes(pointer, length) {
    return new Uint8Array(this.#memory.buffer, pointer, length);
  }

  /** Copies, which outlive any call and are never shared. @param {number} pointer @param {number} length */
  floats(pointer, length) {
    return new Float32Array(this.#memory.buffer, pointer, length).slice();
  }

  /** @param {number} pointer @param {number} length */
  doubles(pointer, length) {
    return Array.from(new Float64Array(this.#memory.buffer, pointer, length));
  }

  /** A NUL-ended UTF-8 string. @param {number} pointer */
  text(pointer) {
    const memory = new Uint8Array(this.#memory.buffer);
    return new TextDecoder().decode(memory.slice(pointer, memory.indexOf(0, pointer)));
  }

  /** What an info function says. @template Info @param {number} pointer @returns {Info} */
  info(pointer) {
    return JSON.parse(this.text(pointer));
  }
}

/** @type {Record<string, 'setInt32' | 'setUint32' | 'setFloat32' | 'setFloat64'>} */
const WRITERS = { int32_t: 'setInt32', uint32_t: 'setUint32', pointer: 'setUint32', float: 'setFloat32', double: 'setFloat64' };

/**
 * Fills a struct of C's, field by field.
 * @param {WebAssembly.Memory} memory
 * @param {number} pointer where the struct lies
 * @param {StructLayout} layout as the module's info tells it
 * @param {Record<string, number | number[]>} values by field: all of them, and no other
 */
export function fillStruct(memory, pointer, { fields, bytes }, values) {
  const unknown = Object.keys(values).find((name) => !Object.hasOwn(fields, name));
  if (unknown !== undefined) throw new TypeError(`The struct has no field ${unknown}.`);
  const data = new DataView(memory.buffer, pointer, bytes);
  for (const [name, { type, offset, count }] of Object.entries(fields)) {
    const numbers = [values[name]].flat();
    if (numbers.length !== count || numbers.some((number) => typeof number !== 'number')) throw new TypeError(`The field ${name} takes ${count} numbers.`);
    const writer = WRITERS[type.endsWith('*') ? 'pointer' : type];
    const step = type === 'double' ? 8 : 4;
    numbers.forEach((number, at) => data[writer](offset + at * step, number, true));
  }
}

/**
 * The stable code of a status: its name in percept.h, as 'out-of-memory' for OUT_OF_MEMORY.
 * @param {Pick<ModuleInfo, 'statuses'>} info @param {number} status
 * @returns {ErrorCode}
 */
export function statusCode(info, status) {
  return /** @type {ErrorCode} */ (String(info.statuses[status] ?? 'internal').toLowerCase().replaceAll('_', '-'));
}

/**
 * A memory of exactly these pages, or a coded error with the figures.
 * @param {{initial: number, maximum: number, shared?: boolean}} pages
 */
export function createMemory({ initial, maximum, shared = false }) {
  try {
    return new WebAssembly.Memory({ initial, maximum, shared });
  } catch (cause) {
    const mebibytes = Math.ceil((initial * PAGE) / 2 ** 20);
    throw new PerceptError('out-of-memory', `The model needs ${mebibytes} MiB of memory, which this browser does not give. Close other tabs or choose a smaller model.`, { cause });
  }
}
