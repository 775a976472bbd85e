/**
 * What storing a model as q8, q4 or f16 changes on given pictures: each is scored by the model as written and by
 * the same recipe in float32, with the library that the page uses.
 */
import { readdir } from 'node:fs/promises';
import { join, resolve } from 'node:path';
import { pathToFileURL } from 'node:url';
import { kindOf } from '../../web/lib/kinds.js';
import { PerceptError, Scorer } from '../../web/lib/percept.js';
import { formOf } from '../../web/lib/shared/kinds.js';
import { cosine } from '../../web/lib/shared/kinds/embedding.js';
import { isDecodedName } from '../../web/lib/shared/picture-names.js';
import { mean, spearman } from '../../web/lib/shared/statistics.js';
import { BAD_USAGE, ConvertError } from './errors.mjs';

function round(value, digits = 6) {
  return Number(value.toFixed(digits));
}

/** How two lists of answers agree, for the manifest's report. */
const AGREEMENTS = {
  number: (stored, exact) => {
    const order = spearman(stored, exact);
    return order === null ? {} : { spearman: round(order) };
  },
  label: (stored, exact) => ({ same_label: round(stored.filter((label, index) => label === exact[index]).length / stored.length) }),
};

/** How far the results of a task moved, picture by picture, and whether they say the same. */
function compareTask(task, stored, exact) {
  const { answers, answer } = kindOf(task);
  const { distance } = formOf(task);
  const shifts = stored.map((result, index) => distance(result, exact[index]));
  if (answers === 'vector') return { lowest_cosine: round(1 - Math.max(...shifts)) };
  return {
    mean_shift: round(mean(shifts)), largest_shift: round(Math.max(...shifts)),
    ...AGREEMENTS[answers](stored.map(answer), exact.map(answer)),
  };
}

/**
 * @param {string} folder a model
 * @param {string[]} pictures paths
 * @param {(what: string) => void} onPicture
 * @returns {Promise<{results: Map<string, object>, tasks: object[]}>} by path, without those that cannot be read
 */
export async function scoreAll(folder, pictures, onPicture) {
  const scorer = await Scorer.load(pathToFileURL(`${resolve(folder)}/`));
  try {
    const results = new Map();
    for (const picture of pictures) {
      try {
        results.set(picture, await scorer.score(picture, { embedding: true }));
      } catch (error) {
        if (!(error instanceof PerceptError)) throw error;
      }
      onPicture(picture);
    }
    return { results, tasks: scorer.tasks };
  } finally {
    scorer.dispose();
  }
}

/**
 * @param {string} folder
 * @returns {Promise<string[]>} the pictures in it, sorted
 */
export async function listPictures(folder) {
  const names = (await readdir(folder).catch(() => [])).filter(isDecodedName).sort();
  if (names.length === 0) throw new ConvertError(BAD_USAGE, `${folder} holds no JPEG, PNG, WebP, BMP or GIF picture.`);
  return names.map((name) => join(folder, name));
}

/**
 * @param {{results: Map<string, object>, tasks: object[]}} storedScores of the model as it was written
 * @param {{results: Map<string, object>}} exactScores of the same recipe as f32
 * @returns {object} the manifest's `report.pictures`; `cosines` is in the order of the readable pictures
 */
export function compareScored({ results: stored, tasks }, { results: exact }) {
  const read = [...stored.keys()].filter((picture) => exact.has(picture));
  if (read.length === 0) throw new ConvertError(BAD_USAGE, 'None of the pictures could be read; choose others.');
  const cosines = read.map((picture) => cosine(stored.get(picture).embedding, exact.get(picture).embedding));
  const scores = (results, id) => read.map((picture) => results.get(picture).scores[id]);
  return {
    count: read.length,
    cosines: cosines.map((value) => round(value)),
    lowest_cosine: round(Math.min(...cosines)),
    mean_cosine: round(mean(cosines)),
    tasks: Object.fromEntries(tasks.map((task) => [task.id, compareTask(task, scores(stored, task.id), scores(exact, task.id))])),
  };
}
