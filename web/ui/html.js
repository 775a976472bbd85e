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

export { noChange, nothing, render } from './lit.js';

const SVG = 'http://www.w3.org/2000/svg';

/** Stands where a value goes. */
const HOLE = '\uE000';

const ATTRIBUTE = /\s+([^\s"'<>=/]+)(?:=(?:"([^"]*)"|'([^']*)'|([^\s"'<>=`/]+)))?/g;
const TOKEN = new RegExp(`<(/?)([\\w-]+)((?:${ATTRIBUTE.source})*)\\s*(/?)>|([^<]+)`, 'gy');

/** What a binding of an attribute does, by the sign before its name. */
const PARTS = { '.': PropertyPart, '?': BooleanAttributePart, '@': EventPart };

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
 * @param {TemplateStringsArray} strings @param {string | null} outermost its namespace
 */
function compile(strings, outermost) {
  const source = strings.join(HOLE);
  const el = document.createElement('template');
  const inert = el.content.ownerDocument;
  /** @type {object[]} */
  const parts = [];
  /** @type {(DocumentFragment | Element)[]} */
  const open = [el.content];
  let index = -1; // of elements and holes, in the order in which lit comes by them
  const fail = (/** @type {number} */ at) => { throw new SyntaxError(`A template cannot be read at: ${source.slice(at, at + 60)}`); };

  /** @param {string} name */
  const openElement = (name) => {
    const parent = open[open.length - 1];
    const namespace = name === 'svg' ? SVG : (parent instanceof Element ? parent.namespaceURI : outermost);
    const made = namespace === SVG ? inert.createElementNS(SVG, name) : inert.createElement(name);
    parent.append(made);
    open.push(made);
    index += 1;
    return made;
  };
  /** @param {Element} made @param {string} name @param {string} value */
  const addAttribute = (made, name, value) => {
    const pieces = value.split(HOLE);
    if (pieces.length === 1) {
      made.setAttribute(name, value);
      return;
    }
    const ctor = PARTS[/** @type {keyof typeof PARTS} */ (name[0])];
    parts.push({ type: ATTRIBUTE_PART, index, name: ctor ? name.slice(1) : name, strings: pieces, ctor: ctor ?? AttributePart });
  };
  /** @param {string} text */
  const addText = (text) => {
    const parent = open[open.length - 1];
    text.split(HOLE).forEach((piece, at) => {
      if (at > 0) {
        parent.append(inert.createComment(''));
        index += 1;
        parts.push({ type: CHILD_PART, index });
      }
      parent.append(withoutIndent(piece));
    });
  };

  TOKEN.lastIndex = 0;
  for (let at = 0; at < source.length; at = TOKEN.lastIndex) {
    const token = TOKEN.exec(source) ?? fail(at);
    const [, closes, name, attributes, , , , , closed, text] = token;
    if (text !== undefined) {
      addText(text);
    } else if (closes) {
      const closing = open.pop();
      if (!(closing instanceof Element) || closing.localName !== name) fail(at);
    } else {
      const made = openElement(name);
      for (const [, key, ...given] of attributes.matchAll(ATTRIBUTE)) addAttribute(made, key, given.find((each) => each !== undefined) ?? '');
      if (closed) open.pop();
    }
  }
  if (open.length > 1) fail(source.length);
  return { h: strings, el, parts };
}

/** White space that only sets the template out is no text. @param {string} text */
function withoutIndent(text) {
  return text.replace(/^\s*\n\s*|\s*\n\s*$/g, '').replace(/\s*\n\s*/g, ' ');
}
