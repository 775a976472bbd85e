/**
 * How many comparisons of two pictures give the order that one rating of each of sixty pictures gives, simulated from the means and
 * spreads of real ratings:
 *
 *   node tests/bench/comparisons.mjs ratings.csv MEAN-COLUMN SD-COLUMN [seeds]
 *
 * What a person thinks of a picture is drawn from a normal distribution of its mean and spread, anew for each answer. A rating is that,
 * rounded to the scale's whole numbers; a comparison prefers the picture of which more is thought just then. The order of comparisons
 * is Bradley and Terry's, by the library's own fit; pairs are drawn by chance, or are those that the page would ask. Nothing is known
 * of the pictures but the answers. Each figure is Spearman's correlation with the means: its mean over the seeds, and their spread.
 */
import { readFile } from 'node:fs/promises';
import { readCsv } from '../../web/lib/shared/csv.js';
import { mean, seededRandom, spearman } from '../../web/lib/shared/statistics.js';
import { logistic } from '../../web/lib/teach/exponential.js';
import { fitComparisons } from '../../web/lib/teach/held-out.js';
import { addGram, cholesky, differenceOf, joined } from '../../web/lib/teach/matrix.js';
import { nextPairs } from '../../web/lib/teach/next.js';

const PICTURES = 60;
const [LOW, HIGH] = [1, 7];
const COUNTS = [30, 60, 90, 120, 180, 240];
/** Comparisons between two choices of what to ask. */
const ROUND = 6;

const [path, meanColumn, spreadColumn, seeds = '40'] = process.argv.slice(2);
const rated = readCsv(await readFile(path, 'utf8')).map((row) => ({ middle: Number(row[meanColumn]), spread: Number(row[spreadColumn]) }));

/** Each picture in a dimension of its own: the line is the pictures' values. */
const APART = Array.from({ length: PICTURES }, (_, at) => new Float64Array(PICTURES).fill(1, at, at + 1));

function drawNormal(random) {
  return Math.sqrt(-2 * Math.log(1 - random())) * Math.cos(2 * Math.PI * random());
}

/** What the page would ask after these, as web/lib/teach/survey.js has it. */
function asked(pairs, { lines: [line], penalty }, seed) {
  const curve = (a, b) => {
    const chance = logistic(line[a] - line[b]);
    return chance * (1 - chance);
  };
  const matrix = new Float64Array(PICTURES * PICTURES);
  addGram(matrix, joined(pairs.map(({ better, worse }) => differenceOf(APART[better], APART[worse])), PICTURES), PICTURES, Float64Array.from(pairs, ({ better, worse }) => curve(better, worse)));
  for (let at = 0; at < PICTURES; at += 1) matrix[at * PICTURES + at] += penalty;
  const known = new Set(pairs.flatMap(({ better, worse }) => [`${better} ${worse}`, `${worse} ${better}`]));
  return nextPairs(APART, { isAsked: (a, b) => known.has(`${a} ${b}`), curveOf: curve, factor: cholesky(matrix, PICTURES), seed });
}

/** The correlations of one simulated person's answers with the means. */
function simulate(seed) {
  const random = seededRandom(seed);
  const pictures = rated.map((each) => ({ each, place: random() })).sort((a, b) => a.place - b.place).slice(0, PICTURES).map(({ each }) => each);
  const means = pictures.map(({ middle }) => middle);
  const thoughtOf = (at) => pictures[at].middle + pictures[at].spread * drawNormal(random);
  const ratings = pictures.map((_, at) => Math.min(HIGH, Math.max(LOW, Math.round(thoughtOf(at)))));
  const found = { ratings: spearman(ratings, means), chance: [], page: [] };
  const compare = (a, b) => (thoughtOf(a) > thoughtOf(b) ? { better: a, worse: b, weight: 1 } : { better: b, worse: a, weight: 1 });
  for (const way of ['chance', 'page']) {
    const pairs = [];
    let fit = null;
    for (const count of COUNTS) {
      while (pairs.length < count) {
        const chosen = way === 'page' && fit ? asked(pairs, fit, seed + pairs.length).slice(0, ROUND) : [];
        if (chosen.length === 0) {
          const [a, b] = [Math.floor(random() * PICTURES), Math.floor(random() * PICTURES)];
          if (a !== b) pairs.push(compare(a, b));
        }
        for (const [a, b] of chosen) pairs.push(compare(a, b));
        if (way === 'page' && pairs.length >= ROUND) fit = fitComparisons(APART, pairs);
      }
      found[way].push(spearman(Array.from(fitComparisons(APART, pairs.slice(0, count)).lines[0]), means));
    }
  }
  return found;
}

const all = Array.from({ length: Number(seeds) }, (_, seed) => simulate(seed + 1));
const shown = (values) => `${mean(values).toFixed(2)} ± ${Math.sqrt(mean(values.map((value) => (value - mean(values)) ** 2))).toFixed(2)}`;
console.log(`${PICTURES} ratings: ${shown(all.map(({ ratings }) => ratings))}\n`);
console.log('| comparisons | by chance | as the page asks |\n| --- | --- | --- |');
COUNTS.forEach((count, at) => console.log(`| ${count} | ${shown(all.map(({ chance }) => chance[at]))} | ${shown(all.map(({ page }) => page[at]))} |`));
