/**
 * What will be written, before anything is: groups of tensors with their types and shapes, each with a
 * function that produces their bytes when its turn comes. One group's source is in memory at a time.
 *
 * A group is {tensors: [{name, dtype, shape}], produce: async () => Uint8Array[]}.
 */
import { PANEL } from '../../web/lib/model/packed-head.js';
import { chooseFineBlocks } from './blocks.mjs';
import { Packer, Q4_UNIT_BYTES, blockInputs, roundUp } from './engine.mjs';
import { CORRELATION, answersToPictures } from './pixels.mjs';
import { smoothFactors } from './smooth.mjs';

/** One for each colour, so that 8-bit pixels enter the product exactly (weights/README.md). */
const PATCH_BLOCKS = 3;

const ATTENTION_INPUTS = ['query', 'key', 'value'];

function bytesOf(floats) {
  return new Uint8Array(floats.buffer, floats.byteOffset, floats.byteLength);
}

/** Zeros up to a multiple of `multiple` elements. */
function padTo(floats, multiple) {
  const padded = new Float32Array(roundUp(floats.length, multiple));
  padded.set(floats);
  return padded;
}

/** Matrices of `rows` rows one below the other, each padded with zero rows to a whole panel. */
function stackPadded(matrices, rows, columns) {
  const height = roundUp(rows, PANEL);
  const stacked = new Float32Array(matrices.length * height * columns);
  matrices.forEach((matrix, index) => stacked.set(matrix, index * height * columns));
  return stacked;
}

/** Whether a tower stored so computes with integers. */
const isInteger = (outtype) => outtype === 'q8' || outtype === 'q4';

export class Planner {
  /**
   * @param {'f32' | 'f16' | 'q8' | 'q4'} outtype
   * @param {import('./engine.mjs').Packer} packer
   * @param {(name: string, weights: Float32Array, restored: Float32Array) => void} onQuantized for the report
   */
  constructor(outtype, packer, onQuantized = () => {}) {
    /** Set where q4 is rounded for pictures. @type {import('./calibrate.mjs').Calibrator | null} */
    this.calibrator = null;
    this.outtype = outtype;
    this.packer = packer;
    this.onQuantized = onQuantized;
  }

  /** Floats as they are, F16 in an f16 model. */
  plain(name, shape, read) {
    const half = this.outtype === 'f16';
    const produce = async () => {
      const values = await read();
      return [half ? this.packer.f16(name, values) : bytesOf(values)];
    };
    return { tensors: [{ name, dtype: half ? 'F16' : 'F32', shape }], produce };
  }

  /** Always F32. */
  exact(name, shape, read) {
    return { tensors: [{ name, dtype: 'F32', shape }], produce: async () => [bytesOf(await read())] };
  }

  panels(name, out, inputs, read, half) {
    const produce = async () => {
      const packed = this.packer.f32(name, await read(), out, inputs);
      return [half ? this.packer.f16(name, new Float32Array(packed.buffer)) : packed];
    };
    const shape = [roundUp(out, PANEL) / PANEL, inputs, PANEL];
    return { tensors: [{ name, dtype: half ? 'F16' : 'F32', shape }], produce };
  }

  codes(name, out, inputs, blocks) {
    const panels = roundUp(out, PANEL) / PANEL;
    return [
      { name: `${name}.codes`, dtype: 'U8', shape: [panels, blocks, blockInputs(inputs, blocks) / 4, PANEL, 4] },
      { name: `${name}.scales`, dtype: 'F32', shape: [panels, blocks, PANEL] },
      { name: `${name}.sums`, dtype: 'I32', shape: [panels, blocks, PANEL] },
    ];
  }

  async quantized(name, out, inputs, smooth, read) {
    const blocks = chooseFineBlocks({ name, weights: await read(), smooth, out, inputs }, this.packer);
    const tensors = this.codes(name, out, inputs, blocks);
    const isQ4 = this.outtype === 'q4' && Packer.takesQ4(inputs, blocks);
    if (isQ4) {
      const shape = [roundUp(out, PANEL) / PANEL, blocks, inputs / blocks / 32, Q4_UNIT_BYTES];
      tensors[0] = { name: `${name}.nibbles`, dtype: 'U8', shape };
    }
    if (smooth) tensors.push({ name: `${name}.smooth`, dtype: 'F32', shape: [inputs] });
    const produce = async () => {
      const weights = await read();
      const gram = isQ4 ? await this.calibrator?.gram(name) : null;
      const packed = this.packer[isQ4 ? 'q4' : 'q8']({ name, weights, smooth, out, inputs, blocks }, gram);
      this.onQuantized(name, weights, packed.restored);
      const bytes = [packed.nibbles ?? packed.codes, packed.scales, packed.sums];
      return smooth ? [...bytes, bytesOf(smooth)] : bytes;
    };
    return { tensors, produce };
  }

  /** A linear layer's weights, in the model's storage. */
  async linear(name, out, inputs, read, smooth = null) {
    if (isInteger(this.outtype)) return this.quantized(name, out, inputs, smooth, read);
    return this.panels(`${name}.weight`, out, inputs, read, this.outtype === 'f16');
  }

  /** The first layer, which reads pixels: q8 in a q4 model too, since it is small and all the others read it. */
  patchEmbedding(source, { width, patch }) {
    const name = 'embeddings.patch';
    const inputs = PATCH_BLOCKS * patch * patch;
    const read = () => source.read(`${name}.weight`);
    if (!isInteger(this.outtype)) return this.panels(`${name}.weight`, width, inputs, read, this.outtype === 'f16');
    const produce = async () => {
      const weights = await read();
      const { codes, scales, sums, restored } = this.packer.patch({ name, weights, out: width }, patch, CORRELATION);
      this.onQuantized(name, answersToPictures(weights, patch), answersToPictures(restored, patch));
      return [codes, scales, sums];
    };
    return { tensors: this.codes(name, width, inputs, PATCH_BLOCKS), produce };
  }

  norm(name, source, width) {
    return ['weight', 'bias'].map((part) => this.plain(`${name}.${part}`, [width], () => source.read(`${name}.${part}`)));
  }

  async smoothFor(source, norm) {
    return isInteger(this.outtype) ? smoothFactors(await source.read(`${norm}.weight`)) : null;
  }

  /** Query, key and value as one layer; in a task of its own because their rows are padded apart. */
  async attentionInputs(name, source, width) {
    const read = async (part) => {
      const parts = [];
      for (const input of ATTENTION_INPUTS) parts.push(await source.read(`${name}.${input}.${part}`));
      return stackPadded(parts, width, part === 'weight' ? width : 1);
    };
    const out = ATTENTION_INPUTS.length * roundUp(width, PANEL);
    const smooth = await this.smoothFor(source, name.replace('attention', 'norm1'));
    return [
      await this.linear(`${name}.qkv`, out, width, () => read('weight'), smooth),
      this.plain(`${name}.qkv.bias`, [out], () => read('bias')),
    ];
  }

  async layer(name, source, out, inputs, smooth) {
    const bias = async () => padTo(await source.read(`${name}.bias`), PANEL);
    return [
      await this.linear(name, out, inputs, () => source.read(`${name}.weight`), smooth),
      this.plain(`${name}.bias`, [roundUp(out, PANEL)], bias),
    ];
  }

  async block(name, source, { width, mlp_width: mlpWidth }) {
    const smooth = await this.smoothFor(source, `${name}.norm2`);
    return [
      ...this.norm(`${name}.norm1`, source, width),
      ...await this.attentionInputs(`${name}.attention`, source, width),
      ...await this.layer(`${name}.attention.out`, source, width, width),
      ...this.norm(`${name}.norm2`, source, width),
      ...await this.layer(`${name}.mlp.fc1`, source, mlpWidth, width, smooth),
      ...await this.layer(`${name}.mlp.fc2`, source, width, mlpWidth),
    ];
  }

  /** What stands before the first block. */
  beginning(source) {
    const { width, patch, image } = source.sizes;
    return [
      this.plain('embeddings.class', [width], () => source.read('embeddings.class')),
      this.plain('embeddings.position', [1 + (image / patch) ** 2, width], () => source.read('embeddings.position')),
      this.patchEmbedding(source, source.sizes),
      ...this.norm('pre_norm', source, width),
    ];
  }

  /**
   * @param {import('./tower.mjs').TowerSource} source
   * @returns {Promise<object[]>} groups
   */
  async base(source) {
    const { width, layers, embedding } = source.sizes;
    const groups = this.beginning(source);
    for (let i = 0; i < layers; i += 1) groups.push(...await this.block(`blocks.${i}`, source, source.sizes));
    groups.push(...this.norm('post_norm', source, width));
    if (embedding > 0) {
      const smooth = await this.smoothFor(source, 'post_norm');
      groups.push(await this.linear('projection', embedding, width, () => source.read('projection.weight'), smooth));
    }
    return groups;
  }

  /** Heads are small and computed in float32, so they stay F32. */
  head(head) {
    return head.layers.flatMap(({ weight, bias, outputs, inputs }, index) => {
      const readBias = async () => padTo(bias ? await head.read(bias) : new Float32Array(outputs), PANEL);
      return [
        this.panels(`head.${index}.weight`, outputs, inputs, () => head.read(weight), false),
        this.exact(`head.${index}.bias`, [roundUp(outputs, PANEL)], readBias),
      ];
    });
  }

  /** Two small matrices, the rank padded with zeros to whole panels, the scale multiplied into B. */
  loraPair(name, { rank, shape: [out, inputs], scale }, readA, readB) {
    const half = this.outtype !== 'f32';
    const rank8 = roundUp(rank, PANEL);
    const widenedB = async () => {
      const narrow = await readB();
      const wide = new Float32Array(out * rank8);
      for (let row = 0; row < out; row += 1) {
        for (let r = 0; r < rank; r += 1) wide[row * rank8 + r] = narrow[row * rank + r] * scale;
      }
      return wide;
    };
    return [
      this.panels(`${name}.lora_A`, rank, inputs, readA, half),
      this.panels(`${name}.lora_B`, out, rank8, widenedB, half),
    ];
  }

  /** A projection of the task's own is the base's plus a pair of full rank: the difference, then the identity. */
  ownProjection(adapter, source) {
    const { width, embedding } = source.sizes;
    const difference = async () => {
      const base = await source.read('projection.weight');
      return (await adapter.read(adapter.projection)).map((weight, index) => weight - base[index]);
    };
    const identity = async () => Float32Array.from({ length: embedding ** 2 }, (_, i) => Number(i % (embedding + 1) === 0));
    return this.loraPair('projection', { rank: embedding, shape: [embedding, width], scale: 1 }, difference, identity);
  }

  /**
   * @param {import('./adapter.mjs').AdapterSource} adapter
   * @param {import('./tower.mjs').TowerSource} source
   */
  adapter(adapter, source) {
    const pairs = adapter.modules.flatMap((module) => (
      this.loraPair(module.neutral, module, () => adapter.read(module.A), () => adapter.readB(module))));
    return adapter.projection ? [...pairs, ...this.ownProjection(adapter, source)] : pairs;
  }
}
