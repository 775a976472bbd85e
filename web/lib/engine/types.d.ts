/** Shapes that the engine's files hand to one another: builds, threads, and what the modules export. */
import type { EngineFacts, Manifest, PictureFacts, PixelSource, Task, Variant } from '../percept.js';
import type { ModuleInfo, StructLayout } from '../wasm.js';

export type { EngineFacts, Manifest, PictureFacts, PixelSource, Task, Variant };

/** Pixels, as people count them. */
export interface Size {
  width: number;
  height: number;
}

export type Preprocess = Task['preprocess'];
export type GridViews = Extract<Preprocess['views'], { size: number }>;

/** Where a view lies, in pixels of the resized picture that it is cut from. */
export interface Square {
  left: number;
  top: number;
  size: number;
  /** That picture's size. */
  from: Size;
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
 * What a thread computes in. It comes through a port that the page only passes on: a shared memory that the page's own
 * JavaScript had seen once would be given back only when that collects its garbage, which it has no reason to do.
 */
export interface ThreadWork {
  module: WebAssembly.Module;
  /** others: threads that do the same. */
  seat: ThreadSeat & { others: number };
}

/** beThread: it will get work, which gives it its ThreadWork. */
export type ToThread = { type: 'beThread' } | { type: 'work'; work: MessagePort };

/** listening: it can take its work; ready: it is about to enter the engine; done: the tower has stopped it. */
export type FromThread = { type: 'listening' } | { type: 'ready' } | { type: 'done' };

/** What the engine must know before the first byte of weights arrives. */
export interface Needs {
  sizes: Manifest['tower'];
  tasks: number;
  views: number;
  weightBytes: number;
  laterBytes: number;
}

export interface Configuration {
  /** The manifest's `tower`. */
  sizes: Manifest['tower'];
  tasks: number;
  /** Of one picture, at most. */
  views: number;
  threads: number;
}

// ---- the tower and its views ----

/** The base, or a task's number: whose tensors, or whose adapter. */
export type Owner = 'base' | number;

/** What is stored smaller than it is used: bytes of a unit in the file and in memory. */
export interface Expansion {
  name: 'f16' | 'q4';
  from: number;
  to: number;
}

/** Neighbouring slots, in which the engine keeps embeddings. */
export interface Slots {
  first: number;
  count: number;
}

/** A tensor that lies in the tower's memory. */
export interface Tensor {
  name: string;
  dtype: string;
  shape: number[];
  address: number;
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

// ---- what the modules export: c_src/percept.h. Pointers, handles, sizes and statuses are numbers. ----

export interface PictureInfo extends ModuleInfo {
  limits: { pixels: number; side: number; views: number };
  filters: Record<Preprocess['resize']['interpolation'], number>;
}

export interface TowerInfo extends ModuleInfo {
  build: EngineFacts['build'];
  limits: Record<string, number>;
  base: number;
  activations: Record<string, number>;
  dtypes: Record<string, number>;
  expansions: Record<Expansion['name'], { from: number; to: number }>;
  structs: Record<string, StructLayout>;
}

export interface PictureExports {
  picture_info(): number;
  picture_new(): number;
  picture_message(picture: number): number;
  picture_width(picture: number): number;
  picture_height(picture: number): number;
  picture_damaged(picture: number): number;
  picture_convert_after(picture: number, after: number): number;
  picture_limit_pixels(picture: number, pixels: number): number;
  picture_input(picture: number, bytes: number): number;
  picture_decode(picture: number, applyOrientation: number): number;
  picture_rgba_input(picture: number, width: number, height: number): number;
  picture_take_rgba(picture: number): number;
  picture_resize_shorter(picture: number, shorter: number, filter: number): number;
  picture_resize_longer(picture: number, longer: number, filter: number): number;
  picture_resize_exact(picture: number, height: number, width: number, filter: number): number;
  picture_crop_center(picture: number, size: number): number;
  picture_crop_center_down(picture: number, size: number): number;
  picture_pad(picture: number, size: number, grey: number): number;
  picture_crop_grid(picture: number, rows: number, columns: number, size: number): number;
  picture_crop_grid_to_edges(picture: number, rows: number, columns: number, size: number): number;
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
  tower_arguments(): number;
  tower_configure(tower: number, given: number): number;
  tower_state_bytes(tower: number): number;
  tower_allocate(tower: number): number;
  tower_batch(tower: number): number;
  tower_slots(tower: number): number;
  tower_thread_stack(tower: number, index: number): number;
  tower_thread_main(tower: number, index: number): void;
  tower_stop_threads(tower: number): void;
  tower_reserve(tower: number, bytes: number): number;
  tower_expand_f16(from: number, to: number, units: number): void;
  tower_expand_q4(from: number, to: number, units: number): void;
  tower_bind(tower: number, owner: number, tensor: number): number;
  tower_ready(tower: number, owner: number): number;
  tower_task_head_layer(tower: number, task: number, outputs: number, activation: number): number;
  tower_task_normalize(tower: number, task: number, wanted: number): number;
  tower_task_clear(tower: number, task: number): number;
  /** One for each output kind that has a rule; lib/kinds says which struct it is given, if any. */
  [rule: `tower_task_output_${string}`]: (tower: number, task: number, given: number) => number;
  tower_set_normalization(tower: number, given: number): number;
  tower_views(tower: number): number;
  tower_forward(tower: number, adapter: number, first: number, views: number): number;
  tower_forward_on(tower: number, adapter: number, first: number, views: number): number;
  tower_first_adapted(tower: number, adapter: number): number;
  tower_blocks_computed(tower: number): number;
  tower_embeddings(tower: number): number;
  tower_task_begin(tower: number, task: number): number;
  tower_task_head(tower: number, task: number, first: number, views: number): number;
  tower_task_outputs(tower: number, task: number): number;
  tower_view_outputs(tower: number): number;
  tower_task_finish(tower: number, task: number): number;
  tower_raw(tower: number): number;
  tower_task_results(tower: number, task: number): number;
  tower_result(tower: number): number;
}

// ---- teaching: c_src/train/train.h ----

/** Where LoRA stands in a taught block. */
export type TrainTarget = 'query' | 'key' | 'value' | 'out' | 'fc1' | 'fc2';

export interface TrainInfo extends ModuleInfo {
  limits: { slots: number; pictures: number; items: number; headLayers: number };
  targets: Record<TrainTarget, number>;
  losses: Record<'squared' | 'huber' | 'pairs' | 'classes', number>;
  structs: Record<string, StructLayout>;
}

/** LoRA from `firstBlock` on and a linear head; slots, pictures and items are a step's, at most. */
export interface TrainSizes {
  firstBlock: number;
  targets: TrainTarget[];
  rank: number;
  slots: number;
  pictures: number;
  items: number;
  outputs: number;
}

/** One judgement, as its loss reads it. */
export interface TrainItem {
  picture: number;
  other: number;
  target: number;
  weight: number;
}

/** AdamW's, with a rate for each kind of parameter. */
export interface TrainRule {
  rate_A: number;
  rate_B: number;
  rate_head: number;
  beta1: number;
  beta2: number;
  epsilon: number;
  decay: number;
  most: number;
}

export interface TrainExports {
  train_info(): number;
  train_arguments(): number;
  train_new(tower: number): number;
  train_configure(train: number, given: number): number;
  train_bytes(train: number): number;
  train_allocate(train: number, task: number): number;
  train_release(train: number): number;
  train_seed(train: number, seed: number): number;
  train_parameter_count(train: number): number;
  train_parameters(train: number): number;
  train_tensors(train: number): number;
  train_tensor_name(train: number, tensor: number): number;
  train_tensor_shape(train: number, tensor: number): number;
  train_tensor_offset(train: number, tensor: number): number;
  train_input_floats(train: number): number;
  train_input(train: number, slot: number): number;
  train_prefix(train: number, slot: number, views: number): number;
  train_begin(train: number, pictures: number): number;
  train_more(train: number, pictures: number): number;
  train_pictures(train: number, slot: number): number;
  train_forward(train: number, slot: number, views: number): number;
  train_outputs(train: number): number;
  train_items(train: number): number;
  train_loss(train: number, kind: number, delta: number, items: number): number;
  train_loss_value(train: number): number;
  train_backward(train: number, slot: number, views: number): number;
  train_update(train: number, rule: number): number;
}
