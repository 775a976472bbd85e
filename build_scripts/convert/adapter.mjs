/**
 * A task's LoRA adapter: pairs A [rank, in] and B [out, rank] beside the tower's linear layers.
 */
import { join } from 'node:path';
import { PANEL } from '../../web/lib/model/packed-head.js';
import { moduleName, placeModules, sortSaved } from './adapter-modules.mjs';
import { roundUp } from './engine.mjs';
import {
  ConvertError, BAD_FILE, MISSING_TENSOR, UNKNOWN_TENSOR, UNSUPPORTED, WRONG_SHAPE, listNames,
} from './errors.mjs';
import { readJson, statIfThere } from './files.mjs';
import { checkWeightType } from './floats.mjs';
import * as perceptClip from './layout-perceptclip.mjs';
import { TOWER_LIMITS } from './limits.mjs';
import { readPeftConfig } from './peft.mjs';
import { checkFinite } from './tower.mjs';

/** The highest rank that the engine has room for beside a tower (c_src/tower/lora.c). */
const mostRank = ({ width }) => Math.min(TOWER_LIMITS.rank, roundUp(width, PANEL));
/** The projection has three segments' room (c_src/tower/lora.h). */
const mostProjection = (sizes) => 3 * mostRank(sizes);

/** `.default` is the adapter's own name, which PEFT leaves out of its files but not of a whole state dict. */
const LORA_NAME = /^(.+)\.lora_([AB])(?:\.default)?\.weight$/;

function pairTensors(checkpoint, select) {
  const pairs = new Map();
  const others = [];
  for (const name of checkpoint.tensors.keys()) {
    if (!select(name)) continue;
    const [, module, side] = LORA_NAME.exec(name) ?? [];
    if (module) pairs.set(module, { ...pairs.get(module), [side]: name });
    else others.push(name);
  }
  return { pairs, others };
}

function checkPair(checkpoint, module, pair, { shape: [out, inputs], most }) {
  for (const side of ['A', 'B']) {
    if (!pair[side]) throw new ConvertError(MISSING_TENSOR, `${checkpoint.label} lacks lora_${side} of ${module}; save the adapter again.`);
    checkWeightType(checkpoint.tensors.get(pair[side]), pair[side], checkpoint.label);
  }
  const [a, b] = [pair.A, pair.B].map((name) => checkpoint.tensors.get(name).shape);
  const rank = a[0];
  const fits = a.length === 2 && b.length === 2 && a[1] === inputs && b[0] === out && b[1] === rank;
  if (!fits || !(rank >= 1 && rank <= most)) {
    throw new ConvertError(WRONG_SHAPE, `${module} in ${checkpoint.label} has lora_A [${a}] and lora_B [${b}]; `
      + `[rank, ${inputs}] and [${out}, rank] with a rank of 1 to ${most} are needed; was it trained beside another base?`);
  }
  return rank;
}

/** Every place of every pair: its rank and scale, and the rows of B that are its own. */
function placePairs(checkpoint, pairs, sizes, scaleOf) {
  const modules = placeModules([...pairs.keys()], sizes, checkpoint.label).flatMap(({ module, scaledAs, times, places, shape }) => {
    const pair = pairs.get(module);
    const rank = checkPair(checkpoint, module, pair, { shape: [places.length * shape[0], shape[1]], most: mostRank(sizes) });
    const scale = times * scaleOf(scaledAs, rank);
    return places.map((neutral, index) => ({ neutral, rank, shape, A: pair.A, B: pair.B, row: index * shape[0], scale }));
  });
  const twice = modules.find(({ neutral }, index) => modules.findIndex((other) => other.neutral === neutral) < index);
  if (twice) throw new ConvertError(BAD_FILE, `${checkpoint.label} has two pairs for ${twice.neutral}; save one adapter alone.`);
  return modules.sort((left, right) => left.neutral.localeCompare(right.neutral, 'en', { numeric: true }));
}

/** The tensors beside the pairs: what modules_to_save names, or something that is refused. */
function sortOthers(checkpoint, others, modulesToSave) {
  const saved = (name) => modulesToSave.some((module) => `.${moduleName(name)}.`.includes(`.${module}.`));
  const unknown = others.filter((name) => !saved(name));
  const dora = unknown.find((name) => name.includes('lora_magnitude_vector'));
  if (dora) throw new ConvertError(UNSUPPORTED, `${checkpoint.label} is a DoRA adapter (${dora}), which rescales whole columns of the base; train a plain LoRA.`);
  const other = unknown.find((name) => /\.lora_[A-Za-z_]+/.test(name));
  if (other) {
    throw new ConvertError(UNSUPPORTED, `${checkpoint.label} holds ${other}, which is no factor of a linear layer's LoRA (lora_A, lora_B); `
      + 'train a plain LoRA on linear layers.');
  }
  if (unknown.length > 0) {
    throw new ConvertError(UNKNOWN_TENSOR, `${checkpoint.label} holds ${listNames(unknown)}, which is neither LoRA nor `
      + 'among modules_to_save; train a plain LoRA, or list the module there and save again.');
  }
  return sortSaved(others, checkpoint.label);
}

/** transformers' class whose head does not read the embedding. */
const CLASSIFIER = 'CLIPForImageClassification';

/** A head that is called, and stands, as that class's, in a file that does not say which class was trained. */
function refuseNameless(configPath, modules, head) {
  const own = head.find((name) => moduleName(name) === 'classifier');
  if (!own || !modules.some((module) => moduleName(module).startsWith('vision_model.'))) return;
  throw new ConvertError(UNSUPPORTED, `${configPath} does not say which class was trained, and ${own} beside vision_model is what ${CLASSIFIER} has, whose head `
    + 'reads the mean of the patch tokens before the last LayerNorm, not the embedding. If it is that class, train the head on the embedding; if it is another, name '
    + 'it in the file: "auto_mapping": {"base_model_class": "…"}.');
}

export class AdapterSource {
  constructor(checkpoint, modules, projection, headTensors, scaleFrom) {
    this.checkpoint = checkpoint;
    /** Who says the scale of the pairs. */
    this.scaleFrom = scaleFrom;
    /**
     * `row` is where the module's own rows of B begin.
     * @type {{neutral: string, rank: number, shape: number[], A: string, B: string, row: number, scale: number}[]}
     */
    this.modules = modules;
    /** The name of a projection that replaces the base's, or undefined. */
    this.projection = projection;
    /** Names of the tensors that modules_to_save adds: a head. */
    this.headTensors = headTensors;
  }

  /**
   * A PEFT folder.
   * @param {object} checkpoint
   * @param {{path: string, alpha?: number}} adapter the recipe's `adapter`
   * @param {object} sizes the tower's
   */
  static async open(checkpoint, adapter, sizes) {
    const configPath = join(checkpoint.folder, 'adapter_config.json');
    if (!await statIfThere(configPath)) {
      throw new ConvertError(BAD_FILE, `${checkpoint.folder} has no adapter_config.json; name a folder that PEFT saved.`);
    }
    const { modulesToSave, model, scaleOf } = readPeftConfig(await readJson(configPath), configPath, adapter.alpha);
    const { pairs, others } = pairTensors(checkpoint, () => true);
    const { projection, head } = sortOthers(checkpoint, others, modulesToSave);
    if (head.length > 0 && model === CLASSIFIER) {
      throw new ConvertError(UNSUPPORTED, `${configPath} names ${CLASSIFIER}, whose ${listNames(head)} reads the mean of the patch tokens `
        + 'before the last LayerNorm; train the head on the embedding.');
    }
    if (model === undefined) refuseNameless(configPath, [...pairs.keys()], head);
    if (projection) checkProjection(checkpoint, projection, sizes);
    const modules = placePairs(checkpoint, pairs, sizes, scaleOf);
    if (modules.length === 0 && !projection) {
      throw new ConvertError(MISSING_TENSOR, `${checkpoint.label} holds no LoRA pair for the vision tower; name another adapter, or leave the word out.`);
    }
    return new AdapterSource(checkpoint, modules, projection, head, adapter.alpha ? 'recipe: adapter.alpha' : configPath);
  }

  /**
   * The pairs inside a whole-model file of PerceptCLIP, which tells no alpha.
   * @param {object} checkpoint
   * @param {{alpha?: number}} adapter the recipe's `adapter`
   * @param {object} sizes the tower's
   * @param {string} [projection] the name of its projection, where that is not the base's
   */
  static fromPerceptClip(checkpoint, { alpha: told }, sizes, projection) {
    const alpha = told ?? perceptClip.ALPHA;
    const { pairs, others } = pairTensors(checkpoint, perceptClip.isLoraTensor);
    if (others.length > 0) {
      throw new ConvertError(UNSUPPORTED, `${checkpoint.label} holds ${listNames(others)}, which is no plain LoRA pair; train a plain LoRA.`);
    }
    const modules = placePairs(checkpoint, pairs, sizes, (_, rank) => alpha / rank);
    if (modules.length === 0) throw new ConvertError(MISSING_TENSOR, `${checkpoint.label} holds no LoRA pair; leave the task's adapter out to use the bare tower.`);
    if (projection) checkProjection(checkpoint, projection, sizes);
    return new AdapterSource(checkpoint, modules, projection, [], told ? 'recipe: adapter.alpha' : 'the publication of PerceptCLIP');
  }

  /** @param {{B: string, row: number, rank: number, shape: number[]}} module @returns {Promise<Float32Array>} [out, rank] */
  async readB({ B, row, rank, shape: [out] }) {
    const values = await this.read(B);
    return values.subarray(row * rank, (row + out) * rank);
  }

  /** @param {string} name */
  async read(name) {
    const values = await this.checkpoint.read(name);
    checkFinite(values, name, this.checkpoint.label);
    return values;
  }
}

function checkProjection(checkpoint, name, sizes) {
  const { shape } = checkpoint.tensors.get(name);
  checkWeightType(checkpoint.tensors.get(name), name, checkpoint.label);
  if (shape.length !== 2 || shape[0] !== sizes.embedding || shape[1] !== sizes.width) {
    throw new ConvertError(WRONG_SHAPE, `${name} in ${checkpoint.label} has the shape [${shape}], but the tower's `
      + `projection has [${sizes.embedding},${sizes.width}]; was it trained beside another base?`);
  }
  if (sizes.embedding > mostProjection(sizes)) {
    throw new ConvertError(UNSUPPORTED, `${checkpoint.label} replaces the whole projection (${name}), which all tasks share `
      + `and which has more than ${mostProjection(sizes)} outputs; put LoRA beside visual_projection instead of saving it.`);
  }
}
