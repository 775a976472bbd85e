/** lit-directives.js, which build_scripts/lit.mjs writes. */
export { ifDefined } from 'lit-html/directives/if-defined.js';
export { keyed } from 'lit-html/directives/keyed.js';
export { live } from 'lit-html/directives/live.js';
export { repeat } from 'lit-html/directives/repeat.js';
