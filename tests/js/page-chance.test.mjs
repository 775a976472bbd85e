/** An agreement that may be chance is said wherever a trait is used: on its card, and beside what it says of a picture. */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { seededRandom } from '../../web/lib/shared/statistics.js';
import { standInForBrowser, textsIn } from '../support/templates.mjs';

test('the card of a trait, own or from a file, says that its agreement may be chance', async () => {
  standInForBrowser();
  const { aboutTraitTemplate, cardTemplate } = await import('../../web/page/trait-card.js');
  const evidence = { kept: 'head', labels: 20, pairs: 0, pictures: 20, notes: [], raters: { count: 2, agreement: null }, equal_groups: false, curve: [], different: [] };
  const traitOf = (low, high) => ({
    task: { output: { kind: 'score' } }, evidence: { ...evidence, held_out: { head: { measure: 'spearman', value: (low + high) / 2, low, high } } },
  });
  const told = (draw, low, high) => textsIn(draw(traitOf(low, high), 'model'));
  const warnings = (...asked) => told(...asked).filter((text) => /^This /.test(text)).join();
  assert.match(warnings(cardTemplate, -0.49, 0.22), /^This may be chance/);
  assert.match(warnings(cardTemplate, -0.49, -0.1), /^This is less than guessing/);
  assert.equal(warnings(cardTemplate, 0.1, 0.5), '');
  assert.equal(warnings(aboutTraitTemplate, -0.49, 0.22), '', 'in a picture\'s details it stands above, once');
  assert.ok(told(aboutTraitTemplate, -0.49, 0.22).includes('Agreement of its order with people’s (rank correlation: 1 is the same, 0 is chance)'), 'what the figure is');
});

test('the agreement of five pictures in the model\'s own order is not certain, and less so where they taught it', async () => {
  standInForBrowser();
  const { agreementOf } = await import('../../web/page/agreement.js');
  const task = { id: 'q', output: { kind: 'score', from: [0, 1], to: [0, 1] } };
  const compared = (count, isTaught) => ({ pairs: Array.from({ length: count }, (_, at) => ({ model: at / 5, people: at })), clusters: [...new Array(count).keys()], isTaught });
  const [{ figure, interval }, taught] = [false, true].map((isTaught) => agreementOf(task, compared(5, isTaught)));
  assert.ok(figure === 1 && interval[0] < 0.5 && interval[1] === 1, String(interval));
  assert.ok(taught.interval[0] < interval[0], String(taught.interval));
  assert.equal(agreementOf(task, compared(4, false)).interval, null);
});

test('an agreement with a trait says whether its fits had seen the pictures, or that a file does not tell', async () => {
  standInForBrowser();
  const { cautionsOf } = await import('../../web/page/agreement.js');
  const task = { id: 'q', output: { kind: 'score', from: [0, 1], to: [0, 1] } };
  const evidence = { kept: 'head', pictures: 40, held_out: { head: { measure: 'spearman', value: 0.02, low: -0.48, high: 0.5 } } };
  const compared = { pairs: [{ item: {}, model: 0.5, people: 0.5 }], clusters: [0] };
  const told = (trait, isTaught) => cautionsOf(task, compared, {
    copies: { isLooking: false }, judgements: { agreedCount: () => 0 }, traits: { get: () => trait, isTaught: () => isTaught },
  }).join(' ');
  assert.equal(told(null, false), '');
  assert.match(told({ evidence }, true), /had not seen it\. .*differ a little/);
  assert.match(told({ evidence }, false), /came as a file, and learnt from 40 pictures .* too high\. .*: 0\.02, 95 % interval .0\.48 to 0\.50\.$/);
});

test('the card of one rater says where another one\'s file is joined, also of a trait that came as a file, for which Teach has no button', async () => {
  standInForBrowser();
  const { cardTemplate } = await import('../../web/page/trait-card.js');
  const evidence = { kept: 'head', labels: 20, pairs: 0, pictures: 20, notes: [], raters: { count: 1, agreement: null }, equal_groups: false, curve: [], different: [], held_out: { head: null } };
  const advice = textsIn(cardTemplate({ task: { output: { kind: 'score' } }, evidence }, 'model')).find((text) => /join their file/.test(text));
  assert.match(advice, /came as a file on the tab Judgements/);
});

test('a figure of fewer than twenty judgements is said to be early, also where its interval does not reach chance', async () => {
  standInForBrowser();
  const { meterTemplate } = await import('../../web/page/teach-meter.js');
  const told = (labels, low) => textsIn(meterTemplate(
    { task: { output: { kind: 'score' } }, evidence: { kept: 'head', labels, pairs: 0, held_out: { head: { measure: 'spearman', value: 0.6, low, high: 0.8 } } } },
    { own: labels }, { done: 0, total: 0 })).join(' ');
  assert.match(told(12, 0.1), /so few judgements can still mislead/);
  assert.match(told(12, -0.1), /may be chance.*Judge more pictures\. .*so few judgements/);
  assert.doesNotMatch(told(20, 0.1), /mislead|Judge more/);
  assert.doesNotMatch(told(20, -0.1), /mislead/);
});

/** What the card of a trait says of its raters. */
async function ratersTold(evidence, output = { kind: 'score' }) {
  standInForBrowser();
  const { cardTemplate } = await import('../../web/page/trait-card.js');
  const whole = { kept: 'head', pairs: 0, notes: [], equal_groups: false, curve: [], different: [], held_out: { head: null }, ...evidence };
  const texts = textsIn(cardTemplate({ task: { output }, evidence: whole }, 'model'));
  return texts[texts.indexOf('Raters') + 1];
}

test('how far raters agree is told with the pictures that both judged, an interval, and that it may be chance', async () => {
  const two = { pictures: 24, raters: { count: 2, agreement: 0.63 } };
  assert.match(await ratersTold({ ...two, labels: 35 }), /by 0\.63, 95 % interval .0\.\d\d to 0\.\d\d, on the 11 pictures that more than one judged\. This may be chance/);
  assert.match(await ratersTold({ ...two, pictures: 40, labels: 80 }), /interval 0\.\d\d to 0\.\d\d, on the 40 pictures .* A model can get about as far\.$/);
  assert.equal(await ratersTold({ ...two, labels: 33 }), '2. 9 pictures were judged by more than one: how far raters agree cannot be known from fewer than 10.');
  assert.match(await ratersTold({ ...two, labels: 80, raters: { count: 3, agreement: 0.9 } }), /on the ≥ 28 pictures/, 'a file does not tell how many of three judged each');
  const classes = { kind: 'classes', labels: ['a', 'b'] };
  assert.match(await ratersTold({ ...two, labels: 44, commonest: { label: 'a', share: 0.6 } }, classes), /by 63 %, 95 % interval 41 % to 80 %, on the 20 .*This may be chance/);
  assert.match(await ratersTold({ ...two, labels: 0, pairs: 40 }), /same answer to 63 % of the pairs .* may be chance/);
  assert.match(await ratersTold({ ...two, labels: 24, raters: { count: 1, agreement: null } }), /^1; .*not known$/);
});

test('two raters who answer at random are rarely said to agree', async () => {
  standInForBrowser();
  const [{ betweenRaters }, { agreementOfRaters }] = await Promise.all([import('../../web/page/between-raters.js'), import('../../web/page/labels.js')]);
  const random = seededRandom(5);
  let [agree, rounds] = [0, 0];
  for (const shared of [10, 14, 20]) {
    for (let round = 0; round < 400; round += 1) {
      const labels = ['a', 'b'].flatMap((rater) => Array.from({ length: shared }, (_, at) => ({ picture: String(at), label: String(1 + Math.floor(5 * random())), rater })));
      const { value } = agreementOfRaters(labels, true);
      agree += Number(!/chance/.test(betweenRaters(value, { shared, chance: 0, areNumbers: true }).meaning));
      rounds += 1;
    }
  }
  assert.ok(agree < 0.035 * rounds, `${agree} of ${rounds}`);
});

test('Judgements tells it so, too, and how many pictures are missing', async () => {
  standInForBrowser();
  const { agreementTemplate } = await import('../../web/page/agreement.js');
  const told = (shared) => {
    const labels = ['a', 'b'].flatMap((rater, at) => Array.from({ length: shared }, (_, picture) => ({ picture: String(picture), label: String((picture + at) % 5), rater })));
    const pairs = [{ item: { key: '1', name: '1' }, model: 0.5, people: 0.5 }];
    const judgements = { pairs: () => pairs, agreedCount: () => 0, labels: () => labels, raters: () => ['a', 'b'] };
    const task = { id: 'q', title: { en: 'Q' }, output: { kind: 'score', from: [0, 1], to: [0, 1] } };
    return textsIn(agreementTemplate(task, {
      copies: { clustersOf: () => [0], isLooking: false }, judgements, pictures: { shown: [] }, traits: { get: () => undefined, unseen: () => undefined, isTaught: () => false },
    })).join(' ');
  };
  assert.match(told(9), /needs two raters with 10 pictures in common: 9 so far/);
  assert.match(told(12), /, 95 % interval .* over 2 raters and the 12 pictures that more than one judged\. This may be chance/);
});

test('in the gallery, too, a trait that may be chance or was not tested has a mark that says so, and no other task has one', async () => {
  standInForBrowser();
  const { doubtWords } = await import('../../web/page/teach-meter.js');
  const { titleTemplate } = await import('../../web/page/tile.js');
  const traitOf = (head) => ({ task: { output: { kind: 'score' } }, evidence: { kept: 'head', held_out: { head } } });
  const ranked = (low, high) => traitOf({ measure: 'spearman', value: (low + high) / 2, low, high });
  const marked = (trait) => textsIn(titleTemplate({ title: { en: 'Cover (2)' } }, doubtWords(trait)));
  assert.deepEqual(marked(traitOf(null)), ['Cover ', '(2)', 'How far to trust it is not known yet.']);
  assert.match(marked(ranked(-0.35, 0.92))[2], /^This may be chance/);
  assert.match(marked(ranked(-0.9, -0.1))[2], /^This is less than guessing/);
  for (const trait of [ranked(0.2, 0.8), null]) assert.deepEqual(marked(trait), ['Cover ', '(2)']);
});
