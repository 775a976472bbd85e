/** JSON from outside: nothing of Percept's is nested deeper than this, and millions of brackets take JSON.parse seconds. */
const DEEPEST = 32;

const [QUOTE, BACKSLASH] = ['"', '\\'].map((character) => character.charCodeAt(0));
const STEPS = new Map(Object.entries({ '[': 1, '{': 1, ']': -1, '}': -1 }).map(([character, step]) => [character.charCodeAt(0), step]));

/** As JSON.parse. @param {string} text @throws {SyntaxError} also for what is nested too deep, before it is parsed */
export function parseJson(text) {
  let depth = 0;
  let inText = false;
  for (let at = 0; at < text.length; at += 1) {
    const code = text.charCodeAt(at);
    if (code === QUOTE) inText = !inText;
    else if (inText && code === BACKSLASH) at += 1;
    else if (!inText) depth += STEPS.get(code) ?? 0;
    if (depth > DEEPEST) throw new SyntaxError(`The JSON is nested deeper than ${DEEPEST}.`);
  }
  return JSON.parse(text);
}
