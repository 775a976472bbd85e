/** What the page needs beside, and the element does not. web/ui/lit-directives.d.ts has the same names. */
export { ifDefined } from 'lit-html/directives/if-defined.js';
export { keyed } from 'lit-html/directives/keyed.js';
export { live } from 'lit-html/directives/live.js';
export { repeat } from 'lit-html/directives/repeat.js';
