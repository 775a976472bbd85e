/** The tab of reports: files out and in, the pilot's figures, and the report that is printed. */
import { html, nothing, render } from '../ui/html.js';
import { download } from './download.js';
import { readResults, writeResults, writeTable } from './exchange.js';
import { takeFiles } from './file-input.js';
import { find } from './find.js';
import { rowsOfResults } from './judged-files.js';
import { learn, say, together } from './language.js';
import { PilotPanel } from './pilot-panel.js';
import { Printing } from './printing.js';
import { unreadWords } from './rater-files.js';
import { REPORTS } from './report-strings.js';
import { Whose } from './whose.js';

/** @import {Session} from './types.d.ts' */
/** @import {AgreementParts} from './agreement.js' */

learn(REPORTS);

/** What is said of files that hold something else, by the code of readResults. @type {Record<string, string>} */
const REFUSED = { 'not-results': 'files.notResults', judgements: 'files.judgements' };

export class ReportPanel {
  root = find('reports');
  #parts;
  #pilot;
  #printing;
  #whose;

  /** @param {AgreementParts} parts */
  constructor(parts) {
    this.#parts = parts;
    this.#pilot = new PilotPanel(parts, () => this.render());
    this.#printing = new Printing(parts, this.#pilot);
    const draw = () => { if (!this.root.hidden) this.render(); };
    parts.copies.onChange(draw);
    this.#whose = new Whose(parts, { render: draw, onAnswered: () => find('import').focus() });
  }

  /** Gets the report ready for Ctrl+P. */
  prepare() {
    this.#printing.prepare();
  }

  render() {
    const ready = this.#parts.model.manifest !== null;
    render(html`<h2 class="visually-hidden">${say('tabs.reports')}</h2>${this.#filesTemplate(ready)}${ready ? this.#pilot.template() : nothing}`, this.root);
  }

  /** @param {boolean} ready whether there is a model */
  #filesTemplate(ready) {
    const some = ready && this.#parts.pictures.shown.some(({ scores }) => scores);
    return html`
      <section class="panel">
        <h3>${say('files.title')}</h3>
        <p class="notes">${say('files.words')}</p>
        <p class="actions">
          <button type="button" id="save-csv" ?disabled=${!some} @click=${() => this.#save(writeTable, 'percept-results.csv', 'text/csv')}>${say('files.csv')}</button>
          <button type="button" id="save-json" ?disabled=${!some} @click=${() => this.#save(writeResults, 'percept-results.json', 'application/json')}>${say('files.json')}</button>
          <button type="button" id="import" ?disabled=${!ready} @click=${() => find('results-file').click()}>${say('files.import')}</button>
          <input type="file" id="results-file" accept=".json,.csv,application/json,text/csv" hidden @change=${takeFiles(([file]) => this.#import(file))} />
          <button type="button" id="print" class="primary" ?disabled=${!some} @click=${() => this.#printing.print()}>${say('files.print')}</button>
        </p>
        ${this.#whose.template()}
      </section>`;
  }

  /** @param {(session: Session) => string} write @param {string} name @param {string} type */
  async #save(write, name, type) {
    download(write(await this.#printing.session()), name, type);
  }

  /** @param {File} file */
  async #import(file) {
    const { model, pictures } = this.#parts;
    try {
      const read = readResults(await file.text(), model.tasks);
      pictures.add(read.pictures);
      const { rows, unfit } = rowsOfResults(read.judgements, model.tasks);
      this.#whose.take(file.name, rows);
      const { sha256: own } = (await model.describe()).model;
      const other = read.models.some((sha256) => sha256 !== own);
      const told = [say('files.imported', { count: read.pictures.length }), other ? say('files.otherModel') : '', unfit > 0 ? say('files.unfit', { count: unfit }) : ''];
      this.#whose.tell(together(...told));
    } catch (error) {
      const words = REFUSED[/** @type {{code: string}} */ (error).code];
      this.#whose.tell(words ? say(words, { file: file.name }) : unreadWords(file, error));
    }
  }
}
