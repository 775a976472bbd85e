/** Teaching in the worker: from a lesson to a trait that scores, and its file. */
import { PerceptError, throwIfAborted } from '../errors.js';
import { breathe } from '../engine/breathe.js';
import { BASE } from '../engine/tower.js';
import { Memory, keyOf, teachAtOnce } from '../teach/at-once.js';
import { predictionOf, predictionOfShares, rangeOfPairs } from '../teach/prediction.js';
import { sha256 } from '../weights/hash.js';
import { parseJson } from '../weights/json.js';
import { baseHash, readTrait, writeTrait } from '../weights/trait-file.js';
import { packedHead } from './packed-head.js';
import { TrainingProgress } from './training-progress.js';
import { TrainingSet } from './training-set.js';
import { sizesOf, teachDeeper, workOf } from './teach-deeper.js';
import { usualShare } from './training-run.js';

/** @import {AtOnce, CheckedLesson} from '../teach/types.d.ts' */
/** @import {Call, LoadedModel, Manifest, NeedsRequest, TaughtResult, TraitResult, Views} from './types.d.ts' */
/** @import {Subject} from '../teach/at-once.js' */
/** @import {Pause} from '../teach/held-out.js' */
/** @import {Deeper} from './teach-deeper.js' */
/** @import {TeachingNeeds} from '../percept.js' */
/** @import {Bytes, TaughtTask} from '../weights/types.d.ts' */

/** Of views, or of what comes out of frozen blocks: what a tab can be asked for beside the model. */
const MOST_KEPT = 2 ** 31;

/** Batches that are timed at most, and seconds after which no other is. */
const MOST_TIMED = 3;
const ENOUGH_TIMED = 0.5;

export class Teacher {
  #model;
  #manifest;
  #memory = new Memory();
  /** Of the lesson at hand, by its numbers of pictures. @type {Map<number, Uint8Array[]>} */
  #views = new Map();

  /** @param {LoadedModel} model @param {Manifest} manifest */
  constructor(model, manifest) {
    this.#model = model;
    this.#manifest = manifest;
  }

  /** Keeps a picture's views for the deeper ways, until `forget`. @param {number} picture its number in the lesson @param {Views} views */
  keep(picture, { bytes, count }) {
    const size = bytes.length / count;
    this.#views.set(picture, Array.from({ length: count }, (_, at) => bytes.slice(at * size, (at + 1) * size)));
  }

  forget() {
    this.#views.clear();
  }

  /**
   * @param {CheckedLesson} lesson whose pictures all have features; of those that are judged the views are kept where it goes deeper
   * @param {Record<string, Bytes>} parts of an earlier run
   * @param {Call} call
   * @returns {Promise<TaughtResult>}
   */
  async teach(lesson, parts, { signal, onProgress, onPart }) {
    let done = 0;
    /** @type {Pause} */
    const pause = async (predictions) => {
      done += 1;
      onProgress({ phase: 'fitting', done, total: 0, secondsLeft: null, ...(predictions && { predictions }) });
      await breathe();
      throwIfAborted(signal);
    };
    const { head, subject, outputs, output, evidence, ...known } = await teachAtOnce(lesson, this.#memory, pause);
    const deeper = lesson.depth > 0 ? await this.#deeper({ subject, outputs, evidence }, parts, { signal, onProgress, onPart }) : null;
    const kept = deeper?.taught ?? null;
    /** @type {TaughtTask} */
    const task = {
      id: lesson.id,
      title: lesson.title,
      adapter: kept !== null,
      head: [{ outputs: head.biases.length, activation: 'identity' }],
      normalize: true,
      preprocess: lesson.preprocess,
      output: kept && lesson.pairs && output.kind === 'score' ? { ...output, from: rangeOfPairs(kept.raw) } : output,
    };
    if (kept) Object.assign(known, judgedDeeper(known, kept, { subject, task }));
    const file = await writeTrait(this.#manifest, { task, evidence: deeper?.evidence ?? evidence, tensors: kept?.tensors ?? packedHead(head) });
    throwIfAborted(signal);
    return { ...await this.addTask(file), ...known };
  }

  /** Reads a trait's file and makes it a task. @param {Bytes} file @returns {Promise<TraitResult>} */
  async addTask(file) {
    const trait = await readTrait(file, this.#manifest);
    this.#model.tasks.add(trait);
    return { task: { ...trait.task, shards: [] }, evidence: trait.evidence, file };
  }

  /** What a lesson takes, by grey views through the tower. @param {NeedsRequest} request @returns {TeachingNeeds} */
  needs({ depth, rank, outputs, isPairs, judgements, pictures, views, looks, folds, epochs }) {
    const { tower, sizes } = this.#model;
    const { batch, trainer } = tower;
    const bytesOfView = sizes.image * sizes.image * 3;
    const secondsOfView = this.#secondsOfView();
    const looking = looks * views * secondsOfView;
    if (depth === 0) return { seconds: looking, likely: looking, bytes: 0, fits: true };
    trainer.configure(sizesOf({ depth, rank, outputs, views, isPairs }, { layers: sizes.layers, batch }));
    const kept = pictures * views * (depth < sizes.layers ? 4 * trainer.inputFloats : bytesOfView);
    const share = depth / sizes.layers;
    const prefix = (1 - share) * pictures * views;
    const work = share * workOf({ views: judgements * views * (isPairs ? 2 : 1), unlike: pictures * views, isPairs, folds, epochs });
    const secondsFor = (/** @type {number} */ done) => looking + (done + prefix) * secondsOfView;
    const bytes = trainer.bytes + trainer.traitBytes + kept;
    const fits = this.#hasRoom() && kept <= MOST_KEPT;
    return { seconds: secondsFor(work), likely: secondsFor(work * usualShare([], epochs)), bytes, fits, ...(!fits && { reason: tooDeep(bytes) }) };
  }

  /** Whether the tower's memory has room for the trainer, as it is configured, for the trait that comes of it, and for the model's tasks that are still to come. */
  #hasRoom() {
    const { tower, tasks } = this.#model;
    const { bytes, room, traitBytes } = tower.trainer;
    return (bytes > room ? bytes : 0) + tasks.taught.newBytes(traitBytes) + tasks.bytesToCome <= tower.roomBytes;
  }

  /** The least of a few batches, since the first may meet memory and code that nobody used before. */
  #secondsOfView() {
    const { tower, sizes } = this.#model;
    const grey = new Uint8Array(tower.batch * sizes.image * sizes.image * 3).fill(128);
    let [least, sum] = [Infinity, 0];
    for (let round = 0; round < MOST_TIMED && sum < ENOUGH_TIMED; round += 1) {
      const start = performance.now();
      tower.forward(BASE, grey, { first: 0, count: tower.batch });
      const seconds = (performance.now() - start) / 1000;
      least = Math.min(least, seconds);
      sum += seconds;
    }
    return least / tower.batch;
  }

  /**
   * @param {{subject: Subject, outputs: number[][], evidence: AtOnce['evidence']}} taught at once
   * @param {Record<string, Bytes>} parts @param {Call} call
   * @returns {Promise<{evidence: AtOnce['evidence'], taught: Deeper | null}>} null where the head is kept
   */
  async #deeper({ subject, outputs: headOutputs, evidence }, parts, call) {
    if (!evidence.held_out.head) return { evidence, taught: null }; // too little to know whether it would be better
    const { tower, tasks, sizes } = this.#model;
    const { lesson } = subject;
    const views = subject.numbers.map((at) => this.#views.get(at) ?? []);
    const key = await keyOfLesson(subject, await baseHash(this.#manifest));
    const { spare } = tasks.taught;
    const { trainer, batch } = tower;
    const outputs = lesson.kind === 'classes' ? /** @type {string[]} */ (lesson.classes).length : 1;
    const isPairs = lesson.pairs !== null;
    const trainerSizes = sizesOf({ depth: lesson.depth, rank: lesson.rank, outputs, views: Math.max(...views.map((own) => own.length)), isPairs }, { layers: sizes.layers, batch });
    trainer.release();
    trainer.configure(trainerSizes);
    if (!this.#hasRoom()) throw new PerceptError('out-of-memory', tooDeep(trainer.bytes + trainer.traitBytes));
    trainer.allocate(spare);
    try {
      tower.setNormalization(lesson.preprocess.mean, lesson.preprocess.std);
      const unlike = views.reduce((sum, own) => sum + own.length, 0);
      const work = workOf({ views: this.#viewsJudged(subject), unlike, isPairs, folds: evidence.folds, epochs: lesson.epochs });
      const told = new TrainingProgress(work, call);
      told.expect(usualShare([], lesson.epochs));
      const set = new TrainingSet(trainer, views, {
        batch, slots: trainerSizes.slots, outputs, keepsInputs: trainerSizes.firstBlock > 0, pause: (worked) => told.worked(worked),
      });
      return await teachDeeper({
        subject, headOutputs, trainer, set, evidence, told,
        parts: {
          get: (name) => readPart(parts[name], key),
          put: (name, value) => call.onPart(name, new TextEncoder().encode(JSON.stringify({ lesson: key, ...value }))),
        },
      });
    } catch (error) {
      if (error instanceof PerceptError && error.code === 'not-finite') return { evidence: { ...evidence, notes: [...evidence.notes, /** @type {const} */ ('no-deeper')] }, taught: null }; // it went astray
      throw error;
    } finally {
      trainer.release();
    }
  }

  /** The views of all judgements together; pictures may differ in theirs. @param {Subject} subject */
  #viewsJudged({ numbers, judgements: { pairs } }) {
    const pictures = pairs ? pairs.flatMap(({ better, worse }) => [numbers[better], numbers[worse]]) : numbers;
    return pictures.reduce((sum, picture) => sum + (this.#views.get(picture)?.length ?? 0), 0);
  }
}

/** Why a lesson does not fit. @param {number} bytes that it takes */
const tooDeep = (bytes) => `Teaching this deep takes ${Math.ceil(bytes / 2 ** 20)} MiB beside the model, more than there is. Teach fewer blocks or pictures, or the head alone.`;

/** The part as it was put, if it is of this very lesson. @param {Bytes | undefined} bytes @param {string} key */
function readPart(bytes, key) {
  if (!bytes) return null;
  try {
    const part = parseJson(new TextDecoder().decode(bytes));
    return part?.lesson === key ? part : null;
  } catch {
    return null;
  }
}

/** Another number wherever the same lesson would have other folds. */
const DEALING = 2;

/** Names a lesson by all that its parts follow from. @param {Subject} subject @param {string} base */
function keyOfLesson({ judgements, lesson: { pictures, kind, preprocess, depth, rank, epochs, folds, seed } }, base) {
  const { raters: _, notes: _notes, targets, ...said } = judgements;
  const text = JSON.stringify([base, keyOf(pictures), said, targets?.map((target) => Array.from(target)), kind, preprocess, depth, rank, epochs, folds, seed, DEALING]);
  return sha256(new TextEncoder().encode(text));
}

/** What the deeper fit says of the pictures that were judged; of the others the scorer asks the task. @param {Pick<AtOnce, 'predictions' | 'heldOut'>} known @param {Deeper} deeper @param {{subject: Subject, task: TaughtTask}} taught */
function judgedDeeper({ predictions, heldOut }, deeper, { subject, task }) {
  const [now, held] = [predictions.slice(), heldOut.slice()];
  subject.numbers.forEach((at, place) => {
    now[at] = predictionOf(task.output, deeper.raw[place]);
    if (deeper.heldOut[place]) held[at] = predictionOfShares(task.output, deeper.heldOut[place]);
  });
  return { predictions: now, heldOut: held };
}
