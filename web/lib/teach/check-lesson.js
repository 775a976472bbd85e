/** A lesson as a caller hands it over, checked before anything starts, and copied: what comes out can be sent to the worker. */
import { PerceptError } from '../errors.js';
import { array, boolean, fail, integer, localized, matching, oneOf, refusing, text } from '../check.js';
import { isBytes, isFloats } from '../realms.js';
import { checkPreprocess, memoryNeeds, taskId, viewsOf } from '../weights/manifest.js';

/** @import {CheckedLesson, LessonPicture} from './types.d.ts' */
/** @import {Lesson, Manifest, Task, TaughtPicture} from '../percept.js' */

const MOST_CLASSES = 256;
const LONGEST_CLASS = 200;
const LONGEST_TITLE = 500;
/** With all else that is bounded here, a trait's file has a header that can be read again. */
const MOST_LANGUAGES = 50;
const MOST_RANK = 64;
const LABELS_OR_PAIRS = 'A lesson has labels or pairs, and not both.';

/** It may be empty. */
const anyText = matching(/^/, 'a text');

/** @param {string} problem a sentence @returns {never} */
function refuse(problem) {
  throw new PerceptError('lesson-invalid', problem);
}

/**
 * @param {Lesson} lesson @param {Manifest} manifest
 * @returns {{lesson: CheckedLesson, parts: Record<string, Uint8Array<ArrayBuffer>>}}
 * @throws {PerceptError} 'lesson-invalid', 'too-few-labels'
 */
export const checkLesson = (lesson, manifest) => refusing(
  (at, problem) => new PerceptError('lesson-invalid', `The lesson's ${at} ${problem}.`),
  () => checkMembers(lesson, manifest),
);

/** @param {Lesson} lesson @param {Manifest} manifest */
function checkMembers(lesson, manifest) {
  if (lesson === null || typeof lesson !== 'object') refuse('A lesson is an object with an id, a kind, pictures, and labels or pairs.');
  const { kind, scale } = lesson;
  oneOf('score', 'classes')(kind, 'kind');
  const pictures = checkPictures(lesson.pictures, manifest);
  const depth = checkDepth(lesson.depth ?? 'head', manifest);
  const unseen = depth > 0 && lesson.pictures.find(({ source }) => !source);
  if (unseen) refuse(`The picture '${unseen.name}' has no source, which teaching deeper needs.`);
  const judged = kind === 'score' && lesson.pairs ? checkPairs(lesson, pictures.length) : checkLabels(lesson, pictures.length);
  return {
    lesson: {
      id: checkId(lesson.id, manifest),
      title: checkTitle(lesson.title ?? lesson.id),
      kind,
      pictures,
      ...judged,
      scale: scale ? checkScale(scale, judged) : null,
      classes: kind === 'classes' ? checkClasses(lesson.classes, judged.labels) : null,
      preprocess: preprocessFor(lesson.preprocess, manifest),
      depth,
      rank: integer(1, MOST_RANK)(lesson.rank ?? 8, 'rank'),
      epochs: integer(1, 1000)(lesson.epochs ?? 10, 'epochs'),
      folds: integer(2, 20)(lesson.folds ?? 5, 'folds'),
      seed: integer(0, 2 ** 32 - 1)(lesson.seed ?? 1, 'seed'),
      equalGroups: boolean(lesson.equalGroups ?? false, 'equalGroups'),
      date: lesson.date ? text(lesson.date, 'date').slice(0, 40) : null,
    },
    parts: checkParts(lesson.parts ?? {}),
  };
}

/** @param {Record<string, Uint8Array>} parts as onPart gave them */
function checkParts(parts) {
  return Object.fromEntries(Object.entries(parts).map(([name, bytes]) => [name, isBytes(bytes) ? new Uint8Array(bytes) : fail(`part '${name.slice(0, 80)}'`, 'is not made of bytes')]));
}

/** @param {unknown} id @param {Manifest} manifest */
function checkId(id, manifest) {
  const given = taskId(id, 'id');
  if (given in Object.prototype) fail('id', `is '${given}', a name that every object has`);
  if (manifest.tasks.some((task) => task.id === given)) refuse(`The model has a task '${given}' of its own; choose another id.`);
  return given;
}

/** @param {unknown} title a text, or texts by language */
function checkTitle(title) {
  /** @type {Record<string, string>} */
  const texts = typeof title === 'string' ? { en: title } : { .../** @type {object} */ (title) };
  localized(texts, 'title');
  const all = Object.values(texts);
  return all.length <= MOST_LANGUAGES && all.every(({ length }) => length <= LONGEST_TITLE) ? texts : fail('title', `has more than ${LONGEST_TITLE} characters or ${MOST_LANGUAGES} languages`);
}

/** @param {TaughtPicture[]} pictures @param {Manifest} manifest @returns {LessonPicture[]} */
function checkPictures(pictures, { tower }) {
  if (!Array.isArray(pictures) || pictures.length < 2) refuse('A lesson needs two pictures or more.');
  const width = tower.embedding || tower.width;
  return pictures.map((picture, at) => {
    const { name, features = null, source, group = null } = picture ?? {};
    if (typeof name !== 'string' || name === '') fail(`picture ${at}`, 'has no name');
    if (!features && !source) refuse(`The picture '${name}' has neither features nor a source.`);
    if (features && (!isFloats(features) || features.length !== width || !features.every(Number.isFinite))) {
      refuse(`The features of '${name}' are not the ${width} finite numbers that scorer.features gives for this model.`);
    }
    return { name: name.slice(0, 500), features: features && new Float32Array(features), group: group === null ? null : anyText(group, 'group').slice(0, 200) };
  });
}

/** @param {unknown} at @param {number} count @param {string} what */
function checkPlace(at, count, what) {
  if (!Number.isInteger(at) || Number(at) < 0 || Number(at) >= count) refuse(`${what} names picture ${String(at)}, but the lesson has ${count}, counted from 0.`);
  return Number(at);
}

const raterOf = (/** @type {{rater?: string}} */ { rater }) => anyText(rater ?? '', 'rater').slice(0, 200);

/** @param {Lesson} lesson @param {number} count of pictures */
function checkLabels({ kind, labels, pairs }, count) {
  if (!Array.isArray(labels) || pairs) refuse(kind === 'score' ? LABELS_OR_PAIRS : 'A lesson in classes has labels, and no pairs.');
  if (labels.length < 2) throw new PerceptError('too-few-labels', `There is ${labels.length === 1 ? 'one label' : 'no label'}: a trait is taught from two labels or more, or from one pair.`);
  return {
    pairs: null,
    labels: labels.map((one, at) => {
      const { picture, label } = one ?? {};
      const where = `Label ${at}`;
      if (kind === 'score' && (typeof label !== 'number' || !Number.isFinite(label) || Math.abs(label) > 1e9)) refuse(`${where} is ${String(label)}; a score is taught with finite numbers.`);
      const word = String(label);
      if (kind === 'classes' && (!/string|number/.test(typeof label) || word === '' || word.length > LONGEST_CLASS)) refuse(`${where} must be a text of 1 to ${LONGEST_CLASS} characters.`);
      return { picture: checkPlace(picture, count, where), label: kind === 'score' ? Number(label) : word, rater: raterOf(one) };
    }),
  };
}

/** @param {Lesson} lesson @param {number} count of pictures */
function checkPairs({ labels, pairs }, count) {
  if (!Array.isArray(pairs) || labels) refuse(LABELS_OR_PAIRS);
  if (pairs.length === 0) throw new PerceptError('too-few-labels', 'There is no pair: a trait is taught from one pair or more, or from two labels.');
  return {
    labels: null,
    pairs: pairs.map((one, at) => {
      const [better, worse] = [checkPlace(one?.better, count, `Pair ${at}`), checkPlace(one?.worse, count, `Pair ${at}`)];
      if (better === worse) refuse(`Pair ${at} compares picture ${better} with itself.`);
      return { better, worse, tie: boolean(one.tie ?? false, `pairs[${at}].tie`), rater: raterOf(one) };
    }),
  };
}

/** @param {unknown} scale @param {{labels: CheckedLesson['labels']}} judged @returns {[number, number]} */
function checkScale(scale, { labels }) {
  const [low, high] = Array.isArray(scale) && scale.length === 2 ? scale : [NaN, NaN];
  if (!(Number.isFinite(low) && Number.isFinite(high) && low < high && Math.abs(low) <= 1e9 && Math.abs(high) <= 1e9)) fail('scale', 'must be two finite numbers, the lower one first');
  const outside = labels?.find(({ label }) => label < low || label > high);
  if (outside) refuse(`The label ${outside.label} lies outside of the lesson's scale, ${low} to ${high}.`);
  return [low, high];
}

/** The classes in their order. @param {unknown} given @param {CheckedLesson['labels']} labels */
function checkClasses(given, labels) {
  const used = new Set((labels ?? []).map(({ label }) => String(label)));
  const classes = /** @type {string[]} */ (given ? [...array(1, MOST_CLASSES, text)(given, 'classes')] : [...used].sort());
  if (new Set(classes).size < classes.length || classes.some(({ length }) => length > LONGEST_CLASS)) fail('classes', 'must be different texts');
  if (classes.length > MOST_CLASSES) refuse(`A lesson has at most ${MOST_CLASSES} classes, not ${classes.length}. Are these labels numbers of a score?`);
  const unknown = [...used].find((label) => !classes.includes(label));
  if (unknown !== undefined) refuse(`The label '${unknown}' is none of the lesson's classes.`);
  return classes;
}

/**
 * How pictures are looked at: as the caller says, or as the model's task with the fewest views does.
 * One that makes no sense fails as the checks of check.js do, under the name 'preprocess'.
 * @param {Lesson['preprocess']} preprocess @param {Manifest} manifest
 * @returns {Task['preprocess']} a copy, or the task's own
 */
export function preprocessFor(preprocess, manifest) {
  if (!preprocess) return manifest.tasks.reduce((few, task) => (viewsOf(task) < viewsOf(few) ? task : few)).preprocess;
  return checkPreprocess(plain(preprocess), 'preprocess', { image: manifest.tower.image, views: memoryNeeds(manifest).views });
}

/** A copy, by way of JSON: what a page's framework watches cannot be cloned. @param {unknown} value @returns {unknown} */
function plain(value) {
  try {
    return JSON.parse(JSON.stringify(value));
  } catch {
    return fail('preprocess', 'is no plain data');
  }
}

/** How many of the last blocks are taught, 0 for the head alone. @param {unknown} depth @param {Manifest} manifest */
function checkDepth(depth, { tower: { layers } }) {
  if (depth === 'head') return 0;
  if (depth === 'all') return layers;
  const last = /** @type {{last?: unknown}} */ (depth)?.last;
  if (typeof last !== 'number' || !Number.isInteger(last) || last < 1 || last > layers) fail('depth', `must be 'head', 'all' or { last: 1 to ${layers} }`);
  return last;
}
