/** A list of figures: what, and how much. */
import { html } from '../ui/html.js';

/** @import {Line} from './types.d.ts' */

/** @param {Line[]} lines */
export const figuresTemplate = (lines) => html`
  <dl class="figures">${lines.map(([name, words]) => html`<dt>${name}</dt><dd>${words}</dd>`)}</dl>`;
