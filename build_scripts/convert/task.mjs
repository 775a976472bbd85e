/** A task of the recipe, with its files opened and everything checked that depends on the tower. */
import { refusing } from '../../web/lib/check.js';
import { checkHead } from '../../web/lib/kinds.js';
import { AdapterSource } from './adapter.mjs';
import { ConvertError, UNKNOWN_TENSOR, WRONG_SHAPE, listNames } from './errors.mjs';
import { HeadSource } from './head.mjs';
import * as perceptClip from './layout-perceptclip.mjs';
import { completePreprocess } from './preprocess.mjs';
import { refuse } from './recipe-words.mjs';
import { TowerSource } from './tower.mjs';

/** PerceptCLIP's files bring their whole tower, which must be the one that is stored; only the projection may be their own. */
async function openAdapter(task, source, library) {
  if (!task.adapter) return null;
  const checkpoint = await library.open(task.adapter.path);
  if (!perceptClip.detect(checkpoint)) return AdapterSource.open(checkpoint, task.adapter, source.sizes);
  const isNew = checkpoint !== source.checkpoint && !source.twins.some((twin) => twin.checkpoint === checkpoint);
  if (isNew) {
    const { heads, activation } = source.sizes; /* tensors cannot differ in these */
    const config = { num_attention_heads: heads, hidden_act: activation };
    await source.addTwin(await TowerSource.open(checkpoint, { config, layout: perceptClip.id }));
  }
  return AdapterSource.fromPerceptClip(checkpoint, task.adapter, source.sizes, source.ownProjection(checkpoint));
}

/** Which of a checkpoint's tensors are the head: all, PerceptCLIP's `mlp`, or an adapter's modules_to_save. */
function headSelection(checkpoint, adapter) {
  if (perceptClip.detect(checkpoint)) return perceptClip.isHeadTensor;
  return adapter?.checkpoint === checkpoint ? (name) => adapter.headTensors.includes(name) : () => true;
}

async function openHead(task, path, inputs, adapter, library) {
  if (!task.head) return null;
  const checkpoint = await library.open(task.head.path);
  return HeadSource.describe(checkpoint, task.head, `${path}.head`, inputs, headSelection(checkpoint, adapter));
}

/** The head must end in what the output asks for: by its kind alone, or by a word of the recipe. */
function checkOutput(task, path, head) {
  const refuseHead = (at, problem) => (at === `${path}.output.kind` ? new ConvertError(WRONG_SHAPE, `${at} ${problem}.`) : refuse(at, `${problem}.`));
  refusing(refuseHead, () => checkHead(task.output, head?.layers.at(-1).outputs ?? 0, `${path}.output`));
}

/**
 * @param {object} task from the recipe
 * @param {string} path the task's, for messages
 * @param {import('./tower.mjs').TowerSource} source
 * @param {{mean: number[], std: number[]}} normalization the base's
 * @param {{open: (path: string) => Promise<object>}} library
 * @returns {Promise<{entry: object, adapter: AdapterSource | null, head: HeadSource | null}>} `entry` is the
 *   manifest's, without its shards
 */
export async function openTask(task, path, source, normalization, library) {
  const { sizes } = source;
  const preprocess = completePreprocess(task, path, sizes.image, normalization);
  const adapter = await openAdapter(task, source, library);
  const head = await openHead(task, path, sizes.embedding || sizes.width, adapter, library);
  checkOutput(task, path, head);
  if (adapter?.headTensors.length > 0 && head?.checkpoint !== adapter.checkpoint) {
    throw new ConvertError(UNKNOWN_TENSOR, `${adapter.checkpoint.label} also holds ${listNames(adapter.headTensors)} `
      + `(modules_to_save); set ${path}.head.path to the same folder to use them as the head.`);
  }
  const layers = head?.layers ?? [];
  const entry = {
    id: task.id,
    title: task.title,
    ...(task.license && { license: task.license }),
    adapter: adapter !== null,
    head: layers.map(({ outputs, activation }) => ({ outputs, activation })),
    normalize: task.normalize,
    preprocess,
    output: task.output,
    ...(task.about && { about: task.about }),
  };
  return { entry, adapter, head };
}
