/**
 * Templates, which lit draws. Their static parts become elements by DOM methods, and never pass through a parser of the
 * browser's: text cannot become markup, and a page with Trusted Types needs to allow nothing for them.
 *
 *   render(html`<button class="retry" ?disabled=${busy} @click=${onRetry}>${label}</button>`, root);
 *
 * As in lit: ${…} in the place of a child or of an attribute's value, `.name` sets a property, `?name` toggles an attribute,
 * `@name` listens. Unlike in HTML: every element is closed, by `</name>` or `/>`; characters stand for themselves (no `&…;`);
 * and white space at the start and the end of a line is left out, as in JSX. A static `style` would be refused by a strict
 * policy: bind `.style`.
 */
import { AttributePart, BooleanAttributePart, EventPart, PropertyPart } from './lit.js';

/** @import {CompiledTemplateResult} from './lit.js' */

export { nothing, render } from './lit.js';

const SVG = 'http://www.w3.org/2000/svg';

/** Stands where a value goes. */
const HOLE = '\uE000';

const ATTRIBUTE = /\s+([^\s"'<>=/\uE000]+)(?:=(?:"([^"]*)"|'([^']*)'|([^\s"'<>=/\x60]+)))?/g;
const TAG = new RegExp(`<(/?)([\\w-]+)((?:${ATTRIBUTE.source})*)\\s*(/?)>`, 'y');
const TEXT = /[^<]+/y;

/** What a binding of an attribute does, by the sign before its name. */
const SIGNS = { '.': PropertyPart, '?': BooleanAttributePart, '@': EventPart };

/** The two kinds of parts of a compiled template. */
const ATTRIBUTE_PART = 1;
const CHILD_PART = 2;

/** By the template's static strings, which are the same each time that it is drawn. @type {WeakMap<TemplateStringsArray, any>} */
const compiled = new WeakMap();

/** @param {TemplateStringsArray} strings @param {...unknown} values */
export const html = (strings, ...values) => result(strings, values, null);

/** For what is inside of an svg element. @param {TemplateStringsArray} strings @param {...unknown} values */
export const svg = (strings, ...values) => result(strings, values, SVG);

/**
 * @param {TemplateStringsArray} strings @param {unknown[]} values @param {string | null} namespace
 * @returns {CompiledTemplateResult}
 */
function result(strings, values, namespace) {
  const template = compiled.get(strings) ?? compile(strings, namespace);
  compiled.set(strings, template);
  return { _$litType$: template, values };
}

/**
 * A template in the shape that lit's compiler gives it: the elements, and the parts that values go into.
 * @param {TemplateStringsArray} strings @param {string | null} namespace
 * @throws {SyntaxError} for what is no template
 */
function compile(strings, namespace) {
  const source = strings.join(HOLE);
  const draft = new Draft(namespace);
  for (let at = 0; at < source.length;) {
    const pattern = source[at] === '<' ? TAG : TEXT;
    pattern.lastIndex = at;
    const token = pattern.exec(source);
    const isRead = token !== null && (pattern === TEXT ? draft.addText(token[0]) : draft.addTag(token));
    if (!isRead) throw new SyntaxError(`A template cannot be read at: ${source.slice(at, at + 60)}`);
    at = pattern.lastIndex;
  }
  if (!draft.isWhole) throw new SyntaxError(`A template leaves an element open: ${source}`);
  return { h: strings, el: draft.el, parts: draft.parts };
}

/** A template while it is read. */
class Draft {
  el = document.createElement('template');
  /** @type {object[]} */
  parts = [];
  #inert = this.el.content.ownerDocument;
  /** @type {(DocumentFragment | Element)[]} */
  #open = [this.el.content];
  /** Of elements and holes, in the order in which lit comes by them. */
  #index = -1;
  #namespace;

  /** @param {string | null} namespace of the outermost elements */
  constructor(namespace) {
    this.#namespace = namespace;
  }

  get isWhole() {
    return this.#open.length === 1;
  }

  get #parent() {
    return this.#open[this.#open.length - 1];
  }

  /** @param {string} text @returns {boolean} whether it may stand here */
  addText(text) {
    text.split(HOLE).forEach((piece, at) => {
      if (at > 0) {
        this.#parent.append(this.#inert.createComment(''));
        this.#index += 1;
        this.parts.push({ type: CHILD_PART, index: this.#index });
      }
      this.#parent.append(withoutIndent(piece));
    });
    return true;
  }

  /** @param {RegExpExecArray} token @returns {boolean} whether it may stand here */
  addTag([, closes, name, attributes, ...rest]) {
    if (closes) {
      const closing = this.#open.pop();
      return closing instanceof Element && closing.localName === name && attributes === '';
    }
    const made = this.#openElement(name);
    for (const [, key, ...given] of attributes.matchAll(ATTRIBUTE)) this.#addAttribute(made, key, given.find((each) => each !== undefined) ?? '');
    if (rest[rest.length - 1]) this.#open.pop();
    return true;
  }

  /** @param {string} name */
  #openElement(name) {
    const parent = this.#parent;
    const outer = parent instanceof Element ? parent.namespaceURI : this.#namespace;
    const made = name === 'svg' || outer === SVG ? this.#inert.createElementNS(SVG, name) : this.#inert.createElement(name);
    parent.append(made);
    this.#open.push(made);
    this.#index += 1;
    return made;
  }

  /** @param {Element} made the element that was opened last @param {string} name @param {string} value */
  #addAttribute(made, name, value) {
    const strings = value.split(HOLE);
    if (strings.length === 1) {
      made.setAttribute(name, value);
      return;
    }
    const ctor = SIGNS[/** @type {keyof typeof SIGNS} */ (name[0])];
    this.parts.push({ type: ATTRIBUTE_PART, index: this.#index, name: ctor ? name.slice(1) : name, strings, ctor: ctor ?? AttributePart });
  }
}

/** White space that only sets the template out is no text. @param {string} text */
function withoutIndent(text) {
  return text.replace(/^\s*\n\s*|\s*\n\s*$/g, '').replace(/\s*\n\s*/g, ' ');
}
