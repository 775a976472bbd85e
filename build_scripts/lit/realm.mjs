/* global document */
/**
 * What lit-html finds in the place of globalThis: the document alone. Else it would make a Trusted Types policy of its own,
 * which strict pages refuse. None is needed: web/ui/html.js makes elements without text that becomes markup.
 */
export const realm = { document: typeof document === 'undefined' ? undefined : document };
