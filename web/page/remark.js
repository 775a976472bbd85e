/** What is said of what was brought to the page, below the ways in. */
import { announce } from './announcer.js';
import { find } from './find.js';

/** @param {string} words '' for nothing @param {string} [heard] what screen readers say, where it is more */
export function remark(words, heard = words) {
  find('remark').textContent = words;
  find('remark').hidden = words === '';
  if (heard !== '') announce(heard);
}
