/** The part of a trait's card that trains deeper: depth, time and memory, progress with a live curve, the end. */
import { LEAST_LABELS } from '../lib/shared/statistics.js';
import { formatSpan } from '../ui/formats.js';
import { html, nothing, svg } from '../ui/html.js';
import { named, say, words } from './language.js';
import { needsWords } from './training-needs.js';

/**
 * @import {Lesson} from '../lib/percept.js'
 * @import {ChangeEvent, TaughtHere} from './types.d.ts'
 * @import {Deeper, Round, Training} from './deeper.js'
 * @import {Traits} from './traits.js'
 */

const WIDTH = 340;
const HEIGHT = 130;
const EDGE = 10;

/** What gets the focus when the button that had it goes, the first that is there. @type {Record<string, string[]>} */
const FOLLOWING = { 'start-deeper': ['cancel-deeper', 'ask-deeper'], 'cancel-deeper': ['start-deeper', 'ask-deeper'] };

export class DeeperSection {
  #deeper;
  #traits;
  #render;
  /** The lessons that are to be trained in all blocks. @type {Set<string>} */
  #whole = new Set();

  /** @param {Deeper} deeper @param {Traits} traits @param {() => void} render draws it again */
  constructor(deeper, traits, render) {
    this.#deeper = deeper;
    this.#traits = traits;
    this.#render = render;
  }

  /** @param {TaughtHere} lesson @param {number} layers of the model */
  template(lesson, layers) {
    const training = this.#deeper.of(lesson.id);
    const isRunning = training?.state === 'running';
    const ending = this.#deeper.ending(lesson.id);
    return html`
      <section class="deeper" aria-busy=${isRunning}>
        <h4>${say('deeper.title')}</h4>
        <p class="notes">${say('deeper.words')}</p>
        ${isRunning ? nothing : this.#standingTemplate(lesson)}
        ${isRunning ? this.#runningTemplate(training) : this.#startTemplate(lesson, layers, training)}
        ${training?.problem ? html`<p class="problem" role="alert">${words().explain(training.problem)}</p>` : nothing}
        ${ending === '' ? nothing : html`<p class="notice deeper-end">${ending}</p>`}
      </section>`;
  }

  /** What becomes, or became, of a deeper training. @param {TaughtHere} lesson */
  #standingTemplate({ id }) {
    if (this.#traits.isDeeper(id)) return html`<p class="notice">${say('deeper.replaced')}</p>`;
    return this.#traits.hasDeeperAside(id) ? html`<p class="notice">${say('deeper.aside')}</p>` : nothing;
  }

  /** Hands the focus on. @param {Element | null} held what had it before all was drawn */
  follow(held) {
    if (!held || held.isConnected) return;
    (FOLLOWING[held.id] ?? []).map((id) => document.getElementById(id)).find((each) => each !== null)?.focus();
  }

  /** @param {TaughtHere} lesson @param {number} layers @param {Training | null} training */
  #startTemplate(lesson, layers, training) {
    const { count, missing } = this.#deeper.judged(lesson);
    if (count < LEAST_LABELS) return html`<p class="state">${say('deeper.few', { count })}</p>`;
    const last = Math.max(1, Math.round(layers / 4));
    const isAll = this.#whole.has(lesson.id);
    /** @type {Lesson['depth']} */
    const depth = isAll ? 'all' : { last };
    const needs = training?.needs;
    return html`
      <div class="fields">
        <label><span>${say('deeper.depth')}</span>
          <select id="depth" @change=${(/** @type {ChangeEvent<HTMLSelectElement>} */ { currentTarget }) => this.#choose(lesson, currentTarget.value === 'all')}>
            <option value="last" .selected=${!isAll}>${say('deeper.last', { count: last })}</option>
            <option value="all" .selected=${isAll}>${say('deeper.all')}</option>
          </select></label>
        <button type="button" id="ask-deeper" aria-disabled=${this.#deeper.isBusy(lesson)} @click=${() => this.#deeper.ask(lesson, depth)}>${say('deeper.ask')}</button>
      </div>
      ${missing > 0 ? html`<p class="notes">${say('deeper.absent', { count: missing })}</p>` : nothing}
      ${training?.state === 'asking' ? html`<p class="state" role="status">${say('deeper.asking')}</p>` : nothing}
      ${needs ? html`
        <p class="needs" role="status">${needsWords(needs, words())}</p>
        ${needs.fits ? html`<p class="actions"><button type="button" id="start-deeper" class="primary" @click=${() => this.#deeper.start(lesson, depth)}>${say('deeper.start')}</button></p>` : nothing}` : nothing}`;
  }

  /** What was asked for another depth is forgotten. @param {TaughtHere} lesson @param {boolean} isAll */
  #choose({ id }, isAll) {
    if (isAll) this.#whole.add(id);
    else this.#whole.delete(id);
    this.#deeper.forget(id);
    this.#render();
  }

  /** @param {Training} training */
  #runningTemplate({ progress, rounds }) {
    return html`
      <p>${progressWords(progress)}</p>
      <progress max="1" value=${progress && progress.total > 0 ? progress.done / progress.total : nothing} aria-label=${say('deeper.title')}></progress>
      ${lossTemplate(rounds)}
      <p class="actions"><button type="button" id="cancel-deeper" @click=${() => this.#deeper.cancel()}>${say('queue.cancel')}</button></p>`;
  }
}

/** @param {Training['progress']} progress */
function progressWords(progress) {
  if (progress === null) return say('deeper.looking');
  const { phase, secondsLeft, training } = progress;
  const known = ['looking', 'fitting', 'training', 'finishing'].includes(phase) ? phase : 'looking'; // the engine tells of its own loading, too
  const plain = say(`deeper.${known}`);
  const text = secondsLeft === null || secondsLeft === undefined ? plain : say('progress.remaining', { text: plain, span: formatSpan(secondsLeft * 1000, words()) });
  if (!training) return text;
  return training.fold === null ? say('deeper.last-fit', { epoch: training.epoch, text }) : say('deeper.fold', { fold: training.fold + 1, epoch: training.epoch, text });
}

/** @param {Round} round */
const errorOf = ({ aside, loss }) => aside ?? loss;

/** The error by round, a line for each fold. @param {Round[]} rounds */
function lossTemplate(rounds) {
  if (rounds.length < 2) return nothing;
  const most = Math.max(...rounds.map(errorOf));
  const longest = Math.max(2, ...rounds.map(({ epoch }) => epoch));
  const x = (/** @type {number} */ epoch) => EDGE + ((epoch - 1) / (longest - 1)) * (WIDTH - 2 * EDGE);
  const y = (/** @type {number} */ value) => HEIGHT - EDGE - (most > 0 ? value / most : 0) * (HEIGHT - 2 * EDGE);
  const folds = [...new Set(rounds.map(({ fold }) => fold))];
  const latest = rounds[rounds.length - 1];
  const path = (/** @type {number | null} */ wanted) => rounds.filter(({ fold }) => fold === wanted)
    .map((round, at) => `${at === 0 ? 'M' : 'L'}${x(round.epoch).toFixed(1)} ${y(errorOf(round)).toFixed(1)}`).join('');
  return html`
    <figure class="curve">
      <figcaption>${say('deeper.curve')}</figcaption>
      <svg viewBox=${`0 0 ${WIDTH} ${HEIGHT}`} role="img" aria-label=${named(say('deeper.curve'), say('deeper.point', { epoch: latest.epoch, value: errorOf(latest).toFixed(3) }))}>
        <path class="axis" d=${`M${EDGE} ${EDGE}V${HEIGHT - EDGE}H${WIDTH - EDGE}`} />
        ${folds.map((fold) => svg`<path class=${fold === latest.fold ? 'line' : 'line earlier'} d=${path(fold)} />`)}
        <circle cx=${x(latest.epoch)} cy=${y(errorOf(latest))} r="3.5"></circle>
      </svg>
    </figure>`;
}
