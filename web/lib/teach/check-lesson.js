/** A lesson as a caller hands it over, checked before anything starts, and copied: what comes out can be sent to the worker. */
import { PerceptError } from '../errors.js';
import { fail, refusing } from '../check.js';
import { isBytes, isFloats } from '../realms.js';
import { checkPreprocess, memoryNeeds, taskId, viewsOf } from '../weights/manifest.js';

/** @import {CheckedLesson, LessonPicture} from './types.d.ts' */
/** @import {ErrorCode, Lesson, Manifest, Task, TaughtPicture} from '../percept.js' */

const MOST_CLASSES = 256;
const LONGEST_CLASS = 200;
const MOST_RANK = 64;
const LABELS_OR_PAIRS = 'A lesson has labels or pairs, and not both.';

/** @param {string} problem a sentence @returns {never} */
function refuse(problem) {
  throw new PerceptError('lesson-invalid', problem);
}

/** A whole number in a range, or the default. @param {string} name @param {unknown} value @param {[least: number, most: number, usual: number]} range */
function whole(name, value, [least, most, usual]) {
  if (value === undefined || value === null) return usual;
  if (typeof value !== 'number' || !Number.isInteger(value) || value < least || value > most) refuse(`The lesson's ${name} must be a whole number from ${least} to ${most}.`);
  return value;
}

/** A text, or a number as one; '' where there is none. @param {unknown} value @param {string} what */
function word(value, what) {
  if (typeof (value ?? '') !== 'string' && !Number.isFinite(value)) refuse(`${what} must be a text.`);
  return String(value ?? '');
}

/** @param {unknown} value @param {string} what */
function flag(value, what) {
  if (typeof (value ?? false) !== 'boolean') refuse(`${what} must be true or false.`);
  return value === true;
}

/**
 * @param {Lesson} lesson @param {Manifest} manifest
 * @returns {{lesson: CheckedLesson, parts: Record<string, Uint8Array<ArrayBuffer>>}}
 * @throws {PerceptError} 'lesson-invalid', 'too-few-labels'
 */
export function checkLesson(lesson, manifest) {
  if (lesson === null || typeof lesson !== 'object') refuse('A lesson is an object with an id, a kind, pictures, and labels or pairs.');
  const { kind, scale } = lesson;
  if (kind !== 'score' && kind !== 'classes') refuse("The lesson's kind must be 'score' or 'classes'.");
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
      rank: whole('rank', lesson.rank, [1, MOST_RANK, 8]),
      epochs: whole('epochs', lesson.epochs, [1, 1000, 10]),
      folds: whole('folds', lesson.folds, [2, 20, 5]),
      seed: whole('seed', lesson.seed, [0, 2 ** 32 - 1, 1]),
      equalGroups: flag(lesson.equalGroups, "The lesson's equalGroups"),
      date: lesson.date ? word(lesson.date, "The lesson's date").slice(0, 40) : null,
    },
    parts: checkParts(lesson.parts ?? {}),
  };
}

/** @param {Record<string, Uint8Array>} parts as onPart gave them */
function checkParts(parts) {
  return Object.fromEntries(Object.entries(parts).map(([name, bytes]) => [name, isBytes(bytes) ? new Uint8Array(bytes) : refuse(`The lesson's part '${name.slice(0, 80)}' is not made of bytes.`)]));
}

/** @param {unknown} id @param {Manifest} manifest */
function checkId(id, manifest) {
  const given = refusing((_, problem) => new PerceptError('lesson-invalid', `The lesson's id ${problem}.`), () => taskId(id, 'id'));
  if (given in Object.prototype) refuse(`The lesson's id '${given}' is a name that every object has; choose another.`);
  if (manifest.tasks.some((task) => task.id === given)) refuse(`The model has a task '${given}' of its own; choose another id.`);
  return given;
}

/** @param {unknown} title a text, or texts by language */
function checkTitle(title) {
  const texts = typeof title === 'object' && title !== null ? { .../** @type {Record<string, string>} */ (title) } : { en: /** @type {string} */ (title) };
  const isOne = Object.keys(texts).length > 0 && Object.entries(texts).every(([tag, text]) => /^[a-z]{2,3}(-[A-Za-z0-9]{2,8})*$/.test(tag) && typeof text === 'string' && text !== '' && text.length <= 500);
  return isOne ? texts : refuse("The lesson's title must be a text, or texts by language such as { en: '…' }.");
}

/** @param {TaughtPicture[]} pictures @param {Manifest} manifest @returns {LessonPicture[]} */
function checkPictures(pictures, { tower }) {
  if (!Array.isArray(pictures) || pictures.length < 2) refuse('A lesson needs two pictures or more.');
  const width = tower.embedding || tower.width;
  return pictures.map((picture, at) => {
    const { name, features = null, source, group = null } = picture ?? {};
    if (typeof name !== 'string' || name === '') refuse(`Picture ${at} of the lesson has no name.`);
    if (!features && !source) refuse(`The picture '${name}' has neither features nor a source.`);
    if (features && (!isFloats(features) || features.length !== width || !features.every(Number.isFinite))) {
      refuse(`The features of '${name}' are not the ${width} finite numbers that scorer.features gives for this model.`);
    }
    return { name: name.slice(0, 500), features: features && new Float32Array(features), group: group === null ? null : word(group, `The group of '${name}'`).slice(0, 200) };
  });
}

/** @param {unknown} at @param {number} count @param {string} what */
function checkPlace(at, count, what) {
  if (!Number.isInteger(at) || Number(at) < 0 || Number(at) >= count) refuse(`${what} names picture ${String(at)}, but the lesson has ${count}, counted from 0.`);
  return Number(at);
}

const raterOf = (/** @type {{rater?: string}} */ { rater }, /** @type {string} */ where) => word(rater, `The rater of ${where}`).slice(0, 200);

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
      const text = kind === 'classes' ? word(label, where) : '';
      if (kind === 'classes' && (text === '' || text.length > LONGEST_CLASS)) refuse(`${where} must be a text of 1 to ${LONGEST_CLASS} characters.`);
      return { picture: checkPlace(picture, count, where), label: kind === 'score' ? Number(label) : text, rater: raterOf(one, where) };
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
      const where = `Pair ${at}`;
      const [better, worse] = [checkPlace(one?.better, count, where), checkPlace(one?.worse, count, where)];
      if (better === worse) refuse(`${where} compares picture ${better} with itself.`);
      return { better, worse, tie: flag(one.tie, `The tie of ${where}`), rater: raterOf(one, where) };
    }),
  };
}

/** @param {unknown} scale @param {{labels: CheckedLesson['labels']}} judged @returns {[number, number]} */
function checkScale(scale, { labels }) {
  const [low, high] = Array.isArray(scale) && scale.length === 2 ? scale : [NaN, NaN];
  if (!(Number.isFinite(low) && Number.isFinite(high) && low < high && Math.abs(low) <= 1e9 && Math.abs(high) <= 1e9)) refuse("The lesson's scale must be two finite numbers, the lower one first.");
  const outside = labels?.find(({ label }) => label < low || label > high);
  if (outside) refuse(`The label ${outside.label} lies outside of the lesson's scale, ${low} to ${high}.`);
  return [low, high];
}

/** The classes in their order. @param {unknown} given @param {CheckedLesson['labels']} labels */
function checkClasses(given, labels) {
  const used = new Set((labels ?? []).map(({ label }) => String(label)));
  if (!Array.isArray(given ?? [])) refuse("The lesson's classes must be a list of texts.");
  const classes = given ? /** @type {unknown[]} */ (given).map((one) => word(one, 'A class of the lesson')) : [...used].sort();
  if (new Set(classes).size < classes.length || classes.some((one) => one === '' || one.length > LONGEST_CLASS)) refuse("The lesson's classes must be different texts.");
  if (classes.length > MOST_CLASSES) refuse(`A lesson has at most ${MOST_CLASSES} classes, not ${classes.length}. Are these labels numbers of a score?`);
  const unknown = [...used].find((label) => !classes.includes(label));
  if (unknown !== undefined) refuse(`The label '${unknown}' is none of the lesson's classes.`);
  return classes;
}

/**
 * How pictures are looked at: as the caller says, or as the model's task with the fewest views does.
 * @param {Lesson['preprocess']} preprocess @param {Manifest} manifest @param {ErrorCode} [code] of what makes no sense
 * @returns {Task['preprocess']} a copy, or the task's own
 * @throws {PerceptError} of that code
 */
export function preprocessFor(preprocess, manifest, code = 'lesson-invalid') {
  if (!preprocess) return manifest.tasks.reduce((few, task) => (viewsOf(task) < viewsOf(few) ? task : few)).preprocess;
  /** @param {string} at @param {string} problem */
  const misfit = (at, problem) => new PerceptError(code, `The ${at} ${problem}.`);
  return refusing(misfit, () => checkPreprocess(plain(preprocess), 'preprocess', { image: manifest.tower.image, views: memoryNeeds(manifest).views }));
}

/** A copy, by way of JSON: what a page's framework watches cannot be cloned. @param {unknown} value @returns {unknown} */
function plain(value) {
  try {
    return JSON.parse(JSON.stringify(value));
  } catch {
    return fail('preprocess', 'must be plain data, as model.json has it');
  }
}

/** How many of the last blocks are taught, 0 for the head alone. @param {unknown} depth @param {Manifest} manifest */
function checkDepth(depth, { tower: { layers } }) {
  if (depth === 'head') return 0;
  if (depth === 'all') return layers;
  const last = /** @type {{last?: unknown}} */ (depth)?.last;
  if (typeof last !== 'number' || !Number.isInteger(last) || last < 1 || last > layers) refuse(`The lesson's depth must be 'head', 'all' or { last: 1 to ${layers} }.`);
  return last;
}
