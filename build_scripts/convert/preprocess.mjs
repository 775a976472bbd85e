/**
 * A task's preprocessing: each word from the recipe, else from a file beside the adapter or the base, else from the publication of
 * the family. Nothing is made up: what cannot be told is asked for.
 */
import { join } from 'node:path';
import { refusing } from '../../web/lib/check.js';
import { checkDetail, smallestSide } from '../../web/lib/weights/manifest.js';
import { ConvertError, BAD_FILE, BAD_RECIPE } from './errors.mjs';
import { readJson, statIfThere } from './files.mjs';
import * as perceptClip from './layout-perceptclip.mjs';
import { openOpenClipConfig, readOpenClipPreprocess } from './open-clip-config.mjs';
import { readImageProcessor } from './preprocess-transformers.mjs';
import { perceptClipPreprocess, publishedPreprocess } from './published.mjs';
import { refuse } from './recipe-words.mjs';

const WORDS = ['resize', 'views', 'mean', 'std'];

async function readConfig(path) {
  if (!await statIfThere(path)) return null;
  const config = await readJson(path);
  if (config === null || typeof config !== 'object' || Array.isArray(config)) throw new ConvertError(BAD_FILE, `${path} is no JSON object.`);
  return config;
}

/** transformers 5 looks into processor_config.json first, older versions into the other alone: where there are both, they must agree. */
async function fromTransformers(folder) {
  const nested = join(folder, 'processor_config.json');
  const plain = join(folder, 'preprocessor_config.json');
  const [inside, config] = [(await readConfig(nested))?.image_processor, await readConfig(plain)];
  const found = [[inside, nested], [config, plain]].flatMap(([each, path]) => (each === null || each === undefined ? [] : [readImageProcessor(each, path)]));
  return found.length === 2 ? checkAgreement(...found) : found[0] ?? null;
}

async function fromOpenClip(folder, image) {
  const config = await openOpenClipConfig(folder);
  return config?.preprocess ? readOpenClipPreprocess(config.preprocess, image, config.path) : null;
}

/** What a word asks for, without the rounding of half a pixel, in which the libraries differ always. */
function meaning({ value }) {
  return JSON.stringify(value, (word, inner) => (word === 'rounding' ? undefined : inner));
}

/** Where two files contradict one another, the recipe must tell: DFN5B's of transformers and of open_clip say crop and squash. */
function checkAgreement(ours, others) {
  const agree = (word) => {
    const [own, other] = [ours[word], others[word]];
    if (own instanceof ConvertError || other instanceof ConvertError) return own instanceof ConvertError ? own : other;
    if (meaning(own) === meaning(other)) return own;
    return new ConvertError(BAD_RECIPE, `${own.path} says ${word} ${meaning(own)}, but ${other.path} says ${meaning(other)}; set the one that the weights `
      + 'were trained with in the task\'s preprocess, or remove the file that is wrong.');
  };
  return Object.fromEntries(WORDS.map((word) => [word, agree(word)]));
}

/**
 * What the files in a folder say; null where none does. A folder may hold both libraries' files: open_clip's own weights follow
 * open_clip's, and for transformers', which are often converted from the others, both must agree.
 * @param {string} folder
 * @param {{layout: {id: string}, sizes: {image: number}}} source the tower
 */
async function readFolder(folder, { layout, sizes }) {
  const [transformers, openClip] = [await fromTransformers(folder), await fromOpenClip(folder, sizes.image)];
  if (!transformers || !openClip) return transformers ?? openClip;
  return layout.id === 'open_clip' ? openClip : checkAgreement(transformers, openClip);
}

/** What was saved with an adapter is obeyed first. PerceptCLIP's were not trained on pictures as the base's files prepare them. */
async function readWords(source, adapter) {
  const own = adapter ? await readFolder(adapter.folder, source) : null;
  if (own) return own;
  if (adapter && perceptClip.detect(adapter)) return perceptClipPreprocess();
  return await readFolder(source.checkpoint.folder, source) ?? publishedPreprocess(source.sizes);
}

/** Layouts whose own code resizes pictures first. transformers, which reads its own alone, makes them RGB first. */
const RESIZING_FIRST = ['openai', 'open_clip'];

/**
 * @param {import('./tower.mjs').TowerSource} source
 * @param {{folder: string, tensors: Map<string, object>}} [adapter] its checkpoint
 * @returns {Promise<Record<'resize' | 'views' | 'mean' | 'std', {value: any, from: string} | ConvertError> & {convert?: {value: string, from: string}}>}
 *   without `convert` where pictures become RGB before they are resized
 */
export async function readPreprocess(source, adapter) {
  const { convert, ...words } = await readWords(source, adapter);
  return { ...words, ...(convert && RESIZING_FIRST.includes(source.layout.id) && { convert }) };
}

/** Without `views` in the recipe, its own `resize` is followed by the whole picture or its centre. */
function chooseViews(task, told, image, path) {
  if (task.views) return { value: task.views, from: `${path}.views` };
  if (!task.resize) return told.views;
  return { value: { center: image, ...('longer' in task.resize && { pad: 0 }) }, from: `${path}.resize` };
}

function checkSizes({ resize, views }, from, image, path) {
  const size = views.center ?? views.size;
  const where = from.views.startsWith(path) ? `${path}.views.${views.center ? 'center' : 'size'}` : `${from.views}: the size of views`;
  if (size !== image) throw refuse(where, `is ${size}, but the tower sees pictures of ${image}; set it to ${image}.`);
  if (views.pad !== undefined || smallestSide(resize) >= size) return;
  const side = resize.shorter !== undefined ? 'shorter' : ['height', 'width'].find((word) => resize[word] < size) ?? 'longer';
  throw refuse(`${path}.resize.${side}`, `is ${resize[side]}, too small to cut views of ${size} out of it.`);
}

/**
 * @param {object} task from the recipe
 * @param {string} taskPath the task's, for messages
 * @param {number} image the tower's image size
 * @param {Awaited<ReturnType<typeof readPreprocess>>} told by files or a publication
 * @returns {{preprocess: object, origins: Record<string, string>}} the manifest's `preprocess`, and where each word comes from
 */
export function completePreprocess(task, taskPath, image, told) {
  const path = `${taskPath}.preprocess`;
  const words = task.preprocess;
  const found = Object.fromEntries(WORDS.map((word) => [word, words[word] ? { value: words[word], from: `${path}.${word}` } : told[word]]));
  found.views = chooseViews(words, told, image, path);
  for (const word of WORDS) if (found[word] instanceof ConvertError) throw found[word];
  const origins = Object.fromEntries(WORDS.map((word) => [word, found[word].from]));
  const convert = words.convert ? { value: words.convert, from: `${path}.convert` } : told.convert;
  const preprocess = {
    ...Object.fromEntries(WORDS.map((word) => [word, found[word].value])),
    ...(words.detail && { detail: words.detail }),
    orientation: words.orientation ?? 'apply',
    ...(convert && { convert: convert.value }),
  };
  origins.convert = convert?.from ?? 'Percept: RGB first, as transformers\' processors have it; no file tells it, the recipe may';
  if (words.detail) origins.detail = `${path}.detail`;
  origins.orientation = words.orientation ? `${path}.orientation` : 'Percept: upright, as people see pictures; no file tells it, the recipe may';
  checkSizes(preprocess, origins, image, path);
  if (words.detail) refusing((at, problem) => refuse(at, `${problem}.`), () => checkDetail(preprocess, `${path}.detail`));
  return { preprocess, origins };
}
