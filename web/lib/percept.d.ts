/** Percept: scores pictures with a CLIP tower, LoRA adapters and small heads, on this machine. */

/** A file, pixels, or the address of a picture; in Node also a path. */
export type PictureSource = Blob | PixelSource | URL | string;

/** Red, green, blue and alpha, which is ignored; an ImageData is one. */
export interface PixelSource {
  width: number;
  height: number;
  /** width x height x 4, rows from the top */
  data: Uint8ClampedArray;
}

/** 'reference' is the scalar specification, for tests; the package from npm pack leaves it out. */
export type Variant = 'auto' | 'relaxed' | 'simd128' | 'reference';

export interface LoadOptions {
  onProgress?: (progress: LoadProgress) => void;
  /** Cancels the loading. */
  signal?: AbortSignal;
  /** Which build of the engine; 'auto' takes the fastest that this machine runs rightly. All give the same bits. */
  variant?: Variant;
  /** 1 to 64. By default the processors, at most 8; where memory cannot be shared it is 1 whatever is asked for. */
  threads?: number;
  /** What model.json must be: 'sha256-' and its hash in base64, as for scripts. It pins the weights, too. */
  integrity?: string;
  /**
   * The folder of the engine's own files, the package's engine/: for programs that were bundled by a tool that leaves such
   * files behind. Workers must come from the page's own origin.
   */
  assets?: string | URL;
  /**
   * Pictures of more pixels (width x height, before any decoding) are refused with 'picture-too-large'. At most, and by
   * default, 134,217,728: the engine's own limit.
   */
  maximumPixels?: number;
}

export interface ScoreOptions {
  /** Ids of tasks; all of them by default. */
  tasks?: string[];
  /** Also return the embedding, as `embed` does. */
  embedding?: boolean;
  /** Cancels the call: its promise rejects at once, and no more progress is told; what is computed stops at the next batch of views. */
  signal?: AbortSignal;
  onProgress?: (progress: LoadProgress | ScoreProgress) => void;
}

export type EmbedOptions = Omit<ScoreOptions, 'embedding'>;

export interface ExplainOptions {
  /** Its id; the first task by default. */
  task?: string;
  /** Rows and columns, each 1 to 32; [6, 6] by default. */
  grid?: [number, number];
  /** Cancels the call: its promise rejects at once, and no more progress is told; what is computed stops at the next batch of views. */
  signal?: AbortSignal;
  onProgress?: (progress: LoadProgress | ScoreProgress) => void;
}

/**
 * Bytes of the base, or of one task's adapter and head when `task` is there. 'reading' is from this device; 'preparing'
 * follows the last byte.
 */
export interface LoadProgress {
  phase: 'starting' | 'downloading' | 'reading' | 'preparing' | 'ready';
  loaded: number;
  total: number;
  fromNetwork?: number;
  fromDevice?: number;
  /** From the network, over the last seconds; null as long as it is not known, as is the remaining time. */
  bytesPerSecond?: number | null;
  secondsLeft?: number | null;
  task?: string;
}

/** Views of the picture over all passes. */
export interface ScoreProgress {
  phase: 'decoding' | 'computing';
  done: number;
  total: number;
}

/** `views` holds the head's outputs for each view, `raw` their mean over the views. */
interface HeadOutputs {
  raw: number[];
  views: number[][];
}

export interface Score extends HeadOutputs {
  /** On the task's scale, `output.to`. */
  value: number;
  /** Of the mean over views, in units of `value`; null where there is one view. */
  standardError: number | null;
}

export interface Classes extends HeadOutputs {
  /** The most probable of `output.labels`. */
  label: string;
  /** In the order of `output.labels`. */
  probabilities: number[];
}

/** The members of other kinds are not there, so that asking for one tells the kind: `if (result.value !== undefined)` is a Score. */
export type TaskResult =
  | (Score & Lacking<Classes>)
  | (Classes & Lacking<Score>)
  | (HeadOutputs & Lacking<Score> & Lacking<Classes>);

type Lacking<Kind> = { [member in Exclude<keyof Kind, keyof HeadOutputs>]?: undefined };

export interface PictureFacts {
  /** Pixels, after the orientation was applied. */
  width: number;
  height: number;
  /** Who decoded: the engine (the same bits everywhere), the browser (AVIF, HEIC), or none for pixels. */
  decoder: 'percept' | 'browser' | 'none';
  /**
   * Whether the file is damaged: the pixels are those that viewers show, but some of them were lost, so the score is of what is
   * left. false for what the browser decoded, which does not tell. A file whose end is missing is refused as 'corrupt-picture'.
   */
  damaged: boolean;
}

export interface EngineFacts {
  version: string;
  build: 'relaxed' | 'simd128' | 'reference' | 'relaxed-shared' | 'simd128-shared';
  /** Threads that compute; 1 until all of them have started. */
  threads: number;
  /** Bytes of the tower's memory. */
  memory: number;
}

export interface StorageFacts {
  /** Where the weights stay: files of this origin, the Cache API, or nowhere but in memory. */
  kind: 'files' | 'cache' | 'memory';
  /** Why in memory alone: the browser has no storage for this page, refuses it, or it is full. */
  reason: 'absent' | 'refused' | 'full' | null;
  /** The browser has promised not to throw the storage away by itself. */
  persisted: boolean;
  /** The network was away, and the model is the one of the last visit. */
  offline: boolean;
  /** Bytes of weights that came so far. */
  fromNetwork: number;
  fromDevice: number;
}

/** A model that this browser keeps. */
export interface CachedModel {
  /** Of its model.json. */
  url: string;
  name: string;
  /** On this device, of `total`, which counts the base and all tasks. */
  bytes: number;
  total: number;
  used: Date;
}

/**
 * The models that this browser keeps for this origin, the last used one first; none in Node. Throws 'storage' where they
 * cannot be read.
 */
export function listCachedModels(): Promise<CachedModel[]>;

/**
 * Deletes a model from this device, but for files that another one needs; says whether it was there. A scorer that is
 * loaded goes on. Throws 'storage' where the browser does not let it be deleted.
 */
export function deleteCachedModel(url: string | URL): Promise<boolean>;

export interface EmbedResult {
  /** The base tower's projected embedding of the first task's first view: no adapter, no L2 normalisation. */
  embedding: number[];
  picture: PictureFacts;
  /** decode: fetched, decoded and cut into views, while another picture was computed or not. */
  milliseconds: { load: number; decode: number; compute: number };
  engine: EngineFacts;
}

export interface ScoreResult extends Omit<EmbedResult, 'embedding'> {
  /** By task id, in the order asked for. */
  scores: Record<string, TaskResult>;
  shared: Shared;
  embedding?: number[];
  /**
   * How much the picture is like those that the model learnt from, 0 to 1: the share of pictures kept back that lie at least as far
   * from them; 0 for one that is smaller than `manifest.familiarity.smallest`. Below `manifest.familiarity.threshold` the scores may
   * mean little. Absent where the model does not carry it.
   */
  familiar?: number;
}

/**
 * What the tasks of a call share: how much was computed, and how much it would be if each of them, the embedding and the familiarity
 * went alone. The bits are the same either way.
 */
export interface Shared {
  /** Views that were cut: tasks of the same preprocessing read the same ones. */
  views: { computed: number; alone: number };
  /** Blocks of the tower, counted once for each view: tasks share those before the first that an adapter changes. */
  blocks: { computed: number; alone: number };
}

/** A part of the picture, in fractions of its width and height, and what hiding it does. */
export interface ExplainedCell {
  left: number;
  top: number;
  right: number;
  bottom: number;
  /** The value without this cell; null where no view of the task sees it. */
  value: number | null;
  /** The whole picture's value minus this one: above 0 where the cell raises it. */
  effect: number | null;
}

export interface Explanation extends Omit<EmbedResult, 'embedding' | 'milliseconds'> {
  task: string;
  /** Rows and columns. */
  grid: [number, number];
  /** Of the whole picture: a score on the scale `output.to`, not clamped, or the probability of `label`. */
  value: number;
  /** For classes: the one that is explained, the most probable. */
  label?: string;
  /** Row by row. */
  cells: ExplainedCell[];
}

/** Text in one or more languages: { en: '…' }. */
export type Localized = Record<string, string>;

/** How far scores lie from the truth, in units of the score's scale: of `pictures` that nothing learnt from, the share `coverage` had theirs from `below` under the score to `above` over it. */
export interface PredictionInterval {
  coverage: number;
  below: number;
  above: number;
  pictures: number;
}

export interface Task {
  id: string;
  title: Localized;
  license?: string;
  adapter: boolean;
  normalize: boolean;
  head: { outputs: number; activation: 'relu' | 'gelu' | 'identity' }[];
  shards: Shard[];
  preprocess: {
    resize: { interpolation: 'bilinear' | 'bicubic' | 'nearest' | 'lanczos' } & ({ shorter: number } | { longer: number } | { height: number; width: number });
    /**
     * `rounding`: where half a pixel goes in the centre, to even ones unless it is told; `pad`: the grey around a picture that is smaller;
     * `edges`: the outer views touch the picture's edges.
     */
    views: { center: number; rounding?: 'down'; pad?: number } | { grid: [number, number]; size: number; edges?: true };
    /** Further views, of the picture with at most so many pixels along its shorter side; none where it has no more than `resize.shorter`. */
    detail?: { shorter: number; grid: [number, number] };
    mean: [number, number, number];
    std: [number, number, number];
    orientation: 'apply' | 'ignore';
    /** When palette, 1-bit, transparent and CMYK pictures become RGB: before they are resized, unless it is told. */
    convert?: 'before' | 'after';
  };
  output:
    | { kind: 'score'; from: [number, number]; to: [number, number]; clamp: boolean; bands?: { upTo?: number; label: Localized }[]; interval?: PredictionInterval }
    | { kind: 'classes'; labels: string[] }
    | { kind: 'embedding' };
  /** What the number means, by topic. */
  about?: Record<string, string | Localized>;
}

export interface Shard {
  file: string;
  bytes: number;
  sha256: string;
  /** SHA-256 of each MiB. */
  pieces: string[];
}

/** The content of model.json. */
export interface Manifest {
  format: 'percept-model';
  version: 1;
  name: string;
  license: string;
  about?: Record<string, string | Localized>;
  tower: {
    width: number;
    layers: number;
    heads: number;
    mlp_width: number;
    patch: number;
    image: number;
    embedding: number;
    activation: 'quick_gelu' | 'gelu';
    norm_epsilon: number;
    storage: 'f32' | 'f16' | 'q8' | 'q4';
  };
  base: { shards: Shard[] };
  tasks: Task[];
  familiarity?: FamiliarityFacts;
  report?: object;
}

/** What a model knows of the pictures that it learnt from. */
export interface FamiliarityFacts {
  /** How a picture is looked at for `ScoreResult.familiar`: one view. */
  preprocess: Task['preprocess'];
  /** A picture with less is unlike those pictures: its scores may mean little. */
  threshold: number;
  /** The shorter side, in pixels, of the smallest pictures that it learnt from. Absent where that is not told. */
  smallest?: number;
  /** The share of pictures that was found below the threshold, by sort. */
  unfamiliar: { name: Localized; pictures: number; below: number }[];
}

// ---- teaching ----

/**
 * What teaching reads of a picture: the mean over its views of the base's embeddings, each divided by its L2 norm;
 * [embedding || width]. Kept by the caller, it spares looking again: the same picture, model and preprocessing give the same bits.
 */
export type Features = Float32Array<ArrayBuffer>;

export interface FeaturesOptions {
  /** By default that of the model's task with the fewest views, the first such, as lessons have it. */
  preprocess?: Task['preprocess'];
  signal?: AbortSignal;
  onProgress?: (progress: LoadProgress | ScoreProgress) => void;
}

export type TaughtPicture = {
  /** For the evidence and for sentences; never a key, and not sent anywhere. */
  name: string;
  /** For the table of bias by group. */
  group?: string;
} & (
  /** With features teaching at once reads no picture; the deeper ways need the source, too. */
  | { features: Features; source?: PictureSource | null }
  | { features?: null; source: PictureSource }
);

/** What is taught, and by which judgements: labels or pairs, which teach a score. `picture`, `better` and `worse` are places in `pictures`. */
export type Lesson = LessonFacts & (
  | { kind: 'score'; labels: Label<number>[]; pairs?: null }
  | { kind: 'score'; pairs: Pair[]; labels?: null }
  | { kind: 'classes'; labels: Label<number | string>[]; pairs?: null }
);

/** Several raters, or several labels of one, are averaged. From two labels on. */
interface Label<Value> {
  picture: number;
  label: Value;
  rater?: string;
}

/** In a tie neither is better. From one pair on. */
interface Pair {
  better: number;
  worse: number;
  tie?: boolean;
  rater?: string;
}

interface LessonFacts {
  /** The task's: 1 to 64 letters, digits, - or _, the first a letter or digit. Not one of the model's own. */
  id: string;
  /** The id by default; a text is English. */
  title?: string | Localized;
  /**
   * Judged or not: the judged ones are what is fitted, and all get predictions. A judged one that cannot be read ends the call, and
   * the error's `picture` says which. What was looked at before is lost with it, unless `features` was asked for each picture first.
   */
  pictures: TaughtPicture[];
  /** Of the labels and of the score, as [1, 5]; by default the least and the greatest label, for pairs [0, 1]. */
  scale?: [number, number];
  /** In their order; by default those that are used, by code units. */
  classes?: string[];
  /** By default that of the model's task with the fewest views, the first such. */
  preprocess?: Task['preprocess'];
  /**
   * 'head', the default, takes milliseconds: a linear fit on the base's embeddings. The deeper ways also teach LoRA in the last
   * blocks, and keep it only where held-out folds say that it is better: where the 95 % interval of the difference lies above 0.
   */
  depth?: 'head' | 'all' | { last: number };
  /** LoRA's, 1 to 64; 8 by default. Deeper ways only. */
  rank?: number;
  /** At most so many; 10 by default. Deeper ways only. */
  epochs?: number;
  /** 2 to 20; 5 by default. */
  folds?: number;
  /** Of all that is drawn; 1 by default. The same judgements and seed give the same bytes. */
  seed?: number;
  /** Weighs the groups of pictures equally. */
  equalGroups?: boolean;
  /** Finished parts of an earlier run of the same lesson, as onPart gave them: what they tell is not computed again. */
  parts?: Record<string, Uint8Array>;
  /** Stands in the evidence; nobody reads the clock, so that the same judgements give the same file. */
  date?: string;
}

export interface TeachOptions {
  /** Cancels the call: between pictures, folds and steps. What was taught before stays. */
  signal?: AbortSignal;
  onProgress?: (progress: LoadProgress | ScoreProgress | TeachProgress) => void;
  /** Hears of each part that is finished, for a run that goes on after this one was cut short. Deeper ways only. */
  onPart?: (name: string, bytes: Uint8Array<ArrayBuffer>) => void;
}

/** Pictures that were looked at, steps of fitting, views through the tower, pictures that are scored; a total of 0 is not known. */
export interface TeachProgress {
  phase: 'looking' | 'fitting' | 'training' | 'finishing';
  /** Told once while fitting: what the fit at once gives all pictures, before it is known how far to trust it; null: it could not be read. */
  predictions?: (TraitPrediction | null)[];
  done: number;
  total: number;
  secondsLeft: number | null;
  /** The epoch that ended last, counted from 1, and its steps; fold null: the last fit, to everything. aside: the loss of judgements that decide when to stop. */
  training?: { fold: number | null; epoch: number; steps: number; loss: number; aside: number | null };
}

/**
 * What teaching deeper takes: `seconds` at most, where no fold's fit stops early, and as many as are `likely`, where they stop when
 * most do; bytes beside the model's, whether it fits; if not, a sentence.
 */
export interface TeachingNeeds {
  seconds: number;
  likely: number;
  bytes: number;
  fits: boolean;
  reason?: string;
}

/** With its 95 % interval: Spearman's rank correlation, the share of right classes, or of pairs in the right order. */
export interface Figure {
  measure: 'spearman' | 'accuracy' | 'pairs';
  value: number;
  low: number;
  high: number;
}

/**
 * What a page should say in words: fewer than ten judged pictures, or decided pairs, from which no figure is given; labels that are all the same; nothing
 * but ties; pairs in both orders; pictures that are nearly the same, which stay in one fold; deeper ways that were no better.
 */
export type EvidenceNote = 'few-labels' | 'constant-labels' | 'ties-only' | 'contradictions' | 'near-copies' | 'no-deeper';

/** How far to trust a trait. Every figure is of pictures that the fit did not see. */
export interface Evidence {
  /** Judged ones. */
  pictures: number;
  labels: number;
  pairs: number;
  /** agreement: of scores the mean correlation of a rater with the mean of the others, else the share of same answers; null where raters share too little. About the ceiling. */
  raters: { count: number; agreement: number | null };
  /** 0 where nothing was held out. */
  folds: number;
  seed: number;
  date: string | null;
  /** null: not known, or not tried. */
  held_out: { head: Figure | null; deeper: Figure | null };
  kept: 'head' | 'deeper';
  /** Of the deeper figure less the head's, on the same pictures. */
  difference: { value: number; low: number; high: number } | null;
  /** By the labels that each fit saw. */
  curve: (Figure & { labels: number })[];
  /** Where model and people differ most, the worst first; of pairs, shares of comparisons that a picture wins. */
  different: { picture: string; people: number | string; model: number | string }[];
  /**
   * By group, of five or more different pictures: how far the model lies above people, on the scale; of classes, the share of right
   * answers less that of all; of pairs between groups, the chance that it gives to a picture less what people said. The intervals hold
   * together: where no group is biased, one of them misses 0 in about a twentieth of all tables.
   */
  groups: { group: string; pictures: number; difference: number; low: number; high: number }[];
  equal_groups: boolean;
  /** Of classes: the one that most judged pictures have, and the share that always saying it would have right. Older files lack it. */
  commonest?: { label: string; share: number };
  notes: EvidenceNote[];
}

/** Of a score on the task's scale, or of classes. */
export type TraitPrediction = number | { label: string; probabilities: number[] };

/** A task that was taught, or came from a file. */
export interface Trait {
  task: Task;
  evidence: Evidence;
  /** Ordinary safetensors, for scorer.addTask: the weights, and in the metadata the task, the evidence and the base's hash. */
  toFile(): Promise<Uint8Array<ArrayBuffer>>;
}

/** What is known of the lesson's pictures, in their order. */
export interface Taught extends Trait {
  /** By the fit that was kept; null where nobody judged the picture and it could not be read. */
  predictions: (TraitPrediction | null)[];
  /** The pictures that have none, and why. */
  unread: { picture: number; error: PerceptError }[];
  /** By fits that did not see the picture, all at the level of all labels; null where it has no label, where there are few, and for pairs. */
  heldOut: (TraitPrediction | null)[];
  /** Of a score its standard deviation, on its scale; of classes 1 where the first two are even; null of a picture that could not be looked at. */
  uncertainty: (number | null)[];
  /** What to ask next, the best first: unsure, unlike what was asked, and some at random. Pictures for labels, pairs for pairs. */
  next: { pictures: number[]; pairs: [number, number][] };
}

export class Scorer {
  private constructor();

  /**
   * Fetches a model's manifest, the engine and the base's weights. A task's own weights come when it is first
   * asked for. The scorer keeps a worker until `dispose`. A model is an address, or its folder's files from disk.
   */
  static load(location: string | URL | File[], options?: LoadOptions): Promise<Scorer>;

  /** The model's, and behind them those that were taught or added. */
  readonly tasks: Task[];
  /** What was taught or added. */
  readonly traits: Trait[];
  readonly manifest: Manifest;
  readonly engine: EngineFacts;
  readonly storage: StorageFacts;

  /**
   * Calls are answered in order, one at a time. Of many pictures give three or more at once: while one is computed, files of the
   * next two are fetched and decoded.
   */
  score(picture: PictureSource, options?: ScoreOptions): Promise<ScoreResult>;
  embed(picture: PictureSource, options?: EmbedOptions): Promise<EmbedResult>;
  /** Occlusion: paints each cell of a grid in turn with the mean colour of the task's views, and scores again the views that it touches. */
  explain(picture: PictureSource, options?: ExplainOptions): Promise<Explanation>;

  /** What teaching reads of a picture. */
  features(picture: PictureSource, options?: FeaturesOptions): Promise<Features>;
  /** Teaches a trait, which scores at once; one of the same id is replaced, and stays when the call fails. */
  teach(lesson: Lesson, options?: TeachOptions): Promise<Taught>;
  /** What teaching deeper would take, before anything is taken. */
  teachingNeeds(lesson: Lesson): Promise<TeachingNeeds>;
  /** Adds a trait from its file, which is verified: it scores at once, in place of an added or taught one of its id. */
  addTask(file: Blob | Uint8Array | URL | string): Promise<Trait>;
  /** Removes a task that was taught or added. */
  removeTask(id: string): Promise<void>;

  /** What the worker has asked the network for; bytes is 0 for what a cache gave and for origins that do not tell. */
  requests(): Promise<{ url: string; bytes: number }[]>;

  /** Ends the worker and its threads and frees their memory. Calls in flight are rejected with 'disposed'. */
  dispose(): void;
}

export type ErrorCode =
  /** The signal was aborted; `name` is 'AbortError'. */
  | 'aborted'
  /** An argument that makes no sense, or a task that the model lacks. */
  | 'bad-argument' | 'unknown-task' | 'disposed'
  /** Teaching: a member of the lesson that makes no sense, by its name; fewer than two labels or one pair. */
  | 'lesson-invalid' | 'too-few-labels'
  /** Trait files: damaged, or none; of another model. Sixteen traits are there already. */
  | 'trait-invalid' | 'trait-other-base' | 'too-many-traits'
  /** The picture. */
  | 'unreadable-picture' | 'unsupported-format' | 'unsupported-here' | 'corrupt-picture' | 'picture-too-large'
  /** The model's files. */
  | 'network' | 'not-found' | 'manifest-invalid' | 'manifest-version' | 'weights-corrupt' | 'weights-invalid'
  | 'manifest-integrity' | 'unknown-tensor' | 'wrong-shape' | 'missing-tensor' | 'not-finite'
  /** What this device keeps; a model loads without it. */
  | 'storage'
  /** The engine and the machine. */
  | 'engine-unreachable' | 'no-simd' | 'variant-unavailable' | 'build-rejected' | 'out-of-memory'
  | 'engine-trap' | 'worker-died' | 'wrong-state' | 'internal';

/** Every failure: a stable code for programs, a sentence that says what to do for people. */
export class PerceptError extends Error {
  constructor(code: ErrorCode, message: string, options?: { cause?: unknown; picture?: number });
  readonly code: ErrorCode;
  /** Teaching: the place in the lesson's `pictures` of the one that could not be read. */
  readonly picture?: number;
}
