/** Several raters of a task: who they are, their files in, everybody's judgements out. */
import { writeComparisons, writeLabels } from '../lib/shared/judgement-rows.js';
import { html, nothing } from '../ui/html.js';
import { repeat } from '../ui/lit-directives.js';
import { download } from './download.js';
import { takeFiles } from './file-input.js';
import { find } from './find.js';
import { say } from './language.js';
import { joinFiles } from './rater-files.js';
import { Whose } from './whose.js';

/** @import {ChangeEvent, PanelParts} from './types.d.ts' */
/** @import {Wanted} from './judged-files.js' */
/** @import {Judgements} from './judgements.js' */

/** How the user is called in files. @param {string} id of the field @param {Judgements} judgements */
export const raterField = (id, judgements) => html`
  <label><span>${say('judgements.rater')}</span>
    <input id=${id} type="text" autocomplete="off" placeholder="me" .value=${judgements.rater}
      @change=${(/** @type {ChangeEvent} */ { currentTarget }) => { judgements.rater = currentTarget.value.trim(); }} /></label>`;

export class RatersSection {
  #parts;
  #prefix;
  #whose;

  /** @param {PanelParts} parts @param {string} prefix of its elements' ids @param {() => void} render draws it again, where it is in sight */
  constructor(parts, prefix, render) {
    this.#parts = parts;
    this.#prefix = prefix;
    this.#whose = new Whose(parts, { render, onAnswered: () => this.#joinButton.focus() });
  }

  /** Forgets what was said of files, which are another task's; questions stay. */
  quiet() {
    this.#whose.tell('');
  }

  get #joinButton() {
    return find(`${this.#prefix}join-raters`);
  }

  /** @param {string} task its id @param {Wanted} wanted how it is judged, here and in files */
  template(task, wanted) {
    const raters = this.#parts.judgements.raters(task);
    const files = `${this.#prefix}rater-files`;
    return html`
      <section class="panel">
        <h3>${say('raters.title')}</h3>
        <p class="notes">${say('raters.words')}</p>
        <ul class="raters">${repeat(raters, ({ rater }) => rater, (each) => this.#raterTemplate(task, each))}</ul>
        <p class="actions">
          <button type="button" id=${`${this.#prefix}join-raters`} @click=${() => find(files).click()}>${say('raters.join')}</button>
          <input type="file" id=${files} accept=".csv,text/csv" multiple hidden @change=${takeFiles((given) => joinFiles(this.#parts, { task, wanted, files: given, whose: this.#whose }))} />
          <button type="button" id=${`${this.#prefix}save-labels`} ?disabled=${raters.length === 0} @click=${() => this.#save(task, wanted)}>${say('raters.save')}</button>
        </p>
        ${this.#whose.template(task)}
      </section>`;
  }

  /** @param {string} task @param {{rater: string, name: string, count: number}} row */
  #raterTemplate(task, { rater, name, count }) {
    const { judgements } = this.#parts;
    const words = () => say('undo.forgot', { rater: name, count });
    const claimed = () => say('undo.claimed', { rater: name, count });
    return html`
      <li data-rater=${name}>
        <span>${say('raters.row', { rater: name, count })}</span>
        ${judgements.mayBeMine(rater) ? html`<button type="button" class="small quiet claim" aria-label=${say('raters.claimOne', { rater: name })}
          @click=${(/** @type {ChangeEvent<HTMLButtonElement>} */ { currentTarget }) => this.#lessen(currentTarget, () => judgements.claim(task, rater, claimed))}>${say('whose.mine')}</button>` : nothing}
        <button type="button" class="small quiet" aria-label=${say('raters.removeOne', { rater: name })}
          @click=${(/** @type {ChangeEvent<HTMLButtonElement>} */ { currentTarget }) => this.#lessen(currentTarget, () => judgements.forget(task, { rater, words }))}>${say('raters.remove')}</button>
      </li>`;
  }

  /** The focus goes to the row that takes the place; where none is left, to what brings one. @param {HTMLElement} button of the row @param {() => void} takeAway */
  #lessen(button, takeAway) {
    const list = /** @type {HTMLElement} */ (button.closest('ul'));
    const at = [...list.children].findIndex((each) => each.contains(button));
    takeAway();
    this.quiet();
    const left = list.querySelectorAll('li');
    ((left[at] ?? left[at - 1])?.querySelector('button') ?? this.#joinButton).focus();
  }

  /** Each task's file has its own name. @param {string} task @param {Wanted} wanted */
  #save(task, { way }) {
    const { judgements } = this.#parts;
    download(way === 'pairs' ? writeComparisons(judgements.comparisons(task)) : writeLabels(judgements.labels(task)), `labels-${task}.csv`, 'text/csv');
  }
}
