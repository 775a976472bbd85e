/** What is said of each output kind, in a file of kinds/ and one of shared/kinds/. */
import type { MemberCheck } from '../check.js';
import type { Localized, Task } from '../percept.js';

export type { Classes, HeadOutputs, Score } from '../percept.js';

export type Output = Task['output'];
export type ScoreOutput = Output & { kind: 'score' };
export type ClassesOutput = Output & { kind: 'classes' };
export type EmbeddingOutput = Output & { kind: 'embedding' };

/**
 * An output kind: what its numbers mean. `output` is the task's in the manifest, `result` what scorer.score gives for it. The
 * kinds that follow one of three answers share what depends on that alone: how people judge, how agreement is measured, how a
 * page writes an effect.
 */
export interface Kind<Out = any, Result = any> {
  // ---- the manifest ----

  /** The members of `output` beside `kind`. */
  members: Record<string, MemberCheck>;
  /** What the members must keep together; throws through `fail`. */
  check?(output: Out, at: string): void;
  /** How many outputs the head must have; null where any do, and a recipe names no head. */
  head(output: Out): HeadRule | null;

  // ---- the engine ----

  /** The output rule; null: raw outputs alone. */
  rule(output: Out): Rule | null;
  /** Those doubles as the result's members, to which the engine adds `raw` and `views`. */
  describe(output: Out, doubles: number[]): object;
  /** What occlusion follows, chosen by the whole picture; without it the kind cannot be explained. */
  explain?(output: Out, whole: Doubles): { label?: string; valueOf: (part: Doubles) => number };

  // ---- results ----

  /** Whether it comes down to a number on a scale, to one of some labels, or to neither. */
  answers: 'number' | 'label' | 'vector';
  /** That number or label; null for a vector. People judge by it, and forms get it. */
  answer(result: Result): number | string | null;
  /** Higher comes first; null where nothing orders them. */
  sortValue(result: Result): number | null;
  /** How unsure it is: higher is more; null where nothing tells. */
  doubt(result: Result): number | null;
}

/** How an output kind is written, read and compared: what page, command line and converter know of it, and the library never asks. */
export interface Form<Out = any, Result = any> {
  // ---- recipes ----

  /** The members of `output` that a recipe may leave out. */
  defaults: Partial<Out>;
  /** What the converter asks beside `members` and `check`, which an older model need not keep. */
  checkNew?(output: Out, at: string): void;

  // ---- comparisons ----

  /** How far two results of one picture are apart. */
  distance(a: Result, b: Result): number;
  /** The numbers beside `raw`, for vectors.json. */
  numbers(result: Result): number[];

  // ---- files and terminals ----

  /** Columns of a table: what follows the task's id in the name, and the cell. The first is never empty. */
  columns(output: Out): [suffix: string, cell: (result: Result) => number | string | null][];
  /** Whether a table also gets the outputs for each view. */
  tellsViews: boolean;
  /** The result that a table's cells tell, unchecked; it lacks `views`. The first cell is never empty. */
  read(output: Out, cell: (suffix: string) => string | undefined): object;
  /** Whether a stranger's value is a result of this output; its `views` are checked already. */
  isResult(output: Out, value: Partial<Result>): boolean;
  /** In a line of a terminal. */
  text(output: Out, result: Result): string;
  /** What its results are, as half a sentence. @param localize picks a language */
  meaning(output: Out, localize: (text: Localized) => string): string;
}

/** A number of outputs, and what asks for it: "`member` `says`, but the head ends in 3 numbers; `advice`". */
export interface HeadRule {
  outputs: number;
  member: string;
  says: string;
  advice: string;
}

/** What the engine makes of a head's outputs: the function of percept.h that declares it, and the struct that this takes. */
export type Rule = { declare: `tower_task_output_${string}` } & ({} | { struct: string; fields: Record<string, number | number[]> });

/** What the engine gives for a task. */
export interface Doubles {
  /** The head's outputs, the mean over the views. */
  raw: number[];
  /** What the rule made of them. */
  result: number[];
}

export type Kinds = Record<Output['kind'], Kind>;
