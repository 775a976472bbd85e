/**
 * Tensors by the names that the model itself gives them, without what training put around: torch.compile, FSDP and activation
 * checkpoints in the middle of a name, DataParallel before every one, and AveragedModel's counter beside that.
 */
import { ConvertError, BAD_FILE } from './errors.mjs';

const WRAPPERS = /(?:_orig_mod|_fsdp_wrapped_module|_checkpoint_wrapped_module)\./g;
const PARALLEL = 'module.';
/** What torch.optim.swa_utils.AveragedModel keeps beside `module.`. */
const COUNTER = 'n_averaged';

/**
 * @param {string[]} names of tensors
 * @returns {Map<string, string>} their plain names to them
 */
export function plainNames(names) {
  let plain = names.map((name) => [name.replace(WRAPPERS, ''), name]);
  const others = plain.filter(([name]) => name !== COUNTER);
  if (others.length > 0 && others.every(([name]) => name.startsWith(PARALLEL))) plain = others.map(([name, theirs]) => [name.slice(PARALLEL.length), theirs]);
  return new Map(plain);
}

class PlainCheckpoint {
  constructor(inner, originals) {
    this.inner = inner;
    this.originals = originals;
    this.label = inner.label;
    this.format = inner.format;
    this.isScript = inner.isScript;
    this.hasGelu = inner.hasGelu;
    this.tensors = new Map([...originals].map(([name, theirs]) => [name, inner.tensors.get(theirs)]));
  }

  /** @param {string} name */
  async read(name) {
    return this.inner.read(this.originals.get(name) ?? name);
  }

  async close() {
    await this.inner.close();
  }
}

/**
 * @param {object} checkpoint
 * @returns {object} itself, or one with plain names that reads from it
 */
export function withPlainNames(checkpoint) {
  const names = [...checkpoint.tensors.keys()];
  const originals = plainNames(names);
  const isPlain = names.every((name) => originals.get(name) === name);
  if (isPlain) return checkpoint;
  const lost = names.filter((name) => name !== COUNTER && ![...originals.values()].includes(name));
  if (lost.length > 0) throw new ConvertError(BAD_FILE, `${checkpoint.label} holds ${lost[0]} twice, as itself and inside a wrapper; save one of the two.`);
  return new PlainCheckpoint(checkpoint, originals);
}
