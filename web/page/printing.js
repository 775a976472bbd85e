/** Printing: whatever was pressed, the paper has the report. It is drawn ahead, so that its pictures are there in time. */
import { onLanguage } from './language.js';
import { drawReport, whenDrawn } from './printed-report.js';

/** @import {PanelParts, Session} from './types.d.ts' */
/** @import {PilotPanel} from './pilot-panel.js' */

export class Printing {
  #parts;
  #pilot;
  /** What the model is, once it is known. @type {Pick<Session, 'model' | 'engine'> | null} */
  #described = null;
  #isAsked = false;

  /** @param {PanelParts} parts @param {PilotPanel} pilot */
  constructor(parts, pilot) {
    this.#parts = parts;
    this.#pilot = pilot;
    parts.model.onChange(async ({ kind }) => {
      if (kind === 'loading') this.#described = null;
      if (kind === 'loaded') this.#described = await parts.model.describe();
    });
    onLanguage(() => this.#draw());
    addEventListener('beforeprint', () => this.#draw());
  }

  /** What files and reports are written from; the model must be loaded. @returns {Promise<Session>} */
  async session() {
    this.#described ??= await this.#parts.model.describe();
    return this.#session(this.#described);
  }

  /** Draws the report, which is not seen before it is printed. */
  async prepare() {
    this.#isAsked = true;
    if (this.#parts.model.loaded) this.#described ??= await this.#parts.model.describe();
    this.#draw();
  }

  async print() {
    await this.prepare();
    await whenDrawn();
    print();
  }

  /** @param {Pick<Session, 'model' | 'engine'>} described @returns {Session} */
  #session(described) {
    const { judgements, model, pictures } = this.#parts;
    return { ...described, tasks: model.tasks, items: pictures.shown, judgement: (task, item) => judgements.own(task, item) };
  }

  #draw() {
    const { leading, manifest } = this.#parts.model;
    if (!this.#isAsked || !this.#described || !manifest) return;
    const { task } = this.#pilot;
    drawReport({
      ...this.#session(this.#described), manifest, leading, trait: (id) => this.#parts.traits.get(id), pilot: task ? { task, verdict: this.#pilot.verdict(task), lines: this.#pilot.lines(task) } : null,
    });
  }
}
