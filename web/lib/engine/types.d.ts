/** Shapes that the engine's files hand to one another: messages, builds, and what the modules export. */
import type {
  Classes, EmbedResult, EngineFacts, ExplainOptions, Explanation, HeadOutputs, LoadProgress, Manifest, PictureFacts,
  PixelSource, Score, ScoreProgress, ScoreResult, StorageFacts, Task, Variant,
} from '../percept.js';
import type { PlainError } from '../errors.js';
import type { Tensor } from '../weights/types.d.ts';

export type { EngineFacts, LoadProgress, Manifest, PictureFacts, ScoreProgress, StorageFacts, Task, Variant };

/** Pixels, as people count them. */
export interface Size {
  width: number;
  height: number;
}

export interface Rectangle {
  left: number;
  top: number;
  right: number;
  bottom: number;
}

/** A picture as it comes to the worker; a text is an address. */
export type Source = Blob | PixelSource | string;

export type Preprocess = Task['preprocess'];

/** A task and its place in the manifest, by which the engine knows it. */
export type NumberedTask = Task & { number: number };

/** A call's way to be cancelled, and to say how far it is. */
export interface Call {
  signal: AbortSignal;
  onProgress: (progress: LoadProgress | ScoreProgress) => void;
}

// ---- messages ----

export interface LoadRequest {
  url: string;
  /** The model's folder from the user's disk. */
  files?: File[];
  variant: Variant;
  threads?: number;
  integrity?: string;
  maximumPixels?: number;
}

export interface ScoreRequest {
  source: Source;
  /** Ids; all by default. */
  tasks?: string[];
  scores: boolean;
  embedding: boolean;
}

export interface ExplainRequest {
  source: Source;
  task?: string;
  grid: NonNullable<ExplainOptions['grid']>;
}

export interface Loaded {
  manifest: Manifest;
  engine: EngineFacts;
  storage: StorageFacts;
}

/** Which members a score has is as its request says. */
export type Scored = ScoreResult & EmbedResult;

/** What the worker can be asked for, and what it answers. */
export interface Calls {
  load: { request: LoadRequest; answer: Loaded };
  score: { request: ScoreRequest; answer: { result: Scored; storage: StorageFacts } };
  explain: { request: ExplainRequest; answer: { result: Explanation; storage: StorageFacts } };
  requests: { request: object; answer: { url: string; bytes: number }[] };
}

/** One of its members, or a call's three. */
export interface ToWorker {
  id: number;
  call: keyof Calls;
  request: Calls[keyof Calls]['request'];
  abort?: number;
  threadReady?: number;
  end?: true;
}

export interface FromWorker {
  thread?: ThreadOrder;
  persist?: true;
  ended?: true;
  id?: number;
  progress?: LoadProgress | ScoreProgress;
  result?: unknown;
  error?: PlainError;
  broken?: boolean;
}

// ---- builds, threads ----

export interface Build {
  name: EngineFacts['build'];
  file: string;
  shared: boolean;
  threads: number;
}

/** What a thread's worker needs to join. */
export interface ThreadSeat {
  memory: WebAssembly.Memory;
  tower: number;
  /** From 1. */
  index: number;
  stack: number;
}

/**
 * Through the page, which only passes it on: `work` gives ThreadWork to whoever listens. A shared memory that the page's own
 * JavaScript had seen once would be given back only when that collects its garbage, which it has no reason to do.
 */
export interface ThreadOrder {
  work: MessagePort;
  /** From 1. */
  index: number;
}

export interface ThreadWork {
  module: WebAssembly.Module;
  /** others: threads that do the same. */
  seat: ThreadSeat & { others: number };
}

/** A worker that computes beside the engine's own: it takes its work when it can. */
export interface Thread {
  take(order: ThreadOrder): void;
  leave(): void;
}

/** What the engine must know before the first byte of weights arrives. */
export interface Needs {
  sizes: Manifest['tower'];
  tasks: number;
  weightBytes: number;
  laterBytes: number;
}

export interface Configuration {
  /** The manifest's `tower`. */
  sizes: Manifest['tower'];
  tasks: number;
  threads: number;
}

// ---- weights ----

/** What is stored smaller than it is used: bytes of a unit in the file and in memory, and the tensor that it becomes. */
export interface Expansion {
  name: 'f16' | 'q4';
  from: number;
  to: number;
  become: (tensor: StoredTensor) => StoredTensor;
}

/** As safetensors.js reads it. */
export type StoredTensor = Tensor;

/** A tensor as the engine uses it, and where it lies. */
export interface PlacedTensor extends StoredTensor {
  address: number;
  expansion: Expansion | null;
}

// ---- scoring ----

/** A forward over the views of a recipe, and the tasks whose heads read its embeddings. */
export interface Pass {
  /** BASE or a task's number. */
  adapter: number;
  /** An index into the recipes. */
  recipe: number;
  preprocess: Preprocess;
  tasks: NumberedTask[];
  /** Whether the bare embedding of the first view is wanted. */
  embedding: boolean;
  views: 'all' | 'first';
}

/** Views in 8-bit RGB: [count, image, image, 3]. */
export interface Views {
  bytes: Uint8Array;
  count: number;
}

/** A picture's views for each recipe. Size and decoder are those of the first recipe. */
export interface ReadPicture extends PictureFacts {
  views: Views[];
}

/** The embeddings of a batch of views: [size, width]. */
export interface Batch {
  size: number;
  embeddings: Float32Array;
}

/** What a head gives for all views: raw outputs, and what the output rule makes of them. */
export interface HeadResult extends HeadOutputs {
  result: number[];
}

export type AnyResult = Score | Classes | HeadOutputs;

/** A cell of a picture as a view has it, in the view's pixels; right and bottom are exclusive. */
export interface Mask extends Rectangle {
  cell: number;
  view: number;
}

// ---- what the modules export: c_src/percept.h. Pointers, handles, sizes and statuses are numbers. ----

/** What picture_info and tower_info say. */
export interface ModuleInfo {
  version: string;
  build: string;
  /** Their names in percept.h, by status. */
  statuses: string[];
  limits: { pixels: number; side: number };
}

export interface PictureExports {
  picture_info(): number;
  picture_new(): number;
  picture_message(picture: number): number;
  picture_width(picture: number): number;
  picture_height(picture: number): number;
  picture_limit_pixels(picture: number, pixels: number): number;
  picture_input(picture: number, bytes: number): number;
  picture_decode(picture: number, applyOrientation: number): number;
  picture_rgba_input(picture: number, width: number, height: number): number;
  picture_take_rgba(picture: number): number;
  picture_resize_shorter(picture: number, shorter: number, filter: number): number;
  picture_resize_exact(picture: number, height: number, width: number, filter: number): number;
  picture_crop_center(picture: number, size: number): number;
  picture_crop_grid(picture: number, rows: number, columns: number, size: number): number;
  picture_view_count(picture: number): number;
  picture_views(picture: number): number;
}

export interface TowerExports {
  __stack_pointer: WebAssembly.Global;
  tower_info(): number;
  tower_new(): number;
  tower_message(tower: number): number;
  tower_known_answer(): number;
  tower_ways(): number;
  tower_exercise(way: number, rounds: number): void;
  tower_choose_way(tower: number, way: number): number;
  tower_configure(
    tower: number, width: number, layers: number, heads: number, mlpWidth: number, patch: number, image: number,
    embedding: number, activation: number, normEpsilon: number, tasks: number, batch: number, threads: number,
  ): number;
  tower_state_bytes(tower: number): number;
  tower_allocate(tower: number): number;
  tower_batch(tower: number): number;
  tower_thread_stack(tower: number, index: number): number;
  tower_thread_main(tower: number, index: number): void;
  tower_stop_threads(tower: number): void;
  tower_reserve(tower: number, bytes: number): number;
  tower_expand_f16(from: number, to: number, units: number): void;
  tower_expand_q4(from: number, to: number, units: number): void;
  tower_bind(
    tower: number, owner: number, name: number, nameBytes: number, type: number, shape: number, dimensions: number, address: number,
  ): number;
  tower_ready(tower: number, owner: number): number;
  tower_task_head_layer(tower: number, task: number, outputs: number, activation: number): number;
  tower_task_normalize(tower: number, task: number, wanted: number): number;
  tower_task_output_score(tower: number, task: number, fromLow: number, fromHigh: number, toLow: number, toHigh: number, clamp: number): number;
  tower_task_output_classes(tower: number, task: number): number;
  tower_set_normalization(tower: number, meanRed: number, meanGreen: number, meanBlue: number, stdRed: number, stdGreen: number, stdBlue: number): number;
  tower_views(tower: number): number;
  tower_forward(tower: number, adapter: number, count: number): number;
  tower_embeddings(tower: number): number;
  tower_task_begin(tower: number, task: number): number;
  tower_task_head(tower: number, task: number, views: number): number;
  tower_task_outputs(tower: number, task: number): number;
  tower_view_outputs(tower: number): number;
  tower_task_finish(tower: number, task: number): number;
  tower_raw(tower: number): number;
  tower_result(tower: number): number;
}
