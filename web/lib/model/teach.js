/** Teaching in the worker: from a lesson to a trait that scores, and its file. */
import { PerceptError, throwIfAborted } from '../errors.js';
import { breathe } from '../engine/breathe.js';
import { groundOf, teachAtOnce } from '../teach/at-once.js';
import { readTrait, writeTrait } from '../weights/trait-file.js';

/** @import {AtOnce, CheckedLesson} from '../teach/types.d.ts' */
/** @import {Call, LoadedModel, Manifest, TaughtResult, TraitResult} from './types.d.ts' */
/** @import {Ground} from '../teach/at-once.js' */
/** @import {Bytes, TaughtTask} from '../weights/types.d.ts' */
/** @typedef {{name: string, shape: number[], values: Float32Array}} Packed */

/** Outputs of a layer lie in panels of eight. */
const PANEL = 8;

export class Teacher {
  #model;
  #manifest;
  /** Of the pictures that were taught with last. @type {{key: string, ground: Ground} | null} */
  #kept = null;

  /** @param {LoadedModel} model @param {Manifest} manifest */
  constructor(model, manifest) {
    this.#model = model;
    this.#manifest = manifest;
  }

  /** @param {CheckedLesson} lesson whose pictures all have features @param {Call} call @returns {Promise<TaughtResult>} */
  async teach(lesson, { signal, onProgress }) {
    let done = 0;
    const pause = async () => {
      done += 1;
      onProgress({ phase: 'fitting', done, total: 0, secondsLeft: null });
      await breathe();
      throwIfAborted(signal);
    };
    const { head, subject: _, output, evidence, ...known } = await teachAtOnce(lesson, this.#groundOf(lesson), pause);
    /** @type {TaughtTask} */
    const task = {
      id: lesson.id,
      title: lesson.title,
      adapter: false,
      head: [{ outputs: head.biases.length, activation: 'identity' }],
      normalize: true,
      preprocess: lesson.preprocess,
      output,
    };
    const file = await writeTrait(this.#manifest, { task, evidence, tensors: packedHead(head) });
    throwIfAborted(signal);
    return { ...await this.addTask(file), ...known };
  }

  /** Reads a trait's file and makes it a task. @param {Bytes} file @returns {Promise<TraitResult>} */
  async addTask(file) {
    const trait = await readTrait(file, this.#manifest);
    this.#model.tasks.add(trait);
    return { task: { ...trait.task, shards: [] }, evidence: trait.evidence, file };
  }

  /** @param {CheckedLesson} lesson */
  #groundOf({ pictures }) {
    const key = keyOf(pictures);
    if (this.#kept?.key !== key) this.#kept = { key, ground: groundOf(pictures) };
    return this.#kept.ground;
  }
}

/** Tells lists of pictures apart: two sums over the bits of their features. @param {CheckedLesson['pictures']} pictures */
function keyOf(pictures) {
  let [first, second] = [pictures.length, 0];
  for (const { name, features } of pictures) {
    for (const word of new Int32Array(/** @type {Float32Array<ArrayBuffer>} */ (features).buffer)) {
      first = Math.imul(first ^ word, 0x01000193);
      second = Math.imul(second + word, 0x85ebca6b) ^ (second >>> 13);
    }
    for (let i = 0; i < name.length; i += 1) first = Math.imul(first ^ name.charCodeAt(i), 0x01000193);
  }
  return `${first} ${second}`;
}

/** A linear head's tensors as the engine reads them: weights [outputs8 / 8, width, 8] and biases [outputs8]. @param {AtOnce['head']} head @returns {Packed[]} */
function packedHead({ weights, biases }) {
  const width = weights[0].length;
  const panels = Math.ceil(biases.length / PANEL);
  const packed = new Float32Array(panels * width * PANEL);
  weights.forEach((line, output) => {
    const start = Math.floor(output / PANEL) * width * PANEL + output % PANEL;
    line.forEach((value, i) => { packed[start + i * PANEL] = value; });
  });
  const bias = new Float32Array(panels * PANEL);
  bias.set(biases);
  if (!packed.every(Number.isFinite) || !bias.every(Number.isFinite)) throw new PerceptError('not-finite', 'The fit did not come to finite numbers. Are some labels far from all others?');
  return [
    { name: 'head.0.weight', shape: [panels, width, PANEL], values: packed },
    { name: 'head.0.bias', shape: [panels * PANEL], values: bias },
  ];
}
