/** Templates of the page without a browser: what they would show. */

/** As much of a document as templates are made with. */
class Element {
  constructor(localName) { this.localName = localName; }

  get content() { return Object.assign(new Element(), { ownerDocument: new Document() }); }

  append() {}

  setAttribute() {}
}

class Document {
  createTreeWalker() {}

  createComment() {}

  createElement(name) { return new Element(name); }

  createElementNS(space, name) { return new Element(name); }
}

/** The texts that go into a template, and into those within it. */
export const textsIn = (drawn) => (Array.isArray(drawn) ? drawn.flatMap(textsIn) : drawn?.values ? textsIn(drawn.values) : typeof drawn === 'string' ? [drawn] : []);

/** Stands in for a browser whose reader wants English, as far as drawing needs one. Call it before anything of the page is imported. */
export function standInForBrowser() {
  Object.defineProperty(globalThis, 'navigator', { value: { languages: ['en'] }, configurable: true });
  Object.assign(globalThis, { Element, document: new Document(), location: { search: '' }, localStorage: { getItem: () => null } });
}
