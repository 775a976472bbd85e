/** lit.js, which build_scripts/lit.mjs writes: what lit-html draws with. Templates are made by html.js. */
import { _$LH } from 'lit-html/private-ssr-support.js';

export { noChange, nothing, render } from 'lit-html';
export type { CompiledTemplateResult } from 'lit-html';

export declare const AttributePart: typeof _$LH.AttributePart;
export declare const BooleanAttributePart: typeof _$LH.BooleanAttributePart;
export declare const EventPart: typeof _$LH.EventPart;
export declare const PropertyPart: typeof _$LH.PropertyPart;
