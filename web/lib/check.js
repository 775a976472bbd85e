/** Checks for JSON from outside. Each is (value, at) => value, or throws naming the member `at`. */
import { PerceptError } from './errors.js';

/**
 * @typedef {(value: any, at: string) => any} Check
 * @typedef {Check & {optional?: true}} MemberCheck of a member, which may be absent where it is optional
 */

/** @param {string} at @param {string} problem @returns {never} */
export function fail(at, problem) {
  throw new PerceptError('manifest-invalid', `The model's manifest is wrong: ${at} ${problem}.`);
}

/**
 * Exactly these members; those whose check is optional may be absent.
 * @param {any} value @param {string} at @param {Record<string, MemberCheck>} members
 */
export function object(value, at, members) {
  if (value === null || typeof value !== 'object' || Array.isArray(value)) fail(at, 'is not an object');
  for (const key of Object.keys(value)) {
    if (!Object.hasOwn(members, key)) fail(at, `has an unknown member '${key}'`);
  }
  for (const [key, check] of Object.entries(members)) {
    const where = at === 'model.json' ? key : `${at}.${key}`;
    if (Object.hasOwn(value, key)) check(value[key], where);
    else if (!check.optional) fail(where, 'is missing');
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
    if (!Array.isArray(value)) fail(at, 'is not a list');
    if (value.length < least || value.length > most) fail(at, `has ${value.length} members, not ${least} to ${most}`);
    value.forEach((member, index) => check(member, `${at}[${index}]`));
    return value;
  };
}

/** @param {number} least @param {number} most @returns {Check} */
export function integer(least, most) {
  return (value, at) => {
    if (!Number.isInteger(value) || value < least || value > most) fail(at, `is not a whole number from ${least} to ${most}`);
    return value;
  };
}

/** @param {number} least @param {number} most @returns {Check} */
export function finite(least, most) {
  return (value, at) => {
    if (typeof value !== 'number' || !(value >= least && value <= most)) fail(at, 'is not a number in range');
    return value;
  };
}

/** @param {...(string | number)} words @returns {Check} */
export function oneOf(...words) {
  return (value, at) => {
    if (!words.includes(value)) fail(at, `is not one of ${words.join(', ')}`);
    return value;
  };
}

/** @param {string | number} expected */
export function literal(expected) {
  return oneOf(expected);
}

/** Text of one pattern; `what` says in words what that is. @param {RegExp} pattern @param {string} what @returns {Check} */
export function matching(pattern, what) {
  return (value, at) => {
    if (typeof value !== 'string' || !pattern.test(value)) fail(at, `is not ${what}`);
    return value;
  };
}

/**
 * An object of `least` members or more, which all pass one check, with keys of one pattern.
 * @param {RegExp} pattern @param {Check} check
 * @returns {Check}
 */
export function dictionary(pattern, check, least = 1) {
  return (value, at) => {
    if (value === null || typeof value !== 'object' || Array.isArray(value)) fail(at, 'is not an object');
    if (Object.keys(value).length < least) fail(at, 'is empty');
    for (const [key, member] of Object.entries(value)) {
      if (!pattern.test(key)) fail(at, `has a member '${key}', which is no name for it`);
      check(member, `${at}.${key}`);
    }
    return value;
  };
}

/** @type {Check} */
export function text(value, at) {
  if (typeof value !== 'string' || value === '') fail(at, 'is not text');
  return value;
}

/** @type {Check} */
export function boolean(value, at) {
  if (typeof value !== 'boolean') fail(at, 'is not true or false');
  return value;
}

/** Text in one or more languages: {"en": "…"}. */
export const localized = dictionary(/^[a-z]{2,3}(-[A-Za-z0-9]{2,8})*$/, text);
