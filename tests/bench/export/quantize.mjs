/**
 * Symmetric int8 with a scale for each output, as onnxruntime's and LiteRT's own tools round weights:
 * scale = max |w| / 127, code = round(w / scale), to even where it lies between two.
 */

const LARGEST_CODE = 127;

function roundToEven(value) {
  const floor = Math.floor(value);
  const rest = value - floor;
  if (rest !== 0.5) return Math.round(value);
  return floor % 2 === 0 ? floor : floor + 1;
}

/**
 * @param {Float32Array} weight [outputs, inputs]
 * @param {number} outputs
 * @param {number} inputs
 * @returns {{codes: Int8Array, scales: Float32Array}} codes: [outputs, inputs]
 */
export function quantizeRows(weight, outputs, inputs) {
  const codes = new Int8Array(weight.length);
  const scales = new Float32Array(outputs);
  for (let row = 0; row < outputs; row += 1) {
    const start = row * inputs;
    let largest = 0;
    for (let k = 0; k < inputs; k += 1) largest = Math.max(largest, Math.abs(weight[start + k]));
    scales[row] = largest === 0 ? 1 : largest / LARGEST_CODE;
    for (let k = 0; k < inputs; k += 1) codes[start + k] = roundToEven(weight[start + k] / scales[row]);
  }
  return { codes, scales };
}

/** A matrix [rows, columns] as [columns, rows], of the same type. */
export function transposed(matrix, rows, columns) {
  const result = new matrix.constructor(matrix.length);
  for (let row = 0; row < rows; row += 1) {
    for (let column = 0; column < columns; column += 1) result[column * rows + row] = matrix[row * columns + column];
  }
  return result;
}
