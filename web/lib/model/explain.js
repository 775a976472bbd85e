/** Explaining a score by occlusion: what hiding each part of a picture does to it. percept.js says exactly what is computed. */
import { PerceptError, throwIfAborted } from '../errors.js';
import { breathe } from '../engine/breathe.js';
import { BASE } from '../engine/tower.js';
import { kindOf } from '../kinds.js';
import { embed, runHead } from './embeddings.js';
import { meanColor, paint, planOcclusion } from './occlusion.js';
import { readPicture } from './read-picture.js';

/** @import {Call, ExplainRequest, LoadedModel, Mask, Views} from './types.d.ts' */
/** @import {Explanation} from '../percept.js' */

/**
 * @param {LoadedModel} model @param {ExplainRequest} request @param {Call} call
 * @returns {Promise<Omit<Explanation, 'engine'>>}
 */
export async function explain({ tower, tasks, pictures, sizes }, { task: id, grid, ...asked }, call) {
  const [task] = tasks.select(id === undefined ? undefined : [id]);
  const follow = kindOf(task).explain;
  if (!follow) throw new PerceptError('bad-argument', `The task '${task.id}' gives an embedding; only scores and classes can be explained.`);
  await tasks.load([task], call);
  throwIfAborted(call.signal);
  const { picture } = await readPicture(pictures, asked, [task.preprocess], call);
  const views = picture.views[0];
  const { cells, masks } = planOcclusion(task.preprocess, picture, grid);

  const total = views.count + masks.length;
  const step = async (/** @type {number} */ done) => {
    call.onProgress({ phase: 'computing', done, total });
    await breathe();
    throwIfAborted(call.signal);
  };
  const { preprocess } = task;
  const branches = (/** @type {number} */ count) => [{ adapter: task.adapter ? task.number : BASE, count }];
  const viewBytes = sizes.image * sizes.image * 3;
  await embed(tower, {
    branches: branches(views.count),
    preprocess,
    bytesOf: (start, end) => views.bytes.subarray(start * viewBytes, end * viewBytes),
    slotOf: (view) => view,
  }, ({ end }) => step(end));
  const whole = Array.from({ length: views.count }, (_, view) => view);
  const seen = runHead(tower, task.number, whole);
  const { label, valueOf } = follow(task.output, seen);
  const value = valueOf(seen);

  // The masked views' embeddings go round a ring behind the whole ones: a cell's are there until its head has run.
  const ring = Math.floor((tower.slots - views.count) / tower.batch) * tower.batch;
  const slotOf = (/** @type {number} */ at) => views.count + at % ring;
  const places = placesOf(masks, cells.length);
  /** @type {(number | null)[]} */
  const values = [];
  await embed(tower, { branches: branches(masks.length), preprocess, bytesOf: maskedViews(views, masks, sizes.image), slotOf }, async ({ end: done }) => {
    for (let cell = values.length; cell < cells.length && places[cell].every((at) => at < done); cell += 1) {
      const slots = whole.slice();
      for (const at of places[cell]) slots[masks[at].view] = slotOf(at);
      values.push(places[cell].length > 0 ? valueOf(runHead(tower, task.number, slots)) : null);
    }
    await step(views.count + done);
  });
  return {
    task: task.id,
    grid,
    value,
    ...(label !== undefined && { label }),
    cells: cells.map((cell, at) => ({ ...cell, ...effectOf(values[at] ?? null, value) })),
    picture: { width: picture.width, height: picture.height, decoder: picture.decoder, damaged: picture.damaged },
  };
}

/** Where each cell's masks stand in their list: side by side. @param {Mask[]} masks @param {number} cells */
function placesOf(masks, cells) {
  /** @type {number[][]} */
  const places = Array.from({ length: cells }, () => []);
  masks.forEach(({ cell }, at) => places[cell].push(at));
  return places;
}

/**
 * The views with their masks painted over them.
 * @param {Views} views @param {Mask[]} masks @param {number} image a view's side
 */
function maskedViews({ bytes }, masks, image) {
  const viewBytes = image * image * 3;
  const color = meanColor(bytes);
  return (/** @type {number} */ start, /** @type {number} */ end) => {
    const painted = new Uint8Array((end - start) * viewBytes);
    masks.slice(start, end).forEach((mask, at) => {
      const view = painted.subarray(at * viewBytes, (at + 1) * viewBytes);
      view.set(bytes.subarray(mask.view * viewBytes, (mask.view + 1) * viewBytes));
      paint(view, image, mask, color);
    });
    return painted;
  };
}

/** What hiding a cell does, if any view saw it. @param {number | null} value without it @param {number} whole */
function effectOf(value, whole) {
  return { value, effect: value === null ? null : whole - value };
}
