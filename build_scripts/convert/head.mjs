/**
 * A task's head: a chain of linear layers with ReLU, GELU or nothing between them.
 *
 * The tensors of a head file are `NAME.weight` [out, in] and `NAME.bias` [out], or bare `weight` and
 * `bias` for a single layer, whose name is then "". Activations have no tensors: `head.layers` in the
 * recipe says where they are. Without it, layers follow in the order of the numbers in their names with
 * ReLU between, but for LAION's MLP, which has none.
 */
import { ConvertError, MISSING_TENSOR, UNKNOWN_TENSOR, WRONG_SHAPE, listNames } from './errors.mjs';
import { TOWER_LIMITS } from './limits.mjs';
import { HEAD_ACTIVATIONS } from './recipe.mjs';
import { refuse } from './recipe-words.mjs';
import { checkFinite } from './tower.mjs';

function splitName(name) {
  const dot = name.lastIndexOf('.');
  return { layer: dot < 0 ? '' : name.slice(0, dot), part: name.slice(dot + 1) };
}

/** fc2 before fc10: compares the numbers in two names, one after the other. */
function compareNumbers(a, b) {
  const [left, right] = [a, b].map((name) => (name.match(/\d+/g) ?? []).map(Number));
  for (let i = 0; i < Math.min(left.length, right.length); i += 1) {
    if (left[i] !== right[i]) return left[i] - right[i];
  }
  return left.length - right.length;
}

/**
 * LAION's first aesthetic MLP: only dropout stood between its layers, so their numbers leave fewer gaps than those
 * of the later one with ReLU, layers.{0,3,6,9,11}.
 */
const LAION_WITHOUT_ACTIVATIONS = ['layers.0', 'layers.2', 'layers.4', 'layers.6', 'layers.7'].join();

function orderByNumber(layers, path, label) {
  const ordered = [...layers].sort(compareNumbers);
  const tie = ordered.findIndex((name, index) => index > 0 && compareNumbers(ordered[index - 1], name) === 0);
  if (tie > 0) {
    throw refuse(`${path}.layers`, `is needed: ${label} holds ${listNames(ordered)}, and no numbers tell their order.`);
  }
  if (ordered.join() === LAION_WITHOUT_ACTIVATIONS) return ordered;
  return ordered.flatMap((name, index) => (index === 0 ? [name] : ['relu', name]));
}

/** ["fc1", "relu", "fc2"] -> [{name: "fc1", activation: "relu"}, {name: "fc2", activation: "identity"}] */
function parseChain(words, path) {
  const chain = [];
  for (const [index, word] of words.entries()) {
    if (!HEAD_ACTIVATIONS.includes(word)) chain.push({ name: word, activation: 'identity' });
    else if (chain.at(-1)?.activation === 'identity') chain.at(-1).activation = word;
    else throw refuse(`${path}.layers[${index}]`, `is "${word}", which must follow the name of a linear layer.`);
  }
  return chain;
}

function findLayers(checkpoint, select) {
  const layers = new Set();
  for (const name of checkpoint.tensors.keys()) {
    if (!select(name)) continue;
    const { layer, part } = splitName(name);
    if (part !== 'weight' && part !== 'bias') {
      throw new ConvertError(UNKNOWN_TENSOR, `${name} in ${checkpoint.label} is neither the weight nor the bias of a `
        + 'linear layer, and heads are made of these.');
    }
    layers.add(layer);
  }
  return layers;
}

function measureLayer(checkpoint, fullName, inputs) {
  const weight = fullName === '' ? 'weight' : `${fullName}.weight`;
  const bias = fullName === '' ? 'bias' : `${fullName}.bias`;
  const shape = checkpoint.tensors.get(weight)?.shape;
  if (!shape) throw new ConvertError(MISSING_TENSOR, `${checkpoint.label} has no ${weight}, which the head needs; save the head again, or correct head.layers.`);
  if (shape.length !== 2 || shape[1] !== inputs || shape[0] < 1) {
    throw new ConvertError(WRONG_SHAPE, `${weight} in ${checkpoint.label} has the shape [${shape}], but its input has `
      + `${inputs} numbers; is it the head of another tower, or are the layers in another order?`);
  }
  if (shape[0] > TOWER_LIMITS.outputs) {
    throw new ConvertError(WRONG_SHAPE, `${weight} in ${checkpoint.label} has ${shape[0]} outputs; the engine holds `
      + `${TOWER_LIMITS.outputs}.`);
  }
  const biasShape = checkpoint.tensors.get(bias)?.shape;
  if (biasShape && (biasShape.length !== 1 || biasShape[0] !== shape[0])) {
    throw new ConvertError(WRONG_SHAPE, `${bias} in ${checkpoint.label} has the shape [${biasShape}]; [${shape[0]}] is needed; save the head again.`);
  }
  return { weight, bias: biasShape ? bias : null, outputs: shape[0], inputs };
}

export class HeadSource {
  constructor(checkpoint, layers) {
    this.checkpoint = checkpoint;
    /** @type {{weight: string, bias: string | null, outputs: number, inputs: number, activation: string}[]} */
    this.layers = layers;
  }

  /**
   * @param {object} checkpoint
   * @param {{layers?: string[]}} head the recipe's `head`
   * @param {string} path the head's, for messages
   * @param {number} inputs the embedding's width
   * @param {(name: string) => boolean} select which of the checkpoint's tensors belong to the head
   */
  static describe(checkpoint, head, path, inputs, select = () => true) {
    const names = findLayers(checkpoint, select);
    if (names.size === 0) throw new ConvertError(MISSING_TENSOR, `${checkpoint.label} holds no linear layer of a head; name another file in ${path}.path.`);
    const chain = parseChain(head.layers ?? orderByNumber(names, path, checkpoint.label), path);
    const prefix = commonPrefix(names, chain);
    const used = new Set(chain.map(({ name }) => prefix + name));
    const unused = [...names].filter((name) => !used.has(name));
    if (unused.length > 0) {
      throw new ConvertError(UNKNOWN_TENSOR, `${checkpoint.label} also holds the layer ${listNames(unused)}, which `
        + `${path}.layers does not name.`);
    }
    if (chain.length > TOWER_LIMITS.headLayers) {
      throw refuse(path, `has ${chain.length} linear layers; the engine holds ${TOWER_LIMITS.headLayers}.`);
    }
    let width = inputs;
    const layers = chain.map(({ name, activation }) => {
      const layer = { ...measureLayer(checkpoint, prefix + name, width), activation };
      width = layer.outputs;
      return layer;
    });
    return new HeadSource(checkpoint, layers);
  }

  /** For people: "fc1, relu, fc2". */
  describeChain() {
    return this.layers.flatMap(({ weight, activation }) => {
      const name = weight.replace(/\.?weight$/, '') || 'linear';
      return activation === 'identity' ? [name] : [name, activation];
    }).join(', ');
  }

  /** @param {string} name */
  async read(name) {
    const values = await this.checkpoint.read(name);
    checkFinite(values, name, this.checkpoint.label);
    return values;
  }
}

/** A recipe may say "fc1" where the file says "mlp.fc1" and all of its layers begin alike. */
function commonPrefix(names, chain) {
  if (chain.every(({ name }) => names.has(name))) return '';
  const prefixes = [...names].map((name) => name.slice(0, name.lastIndexOf('.') + 1));
  const prefix = prefixes[0];
  return prefixes.every((other) => other === prefix) ? prefix : '';
}
