/**
 * Percept: scores pictures with a CLIP tower, LoRA adapters and small heads, on this machine.
 *
 *   import { Scorer } from './percept.js';
 *   const scorer = await Scorer.load('weights/demo/');
 *   const { scores } = await scorer.score(file);
 *
 * Types, result shapes and error codes are in percept.d.ts.
 */
import { orAborted } from './abort.js';
import { checkOptions } from './arguments.js';
import { refusing } from './check.js';
import { threadCount } from './engine/thread-count.js';
import { PerceptError, throwIfAborted } from './errors.js';
import { Connection } from './model/connection.js';
import { recipesOf } from './model/recipes.js';
import { assetsIn } from './platform/assets.js';
import { ReadAhead, isWorthReading } from './read-ahead.js';
import { modelAt, pictureOf, sendable, traitSource } from './sources.js';
import { checkRoomFor, predictionFrom } from './teach/both-sides.js';
import { checkLesson, preprocessFor } from './teach/check-lesson.js';
import { aboutPicture, asGiven, look, needsOf, sourcesOf, tellingAsGiven, toSend, traitOf, unjudged } from './teaching.js';
import { Turns } from './turns.js';

export { deleteCachedModel, listCachedModels } from './cached-models.js';
export { PerceptError };

/** @import {Calls, Call, LoadRequest, Loaded, PictureRequest, Preprocess, Source} from './model/types.d.ts' */
/** @import {CheckedLesson} from './teach/types.d.ts' */
/** @import {LessonSource, Seen} from './teaching.js' */
/** @import {EmbedOptions, EmbedResult, EngineFacts, ErrorCode, Explanation, ExplainOptions, FeaturesOptions, Lesson, LoadOptions, Manifest} from './percept.js' */
/** @import {PictureSource, ScoreOptions, ScoreResult, StorageFacts, Task, Taught, TeachingNeeds, TeachOptions, Trait} from './percept.js' */

/** Only `load` makes scorers. */
const FROM_LOAD = Symbol('from load');

/** What load gives before anybody has the scorer. @type {any} */
const LATER = undefined;

export class Scorer {
  /** @type {LoadRequest} */
  #request = LATER;
  /** @type {Connection} */
  #connection = LATER;
  /** @type {Loaded} */
  #loaded = LATER;
  /** The manifest that was first loaded, as JSON: no other worker may bring another. */
  #first = '';
  #turns = new Turns();
  /** @type {ReadAhead} */
  #ahead = LATER;
  #disposal = new AbortController();
  /** What was taught or added, with its file, by id. @type {Map<string, {trait: Trait, file: Uint8Array<ArrayBuffer>}>} */
  #traits = new Map();

  /** @param {symbol} origin */
  constructor(origin) {
    if (origin !== FROM_LOAD) throw new PerceptError('bad-argument', 'A scorer is not made with new, but by await Scorer.load(url).');
  }

  /**
   * Fetches a model: its manifest, the engine and the base's weights. A task's own weights come when the task
   * is first asked for.
   * @param {string | URL | File[]} location the model's folder or its model.json; in Node also a path on disk; or the
   *   folder's files, as a file input or a drop gives them
   * @param {LoadOptions} [options]
   * @returns {Promise<Scorer>}
   * @throws {PerceptError}
   */
  static async load(location, options) {
    const { onProgress, signal, assets, variant = 'auto', threads, integrity, maximumPixels } = checkOptions(options, 'variant', 'threads', 'integrity', 'maximumPixels', 'assets');
    throwIfAborted(signal);
    const scorer = new Scorer(FROM_LOAD);
    scorer.#request = { ...modelAt(location), assets: assetsIn(assets), variant, threads, integrity, maximumPixels };
    scorer.#ahead = new ReadAhead(scorer.#request);
    const loading = scorer.#connect(telling({ signal, onProgress }));
    try {
      await orAborted(loading, signal);
    } catch (error) {
      scorer.dispose();
      throw error;
    }
    return scorer;
  }

  /** The model's tasks, as its manifest has them, and behind them those that were taught or added. @returns {Task[]} */
  get tasks() {
    return [...this.#loaded.manifest.tasks, ...this.traits.map(({ task }) => task)];
  }

  /** What was taught or added, in that order. @returns {Trait[]} */
  get traits() {
    return Array.from(this.#traits.values(), ({ trait }) => trait);
  }

  /** model.json, whole. @returns {Manifest} */
  get manifest() {
    return this.#loaded.manifest;
  }

  /** What runs, and the bytes of its memory. @returns {EngineFacts} */
  get engine() {
    return this.#loaded.engine;
  }

  /** Where the weights came from, and where they stay. @returns {StorageFacts} */
  get storage() {
    return this.#loaded.storage;
  }

  /**
   * Scores a picture. Calls are answered in order.
   * @param {PictureSource} picture a file, pixels, or an address to fetch it from
   * @param {ScoreOptions} [options]
   * @returns {Promise<ScoreResult>}
   * @throws {PerceptError}
   */
  async score(picture, options) {
    const { tasks, embedding = false, ...call } = checkOptions(options, 'tasks', 'embedding');
    const request = { source: pictureOf(picture), tasks, scores: true, embedding };
    return this.#askAbout('score', request, { call: telling(call), recipes: () => recipesOf(this.tasks, tasks, this.manifest.familiarity?.preprocess) });
  }

  /**
   * The base tower's projected embedding of a picture, without any adapter and before any L2 normalisation,
   * of the first view that the first of `tasks` makes.
   * @param {PictureSource} picture
   * @param {EmbedOptions} [options]
   * @returns {Promise<EmbedResult>}
   * @throws {PerceptError}
   */
  async embed(picture, options) {
    const { tasks, ...call } = checkOptions(options, 'tasks');
    const request = { source: pictureOf(picture), tasks, scores: false, embedding: true };
    return this.#askAbout('score', request, { call: telling(call), recipes: () => recipesOf(this.tasks, tasks).slice(0, 1) });
  }

  /**
   * Occlusion: which parts of a picture a score rests on. The resized picture is cut into rows x columns cells; each
   * in turn is painted with the mean colour of the task's views (over all their pixels, each colour rounded), the
   * views that it touches are computed again, and the score is compared with that of the whole picture. The value
   * explained is, for a score, the mean over views on the scale `output.to` and never clamped, so that a score at
   * its limit still moves; for classes, the probability of the label that the whole picture gets.
   * It shows what the number reacts to, a flat patch included; it does not show why, nor what people look at.
   * The cost is a view for each pair of a cell and a view that meet, and one for each view.
   * @param {PictureSource} picture
   * @param {ExplainOptions} [options]
   * @returns {Promise<Explanation>}
   * @throws {PerceptError}
   */
  async explain(picture, options) {
    const { task, grid = [6, 6], ...call } = checkOptions(options, 'task', 'grid');
    const request = { source: pictureOf(picture), task, grid };
    return this.#askAbout('explain', request, { call: telling(call), recipes: () => recipesOf(this.tasks, task === undefined ? task : [task]).slice(0, 1) });
  }

  /**
   * What teaching reads of a picture: the mean over its views of the base's embeddings, each divided by its L2 norm. It can be
   * kept: the same picture, model and preprocessing give the same bits.
   * @param {PictureSource} picture
   * @param {FeaturesOptions} [options]
   * @returns {Promise<Float32Array<ArrayBuffer>>} [embedding || width]
   * @throws {PerceptError}
   */
  async features(picture, options) {
    const { preprocess, ...call } = checkOptions(options, 'preprocess');
    const misfit = (/** @type {string} */ at, /** @type {string} */ problem) => new PerceptError('bad-argument', `The option ${at} ${problem}.`);
    const request = { source: pictureOf(picture), preprocess: refusing(misfit, () => preprocessFor(preprocess, this.manifest)) };
    const ahead = () => this.#readAhead(request.source, [request.preprocess], call.signal);
    return this.#enqueue((prepared) => this.#features(request, telling(call), prepared), telling(call), ahead);
  }

  /**
   * Teaches a trait from judgements. It scores at once, as a task, in place of an earlier one of its id; when the call fails or
   * is cancelled, that one stays.
   * @param {Lesson} lesson
   * @param {TeachOptions} [options]
   * @returns {Promise<Taught>}
   * @throws {PerceptError} 'lesson-invalid', 'too-few-labels', 'too-many-traits', and what looking at a picture throws
   */
  async teach(lesson, options) {
    const call = telling(checkOptions(options, 'onPart'));
    const { lesson: checked, parts } = checkLesson(lesson, this.manifest);
    const sources = sourcesOf(lesson.pictures, checked);
    const { preprocess } = checked;
    return this.#enqueue(async () => {
      checkRoomFor(this.#traits, checked.id);
      try {
        const seen = await look(checked, sources, {
          ...call,
          readAhead: (source) => this.#readAhead(source, [preprocess], call.signal),
          featuresOf: (source, { keep, ahead }) => this.#features({ source, preprocess, keep }, { signal: call.signal }, ahead),
          keepViews: async (source, { keep, ahead }) => {
            const picture = await this.#pictureFor(source, { signal: call.signal }, ahead);
            return this.#connection.call('keep', { ...picture, preprocess, keep }, { signal: call.signal });
          },
        });
        return await this.#install(checked, { seen, sources, parts, call });
      } finally {
        if (checked.depth > 0 && this.#connection.alive) await this.#connection.call('forget', {}, {});
      }
    }, call);
  }

  /**
   * What teaching deeper would take, before anything is taken: one batch of views is timed.
   * @param {Lesson} lesson
   * @returns {Promise<TeachingNeeds>}
   * @throws {PerceptError} 'lesson-invalid', 'too-few-labels'
   */
  async teachingNeeds(lesson) {
    const { lesson: checked } = checkLesson(lesson, this.manifest);
    return this.#enqueue(() => this.#connection.call('needs', needsOf(checked), {}), {});
  }

  /**
   * Adds a trait from its file: its task scores at once, in place of an added or taught one of its id.
   * @param {Blob | Uint8Array | URL | string} file a text is an address, in Node also a path
   * @returns {Promise<Trait>}
   * @throws {PerceptError} 'trait-invalid', 'trait-other-base', 'too-many-traits' and the codes of tensors
   */
  async addTask(file) {
    const source = traitSource(file);
    return this.#enqueue(async () => this.#keep(await this.#connection.call('addTask', { source: await this.#sendable(source, undefined, 'trait-invalid') }, {})), {});
  }

  /**
   * Removes a taught or added task.
   * @param {string} id
   * @returns {Promise<void>}
   * @throws {PerceptError} 'unknown-task'; 'bad-argument' for the model's own
   */
  async removeTask(id) {
    return this.#enqueue(async () => {
      await this.#connection.call('removeTask', { id: String(id) }, {});
      this.#traits.delete(String(id));
    }, {});
  }

  /**
   * What the workers have asked the network for, by the browser's own record (resource timing), the threads' script
   * aside. `bytes` is 0 for what came from the browser's cache, and for other origins that do not tell.
   * @returns {Promise<{url: string, bytes: number}[]>}
   */
  async requests() {
    return (await Promise.all([this.#connection.call('requests', {}, {}), this.#ahead.requests()])).flat();
  }

  /** Ends the worker and its threads and frees their memory. Calls in flight are rejected. */
  dispose() {
    this.#disposal.abort();
    this.#ahead.end(disposed());
    this.#connection?.end(disposed());
  }

  /** @param {Partial<Call>} options */
  async #connect(options) {
    this.#connection = new Connection(threadCount(this.#request.threads), this.#request.assets);
    const loaded = await this.#connection.call('load', this.#request, options);
    const manifest = JSON.stringify(loaded.manifest);
    this.#first ||= manifest;
    if (this.#first !== manifest) throw new PerceptError('manifest-integrity', 'The model has changed since it was loaded. Load it again.');
    this.#loaded = loaded;
    this.#connection.dismissSpareThreads();
  }

  /**
   * Waits for its turn, then for what is done in it.
   * @template Result
   * @param {(ahead: Promise<PictureRequest | null> | null) => Promise<Result>} work on a connection that is alive @param {Partial<Call>} options
   * @param {() => Promise<PictureRequest | null>} [readAhead]
   * @returns {Promise<Result>}
   */
  #enqueue(work, options, readAhead) {
    const turn = async (/** @type {Promise<PictureRequest | null> | null} */ ahead) => {
      if (this.#disposal.signal.aborted) throw disposed();
      throwIfAborted(options.signal);
      if (!this.#connection.alive) await this.#reconnect(options);
      return work(ahead);
    };
    return this.#turns.take({ work: turn, prepare: readAhead, signal: options.signal });
  }

  /**
   * @template {'score' | 'explain'} Name
   * @param {Name} name @param {Calls[Name]['request']} request @param {{call: Partial<Call>, recipes: () => Preprocess[]}} options
   * @returns {Promise<Calls[Name]['answer']['result']>}
   */
  #askAbout(name, request, { call, recipes }) {
    return this.#enqueue(async (ahead) => {
      const picture = await this.#pictureFor(request.source, call, ahead);
      const { result, storage } = await this.#connection.call(name, { ...request, ...picture }, call);
      this.#loaded.engine = result.engine;
      this.#loaded.storage = storage;
      return result;
    }, call, () => this.#readAhead(request.source, recipes(), call.signal));
  }

  /** @param {Calls['features']['request']} request @param {Partial<Call>} options @param {Promise<PictureRequest | null> | null} [ahead] */
  async #features(request, options, ahead) {
    return this.#connection.call('features', { ...request, ...await this.#pictureFor(request.source, options, ahead) }, options);
  }

  /**
   * Reads a picture while others are computed.
   * @param {Source} source @param {Preprocess[]} recipes none where it is not known how views are to be cut
   * @param {AbortSignal} [signal]
   * @returns {Promise<PictureRequest | null>}
   */
  async #readAhead(source, recipes, signal) {
    if (recipes.length === 0 || !isWorthReading(source)) return null;
    const sent = await this.#sendable(source, signal);
    if (this.#disposal.signal.aborted) return null; // nobody would end a reader that starts now
    return { source: sent, ahead: await this.#ahead.read(sent, recipes, signal) };
  }

  /**
   * A picture whose turn has come, read ahead or not.
   * @param {Source} source @param {Partial<Call>} options @param {Promise<PictureRequest | null> | null} [ahead]
   * @returns {Promise<PictureRequest>}
   */
  async #pictureFor(source, { signal, onProgress }, ahead) {
    if (ahead) onProgress?.({ phase: 'decoding', done: 0, total: 0 });
    return (ahead && await orAborted(ahead, signal)) ?? { source: await this.#sendable(source, signal) };
  }

  /**
   * A lesson that fails, or is cancelled at its very end, leaves the trait that was there, or none.
   * @param {CheckedLesson} lesson @param {{seen: Seen, sources: LessonSource[], parts: Record<string, Uint8Array<ArrayBuffer>>, call: Partial<Call>}} how
   * @returns {Promise<Taught>}
   */
  async #install(lesson, { seen, sources, parts, call }) {
    const before = new Map(this.#traits);
    try {
      const { task, evidence, file, ...known } = await this.#connection.call('teach', { lesson: seen.lesson, parts }, { ...call, onProgress: tellingAsGiven(call.onProgress, seen) });
      const taught = { ...this.#keep({ task, evidence, file }), ...asGiven(known, seen) };
      if (evidence.kept === 'deeper') await this.#predictOthers(taught, lesson, sources, call);
      throwIfAborted(call.signal);
      return taught;
    } catch (error) {
      this.#traits = before;
      await this.#goBack(lesson.id).catch(() => {}); // what failed first is told
      throw error;
    }
  }

  /**
   * Fills in what the task says of pictures that nobody judged: the trainer has not looked at them.
   * @param {Taught} taught @param {CheckedLesson} lesson @param {LessonSource[]} sources @param {Partial<Call>} call
   */
  async #predictOthers({ task, predictions, unread }, lesson, sources, { signal, onProgress }) {
    const others = unjudged(lesson).filter((at) => predictions[at] !== null);
    for (const [done, at] of others.entries()) {
      throwIfAborted(signal);
      onProgress?.({ phase: 'finishing', done, total: others.length, secondsLeft: null });
      try {
        const source = await this.#sendable(toSend(sources[at]), signal);
        const { result } = await this.#connection.call('score', { source, tasks: [task.id], scores: true, embedding: false }, { signal });
        predictions[at] = predictionFrom(result.scores[task.id]);
      } catch (error) {
        unread.push({ picture: at, error: aboutPicture(error, { name: lesson.pictures[at].name, picture: at }) });
        predictions[at] = null;
      }
    }
    unread.sort((a, b) => a.picture - b.picture);
  }

  /** Has the worker forget a trait that was not to be, which it may have or not, and take the earlier one back. @param {string} id */
  async #goBack(id) {
    if (!this.#connection.alive) return;
    const before = this.#traits.get(id);
    if (before) await this.#connection.call('addTask', { source: new Blob([before.file]) }, {});
    else await this.#connection.call('removeTask', { id }, {});
  }

  /** Remembers a trait that the worker has, for the day on which another worker must be told. @param {Calls['addTask']['answer']} added @returns {Trait} */
  #keep({ file, ...known }) {
    const trait = traitOf(known, file);
    this.#traits.delete(trait.task.id);
    this.#traits.set(trait.task.id, { trait, file });
    return trait;
  }

  /**
   * A file's bytes may never come: those who gave up do not make others wait.
   * @template {Source} Given
   * @param {Given} source @param {AbortSignal} [signal] @param {ErrorCode} [code] of one that cannot be read
   */
  async #sendable(source, signal, code = 'unreadable-picture') {
    try {
      return await orAborted(orAborted(sendable(source, code), signal), this.#disposal.signal);
    } catch (error) {
      throw this.#disposal.signal.aborted ? disposed() : error;
    }
  }

  /** A new worker with the same model and traits; one that cannot load them is thrown away again. @param {Partial<Call>} options */
  async #reconnect(options) {
    try {
      await this.#connect(options);
      for (const { file } of this.#traits.values()) await this.#connection.call('addTask', { source: new Blob([file]) }, options);
    } catch (error) {
      this.#connection.end(/** @type {PerceptError} */ (error));
      throw error;
    }
  }
}

/**
 * Callers hear what their call can tell, and no other progress; none once it was cancelled, which has rejected it already.
 * @param {{signal?: AbortSignal, onProgress?: (progress: any) => void, onPart?: Call['onPart']}} options
 * @returns {Partial<Call>}
 */
const telling = ({ signal, onProgress, onPart }) => ({ signal, onPart, onProgress: (progress) => { if (!signal?.aborted) onProgress?.(progress); } });

function disposed() {
  return new PerceptError('disposed', 'The scorer was disposed of. Load another.');
}
