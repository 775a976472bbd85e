/** Shapes that the page's files hand to one another. */
import type { EngineFacts, LoadProgress, Manifest, PerceptError, Scorer, ScoreProgress, Task } from '../lib/percept.js';
import type { ClassesTask, Drawn, Result, ScoreTask, Text } from '../ui/types.d.ts';
import type { History } from './history.js';
import type { Judgements } from './judgements.js';
import type { Lessons } from './lessons.js';
import type { ModelSession } from './model-session.js';
import type { Home } from './move.js';
import type { Pictures } from './pictures.js';
import type { Traits } from './traits.js';

export type { ClassesTask, Drawn, LoadProgress, Manifest, PerceptError, Result, Scorer, ScoreProgress, ScoreTask, Task, Text };

/** What happens to the model in use. */
export type ModelChange =
  | { kind: 'loading' | 'loaded' | 'failed' }
  | { kind: 'progress'; progress: LoadProgress }
  | { kind: 'task'; id: string; on: boolean };

/** A picture of a file of results, before anything of it is checked. */
export interface StrangersPicture {
  image: string;
  /** Of its file. */
  sha256?: unknown;
  scores?: Record<string, unknown>;
  error?: { code?: string; message?: string } | null;
  width?: number;
  height?: number;
  decoder?: string;
  damaged?: boolean;
  familiar?: number;
  milliseconds?: number;
  /** Of another model than the file's. */
  model?: { sha256?: unknown };
  engine?: unknown;
  brightness?: number | null;
  judgements?: Record<string, { label?: unknown; agreed?: unknown }>;
}

/** Size, decoder; how long it took is not known of pictures from a table, perView of none from a file. */
export interface Facts {
  width: number;
  height: number;
  decoder: string;
  damaged: boolean;
  milliseconds?: number;
  perView?: number;
  /** How much it is like the pictures that the model learnt from, 0 to 1; not known where the model does not tell. */
  familiar?: number;
}

/** What a file of results says of a picture. */
export interface Imported {
  /** By task, unchecked: other tasks than the model's may be among them. */
  scores: Record<string, unknown>;
  /** Why there are none. */
  error: { code: string; message: string };
  /** SHA-256 of the model that gave them, and the engine; null where the file does not tell. */
  model: string | null;
  engine: string | null;
}

/** A picture on the page. */
export interface Item {
  id: number;
  /** Of its content, as identity.js says; null until it is known. */
  key: string | null;
  /** As shown. */
  name: string;
  /** A sample's name by language. */
  title: Text | null;
  /** As in labels.csv: the folders of a dropped folder, and the name. */
  path: string;
  /** '' for a picture that came alone. */
  folder: string;
  /** What is read and shown; null where the picture came without, or it is still to be made of `original`. */
  file: Blob | null;
  /** Where it lies, if it came with a folder in a browser that lets pages change folders. */
  home?: Home;
  /** The file as it came, where `file` was made of it. */
  original?: Blob | null;
  /** What made it. */
  madeBy?: 'libheif' | 'preview';
  sample: boolean;
  state: 'waiting' | 'scored' | 'failed' | 'cancelled';
  /** Of the scoring, while it runs. */
  progress: LoadProgress | ScoreProgress | null;
  facts: Facts | null;
  /** By task. */
  scores: Record<string, Result> | null;
  error: { code: string; message: string } | null;
  /** An address. */
  thumbnail: string | null;
  /** What it is the address of, where it was made here. */
  small: Blob | null;
  /** 0 to 1 */
  brightness: number | null;
  /** Of a picture that came without its file. */
  imported: Imported | null;
}

/** What a picture is added as. */
export type NewItem = Partial<Item> & { name: string };

/** What changed since the last frame: whether pictures came or went, and those of which something changed. */
export interface Changed {
  list: boolean;
  items: Set<Item>;
}

/** People's judgement of a picture: a number as text, or a class; `agreed`: the model's own answer was taken. */
export interface Judgement {
  label: string;
  agreed: boolean;
}

/** Two pictures of which one has more of a trait; a tie where neither has. */
export interface Compared {
  better: Item;
  worse: Item;
  tie: boolean;
  /** Left and right. */
  shown: Item[];
}

/** A trait that is taught here. */
export interface TaughtHere {
  /** Of its task. */
  id: string;
  /** In the person's own words, and their language. */
  title: string;
  language: string;
  way: 'pairs' | 'stars' | 'classes';
  /** Of the way `classes`. */
  classes: string[];
  /** By what pictures are grouped in the table of bias; null: by what there is. */
  group: 'folder' | 'orientation' | 'brightness' | null;
  /** Whether the groups weigh the same. */
  equalGroups: boolean;
}

/** A picture that both the model and people judged: numbers, or classes. */
export interface Pair<Answer = number | string> {
  item: Item;
  model: Answer;
  people: Answer;
}

export type Interval = [low: number, high: number];

/** A line of a list of figures: what, and how much. */
export type Line = [name: string, words: string];

/** What is written into files and reports. */
export interface Session {
  model: { name: string; url: string; sha256: string };
  engine: EngineFacts;
  tasks: Task[];
  items: Item[];
  judgement: (task: string, item: Item) => Judgement | null;
}

/** What most panels show. */
export interface PanelParts {
  history: History;
  judgements: Judgements;
  lessons: Lessons;
  model: ModelSession;
  pictures: Pictures;
  traits: Traits;
}

/** A control's event, in a template. */
export type ChangeEvent<Control extends Element = HTMLInputElement> = Event & { currentTarget: Control };

/** The elements of index.html that are more than an HTMLElement, by id. */
export interface PageElements {
  language: HTMLSelectElement;
  choose: HTMLButtonElement;
  files: HTMLInputElement;
  'folder-files': HTMLInputElement;
  'camera-files': HTMLInputElement;
  'loading-bar': HTMLProgressElement;
  'queue-bar': HTMLProgressElement;
  'by-task': HTMLSelectElement;
  sort: HTMLSelectElement;
  group: HTMLSelectElement;
  show: HTMLSelectElement;
  from: HTMLInputElement;
  to: HTMLInputElement;
  cull: HTMLElement;
  'keys-dialog': HTMLDialogElement;
  'save-dialog': HTMLDialogElement;
  detail: HTMLDialogElement;
  comparison: HTMLDialogElement;
}
