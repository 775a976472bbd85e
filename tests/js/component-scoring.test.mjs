/** The component's scoring of one picture, without a page: when its host is told that nothing runs any more. */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { Scoring } from '../../web/component/scoring.js';

const ignore = () => {};
const HOST = { tasks: () => [], limits: () => [], onState: ignore, onLimits: ignore, onProgress: ignore, onScored: ignore, onFailed: ignore };

test('a picture that takes another\'s place keeps the scorer that it waits for', async () => {
  const told = [];
  let arrive;
  const scorer = new Promise((resolve) => { arrive = resolve; });
  const scoring = new Scoring({ ...HOST, scorer: () => scorer, onEnd: () => told.push(scoring.state) });
  scoring.hold(new Blob(['first']));
  const first = scoring.run();
  scoring.hold(new Blob(['second']));
  const second = scoring.run();
  await assert.rejects(first, { code: 'aborted' });
  assert.deepEqual(told, [], 'the second one runs');
  arrive({ tasks: [], manifest: {}, score: async () => ({ scores: {} }) });
  await second;
  assert.deepEqual(told, ['scored']);
});

test('a picture that is let go leaves nothing running', async () => {
  let ended = 0;
  const scoring = new Scoring({ ...HOST, scorer: () => new Promise(ignore), onEnd: () => { ended += 1; } });
  scoring.hold(new Blob(['one']));
  const run = scoring.run();
  scoring.clear();
  await assert.rejects(run, { code: 'aborted' });
  assert.equal(ended, 1);
});
