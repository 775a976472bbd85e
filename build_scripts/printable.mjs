/** What a terminal would obey, and what turns the direction of writing: files, models and servers put anything into their words. */
const COMMANDS = /(?![\n\t])\p{Cc}|[\u202a-\u202e\u2066-\u2069]/gu;

/** Strangers' words as a terminal may be given them. @param {string} text */
export function printable(text) {
  return text.replace(COMMANDS, '\ufffd');
}
