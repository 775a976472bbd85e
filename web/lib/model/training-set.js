/**
 * The pictures of a lesson as the trainer takes them: part by part through its slots. Where the first blocks are frozen, what comes
 * out of them is computed once for each view and kept here, outside of the engine's memory; else the views are.
 */

/** @import {Trainer} from '../engine/trainer.js' */
/** @import {TrainItem} from '../engine/types.d.ts' */

/** What is said of one picture or of two; the items' pictures are places in `pictures`. @typedef {{pictures: number[], items: TrainItem[]}} Judged */

/** A part of a step: views of some pictures. @typedef {{picture: number, view: number}[]} Part */

export class TrainingSet {
  #trainer;
  #batch;
  #slots;
  #outputs;
  #pause;
  /** Of each picture; null where its input is kept. @type {(Uint8Array | null)[][]} */
  #views;
  /** @type {Float32Array[][] | null} */
  #inputs;

  /**
   * @param {Trainer} trainer allocated
   * @param {Uint8Array[][]} views of each picture, which are dropped where inputs are kept
   * @param {{batch: number, slots: number, outputs: number, keepsInputs: boolean, pause: (work: number) => Promise<void>}} options
   *   pause: told how many views went forward, or back at BACKWARD each
   */
  constructor(trainer, views, { batch, slots, outputs, keepsInputs, pause }) {
    this.#trainer = trainer;
    this.#batch = batch;
    this.#slots = slots;
    this.#outputs = outputs;
    this.#pause = pause;
    this.#views = views.map((own) => own.slice());
    this.#inputs = keepsInputs ? views.map(() => []) : null;
  }

  /** How many views a picture has. @param {number} picture */
  viewsOf(picture) {
    return this.#views[picture].length;
  }

  /** Cuts judgements into units whose views the slots hold at once, if they can. @template {{pictures: number[]}} Item @param {Item[]} judged @returns {Item[][]} */
  #unitsOf(judged) {
    const room = this.#slots * this.#batch;
    /** @type {Item[][]} */
    const units = [];
    let seen = new Set();
    for (const one of judged) {
      const both = new Set([...seen, ...one.pictures]);
      const views = [...both].reduce((sum, picture) => sum + this.viewsOf(picture), 0);
      if (units.length === 0 || (views > room && seen.size > 0)) {
        units.push([one]);
        seen = new Set(one.pictures);
      } else {
        units[units.length - 1].push(one);
        seen = both;
      }
    }
    return units;
  }

  /**
   * The head's outputs of pictures: [pictures][outputs].
   * @param {number[]} pictures
   */
  async outputsOf(pictures) {
    /** @type {number[][]} */
    const found = [];
    for (const unit of this.#unitsOf(pictures.map((picture) => ({ pictures: [picture] })))) {
      this.#trainer.begin(unit.length);
      const own = unit.map(({ pictures: [picture] }) => picture);
      for (const part of this.#partsOf(own)) await this.#forward(0, part, own);
      const flat = this.#trainer.outputs(unit.length * this.#outputs);
      unit.forEach((_, at) => found.push(Array.from(flat.subarray(at * this.#outputs, (at + 1) * this.#outputs))));
    }
    return found;
  }

  /**
   * The gradient of a step's loss, which is returned; update is the caller's.
   * @param {'squared' | 'pairs' | 'classes'} kind @param {Judged[]} judged
   */
  async gradient(kind, judged) {
    let loss = 0;
    for (const [at, unit] of this.#unitsOf(judged).entries()) {
      const pictures = [...new Set(unit.flatMap((one) => one.pictures))];
      if (at === 0) this.#trainer.begin(pictures.length);
      else this.#trainer.more(pictures.length);
      const parts = this.#partsOf(pictures);
      for (const [place, part] of parts.entries()) await this.#forward(place % this.#slots, part, pictures);
      loss += this.#trainer.loss(kind, unit.flatMap(({ pictures: own, items }) => items.map((item) => ({
        ...item,
        picture: pictures.indexOf(own[item.picture]),
        other: kind === 'pairs' ? pictures.indexOf(own[item.other]) : item.other,
      }))));
      for (const [place, part] of parts.entries()) {
        const slot = place % this.#slots;
        if (parts.length > this.#slots) await this.#forward(slot, part, pictures); // the slot was used again since
        this.#trainer.backward(slot, part.length);
        await this.#pause(BACKWARD * part.length);
      }
    }
    return loss;
  }

  /** @param {number[]} pictures @returns {Part[]} */
  #partsOf(pictures) {
    const all = pictures.flatMap((picture) => Array.from({ length: this.viewsOf(picture) }, (_, view) => ({ picture, view })));
    return Array.from({ length: Math.ceil(all.length / this.#batch) }, (_, at) => all.slice(at * this.#batch, (at + 1) * this.#batch));
  }

  /** @param {number} slot @param {Part} part @param {number[]} pictures of the unit, by their places in it */
  async #forward(slot, part, pictures) {
    this.#fill(slot, part);
    this.#trainer.forward(slot, part.map(({ picture }) => pictures.indexOf(picture)));
    await this.#pause(part.length);
  }

  /** @param {number} slot @param {Part} part */
  #fill(slot, part) {
    const inputs = this.#inputs;
    const missing = part.filter(({ picture, view }) => !inputs?.[picture][view]);
    if (missing.length > 0) this.#trainer.prefix(slot, missing.map(({ picture, view }) => /** @type {Uint8Array} */ (this.#views[picture][view])));
    if (!inputs) return;
    const fresh = this.#trainer.inputs(slot, missing.length);
    missing.forEach(({ picture, view }, at) => {
      inputs[picture][view] = fresh[at];
      this.#views[picture][view] = null;
    });
    this.#trainer.setInputs(slot, part.map(({ picture, view }) => inputs[picture][view]));
  }
}

/** What going back costs, in forward passes: computed again, and twice the products but for the weights'. */
export const BACKWARD = 2.3;
