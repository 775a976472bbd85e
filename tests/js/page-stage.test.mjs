/** Where pictures are judged one after the other: what its keys do. */
import assert from 'node:assert/strict';
import { before, test } from 'node:test';
import { standInForBrowser, textsIn } from '../support/templates.mjs';

let stage, ways;
before(async () => {
  standInForBrowser();
  const { JudgingStage } = await import('../../web/page/judging-stage.js');
  ways = await import('../../web/page/judging-ways.js');
  stage = new JudgingStage('stage', { last: null });
});

/** What a template's handler of keys comes to. */
const handlersIn = (drawn) => (Array.isArray(drawn) ? drawn.flatMap(handlersIn) : drawn?.values ? handlersIn(drawn.values) : typeof drawn === 'function' ? [drawn] : []);

/** What keys do where these answers are given. */
function press(keys, answers) {
  const done = [];
  const drawn = stage.template({ task: 'q', question: 'Q', pictures: [], answers, onAnswer: ({ value }) => done.push(value), onSkip: () => done.push('skip') });
  const [onKey] = handlersIn(drawn);
  for (const key of keys) onKey({ key, preventDefault() {} });
  return done;
}

test('the same key skips, however is judged; → does where it is no answer', () => {
  assert.deepEqual(press(['ArrowDown', '3', 'ArrowRight'], ways.starAnswers(String)), ['skip', '3', 'skip']);
  assert.deepEqual(press(['ArrowDown', '2', 'ArrowRight'], ways.classAnswers(['a', 'b'])), ['skip', 'b', 'skip']);
  assert.deepEqual(press(['ArrowDown', 'ArrowLeft', 'ArrowRight'], ways.pairAnswers()), ['skip', 'left', 'right']);
});

test('where nothing is left to ask, arrows scroll the page', () => {
  const [onKey] = handlersIn(stage.emptyTemplate('q', 'Nothing.'));
  onKey({ key: 'ArrowDown', preventDefault: () => assert.fail('taken') });
  assert.ok(textsIn(stage.emptyTemplate('q', 'Nothing.')).includes('Nothing.'));
});

test('where nothing is left to ask, what was skipped can be asked again', () => {
  let asked = 0;
  const [, ...clicks] = handlersIn(stage.emptyTemplate('q', 'Nothing.', () => { asked += 1; }));
  clicks.at(-1)();
  assert.equal(asked, 1);
  const offers = (...args) => textsIn(stage.emptyTemplate('q', 'Nothing.', ...args)).includes('Ask the skipped ones again');
  assert.deepEqual([offers(() => {}), offers(null), offers()], [true, false, false]);
});
