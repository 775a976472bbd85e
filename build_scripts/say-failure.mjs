import { printable } from './printable.mjs';

/** Says why a script failed, and has it end with 2 for options that it does not know, with 1 for all else. @param {any} error */
export function sayFailure({ message, code }) {
  process.stderr.write(printable(`percept: ${message}\n`));
  process.exitCode = code?.startsWith('ERR_PARSE_ARGS') ? 2 : 1;
}
