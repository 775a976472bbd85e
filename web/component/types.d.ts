/** Shapes that the element's files hand to one another. */
import type { Classes, Score, Task } from '../lib/percept.js';
import type { wordsFor } from './words.js';

/** Tasks by what they give. */
export type ScoreTask = Task & { output: { kind: 'score' } };
export type ClassesTask = Task & { output: { kind: 'classes' } };

/** What scorer.score gave for a task. Which members are there follows from the task's kind: ask that first. */
export type Result = Score & Classes;

/** The sentences of a language. */
export type Words = ReturnType<typeof wordsFor>;

/** What an attribute asks for. */
export interface Limit {
  attribute: string;
  bound: 'min' | 'max';
  /** The task's, in lower case. */
  id: string;
  limit: number;
}

/** A limit with the task that it is about, and whether the scores keep it. */
export interface AppliedLimit {
  task: Task;
  range: [number, number];
  bound: 'min' | 'max';
  limit: number;
  broken: boolean;
}

/** What writes the results of one kind of task: for screen readers, and as elements. */
export type Summary<Kind extends Task> = (task: Kind, result: Result, words: Words) => string;
export type Renderer<Kind extends Task> = (task: Kind, result: Result, reading: Reading) => (HTMLElement | null)[];

/** How to write results. */
export interface Reading {
  words: Words;
  language: string;
  /** Applied ones, of all tasks. */
  limits: AppliedLimit[];
}

export type State = 'empty' | 'scoring' | 'scored' | 'failed';

/** Everything that a state shows. */
export interface Snapshot {
  state: State;
  words: Words;
  language: string;
  /** Of the picture, '' for none. */
  fileName: string;
  /** Elements of results.js. */
  results: Element[];
  /** What is wrong, '' for nothing. */
  message: string;
  /** Whether a limit is not kept. */
  refused: boolean;
  canRetry: boolean;
  disabled: boolean;
}

type ButtonName = 'choose' | 'retry' | 'cancel' | 'remove';
type PartName = 'picture' | 'invitation' | 'invite' | 'file' | 'results' | 'message' | 'progressText' | 'working' | 'status' | 'icon' | 'actions' | 'zone';

/** What is in the element's shadow root. */
export type Parts = Record<ButtonName, HTMLButtonElement> & Record<PartName, HTMLElement> & { input: HTMLInputElement; progress: HTMLProgressElement };
