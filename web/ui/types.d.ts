/** Shapes that page and element share. */
import type { Classes, Localized, Score, Task } from '../lib/percept.js';
import type { html, nothing } from './html.js';
import type { Words } from './words.js';

/** Tasks by what they give. */
export type ScoreTask = Task & { output: { kind: 'score' } };
export type ClassesTask = Task & { output: { kind: 'classes' } };

/** A text of the manifest: in one language, or in several. */
export type Text = string | Localized;

/** What scorer.score gave for a task. Which members are there follows from the task's kind, whose drawing knows them. */
export type Result = Score & Classes;

/** What may stand in a template in the place of a child. */
export type Drawn = ReturnType<typeof html> | typeof nothing;

/** A bound that a result's number has to keep, and whether it does. */
export interface Mark {
  limit: number;
  broken: boolean;
}

export interface BodyOptions {
  /** Drawn as ticks; the figure gets the digits that tell it from the broken one. */
  limits?: Mark[];
  /** Classes beyond these are left out. */
  most?: number;
}

/** How one kind of output is drawn and said: one file of kinds/ for each. What it means is in lib's table of kinds. */
export interface Drawing<OwnTask extends Task = Task> {
  /** What stands in the place of a figure: "0.81", "awe", "768 numbers". */
  figure(task: OwnTask, result: Result, words: Words, limits?: Mark[]): string;
  /** Between what bounds the truth may lie, as the model's own held-out pictures say: "0.70 to 0.93", or '' where they say nothing. */
  spread(task: OwnTask, result: Result, words: Words): string;
  /** In a few words, as screen readers say it: "0.81 on a scale from 0 to 1, clean". */
  summary(task: OwnTask, result: Result, words: Words, limits?: Mark[]): string;
  /** The words for where it lies: the band's, or the class; null for none. */
  label(task: OwnTask, result: Result): Text | null;
  /** A bar, for a line among others. */
  bar(task: OwnTask, result: Result, words: Words): Drawn;
  /** Everything that there is to see of it. */
  body(task: OwnTask, result: Result, words: Words, options?: BodyOptions): Drawn;
  /** A difference of two values, or of two probabilities, with its sign. */
  effect(task: OwnTask, difference: number): string;
}
