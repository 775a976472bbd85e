/** The tab of reports: files out and in, the pilot's figures, and the report that is printed. */
import { agreementFigures, agreementWords } from './agreement.js';
import { download } from './download.js';
import { element } from '../ui/element.js';
import { readResults, writeResults, writeTable } from './exchange.js';
import { givesScore, judgeable } from '../ui/kinds.js';
import { keep, recall } from './kept.js';
import { pilotFigures } from './pilot.js';
import { renew } from '../ui/renew.js';
import { printReport } from './report.js';
import { digitsFor, formatPercent, formatSpan } from '../ui/formats.js';
import { localize, say, words } from './language.js';

/** @import {Context, Line, Manifest, Session, Task} from './types.d.ts' */
/** @typedef {{rate: number, cost: number, tolerance: Record<string, number>, task: string}} Given by the user: tolerances by task, and the chosen task */

/** What was given at an earlier visit. @returns {Given} */
function given() {
  const { tolerance, ...kept } = recall('pilot') ?? {};
  return { rate: 300, cost: 1, task: '', ...kept, tolerance: { ...tolerance } };
}

export class ReportPanel {
  #root;
  #context;
  #message = '';
  /** @type {Given} */
  #given = given();

  /** @param {HTMLElement} root @param {Pick<Context, 'store' | 'tasks' | 'judgements' | 'session' | 'manifest'>} context */
  constructor(root, context) {
    this.#root = root;
    this.#context = context;
  }

  render() {
    const ready = this.#context.manifest() !== null;
    renew(this.#root, () => [this.#filesElement(ready), ready ? this.#pilotElement() : null]);
  }

  /** @param {boolean} ready whether there is a model */
  #filesElement(ready) {
    const { session, store } = this.#context;
    const input = element('input', { type: 'file', id: 'results-file', accept: '.json,.csv,application/json,text/csv', hidden: true });
    input.addEventListener('change', () => {
      const file = input.files?.[0];
      input.value = ''; // the same file may be chosen again
      if (file) this.#import(file);
    });
    const some = ready && store.items.some(({ scores }) => scores);
    /** @type {(id: string, key: string, write: (session: Session) => string, name: string, type: string) => HTMLElement} */
    const save = (id, key, write, name, type) => element('button', {
      type: 'button', id, disabled: !some, textContent: say(key), onclick: async () => download(write(await session()), name, type),
    });
    return element('section', { className: 'panel' },
      element('h3', { textContent: say('files.title') }),
      element('p', { className: 'notes', textContent: say('files.words') }),
      element('p', { className: 'actions' },
        save('save-csv', 'files.csv', writeTable, 'percept-results.csv', 'text/csv'),
        save('save-json', 'files.json', writeResults, 'percept-results.json', 'application/json'),
        element('button', { type: 'button', id: 'import', disabled: !ready, textContent: say('files.import'), onclick: () => input.click() }), input,
        element('button', { type: 'button', id: 'print', className: 'primary', disabled: !some, textContent: say('files.print'), onclick: () => this.#print() })),
      element('p', { className: 'message', role: 'status', textContent: this.#message }));
  }

  /** @param {File} file */
  async #import(file) {
    const { store, tasks, judgements, session } = this.#context;
    try {
      const read = readResults(await file.text(), tasks());
      store.add(read.pictures);
      for (const { task, image, label, agreed } of read.judgements) judgements.judge(task, image, label, agreed);
      const { model } = await session();
      const other = read.models.some((sha256) => sha256 !== model.sha256);
      this.#message = say('files.imported', { count: read.pictures.length }) + (other ? ` ${say('files.otherModel')}` : '');
    } catch (error) {
      if (/** @type {{code?: string}} */ (error).code !== 'not-results') throw error;
      this.#message = say('files.notResults', { file: file.name });
    }
    this.render();
  }

  get #task() {
    const tasks = judgeable(this.#context.tasks());
    return tasks.find(({ id }) => id === this.#given.task) ?? tasks[0];
  }

  /** @param {Task} task */
  #toleranceOf(task) {
    if (!givesScore(task)) return 0;
    const [low, high] = task.output.to;
    return this.#given.tolerance[task.id] ?? Math.abs(high - low) / 10;
  }

  /** @param {Task} task */
  #figures(task) {
    const { store, judgements } = this.#context;
    const scored = store.items.filter((item) => item.scores?.[task.id]);
    const pairs = judgements.pairs(task, store.items);
    return {
      scored: scored.length,
      pairs,
      ...pilotFigures({
        scored: scored.length, pairs, rate: this.#given.rate, cost: this.#given.cost, tolerance: this.#toleranceOf(task),
        machineMilliseconds: scored.reduce((sum, { facts }) => sum + (facts?.milliseconds ?? 0), 0),
      }),
    };
  }

  /** The pilot's lines. @param {Task} task @returns {Line[]} */
  #lines(task) {
    const figures = this.#figures(task);
    const isScore = givesScore(task);
    /** @type {(values: number[], format: (value: number) => string) => string} */
    const threeOf = (values, format) => say('pilot.between', { value: format(values[0]), low: format(values[1]), high: format(values[2]) });
    const count = (/** @type {number} */ value) => value.toFixed(value < 10 ? 1 : 0);
    const hours = (/** @type {number} */ value) => formatSpan(value * 3_600_000, words());
    /** @type {Line[]} */
    const lines = [
      ['pilot.scored', say('agreement.count', { count: figures.scored })],
      ['pilot.byHand', hours(figures.handHours)],
      ['pilot.byMachine', hours(figures.machineHours)],
      ['pilot.saved', hours(figures.savedHours)],
      ['pilot.agreement', figures.pairs.length === 0 ? say('agreement.none') : agreementWords(agreementFigures(figures.pairs, isScore), isScore)],
      ['pilot.disagreements', figures.share === null || figures.interval === null ? say('pilot.unjudged') : say('pilot.share', {
        share: formatPercent(figures.share), count: figures.disagreements, judged: figures.judged, low: formatPercent(figures.interval[0]), high: formatPercent(figures.interval[1]),
      })],
      ['pilot.expected', figures.expected === null ? '—' : threeOf(figures.expected, count)],
      ['pilot.cost', figures.expectedCost === null ? '—' : threeOf(figures.expectedCost, count)],
    ];
    return lines.map(([key, words]) => [say(key), words]);
  }

  #pilotElement() {
    const task = this.#task;
    if (!task) return element('div');
    /** @type {(id: string, key: string, value: number, min: number, take: (value: number) => void) => HTMLElement} */
    const field = (id, key, value, min, take) => {
      const input = element('input', { id, type: 'number', min: String(min), step: 'any', defaultValue: String(value) });
      input.addEventListener('change', () => {
        if (!input.checkValidity() || input.value === '') {
          input.reportValidity();
          return;
        }
        take(Number(input.value));
        this.#keep();
      });
      return element('label', {}, element('span', { textContent: say(key) }), input);
    };
    const select = element('select', { id: 'pilot-task' }, ...judgeable(this.#context.tasks())
      .map(({ id, title }) => element('option', { value: id, textContent: localize(title), selected: id === task.id })));
    select.addEventListener('change', () => {
      this.#given.task = select.value;
      this.#keep();
    });
    return element('section', { className: 'panel pilot', 'data-task': task.id },
      element('h3', { textContent: say('pilot.title') }),
      element('p', { className: 'notes', textContent: say('pilot.words') }),
      element('div', { className: 'fields' },
        element('label', {}, element('span', { textContent: say('judgements.task') }), select),
        field('pilot-rate', 'pilot.rate', this.#given.rate, 1, (value) => { this.#given.rate = value; }),
        givesScore(task) ? field('pilot-tolerance', 'pilot.tolerance', Number(this.#toleranceOf(task).toFixed(digitsFor(task.output.to))), 0, (value) => { this.#given.tolerance[task.id] = value; }) : null,
        field('pilot-cost', 'pilot.costEach', this.#given.cost, 0, (value) => { this.#given.cost = value; })),
      element('dl', { className: 'figures' }, ...this.#lines(task).flatMap(([name, words]) => [element('dt', { textContent: name }), element('dd', { textContent: words })])));
  }

  #keep() {
    keep('pilot', this.#given);
    this.render();
  }

  async #print() {
    const { manifest, tasks } = this.#context;
    printReport({ ...await this.#context.session(), manifest: /** @type {Manifest} */ (manifest()), pilot: { task: this.#task, lines: this.#lines(this.#task) }, tasks: tasks() });
  }
}
