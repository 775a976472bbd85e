/** How near two sets of results are. Rows are views. */
import assert from 'node:assert/strict';

/** The largest difference over the largest value, of each row; the worst row's. */
export function relativeError(rows, expected) {
  assert.equal(rows.length, expected.length);
  return Math.max(...rows.map((row, index) => {
    assert.equal(row.length, expected[index].length);
    const largest = Math.max(...expected[index].map(Math.abs));
    return Math.max(...row.map((value, k) => Math.abs(value - expected[index][k]))) / largest;
  }));
}

function cosine(a, b) {
  const dot = (x, y) => x.reduce((sum, value, index) => sum + value * y[index], 0);
  return dot(a, b) / Math.sqrt(dot(a, a) * dot(b, b));
}

export function lowestCosine(rows, expected) {
  return Math.min(...rows.map((row, index) => cosine(row, expected[index])));
}

/** The largest difference over the spread of all expected values. */
export function spreadError(rows, expected) {
  const values = expected.flat();
  const spread = Math.max(...values) - Math.min(...values);
  return Math.max(...rows.flat().map((value, index) => Math.abs(value - values[index]))) / spread;
}
