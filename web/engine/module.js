import { PerceptError } from '../errors.js';
import { fetchLocation } from '../platform.js';

/** Bytes of a page of WebAssembly memory. */
export const PAGE = 65536;

/**
 * Compiles one of the engine's files, while it arrives where the server names its type rightly.
 * @param {string} file a name in wasm/
 * @returns {Promise<WebAssembly.Module>}
 */
export async function compileModule(file, signal) {
  const url = new URL(`./wasm/${file}`, import.meta.url);
  let response;
  try {
    response = await fetchLocation(url, { signal });
  } catch (cause) {
    throw new PerceptError('engine-unreachable', `The engine file ${file} could not be fetched: ${cause.message}.`, { cause });
  }
  if (!response.ok) {
    throw new PerceptError('engine-unreachable', `The engine file ${file} could not be fetched: status ${response.status}. Is the engine built and served?`);
  }
  const streams = response.headers.get('Content-Type')?.startsWith('application/wasm');
  return streams ? WebAssembly.compileStreaming(response) : WebAssembly.compile(await response.arrayBuffer());
}

/**
 * An instance and its memory. It keeps no typed array: growing a memory detaches every view of it, so
 * each access makes its own.
 */
export class Instance {
  #memory;

  /** @param {WebAssembly.Memory} memory what the module imports as env.memory, its only import */
  static async create(module, memory) {
    const instance = new Instance();
    instance.#memory = memory;
    const { exports } = await WebAssembly.instantiate(module, { env: { memory } });
    exports._initialize?.();
    instance.exports = exports;
    return instance;
  }

  get memory() {
    return this.#memory;
  }

  /** A view that lives until the next call into the instance. */
  bytes(pointer, length) {
    return new Uint8Array(this.#memory.buffer, pointer, length);
  }

  /** Copies, which outlive any call and are never shared. */
  floats(pointer, length) {
    return new Float32Array(this.#memory.buffer, pointer, length).slice();
  }

  doubles(pointer, length) {
    return Array.from(new Float64Array(this.#memory.buffer, pointer, length));
  }

  /** A NUL-ended UTF-8 string. */
  text(pointer) {
    const memory = new Uint8Array(this.#memory.buffer);
    return new TextDecoder().decode(memory.slice(pointer, memory.indexOf(0, pointer)));
  }

  /** What picture_info or tower_info says. */
  info(pointer) {
    return JSON.parse(this.text(pointer));
  }
}

/** The stable code of a status: its name in percept.h, as 'out-of-memory' for OUT_OF_MEMORY. */
export function statusCode(info, status) {
  return String(info.statuses[status] ?? 'internal').toLowerCase().replaceAll('_', '-');
}

/** A memory of exactly these pages, or a coded error with the figures. */
export function createMemory({ initial, maximum, shared = false }) {
  try {
    return new WebAssembly.Memory({ initial, maximum, shared });
  } catch (cause) {
    const mebibytes = Math.ceil((initial * PAGE) / 2 ** 20);
    throw new PerceptError('out-of-memory', `The model needs ${mebibytes} MiB of memory, which this browser does not give. Close other tabs or choose a smaller model.`, { cause });
  }
}
