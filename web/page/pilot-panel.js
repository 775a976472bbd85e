/** What a pilot needs to decide, drawn: the user's own figures, and what follows from them. */
import { digitsFor, formatPercent, formatSpan } from '../ui/formats.js';
import { html, nothing } from '../ui/html.js';
import { keyed } from '../ui/lit-directives.js';
import { agreementOf, agreementText, agreementWords, cautionsOf, comparedBy } from './agreement.js';
import { answersNumber, judgeable } from './answers.js';
import { figuresTemplate } from './figures.js';
import { keep, recall } from './kept.js';
import { say, together, words } from './language.js';
import { pilotFigures } from './pilot.js';
import { taskField } from './task-field.js';
import { missing, verdictOf } from './verdict.js';

/** @import {ChangeEvent, Line, ScoreTask, Task} from './types.d.ts' */
/** @import {AgreementParts} from './agreement.js' */
/** @typedef {{rate: number, cost: number, tolerance: Record<string, number>, task: string}} Given by the user: tolerances by task, and the chosen task */

/** What was given at an earlier visit. @returns {Given} */
function given() {
  const { tolerance, ...kept } = recall('pilot') ?? {};
  return { rate: 300, cost: 1, task: '', ...kept, tolerance: { ...tolerance } };
}

export class PilotPanel {
  #parts;
  #onGiven;
  #given = given();

  /** @param {AgreementParts} parts @param {() => void} onGiven the user has changed a figure: it is to be drawn again */
  constructor(parts, onGiven) {
    this.#parts = parts;
    this.#onGiven = onGiven;
  }

  /** The chosen one. @returns {Task | undefined} */
  get task() {
    const tasks = judgeable(this.#parts.model.tasks);
    return tasks.find(({ id }) => id === this.#given.task) ?? tasks[0];
  }

  template() {
    const { task } = this;
    if (!task) return nothing;
    const { rate, cost } = this.#given;
    return html`
      <section class="panel pilot">
        <h3>${say('pilot.title')}</h3>
        <p class="notes">${say('pilot.words')}</p>
        <div class="fields">
          ${taskField('pilot-task', judgeable(this.#parts.model.tasks), task, (id) => this.#give({ task: id }))}
          ${numberField({ id: 'pilot-rate', name: say('pilot.rate'), value: rate, min: 1 }, (value) => this.#give({ rate: value }))}
          ${answersNumber(task) ? this.#toleranceField(task) : nothing}
          ${numberField({ id: 'pilot-cost', name: say('pilot.costEach'), value: cost, min: 0 }, (value) => this.#give({ cost: value }))}
        </div>
        <p class="verdict" role="status">${this.verdict(task)}</p>
        ${figuresTemplate(this.lines(task))}
      </section>`;
  }

  /** What follows from the intervals. @param {Task} task */
  verdict(task) {
    const { agreement, compared, interval, judged, verdict } = this.#figures(task);
    const text = (/** @type {number} */ value) => agreementText(task, value);
    const told = say(`verdict.${verdict}`, {
      judged, more: missing(judged), low: text(agreement.interval?.[0] ?? 0), high: text(agreement.interval?.[1] ?? 0), chance: text(agreement.chance), wrong: formatPercent(interval?.[1] ?? 1),
    });
    return together(told, ...cautionsOf(task, compared, this.#parts));
  }

  /** @param {Task} task @returns {Line[]} */
  lines(task) {
    const { agreement, scored, verdict, ...figures } = this.#figures(task);
    const isWorth = verdict === 'sorts' || verdict === 'decides';
    /** @type {(values: number[] | null, format: (value: number) => string) => string} */
    const between = (values, format) => (values === null ? '—' : say('pilot.between', { value: format(values[0]), low: format(values[1]), high: format(values[2]) }));
    const count = (/** @type {number} */ value) => value.toFixed(value < 10 ? 1 : 0);
    const hours = (/** @type {number} */ value) => (scored === 0 ? '—' : formatSpan(value * 3_600_000, words()));
    return [
      [say('pilot.scored'), say('agreement.count', { count: scored })],
      [say('pilot.byHand'), hours(figures.handHours)],
      [say('pilot.byMachine'), hours(figures.machineHours)],
      [say('pilot.saved'), isWorth ? hours(figures.savedHours) : say('pilot.savedNot')],
      [say('pilot.agreement'), figures.judged === 0 ? say('agreement.none') : agreementWords(task, agreement)],
      [say('pilot.disagreements'), disagreementWords(figures)],
      [say('pilot.expected'), between(figures.expected, count)],
      [say('pilot.cost'), between(figures.expectedCost, count)],
    ];
  }

  /** @param {Task} task */
  #figures(task) {
    const scored = this.#parts.pictures.shown.filter((item) => item.scores?.[task.id]);
    const compared = comparedBy(task, this.#parts);
    const { pairs, clusters } = compared;
    const agreement = agreementOf(task, compared);
    const machineMilliseconds = scored.reduce((sum, { facts }) => sum + (facts?.milliseconds ?? 0), 0);
    const { rate, cost } = this.#given;
    const figures = pilotFigures({ scored: scored.length, machineMilliseconds, pairs, clusters, rate, tolerance: this.#toleranceOf(task), cost });
    const verdict = verdictOf({ judged: pairs.length, agreement: agreement.interval, chance: agreement.chance, disagreements: figures.interval });
    return { scored: scored.length, compared, agreement, verdict, ...figures };
  }

  /** Numbers that are further apart disagree; by default a tenth of the scale. @param {Task} task */
  #toleranceOf(task) {
    if (!answersNumber(task)) return 0;
    const [low, high] = task.output.to;
    return this.#given.tolerance[task.id] ?? Math.abs(high - low) / 10;
  }

  /** @param {ScoreTask} task */
  #toleranceField(task) {
    const value = Number(this.#toleranceOf(task).toFixed(digitsFor(task.output.to)));
    const take = (/** @type {number} */ tolerance) => this.#give({ tolerance: { ...this.#given.tolerance, [task.id]: tolerance } });
    return keyed(task.id, numberField({ id: 'pilot-tolerance', name: say('pilot.tolerance'), value, min: 0 }, take));
  }

  /** @param {Partial<Given>} change */
  #give(change) {
    Object.assign(this.#given, change);
    keep('pilot', this.#given);
    this.#onGiven();
  }
}

/** @param {Pick<ReturnType<typeof pilotFigures>, 'share' | 'interval' | 'disagreements' | 'judged'>} figures */
function disagreementWords({ share, interval, disagreements, judged }) {
  if (share === null || interval === null) return say('pilot.unjudged');
  const [low, high] = interval;
  return say('pilot.share', { share: formatPercent(share), count: disagreements, judged, low: formatPercent(low), high: formatPercent(high) });
}

/** @param {{id: string, name: string, value: number, min: number}} field @param {(value: number) => void} onValue */
function numberField({ id, name, value, min }, onValue) {
  const onChange = (/** @type {ChangeEvent} */ { currentTarget: input }) => {
    if (input.reportValidity() && input.value !== '') onValue(Number(input.value));
  };
  return html`<label><span>${name}</span><input id=${id} type="number" min=${min} step="any" .value=${String(value)} @change=${onChange} /></label>`;
}
