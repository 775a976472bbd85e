/** lit.js, which build_scripts/lit.mjs writes: lit-html as one module. Templates are made by html.js. */
import { _$LH } from 'lit-html/private-ssr-support.js';

export { noChange, nothing, render } from 'lit-html';
export type { CompiledTemplateResult } from 'lit-html';
export { classMap } from 'lit-html/directives/class-map.js';
export { ifDefined } from 'lit-html/directives/if-defined.js';
export { keyed } from 'lit-html/directives/keyed.js';
export { live } from 'lit-html/directives/live.js';
export { repeat } from 'lit-html/directives/repeat.js';

export declare const AttributePart: typeof _$LH.AttributePart;
export declare const BooleanAttributePart: typeof _$LH.BooleanAttributePart;
export declare const EventPart: typeof _$LH.EventPart;
export declare const PropertyPart: typeof _$LH.PropertyPart;
