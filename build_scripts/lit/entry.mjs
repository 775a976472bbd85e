/** What web/ui takes of lit-html. lit.d.ts has the same names. */
export { noChange, nothing, render } from 'lit-html';
export { classMap } from 'lit-html/directives/class-map.js';
export { ifDefined } from 'lit-html/directives/if-defined.js';
export { keyed } from 'lit-html/directives/keyed.js';
export { live } from 'lit-html/directives/live.js';
export { repeat } from 'lit-html/directives/repeat.js';
import { _$LH } from 'lit-html/private-ssr-support.js';

/** What carries the values of a compiled template, as @lit-labs/compiler names it. */
export const { AttributePart, BooleanAttributePart, EventPart, PropertyPart } = _$LH;
