/**
 * A model folder as .tflite: pixels [batch, image, image, 3], normalised, to embeddings [batch, embedding].
 *
 * Linear layers are FULLY_CONNECTED with int8 weights, a scale for each output, and float32 activations: dynamic
 * range quantisation, which XNNPACK runs by quantising each row of activations. Everything else is built-in
 * operators in float32. Shapes are fixed, as they are in the files that LiteRT's own converter writes.
 */
import { blobOf, writeBlobs } from './blob.mjs';
import { quantizeRows } from './quantize.mjs';
import { NO_BUFFER, OPTIONS, TYPES, tfliteModel } from './tflite-file.mjs';
import { describeTower } from './vit.mjs';

const QUICK_GELU_SLOPE = 1.702;

/** Inputs of a patch, ordered channel, row, column, as row, column, channel: the order of interleaved pixels. */
function interleaveChannels(weight, outputs, patch) {
  const area = patch * patch;
  const result = new Float32Array(weight.length);
  for (let row = 0; row < outputs; row += 1) {
    for (let channel = 0; channel < 3; channel += 1) {
      for (let at = 0; at < area; at += 1) result[(row * area + at) * 3 + channel] = weight[(row * 3 + channel) * area + at];
    }
  }
  return result;
}

class TfliteGraph {
  #tensors = [];
  #operators = [];
  #buffers = [NO_BUFFER];
  #batch;

  constructor(batch) {
    this.#batch = batch;
  }

  #tensor(shape, { type = TYPES.FLOAT32, blob, scales } = {}) {
    const buffer = blob ? this.#buffers.push(blob) - 1 : 0;
    return this.#tensors.push({ name: `tensor_${this.#tensors.length}`, type, shape, buffer, scales }) - 1;
  }

  #shape(tensor) {
    return this.#tensors[tensor].shape;
  }

  #floats(values, shape = [values.length]) {
    return this.#tensor(shape, { blob: blobOf(values) });
  }

  #integers(...values) {
    return this.#tensor([values.length], { type: TYPES.INT32, blob: blobOf(Int32Array.from(values)) });
  }

  #add(operator, inputs, shape, options) {
    const output = this.#tensor(shape);
    this.#operators.push({ operator, inputs, outputs: [output], options });
    return output;
  }

  #reshape(x, ...shape) {
    return this.#add('RESHAPE', [x, this.#integers(...shape)], shape);
  }

  #transpose(x, ...order) {
    return this.#add('TRANSPOSE', [x, this.#integers(...order)], order.map((side) => this.#shape(x)[side]));
  }

  /** The picture's squares, each as a row, through a linear layer. */
  patches({ patch, image }, layer) {
    const grid = image / patch;
    this.input = this.#tensor([this.#batch, image, image, 3]);
    const cut = this.#reshape(this.input, this.#batch * grid, patch, grid, patch * 3);
    const rows = this.#reshape(this.#transpose(cut, 0, 2, 1, 3), this.#batch, grid * grid, layer.inputs);
    return this.linear(rows, { ...layer, read: async () => interleaveChannels(await layer.read(), layer.outputs, patch) });
  }

  async linear(x, { outputs, inputs, bias, read }) {
    const { codes, scales } = quantizeRows(await read(), outputs, inputs);
    const weights = this.#tensor([outputs, inputs], { type: TYPES.INT8, blob: blobOf(codes), scales });
    const operands = [x, weights, this.#floats(bias ?? new Float32Array(outputs))];
    return this.#add('FULLY_CONNECTED', operands, [...this.#shape(x).slice(0, -1), outputs], OPTIONS.fullyConnected());
  }

  withClassToken(patches, token) {
    const [batch, count, width] = this.#shape(patches);
    const tokens = new Float32Array(batch * width);
    for (let view = 0; view < batch; view += 1) tokens.set(token, view * width);
    return this.#add('CONCATENATION', [this.#floats(tokens, [batch, 1, width]), patches], [batch, count + 1, width], OPTIONS.concatenation(1));
  }

  add(x, y) {
    return this.#add('ADD', [x, y], this.#shape(x));
  }

  addConstant(x, values, shape) {
    return this.add(x, this.#floats(values, [1, ...shape]));
  }

  /** (x - mean) / sqrt(variance + epsilon) · weight + bias */
  layerNorm(name, x, weight, bias, epsilon) {
    const shape = this.#shape(x);
    const narrow = [...shape.slice(0, -1), 1];
    const axis = this.#integers(shape.length - 1);
    const mean = (of) => this.#add('MEAN', [of, axis], narrow, OPTIONS.reducer());
    const center = mean(x);
    const variance = mean(this.#add('SQUARED_DIFFERENCE', [x, center], shape));
    const factor = this.#add('RSQRT', [this.#add('ADD', [variance, this.#floats(Float32Array.of(epsilon))], narrow)], narrow);
    const scaled = this.#add('MUL', [this.#add('SUB', [x, center], shape), factor], shape);
    return this.#add('ADD', [this.#add('MUL', [scaled, this.#floats(weight)], shape), this.#floats(bias)], shape);
  }

  /** softmax(query keyᵀ) value, head by head; the query is scaled already. */
  attention(name, parts, heads) {
    const [batch, tokens, width] = this.#shape(parts[0]);
    const [query, key, value] = parts.map((x) => (
      this.#transpose(this.#reshape(x, batch, tokens, heads, width / heads), 0, 2, 1, 3)));
    const scores = this.#add('BATCH_MATMUL', [query, key], [batch, heads, tokens, tokens], OPTIONS.batchMatmul({ transposeRight: true }));
    const weights = this.#add('SOFTMAX', [scores], this.#shape(scores), OPTIONS.softmax());
    const weighted = this.#add('BATCH_MATMUL', [weights, value], this.#shape(value), OPTIONS.batchMatmul({ transposeRight: false }));
    return this.#reshape(this.#transpose(weighted, 0, 2, 1, 3), batch, tokens, width);
  }

  activation(x, kind) {
    const shape = this.#shape(x);
    if (kind === 'gelu') return this.#add('GELU', [x], shape, OPTIONS.gelu());
    const slope = this.#add('MUL', [x, this.#floats(Float32Array.of(QUICK_GELU_SLOPE))], shape);
    return this.#add('MUL', [x, this.#add('LOGISTIC', [slope], shape)], shape);
  }

  classToken(x) {
    const [batch, , width] = this.#shape(x);
    const first = this.#add('SLICE', [x, this.#integers(0, 0, 0), this.#integers(batch, 1, width)], [batch, 1, width]);
    return this.#reshape(first, batch, width);
  }

  output(x) {
    this.result = x;
  }

  file() {
    return tfliteModel({
      tensors: this.#tensors, operators: this.#operators, buffers: this.#buffers, inputs: [this.input], outputs: [this.result],
    });
  }
}

/**
 * @param {import('./model-folder.mjs').ModelFolder} model
 * @param {string} path of the .tflite
 * @param {{batch?: number}} options views that are computed together
 */
export async function exportTflite(model, path, { batch = 1 } = {}) {
  const graph = new TfliteGraph(batch);
  await describeTower(graph, model);
  await writeBlobs(path, graph.file());
}
