/**
 * adapter_config.json of a PEFT adapter: which LoRA it is, and the scale of each of its modules.
 *
 *   y = W x + scale B (A x),  scale = alpha / rank, or alpha / sqrt(rank) with rank-stabilised LoRA
 *
 * Words that cannot change this are passed over. Variants whose result is another, or that have changed the base itself, are
 * refused by name; so is any word that is not known here, unless it says nothing.
 */
import { ConvertError, BAD_FILE, UNSUPPORTED } from './errors.mjs';
import { isEmpty } from './json-values.mjs';
import { readPatterns } from './peft-patterns.mjs';

/**
 * Words that do not change the result whatever they say: bookkeeping, how the adapter was trained, which modules have it (the
 * tensors tell), and details of starts and variants that another word turns on. `fan_in_fan_out` is how the base stores W.
 */
const HARMLESS = new Set([
  'auto_mapping', 'base_model_name_or_path', 'revision', 'inference_mode', 'lora_dropout', 'target_modules',
  'exclude_modules', 'layers_to_transform', 'layers_pattern', 'task_type', 'peft_version', 'runtime_config', 'megatron_core',
  'ensure_weight_tying', 'fan_in_fan_out', 'trainable_token_indices', 'loftq_config', 'eva_config', 'corda_config', 'lora_ga_config',
  'qalora_group_size', 'merge_weights',
]);

/** Words that are read below. */
const READ = new Set([
  'peft_type', 'r', 'lora_alpha', 'use_rslora', 'rank_pattern', 'alpha_pattern', 'modules_to_save', 'init_lora_weights', 'bias',
]);

/** What PEFT's variants do that plain LoRA does not: the rest of a sentence. */
const VARIANTS = {
  use_dora: 'a DoRA adapter rescales whole columns of the base and cannot stay beside it',
  use_qalora: 'a QA-LoRA adapter pools its inputs in groups before A',
  use_bdlora: 'a BD-LoRA adapter has block-diagonal factors',
  lora_bias: 'the adapter adds a trained bias after B',
  alora_invocation_tokens: 'an activated LoRA works on the tokens after an invocation only',
  arrow_config: 'Arrow routes each token among several adapters',
  velora_config: 'VeLoRA keeps more than A and B',
  monteclora_config: 'MonteCLoRA keeps more than A and B',
  kasa_config: 'KaSA cuts the base\'s smallest singular values away and scales between A and B',
  target_parameters: 'the adapter stands beside parameters, not beside linear layers',
  layer_replication: 'the adapter was trained on a tower whose layers were repeated',
  megatron_config: 'the adapter was trained on Megatron\'s parallel layers',
};

/** Starting values that leave the base as it was. MiCA freezes B, which is in the file as ever. */
const PLAIN_STARTS = new Set([true, false, 'gaussian', 'eva', 'orthogonal', 'mica']);

/** Starting values that took a part out of the base. */
const CHANGED_BASE = /^(pissa|olora|corda|loftq|lora_ga)/i;

function unsupported(label, what) {
  return new ConvertError(UNSUPPORTED, `${label}: ${what}`);
}

function refuseStart(start, label) {
  if (PLAIN_STARTS.has(typeof start === 'string' ? start.toLowerCase() : start)) return;
  if (CHANGED_BASE.test(start)) {
    throw unsupported(label, `init_lora_weights is ${JSON.stringify(start)}, which changed the base as well; convert the adapter to `
      + 'plain LoRA with PEFT first (path_initial_model_for_weight_conversion).');
  }
  throw unsupported(label, `init_lora_weights is ${JSON.stringify(start)}, and whether that start changes the base is not known here; train a plain LoRA.`);
}

function refuseVariants(config, label) {
  if (config.peft_type !== 'LORA') {
    throw unsupported(label, `peft_type is ${JSON.stringify(config.peft_type)}; only LORA adapters are read.`);
  }
  for (const [word, what] of Object.entries(VARIANTS)) {
    if (!isEmpty(config[word])) throw unsupported(label, `${word}: ${what}; train a plain LoRA.`);
  }
  refuseStart(config.init_lora_weights ?? true, label);
  if (typeof (config.use_rslora ?? false) !== 'boolean') throw new ConvertError(BAD_FILE, `${label}: use_rslora is ${JSON.stringify(config.use_rslora)}, not true or false.`);
  if ((config.bias ?? 'none') !== 'none') {
    throw unsupported(label, `bias is ${JSON.stringify(config.bias)}: the adapter trained the base's biases, which all `
      + 'tasks share; train it with "none".');
  }
  for (const [word, value] of Object.entries(config)) {
    if (!HARMLESS.has(word) && !READ.has(word) && !Object.hasOwn(VARIANTS, word) && !isEmpty(value)) {
      throw unsupported(label, `${word} is ${JSON.stringify(value)}, a variant of LoRA that is not known here; `
        + 'train a plain LoRA.');
    }
  }
}

/** Names of modules: of nothing, of one, or of a list. */
function readModules(value, label) {
  const modules = typeof value === 'string' ? [value] : value ?? [];
  if (!Array.isArray(modules) || !modules.every((name) => typeof name === 'string' && name !== '')) {
    throw new ConvertError(BAD_FILE, `${label}: modules_to_save must be a list of names.`);
  }
  return modules;
}

/**
 * @param {object} config the parsed adapter_config.json
 * @param {string} label its path
 * @param {number | undefined} recipeAlpha the recipe's `adapter.alpha`, which beats the file's
 * @returns {{modulesToSave: string[], model?: string, scaleOf: (module: string, rank: number) => number}} `model` is the
 *   class that was trained, where the file names it; `scaleOf` wants the module's name in the trained model and the rank that its tensors have
 */
export function readPeftConfig(config, label, recipeAlpha) {
  if (config === null || typeof config !== 'object') throw new ConvertError(BAD_FILE, `${label} is no JSON object.`);
  refuseVariants(config, label);
  const patternsOf = readPatterns(config, label);
  const commonAlpha = recipeAlpha ?? config.lora_alpha;
  if (!Number.isFinite(commonAlpha)) {
    throw new ConvertError(BAD_FILE, `${label} has no lora_alpha; set adapter.alpha in the recipe.`);
  }
  const scaleOf = (module, rank) => {
    const own = patternsOf(module.replace(/^base_model\.model\./, ''));
    const told = own.rank ?? config.r;
    if (told !== undefined && told !== rank) {
      throw new ConvertError(BAD_FILE, `${label} says that ${module} has rank ${told}, but its tensors have ${rank}.`);
    }
    const alpha = recipeAlpha ?? own.alpha ?? commonAlpha;
    return alpha / (config.use_rslora ? Math.sqrt(rank) : rank);
  };
  const model = config.auto_mapping?.base_model_class ?? undefined;
  return { modulesToSave: readModules(config.modules_to_save, label), model, scaleOf };
}
