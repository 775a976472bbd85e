/** What is said in which language, and how numbers are written. */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { formatError, formatScore, formatSpan } from '../../web/ui/formats.js';
import { describeProgress } from '../../web/ui/progress.js';
import { SHARED } from '../../web/ui/strings.js';
import { wordsIn } from '../../web/ui/words.js';

const TABLE = { ...SHARED, found: ['{count} {count?cat:cats} of {name}', '{name}の猫 {count} 匹'] };

test('sentences are in the reader\'s language, English where we lack it', () => {
  assert.equal(wordsIn('ja-JP', TABLE).say('found', { count: 1200, name: '花子' }), '花子の猫 1,200 匹');
  for (const tag of ['en-GB', 'EN', 'fr', 'x-odd', '']) assert.equal(wordsIn(tag, TABLE).say('found', { count: 1, name: '{count}' }), '1 cat of {count}', tag);
  assert.equal(wordsIn('en', TABLE).say('found', { count: 0, name: '$&' }), '0 cats of $&');
});

test('a manifest\'s text is in the reader\'s language, else one that the reader takes, else English, else any', () => {
  const text = { en: 'cat', de: 'Katze', ja: '猫', 'pt-BR': 'gato' };
  assert.equal(wordsIn('ja-JP', TABLE).localize(text), '猫');
  assert.equal(wordsIn('pt-BR', TABLE).localize(text), 'gato');
  assert.equal(wordsIn('fr', TABLE, ['de-AT']).localize(text), 'Katze');
  assert.equal(wordsIn('fr', TABLE).localize(text), 'cat');
  assert.equal(wordsIn('fr', TABLE).localize({ de: 'Katze' }), 'Katze');
  assert.equal(wordsIn('constructor', TABLE).localize('cat'), 'cat');
});

test('a failure is said in the reader\'s language, in English as the error has it', () => {
  const failure = { code: 'network', message: 'The server answered 404.' };
  assert.equal(wordsIn('en', TABLE).explain(failure), failure.message);
  assert.match(wordsIn('ja', TABLE).explain(failure), /^モデルか指標のファイルを取得できませんでした。/);
  assert.equal(wordsIn('ja', TABLE).explain({ code: 'toString', message: 'x' }), '問題が起きました（toString）。x');
});

test('a model that is wrong is told so in Japanese, with what is wrong where that names a part', () => {
  const codes = ['manifest-invalid', 'manifest-version', 'manifest-integrity', 'weights-corrupt', 'weights-invalid', 'unknown-tensor', 'wrong-shape', 'missing-tensor', 'not-finite'];
  const told = codes.map((code) => wordsIn('ja', TABLE).explain({ code, message: 'tasks[0].id' }));
  assert.deepEqual(told.filter((text) => !/^(モデル|このページ|計算)/.test(text) || text.includes('{')), []);
  assert.equal(new Set(told).size, codes.length);
  assert.match(told[0], /（詳細：tasks\[0\]\.id）$/);
});

test('numbers have the digits that their range bears, and those that tell a value from a limit', () => {
  assert.deepEqual([formatScore(0.496, [0, 1]), formatScore(0.496, [0, 1], 0.5), formatScore(5.04, [0, 10]), formatScore(51.2, [0, 100])], ['0.50', '0.496', '5.0', '51']);
  assert.deepEqual([formatScore(0.5, [0, 1], 0.5), formatError(0.0124, [0, 1])], ['0.50', '0.012']);
  const words = wordsIn('en', TABLE);
  assert.deepEqual([400, 59_000, 90_000, 3 * 3_600_000].map((each) => formatSpan(each, words)), ['1 second', '59 seconds', '2 minutes', '3 hours']);
});

test('progress has words, and a share where it is known', () => {
  const words = wordsIn('en', TABLE);
  const tasks = [{ id: 'a', title: { en: 'Beauty' } }];
  const load = { phase: 'downloading', loaded: 1e6, total: 4e6 };
  assert.deepEqual(describeProgress(null, words), { text: 'Waiting', share: null });
  assert.deepEqual(describeProgress({ phase: 'starting', loaded: 0, total: 0 }, words), { text: 'Starting the engine', share: null });
  assert.deepEqual(describeProgress(load, words), { text: 'Fetching the model: 1.0 of 4.0 MB', share: 0.25 });
  assert.deepEqual(describeProgress({ ...load, task: 'a' }, words, tasks), { text: 'Fetching “Beauty”: 1.0 of 4.0 MB', share: 0.25 });
  assert.deepEqual(describeProgress({ phase: 'decoding', done: 0, total: 0 }, words), { text: 'Reading the picture', share: null });
  assert.deepEqual(describeProgress({ phase: 'computing', done: 3, total: 15 }, words), { text: 'Looking: 3 of 15 views', share: 0.2 });
  assert.deepEqual(describeProgress({ phase: 'computing', done: 0, total: 1 }, words), { text: 'Looking', share: 0 });
});
