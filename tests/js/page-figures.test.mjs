/** The page's statistics, pilot figures and proposals, against figures worked out elsewhere. */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { standInForBrowser, textsIn } from '../support/templates.mjs';
import { CULLING } from '../../web/page/culling-strings.js';
import { arrange, brightnessOf, doubt, orientationOf } from '../../web/page/arrange.js';
import { SHARED } from '../../web/ui/strings.js';
import { wordsIn } from '../../web/ui/words.js';
import { drawingOf } from '../../web/ui/kinds.js';
import { spreadMeaning } from '../../web/ui/kinds/score.js';
import { pilotFigures } from '../../web/page/pilot.js';
import { taskColumns } from '../../web/lib/shared/task-columns.js';
import { strengthOf } from '../../web/page/strength.js';
import { besideChance } from '../../web/lib/shared/chance.js';
import { whyUnknown } from '../../web/page/not-known.js';
import { verdictOf } from '../../web/page/verdict.js';
import { proposeNext } from '../../web/page/proposals.js';
import { commonest, median, pearson, quantile, ranks, shareInterval, spearman, standing } from '../../web/lib/shared/statistics.js';
import { PAGE } from '../../web/page/strings.js';
import { needsWords } from '../../web/page/training-needs.js';
import { viewCells } from '../../web/page/view-map.js';

const near = (value, wanted, within = 1e-9) => assert.ok(Math.abs(value - wanted) <= within, `${value} is not ${wanted}`);

test('ranks share ties, and Spearman is scipy\'s', () => {
  assert.deepEqual(ranks([10, 20, 20, 5]), [2, 3.5, 3.5, 1]);
  near(spearman([1, 2, 3, 4, 5], [5, 6, 7, 8, 7]), 0.8207826816681233); // scipy.stats.spearmanr
  near(pearson([1, 2, 3, 4], [2, 1, 4, 3]), 0.6);
  assert.equal(spearman([1, 1, 1], [1, 2, 3]), null);
  assert.equal(spearman([1], [1]), null);
});

test('a quantile lies between its neighbours', () => {
  near(quantile([4, 1, 3, 2], 0.25), 1.75); // numpy.quantile
  assert.equal(median([3, 1, 2]), 2);
  assert.equal(median([]), null);
});

test('a share\'s interval is Wilson\'s', () => {
  const [low, high] = shareInterval(3, 20); // statsmodels proportion_confint(3, 20, method='wilson')
  near(low, 0.05236, 1e-4);
  near(high, 0.36042, 1e-4);
  assert.equal(shareInterval(0, 0), null);
  assert.equal(shareInterval(0, 5)[0], 0);
});

test('a rank counts those above', () => {
  assert.deepEqual([1, 3, 3, 9].map((value) => standing([1, 3, 3, 9], value)), [4, 2, 2, 1]);
});

test('two pictures are compared by the figures that are shown', async () => {
  standInForBrowser();
  const { learn } = await import('../../web/page/language.js');
  learn(CULLING);
  const { differenceWords } = await import('../../web/page/compare-dialog.js');
  const task = { output: { to: [0, 1] } };
  const words = (more, less) => differenceWords(task, 'a.jpg', { value: more, standardError: 0.01 }, { value: less, standardError: 0.01 });
  assert.equal(words(0.5012, 0.4988), 'Both have the same figure.');
  assert.match(words(0.5052, 0.5048), /^a\.jpg is higher by 0\.01\. /);
  assert.match(words(0.9, 0.5), /^a\.jpg is higher by 0\.40\. /);
});

const SCORE = { id: 's', output: { kind: 'score', from: [0, 1], to: [0, 1] } };
const CLASSES = { id: 'c', output: { kind: 'classes', labels: ['x', 'y'] } };
const item = (name, value, standardError = 0, more = {}) => ({ name, path: name, folder: '', scores: { s: { value, standardError } }, facts: null, brightness: null, ...more });

test('the gallery sorts, filters and groups; what has no score comes last and passes no filter', () => {
  const items = [item('b', 0.5, 0.1), item('a', 0.9, 0.3), { ...item('c', 0), scores: null }, item('d', 0.1, 0.2)];
  const names = (view) => arrange(items, { sort: 'added', task: SCORE, from: null, to: null, group: 'none', ...view }).map((group) => group.items.map((each) => each.name).join(''));
  assert.deepEqual(names({}), ['bacd']);
  assert.deepEqual(names({ sort: 'high' }), ['abdc']);
  assert.deepEqual(names({ sort: 'low' }), ['dbac']);
  assert.deepEqual(names({ sort: 'doubt' }), ['adbc']);
  assert.deepEqual(names({ sort: 'name' }), ['abcd']);
  assert.deepEqual(names({ from: 0.1, to: 0.5 }), ['bd']);
  const banded = { ...SCORE, output: { ...SCORE.output, bands: [{ upTo: 0.5, label: 'low' }, { label: 'high' }] } };
  const groups = arrange(items, { sort: 'added', task: banded, from: null, to: null, group: 'label' });
  assert.deepEqual(groups.map(({ group, items: each }) => [group, each.length]), [['low', 2], ['high', 1], [null, 1]]);
  near(doubt(CLASSES, { probabilities: [0.6, 0.4] }), 0.8);
  assert.deepEqual([[3, 2], [2, 3], [1, 1]].map(([width, height]) => orientationOf({ width, height })), ['landscape', 'portrait', 'square']);
  assert.deepEqual([0.1, 0.5, 0.9].map(brightnessOf), ['dark', 'medium', 'bright']);
});

test('proposals are spread over the scores, the most doubtful of each part', () => {
  const items = Array.from({ length: 12 }, (_, at) => item(String(at), at / 12, at % 3 === 1 ? 0.5 : 0.1));
  assert.deepEqual(proposeNext(items, SCORE, 4).map(({ name }) => name), ['1', '4', '7', '10']);
  assert.deepEqual(proposeNext(items.slice(0, 2), SCORE, 8).map(({ name }) => name), ['0', '1']);
  assert.deepEqual(proposeNext([], SCORE, 8), []);
});

test('a pilot adds up', () => {
  const pairs = [{ model: 0.5, people: 0.9 }, { model: 0.5, people: 0.52 }, { model: 0.1, people: 0.1 }, { model: 0.2, people: 0.3 }];
  const figures = pilotFigures({ scored: 1000, machineMilliseconds: 3_600_000, pairs, rate: 200, tolerance: 0.1, cost: 3 });
  assert.deepEqual([figures.handHours, figures.machineHours, figures.disagreements, figures.share], [5, 1, 1, 0.25]);
  near(figures.savedHours, 5 - 1 - 4 / 200);
  assert.equal(figures.expected[0], 250);
  near(figures.expectedCost[2], 3000 * shareInterval(1, 4)[1]);
  assert.equal(pilotFigures({ scored: 9, machineMilliseconds: 0, pairs: [], rate: 1, tolerance: 0, cost: 1 }).expected, null);
  assert.equal(pilotFigures({ scored: 2, machineMilliseconds: 0, pairs: [{ model: 'x', people: 'y' }, { model: 'x', people: 'x' }], rate: 1, tolerance: 0, cost: 1 }).disagreements, 1);
});

test('a map shows each point by the view that saw it best', () => {
  const task = { preprocess: { resize: { height: 96, width: 80 }, views: { grid: [1, 2], size: 64 } }, output: { from: [0, 2], to: [0, 1] } };
  const cells = viewCells(task, { views: [[1], [2]] }, { width: 10, height: 10 });
  assert.deepEqual(cells.map(({ value }) => value), [0.5, 1]);
  assert.equal(cells[0].right, cells[1].left, 'overlapping views meet in the middle');
  near(cells[0].left, 4 / 80);
  near(cells[1].right, (12 + 64) / 80);
  assert.deepEqual(cells.map(({ top, bottom }) => [top * 96, bottom * 96]), [[16, 80], [16, 80]]);
  const preprocess = { resize: { shorter: 64 }, views: { grid: [1, 2], size: 64, edges: true }, detail: { shorter: 128, grid: [1, 1] } };
  const fine = viewCells({ ...task, preprocess }, { views: [[0], [1], [2]] }, { width: 300, height: 150 });
  assert.deepEqual(fine.map(({ left, right }) => [left, right]), [[0, 0.5], [0.5, 1], [96 / 256, 160 / 256]]);
});

test('the verdict follows from the intervals, not from the figures within them', () => {
  const given = { judged: 15, agreement: [0.2, 0.9], chance: 0, disagreements: [0.05, 0.15] };
  assert.equal(verdictOf(given), 'decides');
  assert.equal(verdictOf({ ...given, disagreements: [0, 0.21] }), 'sorts');
  assert.equal(verdictOf({ ...given, agreement: [-0.4, 0.56] }), 'nothing', 'an agreement of 0.09 in the middle of this');
  assert.equal(verdictOf({ ...given, agreement: [0.4, 0.8], chance: 0.5 }), 'nothing', 'of classes, less than the commonest answer');
  assert.equal(verdictOf({ ...given, agreement: [-0.93, -0.17] }), 'against', 'less than chance is not perhaps chance');
  assert.equal(verdictOf({ ...given, judged: 9 }), 'few');
  assert.equal(verdictOf({ ...given, agreement: null }), 'few');
});

test('of classes, chance is what always saying the commonest would reach; a file that does not tell it has equal shares', () => {
  const figure = { measure: 'accuracy', value: 11 / 14, low: 0.52, high: 0.92 };
  const evidence = { kept: 'head', held_out: { head: figure, deeper: null } };
  const beside = (more) => besideChance({ task: CLASSES, evidence: { ...evidence, ...more } });
  const share = commonest([...new Array(11).fill('none'), ...new Array(3).fill('people')]);
  assert.deepEqual(share, { label: 'none', share: 11 / 14 });
  assert.equal(beside({ commonest: share }), 'chance');
  assert.equal(beside({ commonest: { label: 'none', share: 0.95 } }), 'against');
  assert.equal(beside({}), '');
  const ranked = (low, high) => besideChance({ task: SCORE, evidence: { kept: 'head', held_out: { head: { measure: 'spearman', value: -0.16, low, high } } } });
  assert.deepEqual([ranked(-0.49, 0.22), ranked(-0.49, -0.1), ranked(0.1, 0.5)], ['chance', 'against', '']);
});

test('where there is no figure, what is still needed is counted as a figure counts it, or why there is none is said', () => {
  const evidence = { folds: 5, labels: 0, pairs: 12, notes: [] };
  const counts = { said: 12, known: 12, checked: 9, isLooking: false, isFailed: false, isPairs: true };
  const words = (changes, of = evidence) => whyUnknown(of, { ...counts, ...changes });
  assert.deepEqual(words({}), ['meter.morePairs', { count: 1 }], 'twelve judgements, three of them ties');
  assert.deepEqual(words({ isPairs: false, checked: 4 }, { ...evidence, labels: 12, pairs: 0 }), ['meter.more', { count: 6 }], 'of several raters');
  assert.deepEqual(words({ known: 3, checked: 3, isLooking: true }), ['meter.waits']);
  assert.deepEqual(words({ known: 3, checked: 3 }), ['meter.morePairs', { count: 7 }], 'the other pictures are not here');
  assert.deepEqual(words({ said: 0, known: 0, checked: 0, isLooking: true }, null), ['meter.morePairs', { count: 10 }]);
  assert.deepEqual(words({ said: 13, known: 13, checked: 10 }), ['meter.learning'], 'the last one is being learnt');
  assert.deepEqual(words({ checked: 10 }), ['meter.entangled']);
  assert.deepEqual(words({ checked: 10 }, { ...evidence, notes: ['near-copies', 'few-labels'] }), ['meter.copies'], 'the largest groups never share a fold');
  assert.deepEqual(words({ checked: 10, isPairs: false }, { ...evidence, folds: 0, notes: ['near-copies'] }), ['meter.copies']);
  assert.deepEqual(words({ said: 13, known: 13, checked: 10, isFailed: true, isPairs: false }), ['meter.unknown']);
  assert.deepEqual(words({ checked: 0 }, { ...evidence, notes: ['ties-only', 'few-labels'] }), ['note.ties-only']);
  assert.deepEqual(whyUnknown(evidence, null), ['meter.unknown'], 'of a file nothing more is to come');
});

test('an explanation stays faint where its effect is no more than the error', () => {
  const most = 0.3;
  const strengths = [0, 0.05, 0.1, 0.101, 0.2, 0.3].map((effect) => strengthOf(effect, 0.1, most));
  assert.deepEqual(strengths.slice().sort((a, b) => a - b), strengths);
  assert.ok(strengths[2] <= 0.2, 'at the error');
  assert.ok(strengths[3] >= 0.4, 'beyond it');
  assert.equal(strengths[5], 1);
  assert.equal(strengthOf(0.1, 0.1, 0.1), 0.2, 'where nothing is beyond the error, nothing is strong');
  assert.deepEqual([0.01, 0.02, 0.04].map((effect) => strengthOf(effect, 0.5, 0.04)), [0.05, 0.1, 0.2], 'yet the strongest of it is seen');
  assert.equal(strengthOf(0, 0, 0), 0);
});

test('where no part of a picture stands out, no scale of colours stands beside the sentence that says so', async () => {
  standInForBrowser();
  const { explanationOverlay } = await import('../../web/page/overlay.js');
  const cells = (...effects) => ({ cells: effects.map((effect, at) => ({ left: at / 2, top: 0, right: (at + 1) / 2, bottom: 1, effect })) });
  const drawn = (...effects) => explanationOverlay(scored({ interval: { coverage: 0.9, below: 0.1, above: 0.1, pictures: 9 } }), cells(...effects), { standardError: null });
  assert.deepEqual(textsIn(drawn(0.3, -0.05).legend), ['legend effects', '−0.300', '+0.300', 'lowers the score · raises the score']);
  assert.deepEqual([textsIn(drawn(0.1, -0.05).legend), drawn(0.1, -0.05).isFaint], [[], true]);
});

/** The agreement of a task with people, as it is told. */
async function told(pairs, { clusters = pairs.map((_, at) => -1 - at), isLooking = false } = {}) {
  standInForBrowser();
  const { agreementTemplate } = await import('../../web/page/agreement.js');
  const judgements = { pairs: () => pairs, agreedCount: () => 0, labels: () => [], raters: () => ['me'] };
  const traits = { get: () => undefined, unseen: () => undefined, isTaught: () => false };
  return textsIn(agreementTemplate(scored({}), { copies: { clustersOf: () => clusters, isLooking }, judgements, pictures: { shown: [] }, traits })).join(' ');
}
const pair = (imported) => ({ item: { imported, key: 'a', name: 'a' }, model: 0.5, people: 0.4 });

test('scores that came with a file are told apart from those of the model that is here', async () => {
  assert.match(await told([pair({ model: 'ab' }), pair(null)]), /1 of these scores came with a file of results/);
  assert.doesNotMatch(await told([pair(null), pair(null)]), /came with a file/);
});

test('near-copies count as what they say together, in agreement and pilot, and that is told', async () => {
  const { agreementOf } = await import('../../web/page/agreement.js');
  const burst = [...new Array(10).fill([0.9, 0.9]), ...new Array(10).fill([0.1, 0.1]), [0.5, 0.6], [0.6, 0.5], [0.4, 0.3]];
  const pairs = burst.map(([model, people], at) => ({ ...pair(null), model: model + at / 1000, people: people + at / 1000 }));
  const clusters = [...new Array(10).fill(0), ...new Array(10).fill(1), -21, -22, -23];
  const figures = (of) => agreementOf(scored({}), { pairs, clusters: of, isTaught: false });
  const [apart, together] = [figures([...pairs.keys()]), figures(clusters)];
  assert.equal(apart.figure, together.figure);
  assert.ok(apart.interval[0] > 0.8 && together.interval[0] < 0.3, `${apart.interval}, ${together.interval}`);
  const classes = burst.map((_, at) => ({ ...pair(null), model: 'a', people: at < 10 ? 'b' : 'a' }));
  const shares = (of) => agreementOf({ id: 'c', output: { kind: 'classes' } }, { pairs: classes, clusters: of, isTaught: false }).interval;
  assert.ok(shares(clusters)[0] < shares([...pairs.keys()])[0] - 0.1, 'classes');
  const pilot = (of) => pilotFigures({ scored: 100, machineMilliseconds: 1, pairs: classes, clusters: of, rate: 60, tolerance: 0, cost: 1 });
  assert.deepEqual([pilot(clusters).disagreements, pilot([...pairs.keys()]).disagreements], [10, 10]);
  assert.ok(pilot(clusters).interval[1] > pilot([...pairs.keys()]).interval[1] + 0.1, 'pilot');
  assert.match(await told(pairs, { clusters }), /20 of these pictures are nearly the same as others/);
  assert.doesNotMatch(await told(pairs), /nearly the same/);
  assert.match(await told(pairs, { isLooking: true }), /still being looked for/);
});

const words = wordsIn('en', SHARED);
const scored = (output) => ({ id: 'q', title: { en: 'Quality' }, output: { kind: 'score', from: [0, 1], to: [0, 1], clamp: false, ...output } });

test('a score beyond its scale is said to be, and one within it to be on it', () => {
  const summary = (value, output) => drawingOf(scored(output)).summary(scored(output), { value, standardError: null }, words);
  assert.equal(summary(0.5), '0.50 on a scale from 0 to 1');
  assert.equal(summary(1.07), '1.07, beyond the scale from 0 to 1');
  assert.equal(summary(-0.2, { to: [1, 0] }), '-0.20, beyond the scale from 1 to 0');
  const bands = scored({ bands: [{ label: { en: 'poor', ja: '低い' } }] });
  assert.equal(drawingOf(bands).summary(bands, { value: 0.5, standardError: null }, wordsIn('ja', SHARED)), '0.50（0〜1 の尺度）、低い');
});

test('every score has the interval of the model\'s held-out pictures, within its scale, or is said to have none', () => {
  const interval = { coverage: 0.9, below: 0.3, above: 0.1, pictures: 184 };
  const spread = (value, output) => drawingOf(scored(output)).spread(scored(output), { value, standardError: 0.01 }, words);
  assert.equal(spread(0.5, { interval }), '0.20 to 0.60');
  assert.equal(spread(0.95, { interval, clamp: true }), '0.65 to 1.00');
  assert.equal(spread(0.95, { interval }), '0.65 to 1.05');
  assert.equal(spread(0.5), '', 'the views of one picture are no measure of it');
  assert.match(spreadMeaning(scored({ interval }), words), /^for 90 % of 184 pictures /);
  assert.equal(spreadMeaning(scored(), words), 'how far it may be off is not known');
});

test('a view\'s value does not leave a scale at which scores end', () => {
  const views = [[1.07], [0.5]];
  const preprocess = { resize: { shorter: 64, interpolation: 'bicubic' }, views: { grid: [1, 2], size: 64 } };
  const valuesOf = (output) => viewCells({ ...scored(output), preprocess }, { views }, { width: 128, height: 64 }).map(({ value }) => value);
  assert.deepEqual(valuesOf({ clamp: true }), [1, 0.5]);
  assert.deepEqual(valuesOf({}), [1.07, 0.5]);
});

test('an interval is said with its score, drawn, and written into tables, within the scale where scores are', () => {
  const interval = { coverage: 0.9, below: 0.2, above: 0.3, pictures: 60 };
  const told = (value, output, language = 'en') => drawingOf(scored(output)).summary(scored(output), { value, standardError: null }, wordsIn(language, SHARED));
  assert.equal(told(0.5, { interval }), '0.50 on a scale from 0 to 1; 90 % interval 0.30 to 0.80');
  assert.equal(told(0.9, { interval }), '0.90 on a scale from 0 to 1; 90 % interval 0.70 to 1.20');
  assert.equal(told(0.9, { interval, clamp: true }), '0.90 on a scale from 0 to 1; 90 % interval 0.70 to 1.00');
  assert.equal(told(0.1, { interval, clamp: true, to: [1, 0] }), '0.10 on a scale from 1 to 0; 90 % interval 0.00 to 0.40');
  assert.equal(told(0.5, { interval }, 'ja'), '0.50（0〜1 の尺度）、90 % 区間 0.30〜0.80');
  const row = (output) => taskColumns(scored(output)).map(([name, cell]) => [name, cell({ scores: { q: { value: 0.5, standardError: null } } })]);
  assert.deepEqual(row({ interval }), [['q', 0.5], ['q.standardError', null], ['q.low', 0.3], ['q.high', 0.8]]);
  assert.deepEqual(row({}), [['q', 0.5], ['q.standardError', null]]);
});

test('the plot writes its figures as scores are written', async () => {
  standInForBrowser();
  await import('../../web/page/agreement.js'); // brings the sentences
  const { scatterTemplate } = await import('../../web/page/scatter.js');
  const texts = textsIn(scatterTemplate([{ model: 1.0123456789, people: 10 / 3, name: 'a' }, { model: -0.0987654321, people: 2, name: 'b' }], { range: [0, 1], raters: 3 }));
  for (const wanted of ['-0.1', '3.33', 'a: 3.33 / 1.01', 'b: 2 / -0.1']) assert.ok(texts.includes(wanted), `${wanted} in ${texts.join(' | ')}`);
});

test('what training would take is said in the reader\'s language, also where it is too much', () => {
  const needs = { likely: 60, seconds: 120, bytes: 5e8, fits: true };
  const said = (language, more = {}) => needsWords({ ...needs, ...more }, wordsIn(language, { ...SHARED, ...PAGE }));
  assert.match(said('en'), /^About 1 minute, at most 2 minutes, and \d/);
  const much = { fits: false, reason: 'Teaching this deep takes more than there is.' };
  assert.match(said('en', much), /^It takes [\d.,]+ MB of memory beside the model’s, more than there is\./);
  assert.doesNotMatch(said('ja', much).replace('MB', ''), /[a-z]/i);
});

test('of two at a time nothing is claimed that was not measured, and what it takes is said', () => {
  for (const [sentence, claimed, said] of [[PAGE['teach.meaning.pairs'][0], /quick|stead|fast/, /less than stars .* dozen/], [PAGE['teach.meaning.pairs'][1], /速く|ぶれにくい/, /星より少ない.*数十組/]]) {
    assert.doesNotMatch(sentence, claimed);
    assert.match(sentence, said);
  }
});
