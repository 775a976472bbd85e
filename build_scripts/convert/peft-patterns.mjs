/**
 * rank_pattern and alpha_pattern: Python regular expressions over the names of a model's modules, compared as PEFT's
 * versions compare them.
 *
 *   before 0.14  `.*\.KEY$`; the first key of both patterns that fits is looked up in both
 *   0.14         `.*\.KEY$`, in each pattern for itself
 *   since 0.15   `(.*\.)?(KEY)$`, in each pattern for itself
 *
 * A name that no key fits is a key itself. Files name their version only since 0.17: before that, the words that they hold
 * tell. An adapter that versions read differently is refused, unless the file names one.
 */
import { createContext, runInContext } from 'node:vm';
import { ConvertError, BAD_FILE, UNSUPPORTED } from './errors.mjs';

/** Milliseconds for one comparison: a stranger's expression can take for ever. */
const MOST_MATCHING = 1000;

/** Where comparisons run, which can be stopped there and nowhere else. */
const matching = createContext({});

/** Python's own ways that JavaScript has another word for. */
const TRANSLATIONS = [[/\(\?P<(\w+)>/g, '(?<$1>'], [/\\A/g, '^'], [/\\Z/g, '$'], [/(?<!\\)\{,(\d+)\}/g, '{0,$1}']];

/**
 * What only Python knows, or what the two read differently: comments, conditions, flags, possessive and atomic groups; "]" first in a
 * class, which stands for itself in Python alone; "{,}"; references back to a group, which take one that took no part for nothing at all
 * in JavaScript; and JavaScript's own way to name a group.
 */
const READ_OTHERWISE = /\(\?[#(>a-zA-Z-]|\(\?<[^=!]|\(\?P=|[*+?}]\+|\[\^?\]|\[[^\]]*\{,|\{,\}|\\[^wWdDsSbBAZ]/;

function toJavaScript(key, label) {
  const named = key.replace(/\(\?P</g, '(');
  const plain = named.replace(/\\[\s\S]/g, (escape) => (/[\w]/.test(escape[1]) ? escape : 'x')); /* a bracket behind a backslash begins nothing */
  if (READ_OTHERWISE.test(plain)) {
    throw new ConvertError(UNSUPPORTED, `${label}: the pattern ${JSON.stringify(key)} uses a part of Python's regular expressions `
      + 'that is not read here; write the modules\' names out in it.');
  }
  return TRANSLATIONS.reduce((text, [python, ours]) => text.replace(python, ours), key);
}

function fits(expression, key, module, label) {
  Object.assign(matching, { expression, module });
  try {
    return runInContext('new RegExp(expression).test(module)', matching, { timeout: MOST_MATCHING });
  } catch {
    throw new ConvertError(BAD_FILE, `${label}: the pattern ${JSON.stringify(key)} is no regular expression that can be compared.`);
  }
}

const ANYWHERE = (key) => `^(?:(.*\\.)?(${key})$)`;
const BEHIND_A_DOT = (key) => `^(?:.*\\.${key}$)`;

function find(keys, module, expression, label) {
  return keys.find((key) => fits(expression(toJavaScript(key, label)), key, module, label)) ?? module;
}

/** PEFT's ways, newest first: {ranks, alphas} and a module's name to its rank and alpha, undefined where the common ones hold. */
const apart = (expression) => ({ ranks, alphas }, module, label) => ({
  rank: ranks.get(find([...ranks.keys()], module, expression, label)),
  alpha: alphas.get(find([...alphas.keys()], module, expression, label)),
});
const SINCE_0_15 = apart(ANYWHERE);
const OF_0_14 = apart(BEHIND_A_DOT);
const BEFORE_0_14 = ({ ranks, alphas }, module, label) => {
  const key = find([...ranks.keys(), ...alphas.keys()], module, BEHIND_A_DOT, label);
  return { rank: ranks.get(key), alpha: alphas.get(key) };
};

/** The ways that a file may mean: one where it names its version, else its version's, by its words, and today's. */
function waysOf(config) {
  const [, major, minor] = /^(\d+)\.(\d+)/.exec(config.peft_version ?? '') ?? [];
  if (major !== undefined) {
    if (Number(major) > 0 || Number(minor) >= 15) return [SINCE_0_15];
    return [Number(minor) === 14 ? OF_0_14 : BEFORE_0_14];
  }
  const has = (word) => Object.hasOwn(config, word);
  if (!has('layers_to_transform') || !has('inference_mode') || has('trainable_token_indices')) return [SINCE_0_15];
  return [SINCE_0_15, has('exclude_modules') ? OF_0_14 : BEFORE_0_14];
}

function readPattern(value, isValid, label) {
  const patterns = Object.entries(value ?? {}).map(([key, number]) => {
    if (!isValid(number)) throw new ConvertError(BAD_FILE, `${label}: ${JSON.stringify(key)} is ${JSON.stringify(number)}, which cannot be.`);
    return [key, number];
  });
  return new Map(patterns);
}

/**
 * @param {object} config adapter_config.json
 * @param {string} label its path
 * @returns {(module: string) => {rank?: number, alpha?: number}} wants the module's name in the model, without `base_model.model.`
 */
export function readPatterns(config, label) {
  const patterns = {
    ranks: readPattern(config.rank_pattern, (rank) => Number.isSafeInteger(rank) && rank > 0, `${label}: rank_pattern`),
    alphas: readPattern(config.alpha_pattern, Number.isFinite, `${label}: alpha_pattern`),
  };
  const ways = waysOf(config);
  return (module) => {
    const [found, ...others] = ways.map((way) => way(patterns, module, label));
    const other = others.find(({ rank, alpha }) => rank !== found.rank || alpha !== found.alpha);
    if (!other) return found;
    const say = ({ rank, alpha }) => `rank ${rank ?? config.r} and alpha ${alpha ?? config.lora_alpha}`;
    throw new ConvertError(UNSUPPORTED, `${label} does not name the PEFT version that wrote it, and versions differ on ${module}: `
      + `${say(found)} as it is read today, ${say(other)} before. Add "peft_version" to it.`);
  };
}
