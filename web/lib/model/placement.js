import { PerceptError } from '../errors.js';
import { BASE } from '../engine/tower.js';

/** @import {Familiarity} from './familiarity.js' */
/** @import {Expansion, Owner, PlacedTensor, StoredTensor} from './types.d.ts' */
/** @import {Place} from '../weights/types.d.ts' */

/** The engine uses weights where they lie, and reads them fastest from such addresses. */
const ALIGNMENT = 64;
const align = (/** @type {number} */ bytes) => Math.ceil(bytes / ALIGNMENT) * ALIGNMENT;

/** What becomes of a tensor that is stored smaller than it is used: halves become floats, q4's nibbles become q8's codes. */
/** @type {Record<Expansion['name'], (tensor: StoredTensor) => StoredTensor>} */
const EXPANDED = {
  f16: (tensor) => ({ ...tensor, dtype: 'F32' }),
  q4: ({ shape: [panels, blocks, groups], ...tensor }) => ({
    ...tensor, name: tensor.name.replace(/nibbles$/, 'codes'), shape: [panels, blocks, groups * 8, 8, 4],
  }),
};

/**
 * Gives the tensors of arriving shards their final place in the tower's memory. The tower never gives memory
 * back, so a shard that has to be fetched again goes where it was to go the first time.
 */
export class TensorPlacer {
  #tower;
  #familiarity;
  /** @type {Map<string, number>} */
  #addresses = new Map();

  /** @param {import('../engine/tower.js').Tower} tower @param {Familiarity | null} familiarity takes its own of the base's tensors */
  constructor(tower, familiarity) {
    this.#tower = tower;
    this.#familiarity = familiarity;
  }

  /** The placement that loadShards asks for. @param {Owner} owner whose tensors they are @returns {Place} */
  placeFor(owner) {
    return (shard, tensors) => {
      if (tensors.length === 0) throw new PerceptError('weights-invalid', `${shard.file} holds no tensors.`);
      const placed = this.#place(shard.file, tensors, owner === BASE ? this.#familiarity : null);
      return {
        write: this.#writer(placed),
        finish: () => placed.filter(({ room }) => !room).forEach((tensor) => this.#tower.bind(owner, tensor)),
      };
    };
  }

  /** How a tensor is stored smaller than it is used, if it is. @param {StoredTensor} tensor @returns {Expansion | null} */
  #expansionOf({ name, dtype, shape, begin, end }) {
    const { f16, q4 } = this.#tower.info.expansions;
    if (dtype === 'F16') return { name: 'f16', ...f16 };
    if (dtype !== 'U8' || !name.endsWith('.nibbles')) return null;
    if (shape.length !== 4 || shape[3] !== q4.from || (end - begin) % q4.from !== 0) {
      throw new PerceptError('wrong-shape', `The tensor '${name}' is not made of q4's units of ${q4.from} bytes.`);
    }
    return { name: 'q4', ...q4 };
  }

  /** @param {string} file @param {StoredTensor[]} tensors @param {Familiarity | null} familiarity @returns {PlacedTensor[]} */
  #place(file, tensors, familiarity) {
    let size = 0;
    const placed = tensors.map((tensor) => {
      const room = familiarity?.roomFor(tensor) ?? null;
      if (room) return { ...tensor, expansion: null, offset: size, room };
      const expansion = this.#expansionOf(tensor);
      const { from, to } = expansion ?? { from: 1, to: 1 };
      const offset = size;
      size += align((tensor.end - tensor.begin) / from * to);
      return { ...(expansion ? EXPANDED[expansion.name](tensor) : tensor), expansion, offset, room };
    });
    const address = this.#addresses.get(file) ?? this.#tower.reserve(Math.max(size, ALIGNMENT));
    this.#addresses.set(file, address);
    return placed.map((tensor) => ({ ...tensor, address: address + tensor.offset }));
  }

  /** Writes data in the order of the file; cuts it where tensors end. @param {PlacedTensor[]} placed */
  #writer(placed) {
    let current = 0;
    /** @type {Uint8Array} */
    let begun = new Uint8Array(0); // of a unit whose rest is still to come
    return (/** @type {number} */ offset, /** @type {Uint8Array} */ bytes) => {
      let at = 0;
      while (at < bytes.length) {
        while (placed[current].end <= offset + at) current += 1;
        const tensor = placed[current];
        const within = offset + at - tensor.begin;
        const part = bytes.subarray(at, at + tensor.end - tensor.begin - within);
        if (tensor.room) tensor.room.set(part, within);
        else if (tensor.expansion) begun = this.#expand(tensor.expansion, tensor.address, within - begun.length, joined(begun, part));
        else this.#tower.write(tensor.address + within, part);
        at += part.length;
      }
    };
  }

  /**
   * Expands the whole units in `bytes`, which begin at byte `within` of the tensor; returns what is left over.
   * @param {Expansion} expansion @param {number} address @param {number} within @param {Uint8Array} bytes
   */
  #expand(expansion, address, within, bytes) {
    const whole = bytes.length - bytes.length % expansion.from;
    this.#tower.expand(expansion, address + within / expansion.from * expansion.to, bytes.subarray(0, whole));
    return bytes.slice(whole);
  }
}

/** @param {Uint8Array} first @param {Uint8Array} second */
function joined(first, second) {
  if (first.length === 0) return second;
  const both = new Uint8Array(first.length + second.length);
  both.set(first);
  both.set(second, first.length);
  return both;
}
