/** The tab of judgements: who judges, what to judge next, raters' files, agreement and labels.csv. */
import { agreementElement } from './agreement.js';
import { download } from './download.js';
import { element } from '../ui/element.js';
import { judgeable } from '../ui/kinds.js';
import { writeLabels } from './labels.js';
import { proposeNext } from './proposals.js';
import { renew } from '../ui/renew.js';
import { localize, say } from './language.js';

/** @import {Context, Task} from './types.d.ts' */

const PROPOSALS = 8;

export class JudgementsPanel {
  #root;
  #context;
  #message = '';
  /** @type {string | null} */
  #taskId = null;

  /**
   * @param {HTMLElement} root
   * @param {Pick<Context, 'store' | 'tasks' | 'judgements' | 'onOpen'>} context
   */
  constructor(root, context) {
    this.#root = root;
    this.#context = context;
  }

  get #task() {
    const tasks = judgeable(this.#context.tasks());
    return tasks.find(({ id }) => id === this.#taskId) ?? tasks[0] ?? null;
  }

  render() {
    renew(this.#root, () => this.#parts());
  }

  #parts() {
    const task = this.#task;
    const { judgements, store, onOpen } = this.#context;
    if (task === null) return [element('p', { className: 'state', textContent: say('model.waiting') })];
    const unjudged = store.items.filter((item) => item.state === 'scored' && judgements.own(task.id, item.path) === null);
    const proposals = proposeNext(unjudged, task, PROPOSALS);
    return [
      element('p', { className: 'lead', textContent: say('judgements.lead') }),
      judgements.isKept ? null : element('p', { className: 'notice', role: 'alert', textContent: say('judgements.notKept') }),
      element('div', { className: 'fields' }, this.#taskField(task), this.#raterField(), this.#blindField()),
      element('section', { className: 'panel' },
        element('h3', { textContent: say('judgements.next') }),
        element('p', { className: 'notes', textContent: say('judgements.nextWords') }),
        element('ol', { className: 'proposals' }, ...proposals.map((item) => element('li', { 'data-item': item.id }, element('button', { type: 'button', onclick: () => onOpen(item) },
          item.thumbnail ? element('img', { src: item.thumbnail, alt: '' }) : null, element('span', { textContent: item.name }))))),
        proposals.length === 0 ? element('p', { className: 'state', textContent: say('judgements.allJudged') }) : null),
      element('section', { className: 'panel' },
        element('h3', { textContent: say('judgements.agreement', { task: localize(task.title) }) }),
        agreementElement(task, judgements, store.items)),
      this.#ratersElement(task),
    ];
  }

  /** @param {Task} task the chosen one */
  #taskField(task) {
    const select = element('select', { id: 'judged-task' }, ...judgeable(this.#context.tasks())
      .map(({ id, title }) => element('option', { value: id, textContent: localize(title), selected: id === task.id })));
    select.addEventListener('change', () => {
      this.#taskId = select.value;
      this.render();
    });
    return element('label', {}, element('span', { textContent: say('judgements.task') }), select);
  }

  #raterField() {
    const input = element('input', { id: 'rater', type: 'text', autocomplete: 'off', defaultValue: this.#context.judgements.rater, placeholder: 'me' });
    input.addEventListener('change', () => { this.#context.judgements.rater = input.value.trim(); });
    return element('label', {}, element('span', { textContent: say('judgements.rater') }), input);
  }

  #blindField() {
    const box = element('input', { id: 'blind', type: 'checkbox', checked: this.#context.judgements.blind });
    box.addEventListener('change', () => { this.#context.judgements.blind = box.checked; });
    return element('label', { className: 'check' }, box, element('span', { textContent: say('judgements.blind') }));
  }

  /** @param {Task} task */
  #ratersElement(task) {
    const { judgements } = this.#context;
    const raters = judgements.raters(task.id);
    const own = judgements.rater || 'me';
    const input = element('input', { type: 'file', id: 'rater-files', accept: '.csv,text/csv', multiple: true, hidden: true });
    input.addEventListener('change', () => {
      const files = [...input.files ?? []];
      input.value = ''; // the same file may be chosen again
      this.#join(task, files);
    });
    return element('section', { className: 'panel', 'data-task': task.id },
      element('h3', { textContent: say('raters.title') }),
      element('p', { className: 'notes', textContent: say('raters.words') }),
      element('ul', { className: 'raters' }, ...raters.map(([rater, count]) => element('li', { 'data-rater': rater },
        element('span', { textContent: say('raters.row', { rater, count }) }),
        rater === own ? null : element('button', { type: 'button', className: 'small quiet', textContent: say('raters.remove'), 'aria-label': say('raters.removeOne', { rater }), onclick: () => judgements.leave(task.id, rater) })))),
      element('p', { className: 'actions' },
        element('button', { type: 'button', id: 'join-raters', textContent: say('raters.join'), onclick: () => input.click() }), input,
        element('button', {
          type: 'button', id: 'save-labels', className: 'primary', disabled: raters.length === 0, textContent: say('raters.save'),
          onclick: () => download(writeLabels(judgements.labels(task.id)), 'labels.csv', 'text/csv'),
        })),
      element('p', { className: 'message', role: 'status', textContent: this.#message }));
  }

  /** @param {Task} task @param {File[]} files */
  async #join(task, files) {
    const notes = [];
    for (const file of files) {
      try {
        const labels = this.#context.judgements.join(task.id, await file.text(), file.name.replace(/\.csv$/i, ''));
        notes.push(say('raters.joined', { file: file.name, count: labels.length }));
      } catch (error) {
        const { code, line = 0 } = /** @type {import('./labels.js').LabelsError} */ (error);
        if (!code) throw error;
        notes.push(say(`raters.${code}`, { file: file.name, line }));
      }
    }
    this.#message = notes.join(' ');
    this.render();
  }
}
