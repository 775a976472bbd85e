/** The page's own parts that keep traits taught, on a scorer that only notes what it is asked, and on a shelf. */
import assert from 'node:assert/strict';
import { setTimeout } from 'node:timers/promises';
import { History } from '../../web/page/history.js';
import { Judgements } from '../../web/page/judgements.js';
import { Lessons } from '../../web/page/lessons.js';
import { Listeners } from '../../web/page/listeners.js';
import { PictureFeatures } from '../../web/page/picture-features.js';
import { PictureGroups } from '../../web/page/picture-groups.js';
import { Pictures } from '../../web/page/pictures.js';
import { Teaching } from '../../web/page/teaching.js';
import { Traits } from '../../web/page/traits.js';

globalThis.requestAnimationFrame ??= (/** @type {() => void} */ draw) => globalThis.setTimeout(draw, 0);

/** What hangs on hashes, as all teaching does, takes longer on a busy machine: as many of them are waited for, too. */
export async function settled(milliseconds = 25) {
  await setTimeout(milliseconds);
  for (let step = 0; step < 20; step += 1) {
    await crypto.subtle.digest('SHA-256', new Uint8Array(1));
    await setTimeout(0);
  }
}

export const words = () => '';

/** Records by key, sorted as IndexedDB sorts them. */
export function makeShelf(rows = new Map()) {
  return {
    rows, isKept: true, isUnread: () => false, onChange() {}, onElsewhere() {},
    read: async (room, first) => [...rows].filter(([id, [, of]]) => of === room && (first === undefined || JSON.parse(id)[1] === first))
      .sort(([a], [b]) => (a < b ? -1 : 1)).map(([, [key, , value]]) => [key, value]),
    async write(edits) {
      for (const { room, key, value } of edits) {
        if (value === undefined) rows.delete(JSON.stringify([room, ...key]));
        else rows.set(JSON.stringify([room, ...key]), [key, room, structuredClone(value)]);
      }
    },
  };
}

/** A scorer on a trunk. A trait's file says on which it was taught, and how. isFull: it takes no file */
function makeScorer(base, log) {
  const traits = new Map();
  let isGone = false;
  let queue = Promise.resolve();
  const turn = (work) => {
    const result = queue.then(() => {
      if (isGone) throw Object.assign(new Error('disposed'), { code: 'disposed' });
      return work();
    });
    queue = result.catch(() => {});
    return result;
  };
  const install = (id, kept, file) => {
    const trait = { task: { id, output: { kind: 'score', from: [-1, 1], to: [1, 5] } }, evidence: { kept, difference: null, held_out: { head: null, deeper: null } }, toFile: async () => file };
    traits.set(id, trait);
    return trait;
  };
  return {
    isFull: false,
    manifest: { base: { shards: [{ sha256: base }] }, tasks: [] },
    get tasks() { return [...traits.values()].map(({ task }) => task); },
    get traits() { return [...traits.values()]; },
    dispose() { isGone = true; },
    hold: (milliseconds) => { turn(() => settled(milliseconds)); },
    teach: (given) => turn(() => {
      const kept = given.depth ? 'deeper' : 'head';
      log.push({ base, kept, given });
      const said = given.pictures.map(() => 3);
      return { ...install(given.id, kept, new TextEncoder().encode(`${base} ${kept}`)), heldOut: said, predictions: said, next: { pairs: [], pictures: [] } };
    }),
    addTask(file) { return turn(() => {
      if (this.isFull) throw Object.assign(new Error('no room'), { code: 'out-of-memory' });
      const [of, kept] = new TextDecoder().decode(file).split(' ');
      if (of !== base) throw Object.assign(new Error('another base'), { code: 'trait-other-base' });
      return install('cover', kept, file);
    }); },
    removeTask: (id) => turn(() => {
      if (!traits.delete(id)) throw Object.assign(new Error('no such task'), { code: 'unknown-task' });
    }),
    features: async () => new Float32Array(4),
    teachingNeeds: async () => ({ fits: true }),
  };
}

/** What is known of every picture at once, and kept nowhere. */
const FEATURES = { want() {}, of: () => new Float32Array(4), keepJudged() {}, progress: { done: 0, total: 0 }, onChange() {} };

/** The page at a visit, with what the browser kept of earlier ones. isLate: judgements come last; looks: at pictures, as the page does; isFull: as a scorer's */
export async function visit({ shelf = makeShelf(), base = 'A', isLate = false, looks = false, isFull = false } = {}) {
  const log = [];
  const listeners = new Listeners();
  const model = {
    loaded: null, scoring: [], fillIn() {}, announceTask() {}, onChange: (listener) => listeners.add(listener),
    get scorer() { return Promise.resolve(this.loaded); },
    get manifest() { return this.loaded?.manifest ?? null; },
    async load(of) {
      this.loaded?.dispose();
      this.loaded = null;
      listeners.tell({ kind: 'loading' });
      this.loaded = Object.assign(makeScorer(of, log), { isFull });
      listeners.tell({ kind: 'loaded' });
      await settled();
    },
  };
  const [history, pictures] = [new History(), new Pictures()];
  const [judgements, lessons] = [new Judgements(shelf, history), new Lessons(shelf, history)];
  const traits = new Traits({ model, pictures, shelf, history });
  const features = looks ? new PictureFeatures({ model, shelf, judgedKeys: () => judgements.judgedKeys() }) : FEATURES;
  const groups = new PictureGroups(shelf);
  const teaching = new Teaching({ history, judgements, lessons, model, pictures, traits, features, groups });
  await lessons.load();
  if (!isLate) await judgements.load();
  await model.load(base);
  if (isLate) {
    teaching.attend('cover');
    await settled();
    await judgements.load();
    await settled();
  }
  const files = () => [...shelf.rows.values()].filter(([, room]) => room === 'traits').map(([, , { file }]) => new TextDecoder().decode(file)).sort();
  return { history, judgements, lessons, log, model, pictures, shelf, teaching, traits, files };
}

/** Pictures in folders, scored, the last ones first by their content. */
export const addPictures = ({ pictures }, folders, first = 0) => pictures.add(folders.map((folder, at) => ({
  name: `${first + at}`, path: `${folder}/${first + at}`, key: String(99 - first - at).repeat(32), file: new Blob([String(first + at)]), state: 'scored', facts: { width: 4, height: 3 }, brightness: 0.5,
})));

/** A page on which four pictures are judged by stars, and the trait is taught. */
export async function taughtPage(options) {
  const page = await visit(options);
  const items = addPictures(page, ['Italy', 'Italy', 'Italy', 'Japan']);
  const lesson = page.lessons.add({ title: 'cover', language: 'en', way: 'stars', classes: [] }, []);
  items.forEach((item, at) => page.judgements.judge(lesson.id, item, String(1 + at), { words }));
  if (options?.looks) page.teaching.attend(lesson.id);
  await settled();
  return { ...page, items, lesson };
}

/** The same, trained deeper. */
export async function deepPage(options) {
  const page = await taughtPage(options);
  const prepared = page.teaching.prepare(page.lesson, { deeper: true });
  await page.teaching.deepen(page.lesson, { ...prepared, lesson: { ...prepared.lesson, depth: 'all' } }, {});
  await settled();
  assert.deepEqual(page.files(), ['A deeper']);
  return page;
}
