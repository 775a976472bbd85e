/** The tab of the model: which one, its tasks, its card. */
import { html, nothing, render } from '../ui/html.js';
import { live, repeat } from '../ui/lit-directives.js';
import { takeFiles } from './file-input.js';
import { find } from './find.js';
import { localize, say } from './language.js';
import { topicsTemplate, unfamiliarTemplate } from './result.js';

/** @import {ChangeEvent, Manifest} from './types.d.ts' */
/** @import {ModelSession} from './model-session.js' */

export class ModelPanel {
  root = find('model');
  #model;

  /** @param {ModelSession} model */
  constructor(model) {
    this.#model = model;
  }

  render() {
    const { manifest } = this.#model;
    render(html`
      <h2 class="visually-hidden">${say('tabs.model')}</h2>
      ${this.#chooserTemplate()}
      ${manifest ? [this.#tasksTemplate(), cardTemplate(manifest)] : html`<p class="state">${say('model.waiting')}</p>`}`, find('model-panel'));
  }

  #chooserTemplate() {
    const { location } = this.#model;
    const onSubmit = (/** @type {Event} */ event) => {
      event.preventDefault();
      this.#model.load(/** @type {HTMLInputElement} */ (find('model-address')).value.trim());
    };
    return html`
      <section class="panel">
        <h3>${say('model.choose')}</h3>
        <p class="notes">${say('model.chooseWords')}</p>
        <form class="fields" @submit=${onSubmit}>
          <label class="wide"><span>${say('model.address')}</span>
            <input id="model-address" type="text" inputmode="url" autocomplete="off" spellcheck="false" required
              .value=${typeof location === 'string' ? location : ''} /></label>
          <button type="submit" class="primary">${say('model.load')}</button>
          <button type="button" id="choose-model" @click=${() => find('model-folder').click()}>${say('model.folder')}</button>
          <input type="file" id="model-folder" hidden webkitdirectory multiple @change=${takeFiles((files) => this.#model.load(files))} />
        </form>
      </section>`;
  }

  /** The model's, and the traits on it. */
  #tasksTemplate() {
    const tasks = this.#model.loaded?.tasks ?? [];
    return html`
      <section class="panel">
        <h3>${say('model.tasks')}</h3>
        <ul class="tasks">
          ${repeat(tasks, ({ id }) => id, ({ id, title }) => html`
            <li><label>
              <input type="checkbox" data-task-switch=${id} .checked=${live(this.#model.isOn(id))}
                @change=${(/** @type {ChangeEvent} */ { currentTarget }) => this.#model.switchTask(id, currentTarget.checked)} />
              <span>${localize(title)}</span></label></li>`)}
        </ul>
      </section>`;
  }
}

/** @param {Manifest} manifest */
function cardTemplate(manifest) {
  const { name, license, tower, about, tasks } = manifest;
  const { layers, width, storage } = tower;
  return html`
    <section class="panel card-of-model">
      <h3>${say('model.card')}</h3>
      <p class="lead">${name}</p>
      <p class="notes">${`${say('model.license', { license })} · ${say('model.tower', { layers, width, storage })}`}</p>
      ${topicsTemplate(about)}
      ${unfamiliarTemplate(manifest)}
      ${repeat(tasks, ({ id }) => id, (task) => html`
        <details class="about">
          <summary>${localize(task.title)}</summary>
          ${task.license ? html`<p class="notes">${say('model.license', { license: task.license })}</p>` : nothing}
          ${topicsTemplate(task.about)}
        </details>`)}
    </section>`;
}
