/** The tab of the model: which one, its tasks, its card. */
import { element } from '../ui/element.js';
import { renew } from '../ui/renew.js';
import { topicsElement } from './results.js';
import { localize, say } from './language.js';

/** @import {Context, Manifest} from './types.d.ts' */

export class ModelPanel {
  #root;
  #context;

  /**
   * @param {HTMLElement} root
   * @param {Pick<Context, 'manifest'> & {location: () => string, isOn: (task: string) => boolean, onTask: (task: string, on: boolean) => void,
   *   onLoad: (location: string | File[]) => void}} context
   */
  constructor(root, context) {
    this.#root = root;
    this.#context = context;
  }

  render() {
    const manifest = this.#context.manifest();
    renew(this.#root, () => [this.#chooserElement(), ...(manifest
      ? [this.#tasksElement(manifest), cardElement(manifest)]
      : [element('p', { className: 'state', textContent: say('model.waiting') })])]);
  }

  #chooserElement() {
    const { location, onLoad } = this.#context;
    const input = element('input', { id: 'model-address', type: 'text', inputMode: 'url', autocomplete: 'off', spellcheck: false, defaultValue: location(), required: true });
    const folder = element('input', { type: 'file', id: 'model-folder', hidden: true, webkitdirectory: true, multiple: true });
    folder.addEventListener('change', () => {
      const files = [...folder.files ?? []];
      folder.value = ''; // the same folder may be chosen again
      if (files.length > 0) onLoad(files);
    });
    const form = element('form', { className: 'fields' },
      element('label', { className: 'wide' }, element('span', { textContent: say('model.address') }), input),
      element('button', { type: 'submit', className: 'primary', textContent: say('model.load') }),
      element('button', { type: 'button', id: 'choose-model', textContent: say('model.folder'), onclick: () => folder.click() }), folder);
    form.addEventListener('submit', (event) => {
      event.preventDefault();
      onLoad(input.value.trim());
    });
    return element('section', { className: 'panel' }, element('h3', { textContent: say('model.choose') }),
      element('p', { className: 'notes', textContent: say('model.chooseWords') }), form);
  }

  /** @param {Manifest} manifest */
  #tasksElement({ tasks }) {
    const { isOn, onTask } = this.#context;
    return element('section', { className: 'panel' },
      element('h3', { textContent: say('model.tasks') }),
      element('ul', { className: 'tasks' }, ...tasks.map(({ id, title }) => {
        const box = element('input', { type: 'checkbox', checked: isOn(id), 'data-task-switch': id });
        box.addEventListener('change', () => onTask(id, box.checked));
        return element('li', {}, element('label', {}, box, element('span', { textContent: localize(title) })));
      })));
  }
}

/** @param {Manifest} manifest */
function cardElement(manifest) {
  const { tower } = manifest;
  return element('section', { className: 'panel card-of-model' },
    element('h3', { textContent: say('model.card') }),
    element('p', { className: 'lead', textContent: manifest.name }),
    element('p', { className: 'notes', textContent: [
      say('model.license', { license: manifest.license }),
      say('model.tower', { layers: tower.layers, width: tower.width, storage: tower.storage }),
    ].join(' · ') }),
    topicsElement(manifest.about),
    ...manifest.tasks.map((task) => element('details', { className: 'about' },
      element('summary', { textContent: localize(task.title) }),
      task.license ? element('p', { className: 'notes', textContent: say('model.license', { license: task.license }) }) : null,
      topicsElement(task.about))));
}
