/** What the page writes and reads: CSV, labels.csv, results; and the table of its sentences. */
import assert from 'node:assert/strict';
import { readFile, readdir } from 'node:fs/promises';
import { test } from 'node:test';
import { parseJudgements } from '../../build_scripts/teach/judgements.mjs';
import { readCsv, writeCsv } from '../../web/lib/shared/csv.js';
import { readJudgements, writeComparisons, writeLabels } from '../../web/lib/shared/judgement-rows.js';
import { readResults, writeResults, writeTable } from '../../web/page/exchange.js';
import { writeChosen } from '../../web/page/chosen-files.js';
import { fit } from '../../web/page/fit.js';
import { isUnfamiliar } from '../../web/page/unfamiliar.js';
import { agreementOfRaters, byPicture, consensus } from '../../web/page/labels.js';
import { COMPONENT } from '../../web/component/strings.js';
import { CULLING } from '../../web/page/culling-strings.js';
import { LATE } from '../../web/page/late-strings.js';
import { RATERS } from '../../web/page/raters-strings.js';
import { REPORTS } from '../../web/page/report-strings.js';
import { PAGE as AT_FIRST } from '../../web/page/strings.js';
import { FAILURES, SHARED } from '../../web/ui/strings.js';
import { LANGUAGES } from '../../web/ui/words.js';
import { standInForBrowser, textsIn } from '../support/templates.mjs';

const AWKWARD = ['a,b', 'say "hi"', 'two\nlines', ' plain ', 'ü 日本', '"'];

test('any text survives CSV', () => {
  assert.deepEqual(readCsv(writeCsv([['x', 'y'], ...AWKWARD.map((text) => [text, 1])])).map(({ x }) => x), AWKWARD);
  assert.deepEqual(readCsv('\uFEFFimage,label\r\na.jpg,1\r\n\r\n'), [{ image: 'a.jpg', label: '1' }]);
  assert.deepEqual(readCsv('a,b\n1'), [{ a: '1', b: '' }]);
  assert.throws(() => readCsv('a\n"open'));
});

test('what a spreadsheet would compute is text in CSV, and comes back as it was', () => {
  const formulas = ['=HYPERLINK("https://example.org","x").jpg', '+1+cmd|x!A0', '-2+a.jpg', '@SUM(A1)', '\tx', "'=x", "''@x", "'plain", "don't"];
  const numbers = ['-3', '-0.5 1.2;-3e-7 4', '+1', "'-3"];
  const written = writeCsv([['x'], ...[...formulas, ...numbers].map((text) => [text])]);
  assert.deepEqual(readCsv(written).map(({ x }) => x), [...formulas, ...numbers]);
  const fields = written.split('\n').slice(1, -1);
  for (const field of fields.slice(0, 5)) assert.match(field, /^"?'/);
  assert.deepEqual(fields.slice(-numbers.length), numbers);
});

test('behind what else spreadsheets split lines at, nothing is computed, and all comes back as it was', () => {
  const texts = ['a;=1+cmd|x!A0.jpg', "a;'=x", 'a\n=1+1', 'x;\t@SUM(A1)', '＝1+1.jpg', "'＝x", 'a; b.jpg', '1;-x', "it's;'fine"];
  const numbers = ['0.5 1.2;-3e-7 4', '-1;+2'];
  const written = writeCsv([['x', 'y'], ...[...texts, ...numbers].map((text) => ['b', text])]);
  assert.deepEqual(readCsv(written).map(({ y }) => y), [...texts, ...numbers]);
  for (const split of [';', '\t', '\n']) {
    for (const field of written.replace(new RegExp(numbers.join('|').replaceAll('+', '\\+'), 'g'), '').split(split)) assert.doesNotMatch(field, /^[=+\-@＝]/, JSON.stringify(field));
  }
  assert.match(writeCsv([['a; b', 1]]), /^"a; b",1/, 'whole, where the list separator is a semicolon');
  assert.equal(writeCsv([numbers]), `${numbers.join(',')}\n`);
});

test('what is wrong in a file is told by its line, whatever lines are empty or long', () => {
  assert.throws(() => readJudgements('image,label\n\n\na.jpg,\n', 'x'), { code: 'empty-field', line: 4 });
  assert.throws(() => readJudgements('image,label\n"two\nlines.jpg",1\r\n,2\n', 'x'), { code: 'empty-field', line: 4 });
  assert.throws(() => readJudgements('better,worse\n\n"a\n\nb",\n', 'x'), { code: 'empty-field', line: 3 });
});

const HASHES = Array.from({ length: 4 }, (_, at) => String(at).repeat(64));

test('labels are read, joined and compared', () => {
  const { labels: mine } = readJudgements('image,label,rater\na.jpg,3,\nb.jpg,4,ann\n', 'me');
  assert.deepEqual(mine, [{ image: 'a.jpg', picture: '', label: '3', rater: 'me' }, { image: 'b.jpg', picture: '', label: '4', rater: 'ann' }]);
  const known = mine.map((label, at) => ({ ...label, picture: HASHES[at] }));
  assert.deepEqual(readJudgements(writeLabels(known), 'x').labels, known);
  assert.throws(() => readJudgements('picture,label\na,1\n', 'x'), { code: 'no-columns' });
  assert.throws(() => readJudgements('image,label,rater\n', 'x'), { code: 'no-rows' });
  assert.throws(() => readJudgements('image,label\na,\n', 'x'), { code: 'empty-field', line: 2 });
  assert.throws(() => readJudgements('better,worse\na,b\n,b\n', 'x'), { code: 'empty-field', line: 3 });
  assert.throws(() => readJudgements('image,label\n"a,1\n', 'x'), { code: 'not-csv' });
  assert.equal(consensus(new Map([['x', '1'], ['y', '4']]), true), 2.5);
  assert.equal(consensus(new Map([['x', 'awe'], ['y', 'fear'], ['z', 'fear']]), false), 'fear');
  assert.equal(byPicture(known).get(HASHES[0]).get('me'), '3');
});

test('comparisons are read as they were written', () => {
  const named = (at) => ({ image: `${at}, "x".jpg`, picture: HASHES[at] });
  const comparisons = [{ better: named(0), worse: named(1), tie: false, rater: 'me' }, { better: named(2), worse: named(3), tie: true, rater: 'Ann, B.' }];
  assert.deepEqual(readJudgements(writeComparisons(comparisons), 'x').comparisons, comparisons);
  assert.deepEqual(readJudgements('better,worse\na,b\n', 'ann').comparisons, [{ better: { image: 'a', picture: '' }, worse: { image: 'b', picture: '' }, tie: false, rater: 'ann' }]);
});

test('raters agree as far as each correlates with the mean of the others', () => {
  const of = (rater, values) => values.map((label, at) => ({ picture: String(at), image: String(at), label: String(label), rater }));
  const labels = [...of('a', [1, 2, 3, 4, 5]), ...of('b', [2, 1, 4, 3, 5]), ...of('c', [3, 5, 1, 2, 4])];
  // numpy: the mean over raters of corrcoef(rater, mean of the others)
  assert.ok(Math.abs(agreementOfRaters(labels, true).value - 0.22454296969176699) < 1e-12);
  assert.deepEqual(agreementOfRaters([...labels, { picture: '0', image: '0', label: 'good', rater: 'd' }], true), agreementOfRaters(labels, true));
  assert.equal(agreementOfRaters(of('a', [1, 2, 3, 4, 5]), true), null);
  const [first, second] = [of('a', ['x', 'y', 'x', 'y', 'x']), of('b', ['x', 'x', 'x', 'y', 'x'])];
  assert.deepEqual(agreementOfRaters([...first, ...second], false), { value: 0.8, raters: 2 });
  assert.equal(agreementOfRaters([...first.slice(0, 4), ...second.slice(0, 4)], false), null); // four that they share say nothing
});

test('teach.mjs reads the labels and the comparisons that the page writes', () => {
  const labels = Array.from({ length: 24 }, (_, at) => ({ picture: HASHES[at] ?? '', image: `${['', '=', '-', '@', "'+"][at % 5]}picture, "${at}".jpg`, label: String((at % 7) / 2), rater: at < 12 ? 'me' : 'Ann, B.' }));
  const read = parseJudgements(writeLabels(labels), 'labels.csv');
  assert.deepEqual(read.pictures, labels.map(({ image, picture }) => ({ image, sha256: picture })));
  assert.deepEqual(read.labels, labels.map(({ label, rater }, picture) => ({ picture, label: Number(label), rater })));
  const named = (at) => ({ image: `${at}.jpg`, picture: HASHES[at] });
  const { kind, pairs } = parseJudgements(writeComparisons([{ better: named(1), worse: named(0), tie: true, rater: 'me' }]), 'labels.csv');
  assert.deepEqual([kind, pairs], ['score', [{ better: 0, worse: 1, tie: true, rater: 'me' }]]);
});

const TASKS = [
  { id: 'quality', title: { en: 'Quality' }, output: { kind: 'score', from: [0, 1], to: [0, 1] } },
  { id: 'emotion', title: { en: 'Emotion' }, output: { kind: 'classes', labels: ['awe', 'fear'] } },
];
const ITEMS = [
  {
    path: 'trip/a, b.jpg', key: HASHES[1], sample: false, brightness: 0.25, error: null, facts: { width: 30, height: 20, decoder: 'percept', damaged: true, milliseconds: 12.5 },
    scores: { quality: { value: 0.123456789012, standardError: null, raw: [0.1], views: [[0.1], [0.2]] }, emotion: { label: 'fear', probabilities: [0.25, 0.75], raw: [1, 2], views: [[1, 2]] } },
  },
  { path: 'bad.jpg', key: null, sample: false, brightness: null, facts: null, scores: null, error: { code: 'corrupt-picture', message: 'It is damaged.' } },
  { path: 'waits.jpg', key: null, sample: false, brightness: null, facts: null, scores: null, error: null },
];
const SESSION = {
  model: { name: 'm', url: 'https://example.org/m/', sha256: 'ab' }, engine: { version: '1', build: 'simd128' }, tasks: TASKS, items: ITEMS,
  judgement: (task, { path }) => (task === 'quality' && path === 'trip/a, b.jpg' ? { label: '0.4', agreed: false } : null),
};

for (const [kind, write] of [['JSON', writeResults], ['CSV', writeTable]]) {
  test(`results come back from ${kind} as they were`, () => {
    const { pictures, judgements, models } = readResults(write(SESSION), TASKS);
    assert.deepEqual(models, ['ab']);
    assert.deepEqual(judgements, [{ task: 'quality', key: HASHES[1], image: 'trip/a, b.jpg', label: '0.4', agreed: false }]);
    assert.equal(pictures.length, 2);
    const [good, bad] = pictures;
    assert.deepEqual([good.name, good.path, good.state, good.key], ['a, b.jpg', 'trip/a, b.jpg', 'scored', HASHES[1]]);
    assert.equal(bad.key, 'name:bad.jpg', 'no file, no content');
    assert.equal(good.scores.quality.value, 0.123456789012);
    assert.equal(good.scores.quality.standardError, null);
    assert.deepEqual(good.scores.quality.views, [[0.1], [0.2]]);
    assert.deepEqual(good.scores.emotion.probabilities, [0.25, 0.75]);
    assert.deepEqual([good.facts.width, good.facts.height, good.facts.decoder, good.facts.damaged], [30, 20, 'percept', true]);
    assert.deepEqual([bad.state, bad.error], ['failed', { code: 'corrupt-picture', message: 'It is damaged.' }]);
  });
}

for (const [kind, write] of [['JSON', writeResults], ['CSV', writeTable]]) {
  test(`${kind} tells how familiar a picture is, where that is known`, () => {
    const items = ITEMS.map((item, at) => (at === 0 ? { ...item, facts: { ...item.facts, familiar: 0.0125 } } : item));
    assert.equal(readResults(write({ ...SESSION, items }), TASKS).pictures[0].facts.familiar, 0.0125);
    assert.equal(write(SESSION).includes('familiar'), false);
    const [{ facts }] = readResults(write({ ...SESSION, items }).replace('0.0125', '3'), TASKS).pictures;
    assert.equal('familiar' in facts, false, 'no share');
  });
}

test('stars and flags are in the table of “Save …” alone, and it is said in every language where they are', () => {
  const stars = /\bstars\b/;
  for (const write of [writeResults, writeTable]) assert.doesNotMatch(write(SESSION), stars);
  assert.match(writeChosen(ITEMS, { tasks: TASKS, ratingOf: () => ({ stars: 4, flag: null }), names: ITEMS.map(({ path }) => path) }), stars);
  for (const [at, words] of REPORTS['files.words'].entries()) {
    assert.ok(words.includes(CULLING['save.open'][at]) && words.includes(CULLING['rating.label'][at]), words);
  }
});

test('how long a picture took is said where it is known, which a table does not tell', async () => {
  standInForBrowser();
  const { factsTemplate } = await import('../../web/page/tile.js');
  const said = (write) => textsIn(factsTemplate({ ...readResults(write(SESSION), TASKS).pictures[0], sample: false })).join('|');
  assert.deepEqual([said(writeResults), said(writeTable)], ['30 × 20 pixels · damaged file: parts of the picture are lost|13 ms', '30 × 20 pixels · damaged file: parts of the picture are lost']);
});

test('a picture below the threshold is marked, and none where the model does not tell', () => {
  const item = (familiar, scores = {}) => ({ scores, facts: { familiar } });
  const manifest = { familiarity: { threshold: 0.02, unfamiliar: [] } };
  assert.deepEqual([0, 0.019, 0.02, 1, undefined].map((familiar) => isUnfamiliar(item(familiar), manifest)), [true, true, false, false, false]);
  for (const none of [{}, null]) assert.equal(isUnfamiliar(item(0), none), false);
  assert.equal(isUnfamiliar(item(0, null), manifest), false);
  assert.equal(isUnfamiliar({ scores: {}, facts: null }, manifest), false);
});

test('a rater\'s file is no file of results, but for what has scores, too', () => {
  for (const text of ['image,label\na.jpg,4\n', 'image,label,rater,sha256\na.jpg,4,ann,\n', 'better,worse\na.jpg,b.jpg\n']) assert.throws(() => readResults(text, TASKS), { code: 'judgements' }, text);
  for (const text of ['image,stars\na.jpg,4\n', 'image\na.jpg\n']) assert.throws(() => readResults(text, TASKS), { code: 'not-results' }, text);
  assert.equal(readResults('image,label,quality\na.jpg,4,0.5\n', TASKS).pictures.length, 1);
  assert.equal(readResults('image,other,error\na.jpg,4,\n', TASKS).pictures.length, 1, 'of another model');
});

test('strange files are refused, strange results in them passed over', () => {
  for (const text of ['', 'hello', '{}', '{"format":"percept-results","version":2,"pictures":[]}', 'a,b\n1,2\n', '{"format":"percept-results","version":1,"pictures":[{"image":5}]}', '{"format']) {
    assert.throws(() => readResults(text, TASKS), { code: 'not-results' }, text);
  }
  const timed = { format: 'percept-results', version: 1, pictures: [{ image: 'a', width: 2, height: 2, milliseconds: 'long', decoder: {} }] };
  assert.deepEqual(readResults(JSON.stringify(timed), TASKS).pictures[0].facts, { width: 2, height: 2, decoder: '', damaged: false });
  const strange = { format: 'percept-results', version: 1, pictures: [{ image: 'a', width: 'x', scores: { quality: { value: 'high', standardError: 0, views: [] }, emotion: { label: 'joy', probabilities: [1, 0], views: [] } } }] };
  const [picture] = readResults(JSON.stringify(strange), TASKS).pictures;
  assert.deepEqual([picture.scores, picture.state, picture.facts], [null, 'failed', null]);
});

for (const [kind, write] of [['JSON', writeResults], ['CSV', writeTable]]) {
  test(`results of another model stay its own when they are saved again as ${kind}, and fit no task of another sort`, () => {
    const { pictures } = readResults(write(SESSION), TASKS);
    const again = { ...SESSION, model: { ...SESSION.model, sha256: 'cd' }, engine: { version: '2', build: 'relaxed' }, items: [...pictures, ITEMS[0]] };
    const read = readResults(write(again), TASKS);
    assert.deepEqual(read.pictures.map(({ imported }) => [imported.model, imported.engine]), [['ab', '1 simd128'], ['ab', '1 simd128'], ['cd', '2 relaxed']]);
    assert.deepEqual(read.models, ['ab', 'cd']);
    const swapped = TASKS.map(({ output }, at) => ({ ...TASKS[1 - at], output }));
    assert.deepEqual(fit(pictures[0].imported, swapped), { state: 'failed', scores: null, error: { code: 'not-results', message: '' } });
    assert.deepEqual(fit(pictures[1].imported, swapped).error, { code: 'corrupt-picture', message: 'It is damaged.' });
    assert.deepEqual(fit(pictures[0].imported, TASKS), { state: 'scored', scores: pictures[0].scores, error: null });
  });
}

/** What each room says of its own, and what both say. */
/** With what parts say that come later. */
const PAGE = { ...AT_FIRST, ...CULLING, ...LATE, ...RATERS, ...REPORTS };
const TABLES = { SHARED, PAGE, COMPONENT };

test('every sentence is there in every language, with the same values in it', () => {
  const valuesIn = (text) => [...new Set([...text.matchAll(/\{(\w+)[?}]/g)].map(([, name]) => name))].sort();
  for (const [key, texts] of Object.values(TABLES).flatMap(Object.entries)) {
    assert.equal(texts.length, LANGUAGES.length, key);
    for (const text of texts) {
      assert.ok(text.length > 0, key);
      assert.deepEqual(valuesIn(text), valuesIn(texts[0]), key);
    }
  }
});

/** The sources of some rooms, and files beside them, as one text. */
async function readRooms(rooms, others = []) {
  const web = new URL('../../web/', import.meta.url);
  const found = await Promise.all(rooms.map(async (room) => (await readdir(new URL(`${room}/`, web), { recursive: true })).map((name) => `${room}/${name}`)));
  const names = found.flat().filter((name) => name.endsWith('.js') && !/\/((\w+-)?strings|lit|lit-directives)\.js$/.test(name));
  return (await Promise.all([...others, ...names].map((name) => readFile(new URL(name, web), 'utf8')))).join('\n');
}

/** The keys of sentences that sources ask for: those that stand there whole, and the starts of others. */
function keysIn(sources) {
  const written = [...sources.matchAll(/data-say(?:-label)?="([^"]+)"/g), ...sources.matchAll(/\bsay\('([^']+)'/g)].map(([, key]) => key);
  const named = [...sources.matchAll(/'((?:[a-z]+\.)+[A-Za-z0-9-]+)'/g)].map(([, key]) => key);
  const families = [...sources.matchAll(/`([a-z.]+\.)\$\{/g)].map(([, start]) => start);
  return { written, has: (key) => written.includes(key) || named.includes(key) || families.some((start) => key.startsWith(start)) };
}

test('every sentence that is asked for is in a table of its room, and the tables have no other', async () => {
  const rooms = [
    { asked: keysIn(await readRooms(['page'], ['index.html', 'app.js'])), own: { ...PAGE, ...REPORTS } },
    { asked: keysIn(await readRooms(['component'])), own: COMPONENT },
    { asked: keysIn(await readRooms(['ui'])), own: {} },
  ];
  for (const { asked, own } of rooms) {
    const said = { ...SHARED, ...own };
    assert.deepEqual(asked.written.filter((key) => !Object.hasOwn(said, key)), []);
    assert.deepEqual(Object.keys(own).filter((key) => !asked.has(key)), []);
    assert.deepEqual(Object.keys(own).filter((key) => Object.hasOwn(SHARED, key)), [], 'twice');
  }
  assert.deepEqual(Object.keys(SHARED).filter((key) => !rooms.some(({ asked }) => asked.has(key))), []);
});

test('a failure that people meet has a sentence in every language but English, whose is the error\'s own', () => {
  const codes = Object.keys(FAILURES.ja);
  assert.ok(codes.includes('other'));
  for (const language of LANGUAGES.slice(1)) assert.deepEqual(Object.keys(FAILURES[language]), codes, language);
});
