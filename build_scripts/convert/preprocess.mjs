/** A task's preprocessing, completed from the checkpoint and checked against the tower. */
import { join } from 'node:path';
import { ConvertError, BAD_FILE } from './errors.mjs';
import { readJson, statIfThere } from './files.mjs';
import { refuse } from './recipe-words.mjs';

/** The mean and standard deviation of CLIP's training pictures, as OpenAI publishes them. */
const CLIP_NORMALIZATION = {
  mean: [0.48145466, 0.4578275, 0.40821073],
  std: [0.26862954, 0.26130258, 0.27577711],
};

function readTriple(value, label) {
  if (!Array.isArray(value) || value.length !== 3 || !value.every(Number.isFinite)) {
    throw new ConvertError(BAD_FILE, `${label} must be three numbers; correct it or set mean and std in the recipe.`);
  }
  return value;
}

/**
 * @param {string} folder the base's
 * @param {{mean: number[], std: number[]} | undefined} layoutsOwn what the layout's configuration says
 * @returns {Promise<{mean: number[], std: number[]}>} the layout's, else preprocessor_config.json's, else CLIP's
 */
export async function readNormalization(folder, layoutsOwn) {
  if (layoutsOwn) {
    const label = `open_clip_config.json in ${folder}`;
    return { mean: readTriple(layoutsOwn.mean, `${label}: mean`), std: readTriple(layoutsOwn.std, `${label}: std`) };
  }
  const path = join(folder, 'preprocessor_config.json');
  if (!await statIfThere(path)) return CLIP_NORMALIZATION;
  const { image_mean: mean = CLIP_NORMALIZATION.mean, image_std: std = CLIP_NORMALIZATION.std } = await readJson(path);
  return { mean: readTriple(mean, `${path}: image_mean`), std: readTriple(std, `${path}: image_std`) };
}

/**
 * @param {object} task from the recipe
 * @param {string} path the task's, for messages
 * @param {number} image the tower's image size
 * @param {{mean: number[], std: number[]}} normalization the base's
 * @returns {object} the manifest's `preprocess`
 */
export function completePreprocess(task, path, image, normalization) {
  const { resize = { shorter: image, interpolation: 'bicubic' }, views = { center: image }, orientation } = task.preprocess;
  const size = views.center ?? views.size;
  const word = views.center ? 'center' : 'size';
  if (size !== image) {
    throw refuse(`${path}.preprocess.views.${word}`, `is ${size}, but the tower sees pictures of ${image}; set it to ${image}.`);
  }
  for (const side of ['shorter', 'height', 'width']) {
    if (resize[side] < size) {
      throw refuse(`${path}.preprocess.resize.${side}`, `is ${resize[side]}, too small to cut views of ${size} out of it.`);
    }
  }
  const { mean = normalization.mean, std = normalization.std } = task.preprocess;
  return { resize, views, mean, std, orientation };
}
