/** ONNX's messages (onnx.proto, version 3 of the intermediate representation and later), as blobs. */
import { float, integer, message, text } from './protobuf.mjs';

/** TensorProto.DataType */
export const TYPES = { FLOAT: 1, UINT8: 2, INT8: 3, INT64: 7, FLOAT16: 10 };

const ATTRIBUTE_FLOAT = 1;
const ATTRIBUTE_INT = 2;
const ATTRIBUTE_INTS = 7;

/** The oldest representation that knows the operators of opset 20. */
const IR_VERSION = 9;
const OPSET = 20;

/** An attribute is an integer, a list of integers, or {float}. */
function attribute(name, value) {
  const content = [...text(1, name)];
  if (Array.isArray(value)) content.push(...value.flatMap((each) => integer(8, each)), ...integer(20, ATTRIBUTE_INTS));
  else if (typeof value === 'object') content.push(...float(2, value.float), ...integer(20, ATTRIBUTE_FLOAT));
  else content.push(...integer(3, value), ...integer(20, ATTRIBUTE_INT));
  return message(5, content);
}

/** NodeProto */
export function node({ operator, inputs, outputs, attributes }) {
  return message(1, [
    ...inputs.flatMap((name) => text(1, name)),
    ...outputs.flatMap((name) => text(2, name)),
    ...text(3, outputs[0]),
    ...text(4, operator),
    ...Object.entries(attributes).flatMap(([name, value]) => attribute(name, value)),
  ]);
}

/** TensorProto, as an initializer. @param {{name: string, type: number, shape: number[], blob: object}} tensor */
function initializer({ name, type, shape, blob }) {
  return message(5, [...shape.flatMap((side) => integer(1, side)), ...integer(2, type), ...text(8, name), ...message(9, [blob])]);
}

/** ValueInfoProto of floats; a side that is a text is a symbol, whose size is known when it runs. */
function valueInfo(field, name, shape) {
  const sides = shape.flatMap((side) => message(1, typeof side === 'string' ? text(2, side) : integer(1, side)));
  const tensorType = [...integer(1, TYPES.FLOAT), ...message(2, sides)];
  return message(field, [...text(1, name), ...message(2, message(1, tensorType))]);
}

/**
 * ModelProto.
 * @param {{nodes: object[], initializers: object[], input: {name: string, shape: (number | string)[]},
 *   output: {name: string, shape: (number | string)[]}}} graph
 * @returns {import('./blob.mjs').Blob[]}
 */
export function modelProto({ nodes, initializers, input, output }) {
  const graph = [
    ...nodes.flatMap(node),
    ...text(2, 'clip_vision'),
    ...initializers.flatMap(initializer),
    ...valueInfo(11, input.name, input.shape),
    ...valueInfo(12, output.name, output.shape),
  ];
  return [
    ...integer(1, IR_VERSION),
    ...text(2, 'percept'),
    ...message(7, graph),
    ...message(8, [...text(1, ''), ...integer(2, OPSET)]),
  ];
}
