/** Shapes that the files of teach/ hand to one another, and to the worker. */
import type { Evidence, Figure, Lesson, Localized, Task, TraitPrediction } from '../percept.js';
import type { Vector } from './matrix.js';

export type { Evidence, Figure, Lesson, TraitPrediction };

export interface LessonPicture {
  name: string;
  features: Float32Array<ArrayBuffer> | null;
  group: string | null;
}

/** A lesson whose every member has been checked and has its default. */
export interface CheckedLesson {
  id: string;
  title: Localized;
  kind: 'score' | 'classes';
  pictures: LessonPicture[];
  /** Exactly one of these two. A rater without a name is ''. */
  labels: { picture: number; label: number | string; rater: string }[] | null;
  pairs: { better: number; worse: number; tie: boolean; rater: string }[] | null;
  scale: [number, number] | null;
  classes: string[] | null;
  preprocess: Task['preprocess'];
  /** How many of the last blocks are taught; 0: the head alone. */
  depth: number;
  rank: number;
  epochs: number;
  folds: number;
  seed: number;
  equalGroups: boolean;
  date: string | null;
}

/**
 * What people said, picture by picture or pair by pair, in an order that depends on the pictures and judgements alone.
 * Rows are pictures, all of them judged, or ordered pairs.
 */
export interface Judgements {
  /** Of labels: what each output should be, [outputs][pictures]. Scores lie in -1 to 1 over the scale; classes have shares. */
  targets: Vector[] | null;
  /** Of pairs: the better one first. A tie is half a pair in each order; isDecided: somebody preferred it in this one. */
  pairs: { better: number; worse: number; weight: number; isDecided: boolean }[] | null;
  /** Of labels: how much each picture counts. */
  weights: number[];
  /** Of labels, for each picture: the mean on the scale, or the class most said. */
  people: (number | string)[] | null;
  scale: [number, number];
  raters: Evidence['raters'];
  notes: Evidence['notes'];
}

/** What a fit on embeddings comes to, and what is known of it. */
export interface AtOnce {
  /** [outputs][width] and [outputs]: over a picture's features. */
  head: { weights: Vector[]; biases: number[] };
  /** The task's `output`. */
  output: Task['output'];
  evidence: Evidence;
  predictions: TraitPrediction[];
  heldOut: (TraitPrediction | null)[];
  uncertainty: number[];
  next: { pictures: number[]; pairs: [number, number][] };
}
