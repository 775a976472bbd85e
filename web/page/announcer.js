/** Says something to screen readers. */
import { find } from './find.js';

/** @param {string} text */
export function announce(text) {
  find('announcer').textContent = text;
}
