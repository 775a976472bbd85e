/**
 * Makes an element. Properties that start with `aria-`, or have no counterpart on the element, become
 * attributes; `style` is an object of custom properties, which a strict content policy allows.
 * @template {keyof HTMLElementTagNameMap} Tag
 * @param {Tag} tag
 * @param {{style?: Record<string, any>, [property: string]: any}} [properties]
 * @param {...(Node | string | null)} children null is left out
 * @returns {HTMLElementTagNameMap[Tag]}
 */
export function element(tag, { style = {}, ...properties } = {}, ...children) {
  const made = document.createElement(tag);
  const open = /** @type {Record<string, any>} */ (made);
  for (const [name, value] of Object.entries(properties)) {
    if (name in made) open[name] = value;
    else made.setAttribute(name, value);
  }
  for (const [name, value] of Object.entries(style)) made.style.setProperty(name, String(value));
  made.append(...children.filter((child) => child !== null));
  return made;
}
