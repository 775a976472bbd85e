/** What a terminal would obey, and what turns the direction of writing: files, models and servers put anything into their words. */
const COMMANDS = /(?![\n\t])\p{Cc}|[\u202a-\u202e\u2066-\u2069]/gu;

/** What begins another line, or a column. */
const BREAKS = /[\n\t\u2028\u2029]/g;

/** Strangers' words as a terminal may be given them. @param {string} text */
export function printable(text) {
  return text.replace(COMMANDS, '\ufffd');
}

/** The same where they have a line of the output to themselves: a file's name could otherwise write lines of its own. @param {string} text */
export function printableLine(text) {
  return printable(text).replace(BREAKS, '\ufffd');
}
