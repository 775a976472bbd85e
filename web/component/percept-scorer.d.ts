/** <percept-scorer>: a form control that takes one picture, scores it on this machine and can refuse it. */
import type { LoadProgress, PerceptError, ScoreProgress, Scorer, ScoreResult } from '../lib/percept.js';

export interface PerceptScorerEventMap {
  /** The model arrives, or a picture is being scored. */
  progress: CustomEvent<LoadProgress | ScoreProgress>;
  /** The picture has its scores; whether they keep the limits is in `validity`. */
  score: CustomEvent<ScoreResult>;
  /** The picture or the model failed. Cancelling is no failure. */
  error: CustomEvent<PerceptError>;
}

/**
 * Attributes: `src` (the model's folder), `traits` (addresses of trait files that the model is to have, separated by spaces),
 * `tasks` (ids, separated by spaces; all by default), `loading` ("eager",
 * or "lazy": the model comes with the first picture), `name`, `required`, `disabled`, and for each task that gives a
 * number `min-TASK` and `max-TASK`, in units of the task's value and with the task's id in lower case. A form is not
 * sent while the picture is being scored, could not be scored, or breaks a limit; a limit on a task that is not scored
 * is an error and refuses, too. Sentences are in the language of the nearest `lang`, English or Japanese.
 *
 * The form gets the picture under `name`, and under `name-scores` a JSON object: each task's value or label.
 *
 * Events: `progress`, `score`, `error`, and `change` (which bubbles) when a person takes or removes a picture.
 *
 * Slots: `invitation` (what stands in the empty element) and the default one, below everything.
 * Parts: zone, picture, body, invitation, file, results, result, broken, label, value, meter, meter-fill, limit, asked,
 * unfamiliar, message, progress, state, actions, button, choose, cancel, remove, retry.
 * States, as in `:state(scored)`: empty, scoring, scored, failed, and refused beside scored.
 * Custom properties: --percept-accent, -on-accent, -surface, -sunken, -ink, -soft, -line, -warm, -problem,
 * -problem-paper, -radius, -font. Light or dark follows the page's `color-scheme`.
 *
 * Elements of the same `src` and `traits` share one scorer with the default options (others, such as a lower `maximumPixels`, come with
 * a `scorer` of the page's own), which goes a few seconds after the last of them.
 */
export class PerceptScorerElement extends HTMLElement {
  static formAssociated: boolean;
  static observedAttributes: string[];

  /** Attributes as properties. */
  get src(): string;
  set src(value: string);
  get traits(): string;
  set traits(value: string);
  get tasks(): string;
  set tasks(value: string);
  get name(): string;
  set name(value: string);
  get loading(): 'eager' | 'lazy';
  set loading(value: 'eager' | 'lazy');
  get required(): boolean;
  set required(value: boolean);
  get disabled(): boolean;
  set disabled(value: boolean);

  /** The picture. Setting it scores it, null clears it; failures come as the event `error`. What is no picture throws. */
  get value(): File | Blob | null;
  set value(picture: File | Blob | null);
  /** What Scorer.score gave for the picture, once it has. */
  get result(): ScoreResult | null;
  /** Why there is no result. */
  get error(): PerceptError | null;
  /** A scorer of the page's own, instead of `src` and `traits`. The element does not dispose of it. */
  get scorer(): Scorer | null;
  set scorer(scorer: Scorer | null);

  /**
   * Takes a picture, as if a person had chosen it, and scores it. Rejects as Scorer.score does; with 'aborted' when
   * another picture, another `src` or `tasks`, `clear` or the element's removal came first.
   */
  score(picture: File | Blob): Promise<ScoreResult>;
  /** Lets go of the picture and of what is being done with it. */
  clear(): void;

  /** As any form control has them. */
  get form(): HTMLFormElement | null;
  get labels(): NodeList;
  get validity(): ValidityState;
  get validationMessage(): string;
  get willValidate(): boolean;
  checkValidity(): boolean;
  reportValidity(): boolean;
  setCustomValidity(message: string): void;

  addEventListener<K extends keyof PerceptScorerEventMap>(type: K, listener: (this: PerceptScorerElement, event: PerceptScorerEventMap[K]) => unknown, options?: boolean | AddEventListenerOptions): void;
  addEventListener(type: string, listener: EventListenerOrEventListenerObject, options?: boolean | AddEventListenerOptions): void;
}

declare global {
  interface HTMLElementTagNameMap {
    'percept-scorer': PerceptScorerElement;
  }
}
