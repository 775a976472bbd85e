/** Shapes that the element's files hand to one another. */
import type { LoadProgress, PerceptError, ScoreProgress, Scorer, ScoreResult, Task } from '../lib/percept.js';
import type { Mark, Result } from '../ui/types.d.ts';
import type { Words } from './words.js';

/** What an attribute asks for. */
export interface Limit {
  attribute: string;
  bound: 'min' | 'max';
  /** The task's, in lower case. */
  id: string;
  limit: number;
}

/** A limit with the task that it is about, and whether the scores keep it. */
export interface AppliedLimit extends Mark {
  task: Task;
  bound: 'min' | 'max';
}

export type State = 'empty' | 'scoring' | 'scored' | 'failed';

/** A picture, and what has become of it. */
export interface Held {
  state: State;
  picture: File | Blob | null;
  result: ScoreResult | null;
  error: PerceptError | null;
  /** Of the result; empty without one. */
  scores: Record<string, Result>;
  /** Tasks of the result, in the order asked for. */
  scoredTasks: Task[];
  /** As they apply to the result; empty without one. */
  limits: AppliedLimit[];
  /** Whether one of them is not kept. */
  isRefused: boolean;
  /** Whether the picture is unlike those that the model learnt from. */
  isUnfamiliar: boolean;
}

/** What the scoring of a picture asks of its element, and tells it. */
export interface ScoringHost {
  scorer: () => Promise<Scorer>;
  /** Ids of the tasks asked for; none: all. */
  tasks: () => string[];
  /** Throws what scoring then fails with. */
  limits: () => Limit[];
  /** Another state began. */
  onState: () => void;
  /** The same state has other limits. */
  onLimits: () => void;
  onProgress: (progress: LoadProgress | ScoreProgress) => void;
  onScored: (result: ScoreResult) => void;
  onFailed: (error: PerceptError) => void;
  /** Nothing runs any more. */
  onEnd: () => void;
}

/** What people do. */
export interface Actions {
  take: (files: File[]) => void;
  /** Cancels, or removes the picture. */
  clear: () => void;
  retry: () => void;
}

/** Everything that a state shows. */
export interface Snapshot {
  held: Held;
  words: Words;
  /** Of the picture, '' for none. */
  fileName: string;
  /** What is wrong, '' for nothing. */
  problem: string;
  /** What screen readers say. */
  spoken: string;
  /** How far model or scoring have come; undefined: nothing is on its way. */
  progress: LoadProgress | ScoreProgress | null | undefined;
  canRetry: boolean;
  disabled: boolean;
}
