/**
 * The float32 weights of a model folder (weights/README.md), unpacked: what an exporter writes in another
 * runtime's format. Only folders stored as f32 or f16 have them; a q8 folder has already been rounded.
 */
import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { RandomAccessFile } from '../../../build_scripts/convert/files.mjs';
import { SafetensorsFile } from '../../../build_scripts/convert/safetensors.mjs';

/** Outputs that a packed panel of weights holds. */
const PANEL = 8;

/** panels: [outputs8 / 8, inputs, 8], the first `outputs` rows of it -> [outputs, inputs] */
function unpackPanels(panels, outputs, inputs) {
  const rows = new Float32Array(outputs * inputs);
  for (let row = 0; row < outputs; row += 1) {
    const panel = (row - (row % PANEL)) * inputs + (row % PANEL);
    for (let k = 0; k < inputs; k += 1) rows[row * inputs + k] = panels[panel + k * PANEL];
  }
  return rows;
}

export class ModelFolder {
  #tensors = new Map();
  #files = [];

  /** @param {string} folder */
  static async open(folder) {
    const model = new ModelFolder();
    model.manifest = JSON.parse(await readFile(join(folder, 'model.json')));
    const { storage } = model.manifest.tower;
    if (storage === 'q8') {
      throw new Error(`${folder} is stored as q8, which is already rounded: convert the checkpoint with --outtype f32 and export that.`);
    }
    for (const { file } of model.manifest.base.shards) {
      const shard = await SafetensorsFile.parse(await RandomAccessFile.open(join(folder, file)));
      model.#files.push(shard);
      for (const name of shard.tensors.keys()) model.#tensors.set(name, shard);
    }
    return model;
  }

  /** The manifest's `tower`: width, layers, heads, mlp_width, patch, image, embedding, … */
  get sizes() {
    return this.manifest.tower;
  }

  /** @returns {Promise<Float32Array>} a tensor as it is stored */
  vector(name) {
    return this.#tensors.get(name).read(name);
  }

  /** @returns {Promise<{weight: Float32Array, bias: Float32Array | null}>} weight: [outputs, inputs] */
  async linear(name, outputs, inputs) {
    const weight = unpackPanels(await this.vector(`${name}.weight`), outputs, inputs);
    const hasBias = this.#tensors.has(`${name}.bias`);
    return { weight, bias: hasBias ? (await this.vector(`${name}.bias`)).subarray(0, outputs) : null };
  }

  async close() {
    for (const file of this.#files) await file.close();
  }
}
