/** Combined orders that are saved by name, in two tabs. */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { standInForBrowser } from '../support/templates.mjs';

standInForBrowser();
const kept = new Map();
const listeners = new Set();
Object.assign(globalThis, {
  localStorage: { getItem: (key) => kept.get(key) ?? null, setItem: (key, value) => kept.set(key, value) },
  addEventListener: (_, listener) => listeners.add(listener),
});
const { History } = await import('../../web/page/history.js');
const { SavedOrders } = await import('../../web/page/saved-orders.js');

test('what one tab saves is there in the other, which neither writes over it nor undoes it', () => {
  const history = new History();
  const one = new SavedOrders(history);
  const hears = [...listeners];
  const two = new SavedOrders(new History());
  two.weigh('quality', 2);
  two.save('sharp');
  for (const each of hears) each({ key: 'percept-orders' });
  one.weigh('beauty', 1);
  one.save('nice');
  assert.deepEqual(new SavedOrders(history).names, ['sharp', 'nice']);
  history.undo();
  assert.deepEqual([one.names, one.weights], [['sharp'], { beauty: 1 }]);
  one.forget('sharp');
  history.undo();
  assert.deepEqual(new SavedOrders(history).names, ['sharp']);
});
