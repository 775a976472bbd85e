/** The linear fits of web/lib/teach, against scikit-learn's (tests/golden/linear_fits.py). */
import assert from 'node:assert/strict';
import { readFile } from 'node:fs/promises';
import { test } from 'node:test';
import { findBasis, lineOverEmbeddings } from '../../web/lib/teach/basis.js';
import { exponential, logarithm, logistic, softplus } from '../../web/lib/teach/exponential.js';
import { fitClasses, softmax } from '../../web/lib/teach/fit-classes.js';
import { fitNumbers } from '../../web/lib/teach/fit-numbers.js';
import { fitPairs } from '../../web/lib/teach/fit-pairs.js';
import { dealFolds, groupAlike } from '../../web/lib/teach/folds.js';
import { judgementsOf } from '../../web/lib/teach/judgements.js';
import { PENALTIES, outputsOf } from '../../web/lib/teach/linear-fit.js';
import { dot } from '../../web/lib/teach/matrix.js';
import { Products, productsWith } from '../../web/lib/teach/products.js';
import { seededRandom } from '../../web/lib/shared/statistics.js';

const golden = JSON.parse(await readFile(new URL('../golden/linear_fits.json', import.meta.url), 'utf8'));
const sampleOf = (rows) => ({ width: rows[0].length, rows: Float64Array.from(rows.flat()), weights: new Float64Array(rows.length).fill(1) });

function assertClose(found, wanted, tolerance, what) {
  assert.equal(found.length, wanted.length, what);
  wanted.forEach((value, at) => assert.ok(Math.abs(found[at] - value) <= tolerance * Math.max(1, Math.abs(value)), `${what}[${at}]: ${found[at]}, not ${value}`));
}

test('exp and its kin have a double\'s precision', () => {
  for (let x = -690; x < 690; x += 0.731) assert.ok(Math.abs(exponential(x) / Math.exp(x) - 1) < 4e-16 * Math.max(1, Math.abs(x)), `exp(${x})`);
  for (let x = -690; x < 690; x += 0.731) {
    const wanted = Math.max(0, x) + Math.log1p(Math.exp(-Math.abs(x)));
    assert.ok(Math.abs(softplus(x) - wanted) <= 1e-15 * wanted * Math.max(1, Math.abs(x)), `softplus(${x})`);
  }
  for (const x of [1e-300, 0.1, 0.5, 0.999, 1, 1.5, 2, 3, 1e10, 1e300]) assert.ok(Math.abs(logarithm(x) - Math.log(x)) <= 4e-16 * Math.max(1, Math.abs(Math.log(x))), `log(${x})`);
  assert.equal(exponential(0), 1);
  assert.equal(logistic(0), 0.5);
});

test('ridge regression is scikit-learn\'s, with the penalty that serves best when each label is left out', () => {
  const { rows, targets, penalty, line, bias } = golden.numbers;
  const fit = fitNumbers(sampleOf(rows), [Float64Array.from(targets)]);
  assert.equal(fit.penalty, penalty);
  assertClose(fit.lines[0], line, 1e-9, 'line');
  assertClose(fit.biases, [bias], 1e-9, 'bias');
});

test('a label of weight two is the label given twice', () => {
  const { rows, targets } = golden.numbers;
  const weighted = sampleOf(rows);
  weighted.weights[3] = 2;
  const twice = fitNumbers(sampleOf([...rows, rows[3]]), [Float64Array.from([...targets, targets[3]])]);
  const once = fitNumbers(weighted, [Float64Array.from(targets)]);
  if (once.penalty === twice.penalty) assertClose(once.lines[0], twice.lines[0], 1e-9, 'line');
});

test('labels whose difference has no half are fitted with finite numbers, which alone have ranks', () => {
  for (const scale of [null, [0, Number.MIN_VALUE]]) {
    const labels = [0, Number.MIN_VALUE].map((label, picture) => ({ picture, label, rater: '' }));
    const { targets: [target] } = judgementsOf({ kind: 'score', pictures: [{ group: null }, { group: null }], labels, pairs: null, scale, equalGroups: false });
    assert.ok(target.every(Number.isFinite), String(target));
  }
});

test('Bradley and Terry\'s model is scikit-learn\'s logistic regression', () => {
  const { rows, lines } = golden.pairs;
  const fit = fitPairs(sampleOf(rows));
  assertClose(fit.lines[0], lines[PENALTIES.indexOf(fit.penalty)], 1e-5, 'line');
  assert.deepEqual(fit.biases, [0]);
});

test('classes have scikit-learn\'s probabilities', () => {
  const { rows, labels, probabilities } = golden.classes;
  const fit = fitClasses(sampleOf(rows), [0, 1, 2].map((each) => Float64Array.from(labels, (label) => Number(label === each))));
  rows.slice(0, 6).forEach((row, at) => {
    assertClose(softmax(outputsOf(fit, Float64Array.from(row))), probabilities[PENALTIES.indexOf(fit.penalty)][at], 1e-4, `picture ${at}`);
  });
});

const random = seededRandom(5);
const embeddings = Array.from({ length: 40 }, () => new Float64Array(100).map((_, i) => (random() - 0.5) / (1 + i / 4)));

const basisOf = (vectors, rank) => findBasis(vectors, (at) => productsWith(vectors, at), rank);

/** The most variance that `rank` directions can have, of all pictures' mean square length: by power iterations, one direction after the other. */
function mostVariance(vectors, rank) {
  const mean = vectors[0].map((_, i) => vectors.reduce((sum, vector) => sum + vector[i], 0) / vectors.length);
  const left = vectors.map((vector) => vector.map((value, i) => value - mean[i]));
  const square = () => left.reduce((sum, vector) => sum + dot(vector, 0, vector, 0, vector.length), 0);
  const all = square();
  for (let count = 0; count < rank; count += 1) {
    let direction = left[count].slice();
    for (let step = 0; step < 20; step += 1) {
      const sum = new Float64Array(direction.length);
      for (const vector of left) {
        const share = dot(vector, 0, direction, 0, vector.length);
        for (let i = 0; i < sum.length; i += 1) sum[i] += share * vector[i];
      }
      const length = Math.hypot(...sum);
      direction = sum.map((value) => value / length);
    }
    for (const vector of left) {
      const share = dot(vector, 0, direction, 0, vector.length);
      vector.forEach((value, i) => { vector[i] = value - share * direction[i]; });
    }
  }
  return (all - square()) / vectors.length;
}

test('a basis keeps what varies most, in coordinates that are one long, and turns lines into lines over embeddings', () => {
  const many = Array.from({ length: 90 }, () => new Float64Array(100).map((_, i) => (random() - 0.5) / (1 + i / 4)));
  for (const [vectors, rank] of [[many, 12], [many.slice(0, 40), 12], [many.slice(0, 40), undefined]]) {
    const basis = basisOf(vectors, rank);
    assert.equal(basis.rank, rank ?? 39); // no more than the pictures span
    const line = new Float64Array(basis.rank).map(() => random() - 0.5);
    const { weights, bias } = lineOverEmbeddings(line, 0.7, basis);
    vectors.forEach((vector, at) => {
      const inBasis = dot(line, 0, basis.coordinates[at], 0, basis.rank) + 0.7;
      assert.ok(Math.abs(dot(weights, 0, vector, 0, 100) + bias - inBasis) < 1e-11, String(at));
    });
    const squares = basis.coordinates.reduce((sum, row) => sum + dot(row, 0, row, 0, row.length), 0);
    assert.ok(Math.abs(squares / vectors.length - 1) < 1e-12);
    const most = rank ? mostVariance(vectors, rank) : basis.scale * basis.scale;
    assert.ok(basis.scale * basis.scale > 0.97 * most, `${basis.scale * basis.scale} of ${most}`);
  }
  const flat = basisOf([many[0], many[0], many[0]]);
  assert.deepEqual([flat.rank, lineOverEmbeddings(new Float64Array(0), 2, flat).bias], [0, 2]);
});

test('all coordinates of few pictures keep their distances', () => {
  const { coordinates, scale } = basisOf(embeddings);
  const apart = (a, b) => Math.hypot(...a.map((value, i) => value - b[i]));
  for (const [a, b] of [[0, 1], [3, 17], [20, 39]]) assert.ok(Math.abs(scale * apart(coordinates[a], coordinates[b]) - apart(embeddings[a], embeddings[b])) < 1e-10);
});

test('products are the same whether they were kept or not, and whatever came before', () => {
  const products = new Products();
  products.among(embeddings.slice(5).reverse())(3);
  const columnOf = products.among(embeddings.map((each) => each.slice()));
  for (const at of [0, 7, 39, 7]) assert.deepEqual(columnOf(at), productsWith(embeddings, at));
  const crowd = Array.from({ length: 1024 }, (_, at) => Float64Array.of(at, 1, 2));
  assert.deepEqual(products.among(crowd)(1000), productsWith(crowd, 1000)); // the others are forgotten
  assert.deepEqual(products.among([...crowd, Float64Array.of(0, 0, 5)])(1024), productsWith([...crowd, Float64Array.of(0, 0, 5)], 1024));
  assert.deepEqual(products.among(embeddings)(2), productsWith(embeddings, 2));
});

test('pictures that are nearly the same are in one fold, and the folds are even', () => {
  const copies = embeddings.slice(0, 6).map((each) => each.map((value) => value + 0.001 * (random() - 0.5)));
  const groups = groupAlike(basisOf([...embeddings, ...copies]).coordinates);
  assert.deepEqual(groups.slice(40), [0, 1, 2, 3, 4, 5]);
  assert.deepEqual(groups.slice(0, 40), embeddings.map((_, at) => at));
  const folds = dealFolds(groups, 5, 1);
  const sizes = [0, 0, 0, 0, 0];
  for (const group of groups) sizes[folds.get(group)] += 1;
  assert.ok(Math.max(...sizes) - Math.min(...sizes) <= 1, String(sizes));
  assert.notDeepEqual([...folds], [...dealFolds(groups, 5, 2)]);
});
