/**
 * A task's head: a chain of linear layers with ReLU, GELU or nothing between them.
 *
 * The tensors of a head file are `NAME.weight` [out, in] and `NAME.bias` [out], or bare `weight` and
 * `bias` for a single layer, whose name is then "". Activations have no tensors: `head.layers` in the
 * recipe says where they are. Without it, a single layer stands alone, and the heads of PerceptCLIP and of
 * LAION are known by their names and sizes; of any other the recipe must tell.
 */
import { ConvertError, MISSING_TENSOR, UNKNOWN_TENSOR, UNSUPPORTED, WRONG_SHAPE, listNames } from './errors.mjs';
import { checkWeightType } from './floats.mjs';
import * as perceptClip from './layout-perceptclip.mjs';
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
 * Published heads by the names and the widths of their layers (inputs, then each layer's outputs): what stands between them, and whether
 * they read embeddings divided by their norm. Between the layers of LAION's first MLP stood dropout alone, so their numbers leave fewer
 * gaps than those of the later one.
 */
const PUBLISHED = [
  { title: 'LAION\'s aesthetic MLP', layers: 'layers.0 layers.2 layers.4 layers.6 layers.7', widths: ['768 1024 128 64 16 1'], between: [], normalize: true },
  { title: 'LAION\'s aesthetic MLP with ReLU', layers: 'layers.0 layers.3 layers.6 layers.9 layers.11', widths: ['768 1024 128 64 16 1'], between: ['relu'], normalize: true },
  { title: 'simple-aesthetics-predictor', layers: 'predictor', widths: ['512 1', '768 1'], between: [], normalize: true },
];
const PERCEPTCLIP = { title: 'PerceptCLIP', between: ['relu'], normalize: false };

/** The inputs of the first of these layers, then the outputs of each. */
function widthsOf(checkpoint, layers) {
  const shapes = layers.map((layer) => checkpoint.tensors.get(`${layer}.weight`)?.shape ?? []);
  return [shapes[0][1], ...shapes.map(([outputs]) => outputs)].join(' ');
}

/** The chain in the recipe's words, and who says so. */
function publishedChain(names, path, checkpoint) {
  const ordered = [...names].sort(compareNumbers);
  const isKnown = ({ layers, widths }) => layers === ordered.join(' ') && widths.includes(widthsOf(checkpoint, ordered));
  const known = perceptClip.detect(checkpoint) ? PERCEPTCLIP : PUBLISHED.find(isKnown);
  if (known) return { words: ordered.flatMap((name, index) => (index === 0 ? [name] : [...known.between, name])), published: known };
  if (ordered.length === 1) return { words: ordered };
  throw refuse(`${path}.layers`, `is needed: ${checkpoint.label} holds the layers ${listNames(ordered)}, and nothing tells their order and what stands `
    + `between them. List them by name, with ${HEAD_ACTIVATIONS.map((word) => `"${word}"`).join(' or ')} between where the head has it.`);
}

/** Activations of other people's heads that the engine does not have. */
const OTHER_ACTIVATIONS = new Set(['silu', 'swish', 'tanh', 'sigmoid', 'softmax', 'leaky_relu', 'leakyrelu', 'elu', 'selu', 'mish', 'softplus',
  'prelu', 'hardswish', 'quick_gelu', 'gelu_tanh']);

/** Layers that do nothing to a picture that is scored. */
const NOTHING = new Set(['dropout', 'identity']);

/** What is no linear layer's name, and no activation as recipes write it. */
function refuseWord(word, names, path) {
  const isLayer = [...names].some((name) => name === word || name.endsWith(`.${word}`));
  const plain = word.toLowerCase();
  if (HEAD_ACTIVATIONS.includes(word) && isLayer) throw refuse(path, `is "${word}", the activation, but the file also has a layer of that name: rename the layer in the file.`);
  if (isLayer || HEAD_ACTIVATIONS.includes(word)) return;
  if (HEAD_ACTIVATIONS.includes(plain)) throw refuse(path, `is "${word}"; write "${plain}".`);
  if (NOTHING.has(plain)) throw refuse(path, `is "${word}", which does nothing once a head is trained: leave it out.`);
  if (OTHER_ACTIVATIONS.has(plain)) {
    throw new ConvertError(UNSUPPORTED, `${path} is "${word}", an activation that heads cannot have here (they have ${HEAD_ACTIVATIONS.join(' and ')}); `
      + 'train the head with one of these.');
  }
}

/** ["fc1", "relu", "fc2"] -> [{name: "fc1", activation: "relu"}, {name: "fc2", activation: "identity"}] */
function parseChain(words, names, path) {
  const chain = [];
  for (const [index, word] of words.entries()) {
    refuseWord(word, names, `${path}.layers[${index}]`);
    if (!HEAD_ACTIVATIONS.includes(word)) chain.push({ name: word, activation: 'identity' });
    else if (chain.at(-1)?.activation === 'identity') chain.at(-1).activation = word;
    else throw refuse(`${path}.layers[${index}]`, `is "${word}", which must follow the name of a linear layer.`);
  }
  return chain;
}

function normalisation(name, checkpoint) {
  return new ConvertError(UNSUPPORTED, `${name} in ${checkpoint.label} is of a normalisation layer, and heads here are made of linear layers `
    + 'alone; fold it into its neighbour, or train the head without it.');
}

function findLayers(checkpoint, select) {
  const layers = new Set();
  for (const name of checkpoint.tensors.keys()) {
    if (!select(name)) continue;
    const { layer, part } = splitName(name);
    if (/^running_(mean|var)$|^num_batches_tracked$/.test(part)) throw normalisation(name, checkpoint);
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
  checkWeightType(checkpoint.tensors.get(weight), weight, checkpoint.label);
  if (shape.length === 1) {
    throw new ConvertError(UNSUPPORTED, `${weight} in ${checkpoint.label} has one side, [${shape}], as a normalisation layer's has, or a linear layer's that was `
      + 'flattened; heads here are made of linear layers, whose weights are [outputs, inputs]. Save it so, or train the head without the normalisation.');
  }
  if (shape.length !== 2 || shape[1] !== inputs || shape[0] < 1) {
    throw new ConvertError(WRONG_SHAPE, `${weight} in ${checkpoint.label} has the shape [${shape}], but its input has `
      + `${inputs} numbers; is it the head of another tower, or are the layers in another order?`);
  }
  if (shape[0] > TOWER_LIMITS.outputs) {
    throw new ConvertError(WRONG_SHAPE, `${weight} in ${checkpoint.label} has ${shape[0]} outputs; the engine holds `
      + `${TOWER_LIMITS.outputs}.`);
  }
  const biasShape = checkpoint.tensors.get(bias)?.shape;
  if (biasShape) checkWeightType(checkpoint.tensors.get(bias), bias, checkpoint.label);
  if (biasShape && (biasShape.length !== 1 || biasShape[0] !== shape[0])) {
    throw new ConvertError(WRONG_SHAPE, `${bias} in ${checkpoint.label} has the shape [${biasShape}]; [${shape[0]}] is needed; save the head again.`);
  }
  return { weight, bias: biasShape ? bias : null, outputs: shape[0], inputs };
}

export class HeadSource {
  constructor(checkpoint, layers, from, published) {
    this.checkpoint = checkpoint;
    /** Who says what stands between the layers. */
    this.from = from;
    /** What a publication says of the head, or undefined. @type {{title: string, normalize: boolean} | undefined} */
    this.published = published;
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
    const { words, published } = head.layers ? { words: head.layers } : publishedChain(names, path, checkpoint);
    const chain = parseChain(words, names, path);
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
    const from = head.layers ? `${path}.layers` : published ? `the publication of ${published.title}` : 'tensors';
    return new HeadSource(checkpoint, layers, from, published);
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
