/**
 * <percept-scorer>: a form control that takes one picture, scores it on this machine and can refuse it.
 *
 *   <script type="module" src="percept-scorer.js"></script>
 *   <percept-scorer src="weights/demo/" tasks="quality sharpness" name="photo" min-sharpness="0.5"></percept-scorer>
 *
 * Attributes, properties, events, slots, parts and custom properties are described in percept-scorer.d.ts. Here is the
 * element as pages see it; scoring.js has its states, view.js what it looks like.
 */
import { PerceptError } from '../lib/errors.js';
import { isBlob } from '../lib/realms.js';
import { formValue, validityFlags } from './form.js';
import { limitsOf } from './limits.js';
import { listenToPeople } from './people.js';
import { ScorerSource } from './scorer-source.js';
import { Scoring } from './scoring.js';
import { problemOf, spokenOf } from './sentences.js';
import { View } from './view.js';
import { wordsAround } from './words.js';

/** @import {ErrorCode, LoadProgress, ScoreProgress, Scorer, ScoreResult} from '../lib/percept.js' */
/** @import {State} from './types.d.ts' */
/** @import {Words} from './words.js' */

/** @type {State[]} */
const STATES = ['empty', 'scoring', 'scored', 'failed'];

/** Failures that the same picture may not meet again. */
const WORTH_A_RETRY = new Set(/** @type {ErrorCode[]} */ ([
  'network', 'not-found', 'weights-corrupt', 'engine-unreachable', 'out-of-memory', 'engine-trap', 'worker-died', 'internal', 'disposed',
]));

/** What spaces separate. @param {string} list */
const wordsIn = (list) => list.split(/\s+/).filter(Boolean);

/** Properties that a page may have set before this file came. */
const SETTABLE = /** @type {const} */ (['src', 'traits', 'tasks', 'name', 'loading', 'required', 'disabled', 'scorer', 'value']);

/** Null and undefined stand for no attribute, as frameworks have it. @param {Element} element @param {string} name @param {string | null | undefined} value */
function reflect(element, name, value) {
  if (value === null || value === undefined) element.removeAttribute(name);
  else element.setAttribute(name, value);
}

/** On a server that renders pages there is nothing to extend; the module can be imported there all the same. */
const Base = globalThis.HTMLElement ?? /** @type {typeof HTMLElement} */ (class {});

export class PerceptScorerElement extends Base {
  static formAssociated = true;
  static observedAttributes = ['src', 'traits', 'tasks', 'name', 'required', 'lang'];

  #internals = this.attachInternals();
  #limitsObserver = new MutationObserver((changes) => {
    if (changes.some(({ attributeName }) => /^(min|max)-/.test(attributeName ?? ''))) this.#checkLimits();
  });
  #view = new View(this.attachShadow({ mode: 'open', delegatesFocus: true }), {
    take: (files) => this.#takeFromUser(files),
    clear: () => this.#clearByUser(),
    retry: () => this.#retry(),
  });
  #source = new ScorerSource((progress) => this.#onModel(progress));
  #scoring = new Scoring({
    scorer: () => this.#open(),
    tasks: () => wordsIn(this.tasks),
    limits: () => limitsOf(this),
    onState: () => this.#onState(),
    onLimits: () => this.#update(),
    onProgress: (progress) => this.#onScoring(progress),
    onScored: (result) => this.#dispatch('score', result),
    onFailed: (error) => this.#dispatch('error', error),
    onEnd: () => {
      if (!this.#live) this.#source.close(); // an element outside of the page keeps no model
    },
  });

  #live = false;
  #disabled = false;
  #customProblem = '';
  /** What a screen reader hears first about this picture: a result that comes at once must not talk over it. */
  #notice = '';
  #spoken = '';
  /** Of what was reported last about the picture, or about the model that it waits for. @type {LoadProgress | ScoreProgress | null} */
  #progress = null;

  constructor() {
    super();
    this.#internals.role = 'group';
    listenToPeople(this, {
      isDisabled: () => this.#disabled,
      onFiles: (files) => this.#takeFromUser(files),
      onHover: (isOver) => this.#view.highlight(isOver),
      onEscape: () => this.#scoring.state === 'scoring' && this.#clearByUser(),
      onLabel: () => this.#view.openPicker(),
    });
    this.#draw();
  }

  // ---- attributes as properties ----

  get src() { return this.getAttribute('src') ?? ''; }
  set src(value) { reflect(this, 'src', value); }

  get traits() { return this.getAttribute('traits') ?? ''; }
  set traits(value) { reflect(this, 'traits', value); }

  get tasks() { return this.getAttribute('tasks') ?? ''; }
  set tasks(value) { reflect(this, 'tasks', value); }

  get name() { return this.getAttribute('name') ?? ''; }
  set name(value) { reflect(this, 'name', value); }

  get loading() { return this.getAttribute('loading') === 'lazy' ? 'lazy' : 'eager'; }
  set loading(value) { reflect(this, 'loading', value); }

  get required() { return this.hasAttribute('required'); }
  set required(value) { this.toggleAttribute('required', Boolean(value)); }

  get disabled() { return this.hasAttribute('disabled'); }
  set disabled(value) { this.toggleAttribute('disabled', Boolean(value)); }

  // ---- what it holds ----

  get value() { return this.#scoring.picture; }
  set value(picture) {
    if (picture === this.value) return;
    if (picture === null || picture === undefined) {
      this.clear();
      return;
    }
    checkPicture(picture);
    this.score(picture).catch(() => {}); // the event has told
  }

  get result() { return this.#scoring.result; }
  get error() { return this.#scoring.error; }

  /** @returns {Scorer | null} */
  get scorer() { return this.#source.given; }
  set scorer(scorer) {
    if (scorer === this.scorer) return;
    if (scorer && typeof scorer.score !== 'function') throw new PerceptError('bad-argument', 'The scorer is not what await Scorer.load(url) gives.');
    this.#source.given = scorer ?? null;
    this.#changeModel();
  }

  /**
   * Takes a picture, as if a person had chosen it, and scores it.
   * @param {File | Blob} picture
   * @returns {Promise<ScoreResult>}
   * @throws {PerceptError} as Scorer.score; 'aborted' when another picture or model, `clear` or removal came first
   */
  async score(picture) {
    checkPicture(picture);
    this.#forgetPicture();
    this.#scoring.hold(picture);
    return this.#scoring.run();
  }

  /** Lets go of the picture and of what is being done with it. */
  clear() {
    this.#forgetPicture();
    this.#scoring.clear();
  }

  // ---- as a form control ----

  get form() { return this.#internals.form; }
  get labels() { return this.#internals.labels; }
  get validity() { return this.#internals.validity; }
  get validationMessage() { return this.#internals.validationMessage; }
  get willValidate() { return this.#internals.willValidate; }
  checkValidity() { return this.#internals.checkValidity(); }
  reportValidity() { return this.#internals.reportValidity(); }

  /** @param {string} message */
  setCustomValidity(message) {
    this.#customProblem = String(message);
    this.#update();
  }

  /** @param {boolean} disabled */
  formDisabledCallback(disabled) {
    this.#disabled = disabled;
    this.#update();
  }

  formResetCallback() {
    this.clear();
  }

  // ---- life ----

  connectedCallback() {
    this.#live = true;
    for (const name of SETTABLE) this.#upgrade(name);
    this.#limitsObserver.observe(this, { attributes: true });
    this.#update();
    if (this.#scoring.state === 'scoring') this.#again(); // it was moved meanwhile
    else this.#preload();
  }

  disconnectedCallback() {
    this.#live = false;
    this.#limitsObserver.disconnect();
    this.#scoring.stop();
    this.#source.close();
  }

  /** @param {string} name @param {string | null} before @param {string | null} after */
  attributeChangedCallback(name, before, after) {
    if (!this.#live || before === after) return;
    if (name === 'src' || name === 'traits') this.#changeModel();
    else if (name === 'tasks' && this.value) this.#again();
    else this.#update();
  }

  /** A property that was set on the plain element hides the accessor: set it again through it. @param {typeof SETTABLE[number]} name */
  #upgrade(name) {
    if (!Object.hasOwn(this, name)) return;
    const open = /** @type {Record<string, unknown>} */ (/** @type {unknown} */ (this));
    const value = open[name];
    delete open[name];
    open[name] = value;
  }

  // ---- picture and model ----

  /** Scores the picture once more; events tell what comes of it. */
  #again() {
    this.#scoring.run().catch(() => {});
  }

  #retry() {
    if (this.value) {
      this.#again();
      return;
    }
    this.#scoring.reset();
    this.#preload();
  }

  #forgetPicture() {
    this.#notice = '';
    this.#view.clearPicture();
  }

  async #open() {
    if (!this.scorer && this.src === '') throw new PerceptError('bad-argument', this.#words.say('field.noModel'));
    return this.#source.open(this.src, wordsIn(this.traits));
  }

  #preload() {
    if (this.loading === 'lazy' || this.src === '' || this.scorer) return;
    this.#open().catch((error) => {
      const isAnothers = error.code === 'aborted'; // of an earlier src, whose model nobody wants any more
      if (this.#live && this.#scoring.state === 'empty' && !isAnothers) this.#scoring.fail(error);
    });
  }

  #changeModel() {
    this.#source.close();
    if (this.#live) this.#retry();
  }

  /** Limits have changed. A wrong one was perhaps mended. */
  #checkLimits() {
    if (this.#scoring.state === 'failed' && this.value) this.#again();
    if (this.#scoring.state === 'scored') this.#scoring.renewLimits();
  }

  // ---- what happens ----

  #onState() {
    this.#progress = this.#source.progress;
    this.#spoken = spokenOf(this.#scoring, this.#notice, this.#words);
    if (this.#scoring.state === 'scored') this.#showPicture();
    this.#update();
  }

  /** @param {LoadProgress} progress */
  #onModel(progress) {
    this.#progress = progress;
    this.#draw();
    this.#dispatch('progress', progress);
  }

  /** @param {LoadProgress | ScoreProgress} progress */
  #onScoring(progress) {
    if (progress.phase === 'computing') this.#showPicture();
    this.#progress = progress;
    this.#draw();
    this.#dispatch('progress', progress);
  }

  /** @param {File[]} files */
  #takeFromUser(files) {
    if (files.length === 0 || this.#disabled) return;
    this.score(files[0]).catch(() => {});
    if (files.length > 1) {
      const words = this.#words;
      this.#notice = words.say('field.firstOnly', { name: this.#fileNameIn(words) });
      this.#spoken = this.#notice;
      this.#draw();
    }
    this.#tellChange();
  }

  #clearByUser() {
    this.clear();
    this.#tellChange();
  }

  #tellChange() {
    this.dispatchEvent(new Event('change', { bubbles: true }));
  }

  /** @param {string} type @param {unknown} detail */
  #dispatch(type, detail) {
    this.dispatchEvent(new CustomEvent(type, { detail }));
  }

  // ---- what is shown and told ----

  get #words() { return wordsAround(this); }

  /** @param {Words} words */
  #fileNameIn(words) {
    return this.value ? (/** @type {File} */ (this.value).name || words.say('field.pasted')) : '';
  }

  #showPicture() {
    this.#view.showPicture(/** @type {Blob} */ (this.value), this.#fileNameIn(this.#words));
  }

  #draw() {
    const words = this.#words;
    const { state, error } = this.#scoring;
    const isLoading = state === 'empty' && this.#source.progress !== null;
    this.#view.show({
      held: this.#scoring,
      words,
      fileName: this.#fileNameIn(words),
      problem: problemOf(this.#scoring, words),
      spoken: this.#spoken,
      progress: state === 'scoring' || isLoading ? this.#progress : undefined,
      canRetry: error !== null && WORTH_A_RETRY.has(error.code),
      disabled: this.#disabled,
    });
  }

  #update() {
    this.#draw();
    this.#tellStates();
    this.#tellForm();
  }

  /** For :state(). */
  #tellStates() {
    const { states } = this.#internals;
    if (!states) return;
    const { state, isRefused } = this.#scoring;
    for (const each of STATES) states[each === state ? 'add' : 'delete'](each);
    states[isRefused ? 'add' : 'delete']('refused');
  }

  /** What the form would send, and why it must not. */
  #tellForm() {
    const words = this.#words;
    this.#internals.setFormValue(formValue(this.#scoring, this.name, this.#fileNameIn(words)));
    const flags = validityFlags(this.#scoring, { isRequired: this.required, isForbidden: this.#customProblem !== '' });
    const isValid = Object.keys(flags).length === 0;
    const problem = this.#scoring.state === 'scoring' ? words.say('field.busy') : problemOf(this.#scoring, words);
    this.#internals.setValidity(flags, isValid ? '' : this.#customProblem || problem || words.say('field.missing'), this.#view.anchor);
  }
}

/** @param {unknown} picture */
function checkPicture(picture) {
  if (!isBlob(picture)) throw new PerceptError('bad-argument', 'The picture is not a Blob or File.');
}

if (globalThis.customElements && !customElements.get('percept-scorer')) customElements.define('percept-scorer', PerceptScorerElement);
