/**
 * Checks for JSON from outside: manifests here, recipes in the converter. Each is (value, at) => value, or fails naming the
 * member `at`; the outermost object is at ''. `refusing` turns a failure into the caller's own error.
 *
 * @typedef {(value: any, at: string) => any} Check
 * @typedef {Check & {optional?: true}} MemberCheck of a member, which may be absent where it is optional
 */

class Misfit extends Error {
  /** @param {string} at @param {string} problem */
  constructor(at, problem) {
    super(`${at} ${problem}`);
    this.at = at;
    this.problem = problem;
  }
}

/** @param {string} at @param {string} problem the rest of the sentence, without its full stop @returns {never} */
export function fail(at, problem) {
  throw new Misfit(at, problem);
}

/**
 * Runs checks; what they find is thrown as the error that `refuse` makes of it.
 * @template Result
 * @param {(at: string, problem: string) => Error} refuse @param {() => Result} check
 */
export function refusing(refuse, check) {
  try {
    return check();
  } catch (error) {
    throw error instanceof Misfit ? refuse(error.at, error.problem) : error;
  }
}

/** @param {unknown} value */
const isObject = (value) => value !== null && typeof value === 'object' && !Array.isArray(value);

/** What stands there instead, short enough for a sentence. @param {unknown} value */
const instead = (value) => `, not ${String(JSON.stringify(value)).slice(0, 60)}`;

const quoted = (/** @type {(string | number | boolean)[]} */ words, /** @type {string} */ between) => words.map((word) => JSON.stringify(word)).join(between);

/**
 * Exactly these members; those whose check is optional may be absent.
 * @param {any} value @param {string} at @param {Record<string, MemberCheck>} members
 */
export function object(value, at, members) {
  if (!isObject(value)) fail(at, 'must be an object {…}');
  const unknown = Object.keys(value).filter((key) => !Object.hasOwn(members, key)).slice(0, 4);
  if (unknown.length > 0) fail(at, `has the unknown word ${quoted(unknown, ', ')}; the known ones are ${Object.keys(members).join(', ')}`);
  for (const [key, check] of Object.entries(members)) {
    if (Object.hasOwn(value, key)) check(value[key], at ? `${at}.${key}` : key);
    else if (!check.optional) fail(at, `lacks the word "${key}"`);
  }
  return value;
}

/** @param {Check} check @returns {MemberCheck} */
export function optional(check) {
  /** @type {MemberCheck} */
  const relaxed = (value, at) => check(value, at);
  return Object.assign(relaxed, { optional: true });
}

/** @param {number} least @param {number} most @param {Check} check @returns {Check} */
export function array(least, most, check) {
  return (value, at) => {
    if (!Array.isArray(value) || value.length < least || value.length > most) {
      fail(at, `must be a list of ${least === most ? most : `${least} to ${most}`} items`);
    }
    value.forEach((/** @type {unknown} */ member, /** @type {number} */ index) => check(member, `${at}[${index}]`));
    return value;
  };
}

/** @param {number} least @param {number} most @returns {Check} */
export function integer(least, most) {
  return (value, at) => {
    if (!Number.isSafeInteger(value) || value < least || value > most) fail(at, `must be an integer from ${least} to ${most}${instead(value)}`);
    return value;
  };
}

/** @param {number} least @param {number} most @returns {Check} */
export function finite(least, most) {
  return (value, at) => {
    if (typeof value !== 'number' || !(value >= least && value <= most)) fail(at, `must be a finite number from ${least} to ${most}${instead(value)}`);
    return value;
  };
}

/** @param {...(string | number | boolean)} words @returns {Check} */
export function oneOf(...words) {
  return (value, at) => {
    if (!words.includes(value)) fail(at, `must be ${quoted(words, ' or ')}${instead(value)}`);
    return value;
  };
}

/** Text of one pattern; `what` says in words what that is. @param {RegExp} pattern @param {string} what @returns {Check} */
export function matching(pattern, what) {
  return (value, at) => {
    if (typeof value !== 'string' || !pattern.test(value)) fail(at, `must be ${what}${instead(value)}`);
    return value;
  };
}

/**
 * An object of `least` members or more, which all pass one check.
 * @param {RegExp} pattern of its keys @param {string} what such a key is, in words @param {Check} check
 * @returns {Check}
 */
export function dictionary(pattern, what, check, least = 1) {
  return (value, at) => {
    if (!isObject(value) || Object.keys(value).length < least) fail(at, `must be an object {…} by ${what}`);
    for (const [key, member] of Object.entries(value)) {
      if (!pattern.test(key)) fail(at, `has the word ${quoted([key], '')}, which is no ${what}`);
      check(member, `${at}.${key}`);
    }
    return value;
  };
}

/** @type {Check} */
export function text(value, at) {
  if (typeof value !== 'string' || value === '') fail(at, 'must be a text');
  return value;
}

/** @type {Check} */
export function boolean(value, at) {
  if (typeof value !== 'boolean') fail(at, `must be true or false${instead(value)}`);
  return value;
}

/** Text in one or more languages: {"en": "…"}. */
export const localized = dictionary(/^[a-z]{2,3}(-[A-Za-z0-9]{2,8})*$/, 'language tag', text);
