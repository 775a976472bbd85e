/**
 * The tables of a .tflite file (TensorFlow's schema.fbs, version 3), with the ids of its fields and the numbers of
 * its operators.
 */
import { blobOf } from './blob.mjs';
import { bytes, flatBuffer, string, table, tables, vector } from './flatbuffer.mjs';

const SCHEMA_VERSION = 3;
/** BuiltinOperator fitted into a byte once; larger numbers stand in a field of their own. */
const LARGEST_OLD_CODE = 127;
/** What the schema asks of a buffer's data. */
const BUFFER_ALIGNMENT = 16;

/** TensorType */
export const TYPES = { FLOAT32: 0, INT32: 2, INT8: 9 };

/** BuiltinOperator, with the version of each that has what is used here, and its number in BuiltinOptions. */
const OPERATORS = {
  ADD: { code: 0, version: 1 },
  CONCATENATION: { code: 2, version: 1, options: 10 },
  FULLY_CONNECTED: { code: 9, version: 9, options: 8 },
  LOGISTIC: { code: 14, version: 1 },
  MUL: { code: 18, version: 1 },
  RESHAPE: { code: 22, version: 1 },
  SOFTMAX: { code: 25, version: 1, options: 9 },
  TRANSPOSE: { code: 39, version: 1 },
  MEAN: { code: 40, version: 1, options: 27 },
  SUB: { code: 41, version: 1 },
  SLICE: { code: 65, version: 1 },
  RSQRT: { code: 76, version: 1 },
  SQUARED_DIFFERENCE: { code: 99, version: 1 },
  BATCH_MATMUL: { code: 126, version: 1, options: 101 },
  GELU: { code: 150, version: 1, options: 116 },
};

/** Fields of the options that are used, each an i8 or i32 or f32 by id. */
export const OPTIONS = {
  concatenation: (axis) => table({ 0: ['i32', axis] }),
  /** keep_num_dims, and quantise the inputs with a zero point */
  fullyConnected: () => table({ 2: ['i8', 1], 3: ['i8', 1] }),
  softmax: () => table({ 0: ['f32', 1] }),
  reducer: () => table({ 0: ['i8', 1] }),
  batchMatmul: ({ transposeRight }) => table({ 1: ['i8', Number(transposeRight)] }),
  gelu: () => table({}),
};

function operatorCode(name) {
  const { code, version } = OPERATORS[name];
  return table({ 0: ['i8', Math.min(code, LARGEST_OLD_CODE)], 2: ['i32', version], 3: ['i32', code] });
}

/** Rows with a scale each, without zero points. */
function quantization(scales) {
  return table({ 2: vector(scales), 3: vector(new BigInt64Array(scales.length)), 6: ['i32', 0] });
}

function tensorTable({ name, type, shape, buffer, scales }) {
  return table({
    0: vector(Int32Array.from(shape)),
    1: ['i8', type],
    2: ['u32', buffer],
    3: string(name),
    ...(scales && { 4: quantization(scales) }),
  });
}

function operatorTable({ operator, inputs, outputs, options }, codes) {
  return table({
    0: ['u32', codes.indexOf(operator)],
    1: vector(Int32Array.from(inputs)),
    2: vector(Int32Array.from(outputs)),
    ...(options && { 3: ['i8', OPERATORS[operator].options], 4: options }),
  });
}

/**
 * @param {{tensors: object[], operators: object[], inputs: number[], outputs: number[], buffers: object[]}} graph
 *   buffers: blobs; the first, of no bytes, stands for "none"
 * @returns {import('./blob.mjs').Blob[]}
 */
export function tfliteModel({ tensors, operators, inputs, outputs, buffers }) {
  const codes = [...new Set(operators.map(({ operator }) => operator))];
  const subgraph = table({
    0: tables(tensors.map(tensorTable)),
    1: vector(Int32Array.from(inputs)),
    2: vector(Int32Array.from(outputs)),
    3: tables(operators.map((each) => operatorTable(each, codes))),
    4: string('clip_vision'),
  });
  return flatBuffer(table({
    0: ['u32', SCHEMA_VERSION],
    1: tables(codes.map(operatorCode)),
    2: tables([subgraph]),
    3: string('percept'),
    4: tables(buffers.map((blob) => table(blob.length === 0 ? {} : { 0: bytes(blob, BUFFER_ALIGNMENT) }))),
  }), 'TFL3');
}

export const NO_BUFFER = blobOf(new Uint8Array(0));
