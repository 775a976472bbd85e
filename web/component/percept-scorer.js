/**
 * <percept-scorer>: a form control that takes one picture, scores it on this machine and can refuse it.
 *
 *   <script type="module" src="percept-scorer.js"></script>
 *   <percept-scorer src="weights/demo/" tasks="quality sharpness" name="photo" min-sharpness="0.5"></percept-scorer>
 *
 * Attributes, properties, events, slots, parts and custom properties are described in percept-scorer.d.ts.
 */
import { orAborted } from '../lib/abort.js';
import { applyLimits, limitsOf, plainScores } from './limits.js';
import { resultElement, resultSummary } from './results.js';
import { leaseScorer } from './scorers.js';
import { View } from './view.js';
import { formatScore, languageOf, localize, wordsFor } from './words.js';
import { PerceptError } from '../lib/errors.js';
import { resolveLocation } from '../lib/platform.js';
import { isBlob } from '../lib/realms.js';

/** @import {ErrorCode, LoadProgress, ScoreProgress, Scorer, ScoreResult, Task} from '../lib/percept.js' */
/** @import {Lease} from './scorers.js' */
/** @import {AppliedLimit, Reading, Result, State} from './types.d.ts' */

/** Failures that the same picture may not meet again. */
const WORTH_A_RETRY = new Set(/** @type {ErrorCode[]} */ ([
  'network', 'not-found', 'weights-corrupt', 'engine-unreachable', 'out-of-memory', 'engine-trap', 'worker-died', 'internal', 'disposed',
]));

/** Properties that a page may have set before this file came. */
const SETTABLE = /** @type {const} */ (['src', 'tasks', 'name', 'loading', 'required', 'disabled', 'scorer', 'value']);

/** On a server that renders pages there is nothing to extend; the module can be imported there all the same. */
const Base = globalThis.HTMLElement ?? /** @type {typeof HTMLElement} */ (class {});

export class PerceptScorerElement extends Base {
  static formAssociated = true;
  static observedAttributes = ['src', 'tasks', 'name', 'required', 'lang'];

  #internals = this.attachInternals();
  #root = this.attachShadow({ mode: 'open', delegatesFocus: true });
  #view;
  #limitsObserver;
  #live = false;
  #disabled = false;
  #customProblem = '';

  /** Whose scorer: the page's, or one that elements of the same src share. @type {Scorer | null} */
  #given = null;
  /** @type {Lease | null} */
  #lease = null;
  /** @type {LoadProgress | null} */
  #modelProgress = null;

  /** @type {State} */
  #state = 'empty';
  /** @type {File | Blob | null} */
  #picture = null;
  /** What a screen reader hears first about this picture: a result that comes at once must not talk over it. */
  #notice = '';
  /** @type {ScoreResult | null} */
  #result = null;
  /** @type {PerceptError | null} */
  #error = null;
  /** @type {AppliedLimit[]} */
  #limits = [];
  /** Cancels the scoring that runs. @type {AbortController | null} */
  #running = null;
  /** The model's tasks, once it is there. @type {Task[]} */
  #known = [];
  /** Results as elements, until result, limits or language change. @type {Element[]} */
  #shown = [];

  constructor() {
    super();
    this.#view = new View(this.#root, {
      onFiles: (files) => this.#takeFromUser(files),
      onCancel: () => this.#clearByUser(),
      onRemove: () => this.#clearByUser(),
      onRetry: () => this.#retry(),
    });
    this.#view.clearPicture();
    this.#internals.role = 'group';
    this.#limitsObserver = new MutationObserver((changes) => {
      if (changes.some(({ attributeName }) => /^(min|max)-/.test(attributeName ?? ''))) this.#checkLimits();
    });
    this.#listen();
  }

  // ---- attributes as properties ----

  get src() { return this.getAttribute('src') ?? ''; }
  set src(value) { this.setAttribute('src', value); }

  get tasks() { return this.getAttribute('tasks') ?? ''; }
  set tasks(value) { this.setAttribute('tasks', value); }

  get name() { return this.getAttribute('name') ?? ''; }
  set name(value) { this.setAttribute('name', value); }

  get loading() { return this.getAttribute('loading') === 'lazy' ? 'lazy' : 'eager'; }
  set loading(value) { this.setAttribute('loading', value); }

  get required() { return this.hasAttribute('required'); }
  set required(value) { this.toggleAttribute('required', Boolean(value)); }

  get disabled() { return this.hasAttribute('disabled'); }
  set disabled(value) { this.toggleAttribute('disabled', Boolean(value)); }

  // ---- what it holds ----

  get value() { return this.#picture; }
  set value(picture) {
    if (picture === this.#picture) return;
    if (picture === null || picture === undefined) {
      this.clear();
      return;
    }
    checkPicture(picture);
    this.score(picture).catch(() => {}); // the event has told
  }

  get result() { return this.#result; }
  get error() { return this.#error; }

  get scorer() { return this.#given; }
  set scorer(scorer) {
    if (scorer === this.#given) return;
    if (scorer && typeof scorer.score !== 'function') throw new PerceptError('bad-argument', 'The scorer is not what await Scorer.load(url) gives.');
    this.#given = scorer ?? null;
    this.#changeModel();
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
    this.#redraw();
    if (this.#state === 'scoring') this.#run().catch(() => {}); // it was moved meanwhile
    else this.#preload();
  }

  disconnectedCallback() {
    this.#live = false;
    this.#limitsObserver.disconnect();
    this.#running?.abort();
    this.#returnLease();
  }

  /** @param {string} name @param {string | null} before @param {string | null} after */
  attributeChangedCallback(name, before, after) {
    if (!this.#live || before === after) return;
    if (name === 'src') this.#changeModel();
    else if (name === 'tasks' && this.#picture) this.#run().catch(() => {});
    else this.#redraw();
  }

  /** A property that was set on the plain element hides the accessor: set it again through it. @param {typeof SETTABLE[number]} name */
  #upgrade(name) {
    if (!Object.hasOwn(this, name)) return;
    const open = /** @type {Record<string, unknown>} */ (/** @type {unknown} */ (this));
    const value = open[name];
    delete open[name];
    open[name] = value;
  }

  // ---- scoring ----

  /**
   * Takes a picture, as if a person had chosen it, and scores it.
   * @param {File | Blob} picture
   * @returns {Promise<ScoreResult>}
   * @throws {PerceptError} as Scorer.score; 'aborted' when another picture or model, `clear` or removal came first
   */
  async score(picture) {
    checkPicture(picture);
    this.#hold(picture);
    return this.#run();
  }

  /** Lets go of the picture and of what is being done with it. */
  clear() {
    this.#running?.abort();
    this.#hold(null);
    this.#enter('empty');
  }

  /** @param {File | Blob | null} picture */
  #hold(picture) {
    this.#picture = picture;
    this.#notice = '';
    this.#view.clearPicture();
  }

  async #run() {
    const picture = /** @type {File | Blob} */ (this.#picture);
    this.#running?.abort();
    const running = new AbortController();
    const { signal } = running;
    this.#running = running;
    this.#enter('scoring');
    try {
      const { scorer, result } = await this.#ask(picture, signal);
      this.#known = scorer.tasks;
      this.#limits = applyLimits(limitsOf(this), scorer.tasks, /** @type {Record<string, Result>} */ (result.scores));
      this.#view.showPicture(picture, this.#fileName);
      this.#enter('scored', { result });
      this.#dispatch('score', result);
      return result;
    } catch (error) {
      if (!signal.aborted) this.#fail(/** @type {PerceptError} */ (error));
      throw error;
    } finally {
      if (this.#running === running) this.#running = null;
      if (!this.#live) this.#returnLease(); // an element outside of the page keeps no model
    }
  }

  /** @param {File | Blob} picture @param {AbortSignal} signal */
  async #ask(picture, signal) {
    const scorer = await orAborted(this.#model(), signal);
    const tasks = this.tasks.split(/\s+/).filter(Boolean);
    const onProgress = (/** @type {LoadProgress | ScoreProgress} */ progress) => {
      if (!signal.aborted) this.#onScoring(picture, progress);
    };
    const result = await scorer.score(picture, { ...(tasks.length > 0 && { tasks }), signal, onProgress });
    return { scorer, result };
  }

  /** @param {PerceptError} error */
  #fail(error) {
    this.#enter('failed', { error });
    this.#dispatch('error', error);
  }

  #retry() {
    if (this.#picture) {
      this.#run().catch(() => {});
      return;
    }
    this.#enter('empty');
    this.#preload();
  }

  /** A limit came, went or changed: the scores are the same, but they may be refused now. A wrong one was perhaps mended. */
  #checkLimits() {
    if (this.#state === 'failed' && this.#picture) this.#retry();
    if (this.#state !== 'scored') return;
    try {
      this.#limits = applyLimits(limitsOf(this), this.#known, this.#scores);
    } catch (error) {
      this.#fail(/** @type {PerceptError} */ (error));
      return;
    }
    this.#redraw();
  }

  // ---- the model ----

  async #model() {
    if (this.#given) return this.#given;
    if (!this.#lease) {
      if (this.src === '') throw new PerceptError('bad-argument', this.#words.noModel);
      const lease = leaseScorer(resolveLocation(this.src), (progress) => this.#onModel(progress));
      this.#lease = lease;
      lease.scorer.catch(() => {
        if (this.#lease === lease) this.#returnLease();
      });
    }
    return this.#lease.scorer;
  }

  #preload() {
    if (this.loading === 'lazy' || this.src === '' || this.#given) return;
    this.#model().catch((error) => {
      const isAnothers = error.code === 'aborted'; // of an earlier src, whose model nobody wants any more
      if (this.#live && this.#state === 'empty' && !isAnothers) this.#fail(error);
    });
  }

  #returnLease() {
    this.#lease?.release();
    this.#lease = null;
    this.#modelProgress = null;
  }

  #changeModel() {
    this.#returnLease();
    if (!this.#live) return;
    if (this.#picture) this.#run().catch(() => {});
    else this.#retry();
  }

  /** @param {LoadProgress} progress */
  #onModel(progress) {
    this.#modelProgress = progress.phase === 'ready' ? null : progress;
    if (this.#state === 'empty' || this.#state === 'scoring') this.#view.tellProgress(progress, this.#words);
    if (progress.phase === 'ready' && this.#state === 'empty') this.#view.hideProgress();
    this.#dispatch('progress', progress);
  }

  /** @param {File | Blob} picture @param {LoadProgress | ScoreProgress} progress */
  #onScoring(picture, progress) {
    if (progress.phase === 'computing') this.#view.showPicture(picture, this.#fileName);
    this.#view.tellProgress(progress, this.#words);
    this.#dispatch('progress', progress);
  }

  // ---- people ----

  #listen() {
    // Files are kept from the browser also while disabled: it would leave the page to show them.
    const hasFiles = (/** @type {DataTransfer} */ transfer) => transfer?.types.includes('Files');
    this.addEventListener('dragover', (event) => {
      const transfer = /** @type {DataTransfer} */ (event.dataTransfer);
      if (!hasFiles(transfer)) return;
      event.preventDefault();
      transfer.dropEffect = this.#disabled ? 'none' : 'copy';
      this.#view.highlight(!this.#disabled);
    });
    this.addEventListener('dragleave', (event) => {
      const into = /** @type {Node | null} */ (event.relatedTarget);
      if (!this.contains(into) && !this.#root.contains(into)) this.#view.highlight(false);
    });
    this.addEventListener('drop', (event) => {
      this.#view.highlight(false);
      const transfer = /** @type {DataTransfer} */ (event.dataTransfer);
      if (!hasFiles(transfer)) return;
      event.preventDefault();
      this.#takeFromUser([...transfer.files]);
    });
    this.addEventListener('paste', (event) => this.#takeFromUser([...(event.clipboardData?.files ?? [])]));
    this.addEventListener('keydown', (event) => {
      if (event.key === 'Escape' && this.#state === 'scoring') this.#clearByUser();
    });
    // A label's click reaches the element itself, and not one of its parts.
    this.addEventListener('click', (event) => {
      if (event.composedPath()[0] === this) this.#view.openPicker();
    });
  }

  /** @param {File[]} files */
  #takeFromUser(files) {
    if (files.length === 0 || this.#disabled) return;
    this.score(files[0]).catch(() => {});
    if (files.length > 1) {
      this.#notice = this.#words.firstOnly(this.#fileName);
      this.#view.announce(this.#notice);
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

  // ---- drawing ----

  get #language() { return languageOf(this); }
  get #words() { return wordsFor(this.#language); }
  get #fileName() { return this.#picture ? (/** @type {File} */ (this.#picture).name || this.#words.pasted) : ''; }

  /**
   * Changes the state, which everything else follows from.
   * @param {State} state
   * @param {{result?: ScoreResult | null, error?: PerceptError | null}} [outcome]
   */
  #enter(state, { result = null, error = null } = {}) {
    this.#state = state;
    this.#result = result;
    this.#error = error;
    this.#redraw();
    if (state === 'scoring') this.#view.tellProgress(this.#modelProgress, this.#words);
    this.#view.announce(this.#spoken);
  }

  /** What a screen reader says of the state. */
  get #spoken() {
    const words = this.#words;
    const notices = this.#notice === '' ? [] : [this.#notice];
    if (this.#error) return words.sentences([...notices, words.failed(this.#error)]);
    if (!this.#result) return words.sentences(notices);
    const summaries = this.#scoredTasks.map((task) => resultSummary(task, this.#scores[task.id], this.#reading));
    return words.sentences([...notices, words.scored(summaries), ...this.#refusals]);
  }

  get #scores() {
    return /** @type {Record<string, Result>} */ (this.#result?.scores ?? {});
  }

  /** In the order asked for. */
  get #scoredTasks() {
    return Object.keys(this.#scores).flatMap((id) => this.#known.filter((task) => task.id === id));
  }

  /** @returns {Reading} */
  get #reading() {
    return { words: this.#words, language: this.#language, limits: this.#limits };
  }

  /** Draws the results anew, too. */
  #redraw() {
    this.#shown = this.#state === 'scored' ? this.#scoredTasks.map((task) => resultElement(task, this.#scores[task.id], this.#reading)) : [];
    this.#update();
  }

  /** A sentence for each limit that is not kept. */
  get #refusals() {
    if (this.#state !== 'scored') return [];
    return this.#limits.filter(({ broken }) => broken).map(({ task, range, bound, limit }) => {
      const value = formatScore(this.#scores[task.id].value, range, limit);
      const say = bound === 'min' ? this.#words.tooLow : this.#words.tooHigh;
      return say(localize(task.title, this.#language), value, limit);
    });
  }

  #update() {
    const refusals = this.#refusals;
    const refused = refusals.length > 0;
    const words = this.#words;
    const problem = this.#error ? words.failed(this.#error) : words.sentences(refused ? [...refusals, words.refusal] : []);
    this.#view.show({
      state: this.#state,
      words,
      language: this.#language,
      fileName: this.#fileName,
      results: this.#shown,
      message: problem,
      refused,
      canRetry: this.#error !== null && WORTH_A_RETRY.has(this.#error.code),
      disabled: this.#disabled,
    });
    if (this.#state === 'empty' && this.#modelProgress) this.#view.tellProgress(this.#modelProgress, words);
    this.#tellStates(refused);
    this.#tellForm(problem);
  }

  /** For :state(). @param {boolean} refused */
  #tellStates(refused) {
    const { states } = this.#internals;
    if (!states) return;
    for (const state of ['empty', 'scoring', 'scored', 'failed']) states[state === this.#state ? 'add' : 'delete'](state);
    states[refused ? 'add' : 'delete']('refused');
  }

  /** What the form would send, and why it must not. @param {string} problem */
  #tellForm(problem) {
    const { name } = this;
    let data = null;
    if (name !== '' && this.#picture) {
      data = new FormData();
      data.append(name, this.#picture, this.#fileName);
      if (this.#result) data.append(`${name}-scores`, JSON.stringify(plainScores(this.#result.scores)));
    }
    this.#internals.setFormValue(data);

    const flags = {
      customError: this.#customProblem !== '' || this.#state === 'scoring',
      valueMissing: this.#state === 'empty' && this.required,
      badInput: this.#state === 'failed' && this.#picture !== null,
      rangeUnderflow: this.#state === 'scored' && this.#limits.some(({ broken, bound }) => broken && bound === 'min'),
      rangeOverflow: this.#state === 'scored' && this.#limits.some(({ broken, bound }) => broken && bound === 'max'),
    };
    if (this.#state === 'failed' && !this.#picture && this.required) flags.valueMissing = true;
    const isValid = !Object.values(flags).includes(true);
    const message = this.#customProblem || (this.#state === 'scoring' ? this.#words.busy : problem) || this.#words.missing;
    this.#internals.setValidity(isValid ? {} : flags, isValid ? '' : message, this.#view.anchor);
  }
}

/** @param {unknown} picture */
function checkPicture(picture) {
  if (!isBlob(picture)) throw new PerceptError('bad-argument', 'The picture is not a Blob or File.');
}

if (globalThis.customElements && !customElements.get('percept-scorer')) customElements.define('percept-scorer', PerceptScorerElement);
