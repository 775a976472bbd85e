/** A task of the recipe, with its files opened and everything checked that depends on the tower. */
import { refusing } from '../../web/lib/check.js';
import { checkHead } from '../../web/lib/kinds.js';
import { AdapterSource } from './adapter.mjs';
import { ConvertError, UNKNOWN_TENSOR, WRONG_SHAPE, listNames } from './errors.mjs';
import { HeadSource } from './head.mjs';
import * as perceptClip from './layout-perceptclip.mjs';
import { completePreprocess, readPreprocess } from './preprocess.mjs';
import { refuse } from './recipe-words.mjs';
import { TowerSource } from './tower.mjs';

/** PerceptCLIP's files bring their whole tower, which must be the one that is stored; only the projection may be their own. */
async function openAdapter(task, source, library) {
  if (!task.adapter) return null;
  const checkpoint = await library.open(task.adapter.path, { isAdapter: true });
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
function headSelection(checkpoint, adapter, source) {
  if (perceptClip.detect(checkpoint)) return perceptClip.isHeadTensor;
  if (source.checkpoint === checkpoint) return (name) => source.others.includes(name);
  return adapter?.checkpoint === checkpoint ? (name) => adapter.headTensors.includes(name) : () => true;
}

/** A head whose first layer fits the features before the projection was trained on something that nothing tells. */
function refusePooled(checkpoint, names, { sizes }, path) {
  const first = names.map((name) => checkpoint.tensors.get(name).shape).filter((shape) => shape.length === 2);
  const takes = (inputs) => first.some((shape) => shape[1] === inputs);
  if (sizes.embedding === 0 || takes(sizes.embedding) || !takes(sizes.width)) return;
  throw refuse(path, `takes ${sizes.width} numbers, as many as the tower has before its projection to ${sizes.embedding}. If it was trained on the class `
    + 'token after the last LayerNorm (transformers\' pooler_output), set base.features to "pooled".');
}

/** PerceptCLIP's heads were trained on what the adapters beside them make of pictures. */
function refuseAlone(checkpoint, adapter, path) {
  if (adapter || !perceptClip.detect(checkpoint)) return;
  throw refuse(path, `is of ${checkpoint.label}, whose adapter it was trained on; name the same file in the task's adapter.path.`);
}

async function openHead(task, path, source, adapter, library) {
  if (!task.head) return null;
  const checkpoint = await library.open(task.head.path, { isAdapter: task.head.path === task.adapter?.path });
  const select = headSelection(checkpoint, adapter, source);
  refuseAlone(checkpoint, adapter, `${path}.head`);
  refusePooled(checkpoint, [...checkpoint.tensors.keys()].filter(select), source, `${path}.head`);
  return HeadSource.describe(checkpoint, task.head, `${path}.head`, source.sizes.embedding || source.sizes.width, select);
}

/** Whether the head reads embeddings divided by their norm: said by the recipe or a publication. */
function chooseNormalize(task, path, head) {
  if (task.normalize !== undefined) return { normalize: task.normalize, from: `${path}.normalize` };
  if (!head) return { normalize: false, from: 'the tower\'s own output' };
  if (head.published) return { normalize: head.published.normalize, from: `the publication of ${head.published.title}` };
  throw refuse(path, 'lacks the word "normalize": nothing tells whether the head was trained on embeddings that were divided by their L2 norm; set it to '
    + 'true or false.');
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
 * @param {{open: (path: string, options?: {isAdapter?: boolean}) => Promise<object>}} library
 * @returns {Promise<{entry: object, adapter: AdapterSource | null, head: HeadSource | null, origins: Record<string, string>}>}
 *   `entry` is the manifest's, without its shards; `origins` say where its words come from
 */
export async function openTask(task, path, source, library) {
  const adapter = await openAdapter(task, source, library);
  const { preprocess, origins } = completePreprocess(task, path, source.sizes.image, await readPreprocess(source, adapter?.checkpoint));
  const head = await openHead(task, path, source, adapter, library);
  const { normalize, from: normalizeFrom } = chooseNormalize(task, path, head);
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
    normalize,
    preprocess,
    output: task.output,
    ...(task.about && { about: task.about }),
  };
  return { entry, adapter, head, origins: { ...origins, ...(head && { head: head.from }), normalize: normalizeFrom } };
}
