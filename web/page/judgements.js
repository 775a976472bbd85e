/** What people said of the pictures: the user, and the raters whose files were joined. Kept by the browser, for this page alone. */
import { keep, recall } from './kept.js';
import { byImage, consensus, joinLabels, readLabels } from './labels.js';

export class Judgements {
  #kept = withFreeNames({ rater: '', blind: false, own: {}, joined: {}, ...recall('judgements') });
  #listeners = new Set();

  get rater() {
    return this.#kept.rater;
  }

  set rater(name) {
    this.#kept.rater = name;
    this.#keep();
  }

  /** Whether the model's answer stays hidden until the user has judged, so that it sways nobody. */
  get blind() {
    return this.#kept.blind;
  }

  set blind(wanted) {
    this.#kept.blind = wanted;
    this.#keep();
  }

  onChange(listener) {
    this.#listeners.add(listener);
  }

  /** The user's own. @returns {{label: string, agreed: boolean} | null} */
  own(task, image) {
    return this.#kept.own[task]?.[image] ?? null;
  }

  /** @param {string | null} label null takes the judgement back @param {boolean} agreed whether the model's own answer was taken */
  judge(task, image, label, agreed = false) {
    this.#kept.own[task] ??= Object.create(null);
    if (label === null) delete this.#kept.own[task][image];
    else this.#kept.own[task][image] = { label, agreed };
    this.#keep();
  }

  /** Adds a rater's file. @throws as readLabels does */
  join(task, text, rater) {
    const labels = readLabels(text, rater);
    this.#kept.joined[task] = joinLabels([...(this.#kept.joined[task] ?? []), ...labels]);
    this.#keep();
    return labels;
  }

  /** Forgets a rater's labels. */
  leave(task, rater) {
    this.#kept.joined[task] = (this.#kept.joined[task] ?? []).filter((label) => label.rater !== rater);
    this.#keep();
  }

  /** Every label of a task. The user counts as a rater of their own. @returns {import('./labels.js').Label[]} */
  labels(task) {
    const own = Object.entries(this.#kept.own[task] ?? {}).map(([image, { label }]) => ({ image, label, rater: this.rater || 'me' }));
    return joinLabels([...(this.#kept.joined[task] ?? []), ...own]);
  }

  /** How many of the user's own took the model's answer. */
  agreedCount(task) {
    return Object.values(this.#kept.own[task] ?? {}).filter(({ agreed }) => agreed).length;
  }

  /** The raters of a task and how many labels each gave. @returns {[string, number][]} */
  raters(task) {
    const counts = new Map();
    for (const { rater } of this.labels(task)) counts.set(rater, (counts.get(rater) ?? 0) + 1);
    return [...counts];
  }

  /**
   * The pictures that both the model and people judged.
   * @returns {{item: object, model: number | string, people: number | string}[]}
   */
  pairs(task, items) {
    const isScore = task.output.kind === 'score';
    const images = byImage(this.labels(task.id).filter(({ label }) => !isScore || Number.isFinite(Number(label))));
    const seen = new Set();
    return items.filter(({ path, scores }) => {
      const wanted = images.has(path) && scores?.[task.id] && !seen.has(path);
      if (wanted) seen.add(path);
      return wanted;
    }).map((item) => ({
      item,
      model: isScore ? item.scores[task.id].value : item.scores[task.id].label,
      people: consensus(images.get(item.path), isScore),
    }));
  }

  #keep() {
    keep('judgements', this.#kept);
    for (const listener of this.#listeners) listener();
  }
}

/** Pictures and tasks may be called `constructor` or `__proto__`: records by their names inherit nothing. */
function withFreeNames({ own, joined, ...kept }) {
  const free = (record) => Object.assign(Object.create(null), record);
  return { ...kept, joined: free(joined), own: free(Object.fromEntries(Object.entries(own).map(([task, labels]) => [task, free(labels)]))) };
}
