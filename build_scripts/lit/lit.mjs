/** What draws. web/ui/lit.d.ts has the same names. */
export { _$LH, noChange, nothing, render } from 'lit-html';
import { _$LH as inside } from 'lit-html/private-ssr-support.js';

/** What carries the values of a compiled template, as @lit-labs/compiler names it. */
export const { AttributePart, BooleanAttributePart, EventPart, PropertyPart } = inside;
