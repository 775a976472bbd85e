/**
 * A model folder as ONNX: pixels [N, 3, image, image], normalised, to embeddings [N, embedding].
 *
 * In float32; in float16 throughout, between a cast at each end, which is what graphics cards are fastest at; or in int8 as
 * onnxruntime's quantize_dynamic writes it with per_channel: each product with weights becomes DynamicQuantizeLinear (one
 * scale and zero point for the whole tensor, shared by the products that read it), MatMulInteger, Cast and two Muls, which
 * onnxruntime joins into one operator when it loads the graph. The products inside of attention stay float32, as there.
 */
import { Packer } from '../../../build_scripts/convert/engine.mjs';
import { blobOf, bytesOf, writeBlobs } from './blob.mjs';
import { TYPES, modelProto } from './onnx-file.mjs';
import { quantizeRows, transposed } from './quantize.mjs';
import { describeTower } from './vit.mjs';

const BATCH = 'N';
const QUICK_GELU_SLOPE = 1.702;

class OnnxGraph {
  #nodes = [];
  #initializers = [];
  #quantized = new Map();
  #int8;
  #halves;

  /** @param {{int8?: boolean, halves?: Packer}} numbers halves: what rounds to float16 */
  constructor({ int8 = false, halves = null }) {
    this.#int8 = int8;
    this.#halves = halves;
  }

  #add(operator, inputs, attributes = {}, outputs = 1) {
    const number = this.#nodes.length;
    const names = Array.from({ length: outputs }, (_, index) => `${operator}_${number}_${index}`);
    this.#nodes.push({ operator, inputs, outputs: names, attributes });
    return outputs === 1 ? names[0] : names;
  }

  #constant(type, shape, blob) {
    const name = `constant_${this.#initializers.length}`;
    this.#initializers.push({ name, type, shape, blob });
    return name;
  }

  get #type() {
    return this.#halves ? TYPES.FLOAT16 : TYPES.FLOAT;
  }

  /** Numbers as the graph computes with them. */
  #bytes(values) {
    return this.#halves ? this.#halves.f16('a tensor', values) : bytesOf(values);
  }

  #floats(values, shape = [values.length]) {
    return this.#constant(this.#type, shape, blobOf(this.#bytes(values)));
  }

  #integers(...values) {
    return this.#constant(TYPES.INT64, [values.length], blobOf(BigInt64Array.from(values, BigInt)));
  }

  /** Reshape, in which 0 keeps the input's side and -1 is what remains. */
  #reshape(x, ...shape) {
    return this.#add('Reshape', [x, this.#integers(...shape)]);
  }

  #transpose(x, ...perm) {
    return this.#add('Transpose', [x], { perm });
  }

  /** The picture's squares, each as a row ordered channel, row, column, through a linear layer. */
  patches({ patch, image }, layer) {
    const grid = image / patch;
    this.input = { name: 'pixels', shape: [BATCH, 3, image, image] };
    const pixels = this.#halves ? this.#add('Cast', ['pixels'], { to: this.#type }) : 'pixels';
    const cut = this.#reshape(pixels, 0, 3, grid, patch, grid, patch);
    return this.linear(this.#reshape(this.#transpose(cut, 0, 2, 4, 1, 3, 5), 0, grid * grid, layer.inputs), layer);
  }

  async linear(x, layer) {
    const product = this.#int8 ? await this.#int8Product(x, layer) : this.#floatProduct(x, layer);
    this.width = layer.outputs;
    return layer.bias ? this.#add('Add', [product, this.#floats(layer.bias)]) : product;
  }

  #floatProduct(x, { outputs, inputs, read }) {
    const length = (this.#halves ? 2 : 4) * outputs * inputs;
    const blob = { length, make: async () => this.#bytes(transposed(await read(), outputs, inputs)) };
    return this.#add('MatMul', [x, this.#constant(this.#type, [inputs, outputs], blob)]);
  }

  async #int8Product(x, { outputs, inputs, read }) {
    const { codes, scales } = quantizeRows(await read(), outputs, inputs);
    const blob = { length: codes.length, make: () => bytesOf(transposed(codes, outputs, inputs)) };
    const weights = this.#constant(TYPES.INT8, [inputs, outputs], blob);
    const zeros = this.#constant(TYPES.INT8, [outputs], blobOf(new Int8Array(outputs)));
    if (!this.#quantized.has(x)) this.#quantized.set(x, this.#add('DynamicQuantizeLinear', [x], {}, 3));
    const [values, scale, zero] = this.#quantized.get(x);
    const sums = this.#add('Cast', [this.#add('MatMulInteger', [values, weights, zero, zeros])], { to: TYPES.FLOAT });
    return this.#add('Mul', [sums, this.#add('Mul', [scale, this.#floats(scales)])]);
  }

  withClassToken(patches, token) {
    const batch = this.#add('Shape', [patches], { start: 0, end: 1 });
    const shape = this.#add('Concat', [batch, this.#integers(1, token.length)], { axis: 0 });
    return this.#add('Concat', [this.#add('Expand', [this.#floats(token, [1, 1, token.length]), shape]), patches], { axis: 1 });
  }

  add(x, y) {
    return this.#add('Add', [x, y]);
  }

  addConstant(x, values, shape) {
    return this.#add('Add', [x, this.#floats(values, shape)]);
  }

  layerNorm(name, x, weight, bias, epsilon) {
    return this.#add('LayerNormalization', [x, this.#floats(weight), this.#floats(bias)], { axis: -1, epsilon: { float: epsilon } });
  }

  /** softmax(query keyᵀ) value, head by head; the query is scaled already. */
  attention(name, [query, key, value], heads) {
    const split = (x) => this.#reshape(x, 0, 0, heads, -1);
    const scores = this.#add('MatMul', [this.#transpose(split(query), 0, 2, 1, 3), this.#transpose(split(key), 0, 2, 3, 1)]);
    const weighted = this.#add('MatMul', [this.#add('Softmax', [scores], { axis: -1 }), this.#transpose(split(value), 0, 2, 1, 3)]);
    return this.#add('Reshape', [this.#transpose(weighted, 0, 2, 1, 3), this.#integers(0, 0, -1)]);
  }

  activation(x, kind) {
    if (kind === 'gelu') return this.#add('Gelu', [x]);
    const slope = this.#add('Mul', [x, this.#floats(Float32Array.of(QUICK_GELU_SLOPE))]);
    return this.#add('Mul', [x, this.#add('Sigmoid', [slope])]);
  }

  classToken(x) {
    return this.#add('Gather', [x, this.#constant(TYPES.INT64, [], blobOf(BigInt64Array.of(0n)))], { axis: 1 });
  }

  output(x) {
    this.result = { name: this.#halves ? this.#add('Cast', [x], { to: TYPES.FLOAT }) : x, shape: [BATCH, this.width] };
  }

  proto() {
    return modelProto({ nodes: this.#nodes, initializers: this.#initializers, input: this.input, output: this.result });
  }
}

/**
 * @param {import('./model-folder.mjs').ModelFolder} model
 * @param {string} path of the .onnx
 * @param {'f32' | 'f16' | 'int8'} numbers
 */
export async function exportOnnx(model, path, numbers) {
  const graph = new OnnxGraph({ int8: numbers === 'int8', halves: numbers === 'f16' ? await Packer.load() : null });
  await describeTower(graph, model);
  await writeBlobs(path, graph.proto());
}
