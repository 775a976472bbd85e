/**
 * adapter_config.json of a PEFT adapter: which LoRA it is, and the scale of each of its modules.
 *
 *   y = W x + scale B (A x),  scale = alpha / rank, or alpha / sqrt(rank) with rank-stabilised LoRA
 *
 * Variants whose result is not that formula, or that have changed the base itself, are refused by name.
 */
import { createContext, runInContext } from 'node:vm';
import { ConvertError, BAD_FILE, UNSUPPORTED } from './errors.mjs';

/** Words that say nothing about the result: bookkeeping, and how the adapter was trained. */
const HARMLESS = new Set([
  'auto_mapping', 'base_model_name_or_path', 'revision', 'inference_mode', 'lora_dropout', 'target_modules',
  'exclude_modules', 'layers_to_transform', 'layers_pattern', 'task_type', 'peft_version', 'loftq_config', 'eva_config',
  'runtime_config', 'megatron_core', 'ensure_weight_tying',
]);

/** Words that are read below. `fan_in_fan_out` tells how the base stores W; A and B stay [rank, in], [out, rank]. */
const READ = new Set([
  'peft_type', 'r', 'lora_alpha', 'use_rslora', 'rank_pattern', 'alpha_pattern', 'fan_in_fan_out', 'modules_to_save',
  'init_lora_weights', 'bias',
]);

/** Starting values that leave the base as it was; PiSSA, OLoRA, CorDA and LoftQ change it. */
const PLAIN_INITS = new Set([true, false, 'gaussian', 'eva', 'orthogonal']);

function unsupported(label, what) {
  return new ConvertError(UNSUPPORTED, `${label}: ${what}`);
}

function isEmpty(value) {
  return value === null || value === false || value === undefined
    || (typeof value === 'object' && Object.keys(value).length === 0);
}

function refuseVariants(config, label) {
  if (config.peft_type !== 'LORA') {
    throw unsupported(label, `peft_type is ${JSON.stringify(config.peft_type)}; only LORA adapters are read.`);
  }
  if (config.use_dora) {
    throw unsupported(label, 'use_dora: a DoRA adapter rescales whole columns of the base and cannot stay beside it; '
      + 'train a plain LoRA.');
  }
  if (!PLAIN_INITS.has(config.init_lora_weights ?? true)) {
    throw unsupported(label, `init_lora_weights is ${JSON.stringify(config.init_lora_weights)}, which changed the base as `
      + 'well; convert the adapter to plain LoRA with PEFT first (path_initial_model_for_weight_conversion).');
  }
  if ((config.bias ?? 'none') !== 'none') {
    throw unsupported(label, `bias is ${JSON.stringify(config.bias)}: the adapter trained the base's biases, which all `
      + 'tasks share; train it with "none".');
  }
  for (const [word, value] of Object.entries(config)) {
    if (!HARMLESS.has(word) && !READ.has(word) && !isEmpty(value)) {
      throw unsupported(label, `${word} is ${JSON.stringify(value)}, a variant of LoRA that is not known here; `
        + 'train a plain LoRA.');
    }
  }
}

function readPattern(value, label) {
  const patterns = Object.entries(value ?? {}).map(([key, number]) => {
    if (!(Number.isFinite(number) && number > 0)) {
      throw new ConvertError(BAD_FILE, `${label}: ${JSON.stringify(key)} has no positive number.`);
    }
    return [key, number];
  });
  return new Map(patterns);
}

/** Milliseconds for one comparison: a stranger's expression can take for ever. */
const MOST_MATCHING = 1000;

/** Where comparisons run, which can be stopped there and nowhere else. */
const matching = createContext({});

/** PEFT takes a pattern's word as a regular expression for the end of a module's name. */
function patternKey(patterns, module, label) {
  return patterns.find((key) => {
    Object.assign(matching, { expression: `^(?:.*\\.)?(?:${key})$`, module });
    try {
      return runInContext('new RegExp(expression).test(module)', matching, { timeout: MOST_MATCHING });
    } catch {
      throw new ConvertError(BAD_FILE, `${label}: the pattern ${JSON.stringify(key)} is no regular expression that can be compared.`);
    }
  });
}

/**
 * @param {object} config the parsed adapter_config.json
 * @param {string} label its path
 * @param {number | undefined} recipeAlpha the recipe's `adapter.alpha`, which beats the file's
 * @returns {{modulesToSave: string[], scaleOf: (module: string, rank: number) => number}} `scaleOf` wants the
 *   module's name in the trained model and the rank that its tensors have
 */
export function readPeftConfig(config, label, recipeAlpha) {
  if (config === null || typeof config !== 'object') throw new ConvertError(BAD_FILE, `${label} is no JSON object.`);
  refuseVariants(config, label);
  const ranks = readPattern(config.rank_pattern, `${label}: rank_pattern`);
  const alphas = readPattern(config.alpha_pattern, `${label}: alpha_pattern`);
  /* One word is looked up in both, the first that fits, as PEFT does. */
  const patterns = [...new Set([...ranks.keys(), ...alphas.keys()])];
  const commonAlpha = recipeAlpha ?? config.lora_alpha;
  if (!(Number.isFinite(commonAlpha) && commonAlpha > 0)) {
    throw new ConvertError(BAD_FILE, `${label} has no lora_alpha; set adapter.alpha in the recipe.`);
  }
  const scaleOf = (module, rank) => {
    const key = patternKey(patterns, module, label);
    const told = ranks.get(key) ?? config.r;
    if (told !== undefined && told !== rank) {
      throw new ConvertError(BAD_FILE, `${label} says that ${module} has rank ${told}, but its tensors have ${rank}.`);
    }
    const alpha = recipeAlpha ?? alphas.get(key) ?? commonAlpha;
    return alpha / (config.use_rslora ? Math.sqrt(rank) : rank);
  };
  return { modulesToSave: config.modules_to_save ?? [], scaleOf };
}
