/** Shapes that the files of a model in its worker hand to one another: messages, tensors on their way, passes. */
import type {
  Classes, EmbedResult, EngineFacts, ExplainOptions, Explanation, FamiliarityFacts, HeadOutputs, LoadProgress, Manifest, PixelSource,
  Evidence, Score, ScoreProgress, ScoreResult, Shared, StorageFacts, Task, TeachingNeeds, TeachProgress, Variant,
} from '../percept.js';
import type { PlainError } from '../errors.js';
import type { Assets } from '../platform/assets.js';
import type { PictureReader } from '../engine/picture.js';
import type { Tower } from '../engine/tower.js';
import type { Build, Expansion, Owner, Preprocess, ReadPicture, Size, Slots, Views } from '../engine/types.d.ts';
import type { Familiarity } from './familiarity.js';
import type { Tasks } from './tasks.js';
import type { Tensor } from '../weights/types.d.ts';
import type { AtOnce, CheckedLesson } from '../teach/types.d.ts';

export type {
  Build, EngineFacts, Expansion, LoadProgress, Manifest, Owner, Preprocess, ScoreProgress, Shared, Size, Slots, StorageFacts, Task, Variant, Views,
};

/** A picture as it comes to the worker; a text is an address. */
export type Source = Blob | PixelSource | string;

/** A task and its place in the manifest, by which the engine knows it. */
export type NumberedTask = Task & { number: number };

/** A call's way to be cancelled, to say how far it is, and to hand over parts that are finished. */
export interface Call {
  signal: AbortSignal;
  onProgress: (progress: Progress) => void;
  onPart: (name: string, bytes: Uint8Array<ArrayBuffer>) => void;
}

export type Progress = LoadProgress | ScoreProgress | TeachProgress;

// ---- messages ----

export interface LoadRequest {
  /** Where the engine's own files lie. */
  assets: Assets;
  url: string;
  /** The model's folder from the user's disk, by name. */
  files?: [name: string, file: Blob][];
  variant: Variant;
  threads?: number;
  integrity?: string;
  maximumPixels?: number;
}

/** The views of a picture, and the milliseconds that they took. */
export interface ReadViews {
  picture: ReadPicture;
  milliseconds: number;
}

/** Views that were made before their picture's turn, and by which recipes. */
export interface Ahead extends ReadViews {
  recipes: Preprocess[];
}

export interface PictureRequest {
  source: Source;
  ahead?: Ahead | null;
}

/** What a worker reads for another one's model. */
export interface ReadRequest {
  source: Source;
  recipes: Preprocess[];
  assets: Assets;
  maximumPixels?: number;
}

export interface ScoreRequest extends PictureRequest {
  /** Ids; all by default. */
  tasks?: string[];
  scores: boolean;
  embedding: boolean;
}

export interface ExplainRequest extends PictureRequest {
  task?: string;
  grid: NonNullable<ExplainOptions['grid']>;
}

/** How one picture is looked at. */
export interface ViewsRequest extends PictureRequest {
  preprocess: Preprocess;
}

export interface FeaturesRequest extends ViewsRequest {
  /** The number of the lesson's picture whose views are to be kept for the deeper ways. */
  keep?: number;
}

/** The same of a picture whose features are known. */
export interface KeepRequest extends ViewsRequest {
  keep: number;
}

export interface NeedsRequest {
  depth: number;
  rank: number;
  outputs: number;
  isPairs: boolean;
  /** Labelled pictures, or pairs. */
  judgements: number;
  /** That are judged, and the views of each, at most. */
  pictures: number;
  views: number;
  /** Pictures whose features are found before. */
  looks: number;
  folds: number;
  epochs: number;
}

/** A tensor with its values, as the engine reads them. */
export interface PackedTensor {
  name: string;
  shape: number[];
  values: Float32Array;
}

export interface Loaded {
  manifest: Manifest;
  engine: EngineFacts;
  storage: StorageFacts;
}

/** Which members a score has is as its request says. */
export type Scored = ScoreResult & EmbedResult;

/** A trait that scores, and its file. */
export interface TraitResult {
  task: Task;
  evidence: Evidence;
  file: Uint8Array<ArrayBuffer>;
}

export type TaughtResult = TraitResult & Pick<AtOnce, 'predictions' | 'heldOut' | 'uncertainty' | 'next'>;

/** What the worker can be asked for, and what it answers. */
export interface Calls {
  load: { request: LoadRequest; answer: Loaded };
  read: { request: ReadRequest; answer: ReadViews };
  score: { request: ScoreRequest; answer: { result: Scored; storage: StorageFacts } };
  explain: { request: ExplainRequest; answer: { result: Explanation; storage: StorageFacts } };
  features: { request: FeaturesRequest; answer: Float32Array<ArrayBuffer> };
  keep: { request: KeepRequest; answer: void };
  teach: { request: { lesson: CheckedLesson; parts: Record<string, Uint8Array<ArrayBuffer>> }; answer: TaughtResult };
  /** fits: into the engine's memory, and what is kept outside of it into a tab's. */
  needs: { request: NeedsRequest; answer: TeachingNeeds };
  /** Lets the views go that were kept. */
  forget: { request: object; answer: void };
  /** A text is an address. */
  addTask: { request: { source: Blob | string }; answer: TraitResult };
  removeTask: { request: { id: string }; answer: void };
  requests: { request: object; answer: { url: string; bytes: number }[] };
}

export type AnyCall = { [Name in keyof Calls]: { type: 'call'; id: number; name: Name; request: Calls[Name]['request'] } }[keyof Calls];

/** What the scorer says to its worker. */
export type ToWorker =
  | AnyCall
  | { type: 'abort'; id: number }
  /** A thread is about to enter the engine. */
  | { type: 'threadReady' }
  | { type: 'end' };

/** What the worker says. */
export type FromWorker =
  /** It wants a thread, and `work` gives that its ThreadWork. */
  | { type: 'thread'; work: MessagePort }
  /** It stores much. */
  | { type: 'persist' }
  | { type: 'progress'; id: number; progress: Progress }
  /** A part of what was asked for is finished. */
  | { type: 'part'; id: number; name: string; bytes: Uint8Array<ArrayBuffer> }
  | { type: 'result'; id: number; result: unknown }
  /** broken: the engine's memory may be damaged, and the worker must be thrown away. */
  | { type: 'error'; id: number; error: PlainError; broken: boolean }
  /** Nothing runs any more. */
  | { type: 'ended' };

// ---- weights ----

/** As safetensors.js reads it. */
export type StoredTensor = Tensor;

/** A tensor as the engine uses it, and where it lies. */
export interface PlacedTensor extends StoredTensor {
  address: number;
  expansion: Expansion | null;
  /** Where it goes instead, outside of the engine. */
  room: Uint8Array | null;
}

// ---- scoring ----

/** What a loaded model is made of. */
export interface LoadedModel {
  tower: Tower;
  tasks: Tasks;
  pictures: PictureReader;
  sizes: Manifest['tower'];
  /** How pictures are looked at for it, and what says it; null where the model does not carry it. */
  familiarity: (FamiliarityFacts & { known: Familiarity }) | null;
}

/** A forward over the views of a recipe, and the tasks whose heads read its embeddings. */
export interface Pass {
  adapter: Owner;
  /** An index into the recipes. */
  recipe: number;
  preprocess: Preprocess;
  tasks: NumberedTask[];
  /** Whether the bare embedding of the first view is wanted, and how familiar it is. */
  embedding: boolean;
  familiar: boolean;
  views: 'all' | 'first';
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

export interface Rectangle {
  left: number;
  top: number;
  right: number;
  bottom: number;
}
