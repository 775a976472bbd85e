/** Trait files for the scripts: read with every tensor's shape checked, and merged into a model's folder. */
import { readFile, rm } from 'node:fs/promises';
import { join } from 'node:path';
import { PerceptError } from '../../web/lib/errors.js';
import { PANEL } from '../../web/lib/model/packed-head.js';
import { readTrait, traitIdOf } from '../../web/lib/weights/trait-file.js';
import { linearShape } from '../convert/adapter-modules.mjs';
import { splitGroups, writeShards } from '../convert/shards.mjs';
import { describeEvidence } from '../teach/report.mjs';

const panels = (rows) => Math.ceil(rows / PANEL);

function isPlace(place, { layers, embedding }) {
  const [, layer] = /^blocks\.(\d+)\.(?:attention\.(?:query|key|value|out)|mlp\.fc[12])$/.exec(place) ?? [];
  return place === 'projection' ? embedding > 0 : layer !== undefined && Number(layer) < layers;
}

/** The shapes that a trait's tensors must have, by name. */
function expectedShapes({ task, tensors }, sizes) {
  const shapes = new Map();
  let inputs = sizes.embedding || sizes.width;
  task.head.forEach(({ outputs }, index) => {
    shapes.set(`head.${index}.weight`, [panels(outputs), inputs, PANEL]);
    shapes.set(`head.${index}.bias`, [panels(outputs) * PANEL]);
    inputs = outputs;
  });
  const places = tensors.filter(({ name }) => name.endsWith('.lora_A')).map(({ name, shape }) => ({ place: name.slice(0, -'.lora_A'.length), rank: shape[0] * PANEL }));
  for (const { place, rank } of places.filter((each) => isPlace(each.place, sizes))) {
    const [outputs, taken] = linearShape(place, sizes);
    shapes.set(`${place}.lora_A`, [rank / PANEL, taken, PANEL]);
    shapes.set(`${place}.lora_B`, [panels(outputs), rank, PANEL]);
  }
  return shapes;
}

/** @param {string} path @throws {PerceptError} 'not-found' */
async function readBytes(path) {
  return new Uint8Array(await readFile(path).catch((error) => { throw new PerceptError('not-found', `it cannot be read (${error.code}).`, { cause: error }); }));
}

/** What reading throws, with the file's name. @template Result @param {string} path @param {() => Promise<Result>} read */
async function naming(path, read) {
  try {
    return await read();
  } catch (error) {
    if (error instanceof PerceptError) throw new PerceptError(error.code, `${path}: ${error.message}`, { cause: error });
    throw error;
  }
}

/**
 * Refuses what is no trait, as far as that can be told without its model.
 * @param {string} path
 * @throws {PerceptError} 'trait-invalid', 'not-found', each with the file's name
 */
export async function checkTraitFile(path) {
  await naming(path, async () => { traitIdOf(await readBytes(path)); });
}

/**
 * @param {string} path
 * @param {object} manifest of the model that it was taught on
 * @returns {Promise<{task: object, evidence: object, tensors: Map<string, {shape: number[], bytes: Uint8Array}>}>} in the file's order
 * @throws {PerceptError} 'trait-invalid', 'trait-other-base', 'not-found', each with the file's name
 */
export async function openTrait(path, manifest) {
  return naming(path, async () => {
    const trait = await readTrait(await readBytes(path), manifest);
    const expected = expectedShapes(trait, manifest.tower);
    const wrong = trait.tensors.find(({ name, shape }) => String(expected.get(name)) !== String(shape))?.name
      ?? [...expected.keys()].find((name) => !trait.tensors.some((tensor) => tensor.name === name));
    if (wrong) throw new PerceptError('trait-invalid', `This is not a usable trait file: the tensor ${wrong.slice(0, 80)} is missing, or not one of this model's.`);
    const tensors = new Map(trait.tensors.map(({ name, shape, begin, end }) => [name, { shape, bytes: trait.data.subarray(begin, end) }]));
    return { task: trait.task, evidence: trait.evidence, tensors };
  });
}

/** The manifest's task: what the trait has, and its evidence in words. */
function taskOf(trait, shards) {
  return { ...trait.task, about: { ...trait.task.about, taught: describeEvidence(trait) }, shards };
}

/**
 * Makes traits tasks of a model: each gets a file of its own in the folder. Writing the manifest is the caller's.
 * @param {object} manifest
 * @param {string[]} paths of trait files
 * @param {string} folder the model's
 * @returns {Promise<object>} the manifest with their tasks
 */
export async function mergeTraits(manifest, paths, folder) {
  const written = [];
  let merged = manifest;
  try {
    for (const path of paths) {
      const trait = await openTrait(path, merged);
      const groups = [...trait.tensors].map(([name, { shape, bytes }]) => ({ tensors: [{ name, dtype: 'F32', shape }], produce: async () => [bytes] }));
      const shards = await writeShards(splitGroups(groups), folder, trait.task.id, { onBytes() {}, onShard: (file) => written.push(file) });
      merged = { ...merged, tasks: [...merged.tasks, taskOf(trait, shards)] };
    }
  } catch (error) {
    for (const file of written) await rm(join(folder, file), { force: true });
    throw error;
  }
  return merged;
}
