/** Waiting for a signal: one listener of ours on each, and nobody is told twice, or after having stopped. */
import assert from 'node:assert/strict';
import { getEventListeners } from 'node:events';
import { test } from 'node:test';
import { onAbort, orAborted } from '../../web/lib/abort.js';
import { linkedController } from '../../web/lib/weights/linked.js';
import { Retries } from '../../web/lib/weights/retries.js';
import { PerceptError } from '../../web/lib/errors.js';

test('however many wait for a signal, it has one listener, and those who stopped hear nothing', async () => {
  const { signal, abort } = controllerOf();
  const links = Array.from({ length: 20 }, () => linkedController(signal));
  const waiting = [1, 2, 3].map(() => orAborted(new Promise(() => {}), signal));
  const patience = { stall: 1000, attempts: 2, firstWait: 60_000, longestWait: 60_000 };
  const retry = new Retries(patience, signal).after(new PerceptError('network', 'It broke.'));
  assert.equal(getEventListeners(signal, 'abort').length, 1);
  links[0].release();
  const begun = performance.now();
  abort('enough');
  assert.deepEqual(links.map(({ controller }) => controller.signal.aborted), links.map((_, at) => at > 0));
  assert.equal(links[1].controller.signal.reason, 'enough');
  for (const each of [...waiting, retry]) await assert.rejects(each, { code: 'aborted', cause: 'enough' });
  assert.ok(performance.now() - begun < 10_000);
});

test('who begins to wait while a signal is aborted, or afterwards, is told once', () => {
  const { signal, abort } = controllerOf();
  let told = 0;
  const tell = () => { told += 1; };
  onAbort(signal, () => onAbort(signal, tell));
  abort();
  assert.equal(told, 1);
  onAbort(signal, tell);
  assert.equal(told, 2);
  onAbort(undefined, tell)();
  assert.equal(told, 2);
});

function controllerOf() {
  const controller = new AbortController();
  return { signal: controller.signal, abort: (reason) => controller.abort(reason) };
}
