import { PerceptError } from '../errors.js';

/** The engine uses weights where they lie, and reads them fastest from such addresses. */
const ALIGNMENT = 64;
const align = (bytes) => Math.ceil(bytes / ALIGNMENT) * ALIGNMENT;
const bytesInMemory = ({ dtype, begin, end }) => (end - begin) * (dtype === 'F16' ? 2 : 1);

/**
 * Gives the tensors of arriving shards their final place in the tower's memory. The tower never gives memory
 * back, so a shard that has to be fetched again goes where it was to go the first time.
 */
export class WeightStore {
  #tower;
  #addresses = new Map();

  constructor(tower) {
    this.#tower = tower;
  }

  /** The placement that loadShards asks for; `owner` is BASE or a task's number. */
  placeFor(owner) {
    return (shard, tensors) => {
      if (tensors.length === 0) throw new PerceptError('weights-invalid', `${shard.file} holds no tensors.`);
      const placed = this.#place(shard.file, tensors);
      return {
        write: this.#writer(placed),
        finish: () => placed.forEach((tensor) => this.#tower.bind(owner, tensor)),
      };
    };
  }

  #place(file, tensors) {
    let size = 0;
    const offsets = tensors.map((tensor) => {
      const offset = size;
      size += align(bytesInMemory(tensor));
      return offset;
    });
    if (!this.#addresses.has(file)) this.#addresses.set(file, this.#tower.reserve(Math.max(size, ALIGNMENT)));
    const address = this.#addresses.get(file);
    return tensors.map((tensor, at) => ({
      ...tensor,
      halves: tensor.dtype === 'F16',
      dtype: tensor.dtype === 'F16' ? 'F32' : tensor.dtype,
      address: address + offsets[at],
    }));
  }

  /** Writes data in the order of the file; cuts it where tensors end. */
  #writer(placed) {
    let current = 0;
    return (offset, bytes) => {
      let at = 0;
      while (at < bytes.length) {
        while (placed[current].end <= offset + at) current += 1;
        const tensor = placed[current];
        const within = offset + at - tensor.begin;
        const part = bytes.subarray(at, at + tensor.end - tensor.begin - within);
        if (tensor.halves) this.#tower.writeHalves(tensor.address + within * 2, part);
        else this.#tower.write(tensor.address + within, part);
        at += part.length;
      }
    };
  }
}
