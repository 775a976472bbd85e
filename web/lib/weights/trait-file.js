/**
 * A taught trait's file: ordinary safetensors with the adapter's and the head's tensors, named and laid out as in a model's
 * folder. The metadata has the task's manifest, what is known of it, and the base that it stands on. The same judgements give
 * the same bytes.
 */
import { array, boolean, fail, finite, integer, object, oneOf, optional, refusing, text } from '../check.js';
import { PerceptError } from '../errors.js';
import { sha256 } from './hash.js';
import { parseJson } from './json.js';
import { checkTaughtTask, isSha256, memoryNeeds } from './manifest.js';
import { parseHeader } from './safetensors.js';

/** @import {Check} from '../check.js' */
/** @import {Bytes, Manifest, TaughtTask, Trait} from './types.d.ts' */
/** @import {Evidence} from '../percept.js' */

export const FORMAT = 'percept-trait';
const VERSION = 1;
/** A LoRA of rank 64 on every layer of a ViT-L/14 has half of that. */
export const MOST_TRAIT_BYTES = 2 ** 28;
const LONGEST = 4096;
/** Of a title that a mark is put behind. */
const LONGEST_TITLE = 400;

/**
 * Names a base by its sizes and by what its weights are, wherever they lie.
 * @param {Manifest} manifest
 */
export function baseHash({ tower, base }) {
  const sizes = Object.entries(tower).sort(([a], [b]) => (a < b ? -1 : 1));
  return sha256(new TextEncoder().encode(JSON.stringify([sizes, base.shards.map((shard) => shard.sha256)])));
}

// ---- writing ----

/**
 * @param {Manifest} manifest of the model that it was taught on
 * @param {{task: TaughtTask, evidence: Evidence, tensors: {name: string, shape: number[], values: Float32Array}[]}} trait
 * @returns {Promise<Bytes>}
 */
export async function writeTrait(manifest, { task, evidence, tensors }) {
  const data = new Uint8Array(tensors.reduce((sum, { values }) => sum + values.byteLength, 0));
  /** @type {Record<string, unknown>} */
  const entries = {};
  let at = 0;
  for (const { name, shape, values } of tensors) {
    data.set(new Uint8Array(values.buffer, values.byteOffset, values.byteLength), at);
    entries[name] = { dtype: 'F32', shape, data_offsets: [at, at + values.byteLength] };
    at += values.byteLength;
  }
  const percept = {
    format: FORMAT, version: VERSION, base: await baseHash(manifest), base_name: manifest.name.slice(0, LONGEST), data: await sha256(data), task, evidence,
  };
  return withHeader({ percept, entries }, data);
}

/** @param {{percept: object, entries: object}} header @param {Uint8Array} data @returns {Bytes} */
function withHeader({ percept, entries }, data) {
  const header = new TextEncoder().encode(JSON.stringify({ __metadata__: { format: FORMAT, percept: JSON.stringify(percept) }, ...entries }));
  const dataStart = Math.ceil((8 + header.length) / 8) * 8;
  const file = new Uint8Array(dataStart + data.length).fill(0x20, 8 + header.length, dataStart);
  new DataView(file.buffer).setBigUint64(0, BigInt(dataStart - 8), true);
  file.set(header, 8);
  file.set(data, dataStart);
  return file;
}

/**
 * The same trait under another id, and with a mark behind its title, so that both can be told apart.
 * @param {Bytes} bytes of a file @param {string} id @param {string} mark
 * @returns {Bytes} not checked: reading it does that
 * @throws {PerceptError} 'trait-invalid' where there is no id to change
 */
export function renamedTrait(bytes, id, mark) {
  const { dataStart } = readHeader(bytes);
  const { __metadata__: metadata, ...entries } = parseJson(new TextDecoder().decode(bytes.subarray(8, dataStart)));
  const percept = readMetadata(metadata);
  const { task } = percept;
  if (task === null || typeof task !== 'object') refuse('it has no task');
  const marked = (/** @type {unknown} */ text) => `${String(text).slice(0, LONGEST_TITLE)}${mark}`;
  const title = typeof task.title === 'string' ? marked(task.title) : Object.fromEntries(Object.entries(task.title ?? {}).map(([tag, text]) => [tag, marked(text)]));
  return withHeader({ percept: { ...percept, task: { ...task, id, title } }, entries }, bytes.subarray(dataStart));
}

/** What a file calls its trait, before anything of it is checked; '' where it says nothing. @param {Bytes} bytes @throws {PerceptError} 'trait-invalid' */
export function traitIdOf(bytes) {
  const { task } = readMetadata(readHeader(bytes).metadata);
  return typeof task?.id === 'string' ? task.id : '';
}

// ---- reading ----

/** @param {string} problem the rest of the sentence @returns {never} */
function refuse(problem) {
  throw new PerceptError('trait-invalid', `This is not a usable trait file: ${problem}.`);
}

/**
 * Whatever stands in the file has been checked when this returns, but for the tensors' names and shapes, which the engine knows.
 * @param {Bytes} bytes @param {Manifest} manifest of the model that it is to stand on
 * @returns {Promise<Trait>}
 * @throws {PerceptError} 'trait-invalid', 'trait-other-base'
 */
export async function readTrait(bytes, manifest) {
  if (bytes.length > MOST_TRAIT_BYTES) refuse(`it has more than ${MOST_TRAIT_BYTES >> 20} MiB`);
  const { dataStart, tensors, metadata } = readHeader(bytes);
  const percept = readMetadata(metadata);
  if (percept.version !== VERSION) refuse(`it has version ${String(percept.version).slice(0, 20)}, and this Percept reads version ${VERSION}; take a newer Percept`);
  const { base, base_name: baseName } = percept;
  if (typeof base === 'string' && base !== await baseHash(manifest)) {
    throw new PerceptError('trait-other-base', `The trait was taught on another model${typeof baseName === 'string' ? `, '${baseName.slice(0, 100)}'` : ''}, and means nothing on '${manifest.name}'. Load that model, or teach the trait again on this one.`);
  }
  const { image } = manifest.tower;
  refusing((at, problem) => refuse(`${at || 'its description'} ${problem}`), () => object(percept, '', {
    format: oneOf(FORMAT), version: oneOf(VERSION), base: isSha256, base_name: text, data: isSha256,
    task: (value, at) => checkTaughtTask(value, at, { image, views: memoryNeeds(manifest).views }),
    evidence: checkEvidence,
  }));
  const { task, evidence, data: hash } = percept;
  if (manifest.tasks.some(({ id }) => id === task.id)) refuse(`its id, '${task.id}', is that of a task of the model's own`);
  if (task.adapter !== tensors.some(({ name }) => name.includes('.lora_'))) refuse(`it says that it ${task.adapter ? 'has an adapter, and has none' : 'has no adapter, and has one'}`);
  const data = bytes.subarray(dataStart);
  if (await sha256(data.slice()) !== hash) refuse('its weights are damaged');
  for (const { name, dtype, begin, end } of tensors) {
    if (dtype !== 'F32') refuse(`the tensor ${name.slice(0, 80)} is not made of 32-bit floats`);
    if (!new Float32Array(data.slice(begin, end).buffer).every(Number.isFinite)) refuse(`the tensor ${name.slice(0, 80)} holds numbers that are not finite`);
  }
  return { task, evidence, tensors, data };
}

/** @param {Bytes} bytes */
function readHeader(bytes) {
  try {
    return parseHeader(bytes, bytes.length, 'It');
  } catch (cause) {
    throw new PerceptError('trait-invalid', `This is not a trait file. ${/** @type {Error} */ (cause).message}`, { cause });
  }
}

/** @param {any} metadata @returns {any} an object of anything */
function readMetadata(metadata) {
  if (metadata?.format !== FORMAT || typeof metadata.percept !== 'string') refuse('it does not say that it is one; a model\'s own files are loaded as a folder');
  try {
    const percept = parseJson(metadata.percept);
    if (percept !== null && typeof percept === 'object' && percept.format === FORMAT) return percept;
  } catch {
    // as the line below says
  }
  return refuse('its description is not JSON of the right kind');
}

// ---- what a stranger says of a trait: pages show it ----

const number = finite(-1e30, 1e30);
const count = integer(0, 2 ** 31);
/** @param {number} most */
const shortText = (most) => (/** @type {any} */ value, /** @type {string} */ at) => {
  if (typeof value !== 'string' || value.length > most) fail(at, `must be a text of at most ${most} characters`);
  return value;
};
/** @param {Check} check @returns {Check} */
const nullable = (check) => (value, at) => (value === null ? value : check(value, at));
/** @type {Check} */
const answer = (value, at) => (typeof value === 'string' ? shortText(LONGEST)(value, at) : number(value, at));

const interval = { value: number, low: number, high: number };
const measure = oneOf('spearman', 'accuracy', 'pairs');
/** @type {Check} */
const figure = (value, at) => object(value, at, { measure, ...interval });

export const NOTES = /** @type {const} */ (['few-labels', 'constant-labels', 'ties-only', 'contradictions', 'near-copies', 'no-deeper']);

/** @type {Check} */
function checkEvidence(value, at) {
  object(value, at, {
    pictures: count,
    labels: count,
    pairs: count,
    raters: (member, where) => object(member, where, { count, agreement: nullable(number) }),
    folds: count,
    seed: integer(0, 2 ** 32 - 1),
    date: nullable(shortText(40)),
    held_out: (member, where) => object(member, where, { head: nullable(figure), deeper: nullable(figure) }),
    kept: oneOf('head', 'deeper'),
    difference: nullable((member, where) => object(member, where, interval)),
    curve: array(0, 100, (member, where) => object(member, where, { labels: count, measure, ...interval })),
    different: array(0, 100, (member, where) => object(member, where, { picture: shortText(LONGEST), people: answer, model: answer })),
    groups: array(0, 1000, (member, where) => object(member, where, { group: shortText(LONGEST), pictures: count, difference: number, low: number, high: number })),
    equal_groups: boolean,
    commonest: optional((member, where) => object(member, where, { label: shortText(LONGEST), share: finite(0, 1) })),
    notes: array(0, 20, oneOf(...NOTES)),
  });
}
