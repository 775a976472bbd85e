/**
 * A vision tower as the converter sees it, whatever it was stored as: its sizes, and each tensor by its
 * neutral name (layouts.mjs), checked, row-major float32.
 */
import { checkClass, completeSizes, originsOf } from './config.mjs';
import { ConvertError, DIFFERENT_TRUNK, NOT_FINITE, UNKNOWN_TENSOR, listNames } from './errors.mjs';
import { refuseFamilies } from './families.mjs';
import { elementCount } from './floats.mjs';
import { chooseLayout } from './layouts.mjs';

/**
 * @param {Float32Array} values
 * @param {string} name the tensor's
 * @param {string} label the file's
 */
export function checkFinite(values, name, label) {
  for (let i = 0; i < values.length; i += 1) {
    if (!Number.isFinite(values[i])) {
      throw new ConvertError(NOT_FINITE, `${name} in ${label} holds ${values[i]} at element ${i}; `
        + 'the weights are damaged, so download them again or train anew.');
    }
  }
}

/**
 * @param {Float32Array} matrix [rows, columns]
 * @param {number} rows
 * @param {number} columns
 * @returns {Float32Array} [columns, rows]
 */
export function transpose(matrix, rows, columns) {
  const result = new Float32Array(matrix.length);
  for (let row = 0; row < rows; row += 1) {
    for (let column = 0; column < columns; column += 1) result[column * rows + row] = matrix[row * columns + column];
  }
  return result;
}

function differentTrunk(name, source, twin) {
  return new ConvertError(DIFFERENT_TRUNK, `${name} in ${twin.label} is not the one in ${source.label}, so its adapter was `
    + 'trained beside another tower; convert it with its own base.');
}

function noPlace(checkpoint, names, layout, unless = '') {
  return new ConvertError(UNKNOWN_TENSOR, `${checkpoint.label} holds ${listNames(names)}, which the engine has no place for in a `
    + `${layout.title} vision tower; such a model cannot be converted${unless}.`);
}

/** A tower whose tasks read the class token after the last LayerNorm has no projection. */
function dropProjection(sizes, tensors, origins) {
  tensors.delete(PROJECTION);
  sizes.embedding = 0;
  origins.embedding = 'recipe: base.features';
}

/** The one layer that a task may replace whole: it stands after the trunk. */
const PROJECTION = 'projection.weight';

function sameBytes(values, others) {
  const [a, b] = [values, others].map((floats) => Buffer.from(floats.buffer, floats.byteOffset, floats.byteLength));
  return a.equals(b);
}

function checkSame(values, others, name, source, twin) {
  if (!sameBytes(values, others)) throw differentTrunk(name, source, twin);
}

export class TowerSource {
  constructor(checkpoint, layout, sizes, tensors, origins, others) {
    this.checkpoint = checkpoint;
    /** Where each of `sizes` comes from. @type {Record<string, string>} */
    this.origins = origins;
    /** Names that belong to no part of the tower: a head's, which a task must take. @type {string[]} */
    this.others = others;
    /** Towers that must hold the same numbers: bases of the adapters. */
    this.twins = [];
    /** Twins' checkpoints whose projection is another: the projection's name. */
    this.ownProjections = new Map();
    this.label = checkpoint.label;
    this.layout = layout;
    this.sizes = sizes;
    this.tensors = tensors;
  }

  /**
   * @param {object} checkpoint it belongs to the tower from here on
   * @param {{config?: object, layout?: string, features?: string}} base the recipe's `base`
   */
  static async open(checkpoint, base) {
    refuseFamilies(checkpoint);
    const layout = chooseLayout(checkpoint, base.layout);
    const { sizes, tensors, implied, ignored } = await layout.describe(checkpoint);
    const known = new Set([...tensors.values()].map((source) => source.name).concat(ignored));
    const others = [...checkpoint.tensors.keys()].filter((name) => !known.has(name));
    const inside = others.filter((name) => layout.isInside(name));
    if (inside.length > 0) throw noPlace(checkpoint, inside, layout);
    checkClass(base.features, sizes.embedding, implied, checkpoint.label);
    const complete = completeSizes(sizes, implied, base.config ?? {}, checkpoint.label);
    const origins = originsOf(sizes, implied, base.config ?? {});
    if (base.features === 'pooled') dropProjection(complete, tensors, origins);
    return new TowerSource(checkpoint, layout, complete, tensors, origins, others);
  }

  /** Refuses what neither the tower nor a task's head has taken. @param {(name: string) => boolean} isTaken */
  checkOthers(isTaken) {
    const left = this.others.filter((name) => !isTaken(name));
    if (left.length > 0) throw noPlace(this.checkpoint, left, this.layout, ', unless they are a head, whose task names the same file');
  }

  /** @param {string} neutral */
  has(neutral) {
    return this.tensors.has(neutral);
  }

  /**
   * @param {string} neutral
   * @returns {Promise<Float32Array>} equal to that of every twin, but for the projection
   */
  async read(neutral) {
    const values = await this.readOwn(neutral);
    if (neutral === PROJECTION) return values; /* compared by addTwin */
    for (const twin of this.twins) checkSame(values, await twin.readOwn(neutral), twin.tensors.get(neutral).name, this, twin);
    return values;
  }

  async readOwn(neutral) {
    const source = this.tensors.get(neutral);
    const count = elementCount(source.shape);
    let values = await this.checkpoint.read(source.name);
    if (source.transpose) values = transpose(values, source.shape[1], source.shape[0]);
    if (source.rows) values = values.subarray(source.rows.index * count, (source.rows.index + 1) * count);
    checkFinite(values, source.name, this.label);
    return values;
  }

  /**
   * A checkpoint that brings a whole tower along, of which only the adapter or the head is wanted. Its tower is
   * compared with this one, tensor by tensor, while this one is read.
   * @param {TowerSource} twin
   */
  async addTwin(twin) {
    const names = new Set([...this.tensors.keys(), ...twin.tensors.keys()]);
    const shape = (source, neutral) => String(source.tensors.get(neutral)?.shape);
    const differs = [...names].find((neutral) => shape(this, neutral) !== shape(twin, neutral));
    if (differs) throw differentTrunk(differs, this, twin);
    this.twins.push(twin);
    if (!this.has(PROJECTION) || sameBytes(await this.readOwn(PROJECTION), await twin.readOwn(PROJECTION))) return;
    this.ownProjections.set(twin.checkpoint, twin.tensors.get(PROJECTION).name);
  }

  /** The name of a twin's projection, where that is another than this tower's. */
  ownProjection(checkpoint) {
    return this.ownProjections.get(checkpoint);
  }
}
