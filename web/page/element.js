/**
 * Makes an element. Properties that start with `aria-`, or have no counterpart on the element, become
 * attributes; `style` is an object of custom properties, which a strict content policy allows.
 */
export function element(tag, { style = {}, ...properties } = {}, ...children) {
  const made = document.createElement(tag);
  for (const [name, value] of Object.entries(properties)) {
    if (name in made) made[name] = value;
    else made.setAttribute(name, value);
  }
  for (const [name, value] of Object.entries(style)) made.style.setProperty(name, value);
  made.append(...children.filter((child) => child !== null));
  return made;
}
