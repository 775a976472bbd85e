/** Multiplications of a tower's forward pass, by kind of layer. */

/**
 * What Percept computes for one view. In the last block only the class token's row is computed after the keys and
 * values, so that `whole`, what the other runtimes compute, is a little more.
 * @param {{width: number, layers: number, mlp_width: number, patch: number, image: number, embedding: number}} sizes
 * @returns {{linear: number, attention: number, total: number, whole: number, tokens: number}}
 */
export function workOf({ width, layers, mlp_width: mlpWidth, patch, image, embedding }) {
  const patches = (image / patch) ** 2;
  const tokens = patches + 1;
  const ends = patches * 3 * patch * patch * width + width * embedding;
  const keysAndValues = tokens * 2 * width * width;
  const rest = 2 * width * width + 2 * width * mlpWidth; // of each row: query, out, fc1, fc2
  const scores = 2 * tokens * width; // of each query: with the keys, then with the values
  const linear = ends + layers * keysAndValues + ((layers - 1) * tokens + 1) * rest;
  const attention = ((layers - 1) * tokens + 1) * scores;
  const whole = ends + layers * (keysAndValues + tokens * (rest + scores));
  return { linear, attention, total: linear + attention, whole, tokens };
}
