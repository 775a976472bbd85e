/** The linear fits of web/lib/teach, against scikit-learn's (tests/golden/linear_fits.py). */
import assert from 'node:assert/strict';
import { readFile } from 'node:fs/promises';
import { test } from 'node:test';
import { coordinatesOf, findBasis, lineOverEmbeddings } from '../../web/lib/teach/basis.js';
import { exponential, logarithm, logistic, softplus } from '../../web/lib/teach/exponential.js';
import { fitClasses, softmax } from '../../web/lib/teach/fit-classes.js';
import { fitNumbers } from '../../web/lib/teach/fit-numbers.js';
import { fitPairs } from '../../web/lib/teach/fit-pairs.js';
import { dealFolds, groupAlike } from '../../web/lib/teach/folds.js';
import { PENALTIES, outputsOf } from '../../web/lib/teach/linear-fit.js';
import { dot } from '../../web/lib/teach/matrix.js';
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

test('a basis has orthonormal directions, keeps what varies, and turns lines into lines over embeddings', () => {
  const basis = findBasis(embeddings, { rank: 12 });
  for (let a = 0; a < 12; a += 1) {
    for (let b = 0; b <= a; b += 1) {
      const product = dot(basis.directions, a * 100, basis.directions, b * 100, 100);
      assert.ok(Math.abs(product - Number(a === b)) < 1e-12, `${a} ${b} ${product}`);
    }
  }
  const line = new Float64Array(12).map(() => random() - 0.5);
  const { weights, bias } = lineOverEmbeddings(line, 0.7, basis);
  for (const embedding of embeddings) {
    const inBasis = dot(line, 0, coordinatesOf(embedding, basis), 0, 12) + 0.7;
    assert.ok(Math.abs(dot(weights, 0, embedding, 0, 100) + bias - inBasis) < 1e-12);
  }
  const squares = embeddings.map((each) => coordinatesOf(each, basis).reduce((sum, value) => sum + value * value, 0));
  assert.ok(Math.abs(squares.reduce((sum, value) => sum + value, 0) / 40 - 1) < 1e-12);
  assert.equal(findBasis(embeddings).rank, 39); // no more than the pictures span
});

test('pictures that are nearly the same are in one fold, and the folds are even', () => {
  const basis = findBasis(embeddings);
  const copies = embeddings.slice(0, 6).map((each) => each.map((value) => value + 0.001 * (random() - 0.5)));
  const groups = groupAlike([...embeddings, ...copies].map((each) => coordinatesOf(each, basis)));
  assert.deepEqual(groups.slice(40), [0, 1, 2, 3, 4, 5]);
  assert.deepEqual(groups.slice(0, 40), embeddings.map((_, at) => at));
  const folds = dealFolds(groups, 5, 1);
  const sizes = [0, 0, 0, 0, 0];
  for (const group of groups) sizes[folds.get(group)] += 1;
  assert.ok(Math.max(...sizes) - Math.min(...sizes) <= 1, String(sizes));
  assert.notDeepEqual([...folds], [...dealFolds(groups, 5, 2)]);
});
