/** <percept-scorer>'s properties, as frameworks set them, without a browser: a setter asks its element for attributes alone. */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { PerceptScorerElement } from '../../web/component/percept-scorer.js';

for (const name of ['src', 'traits', 'tasks', 'name', 'loading']) {
  test(`${name}: null and undefined take the attribute away`, () => {
    const attributes = new Map();
    const element = { setAttribute: (key, value) => attributes.set(key, String(value)), removeAttribute: (key) => attributes.delete(key) };
    const { set } = Object.getOwnPropertyDescriptor(PerceptScorerElement.prototype, name);
    for (const absent of [null, undefined]) {
      set.call(element, 'lazy');
      assert.deepEqual([...attributes], [[name, 'lazy']]);
      set.call(element, absent);
      assert.deepEqual([...attributes], []);
    }
  });
}
