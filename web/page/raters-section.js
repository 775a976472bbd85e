/** Several raters of a task: who they are, their files in, everybody's judgements out. */
import { writeComparisons, writeLabels } from '../lib/shared/judgement-rows.js';
import { html, nothing } from '../ui/html.js';
import { repeat } from '../ui/lit-directives.js';
import { download } from './download.js';
import { takeFiles } from './file-input.js';
import { find } from './find.js';
import { identify } from './identity.js';
import { rowsOfLabels } from './judged-files.js';
import { say, together } from './language.js';
import { Whose } from './whose.js';

/** @import {ChangeEvent, PanelParts} from './types.d.ts' */
/** @import {LabelsError} from '../lib/shared/judgement-rows.js' */
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

  scrollIntoView() {
    this.#joinButton.closest('section')?.scrollIntoView({ block: 'nearest' });
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
          <input type="file" id=${files} accept=".csv,text/csv" multiple hidden @change=${takeFiles((given) => this.join(task, wanted, given))} />
          <button type="button" id=${`${this.#prefix}save-labels`} ?disabled=${raters.length === 0} @click=${() => this.#save(task, wanted)}>${say('raters.save')}</button>
        </p>
        ${this.#whose.template()}
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

  /** @param {string} task @param {Wanted} wanted @param {File[]} files */
  async join(task, wanted, files) {
    const { pictures } = this.#parts;
    const notes = [];
    for (const item of pictures.items) await identify(item, pictures).catch(() => {}); // one whose file is gone has no key
    for (const file of files) {
      try {
        const rater = file.name.replace(/\.csv$/i, '') || file.name;
        const { rows, unknown, unfit, given } = rowsOfLabels(await file.text(), { task, wanted, rater, items: pictures.items });
        if (unfit > 0 && rows.length + unknown === 0) {
          notes.push(say('raters.unfit', { file: file.name, given: say(`raters.given.${given.way}`, given), wanted: wantedWords(wanted) }));
          continue;
        }
        const { joined, waiting } = this.#whose.take(file.name, rows);
        const same = rows.length - joined - waiting;
        if (joined > 0 || rows.length === 0) notes.push(say('raters.joined', { file: file.name, count: joined }));
        if (same > 0) notes.push(say('raters.same', { file: file.name, count: same }));
        if (unfit > 0) notes.push(say('raters.leftOut', { count: unfit, wanted: wantedWords(wanted) }));
        if (unknown > 0) notes.push(say('raters.unknown', { count: unknown }));
      } catch (error) {
        const { code, line = 0 } = /** @type {LabelsError} */ (error);
        if (!code) throw error;
        notes.push(say(`raters.${code}`, { file: file.name, line }));
      }
    }
    this.#whose.tell(together(...notes));
  }
}

/** @param {Wanted} wanted */
const wantedWords = ({ way, classes }) => (way === 'classes' ? say('raters.wanted.classes', { classes: classes.join(', ') }) : say(`raters.given.${way}`));
