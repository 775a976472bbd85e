/** What training pictures look like to the tower: five tensors from a file of their own, which go into the base's shards. */
import { PerceptError } from '../../web/lib/errors.js';
import { Familiarity } from '../../web/lib/model/familiarity.js';
import { viewsOf } from '../../web/lib/weights/manifest.js';
import { BAD_FILE, ConvertError, MISSING_TENSOR, UNKNOWN_TENSOR, listNames } from './errors.mjs';
import { completePreprocess, readPreprocess } from './preprocess.mjs';
import { refuse } from './recipe-words.mjs';

const NAMES = ['mean', 'axes', 'power', 'rest', 'far'];

/** The page's own checks, before anything is written. */
async function check(checkpoint, width) {
  const known = new Familiarity(width);
  try {
    for (const name of NAMES) {
      const room = known.roomFor({ name: `familiarity.${name}`, dtype: 'F32', shape: checkpoint.tensors.get(name).shape });
      const { buffer, byteOffset, byteLength } = await checkpoint.read(name);
      room.set(new Uint8Array(buffer, byteOffset, byteLength));
    }
    known.ready();
  } catch (error) {
    if (!(error instanceof PerceptError)) throw error;
    throw new ConvertError(BAD_FILE, `${checkpoint.label}: ${error.message}`);
  }
}

/**
 * @param {object} words the recipe's `familiarity`
 * @param {import('./tower.mjs').TowerSource} source
 * @param {import('./plan.mjs').Planner} planner
 * @param {{open: (path: string) => Promise<object>}} library
 * @returns {Promise<{entry: object, groups: object[], origins: Record<string, string>}>} the manifest's `familiarity`; what goes
 *   into the base's shards, before what may be stored as halves; where the words of `preprocess` come from
 */
export async function openFamiliarity(words, source, planner, library) {
  const checkpoint = await library.open(words.path);
  const missing = NAMES.filter((name) => !checkpoint.tensors.has(name));
  if (missing.length > 0) throw new ConvertError(MISSING_TENSOR, `${checkpoint.label} lacks ${listNames(missing)}, which familiarity needs.`);
  const others = [...checkpoint.tensors.keys()].filter((name) => !NAMES.includes(name));
  if (others.length > 0) throw new ConvertError(UNKNOWN_TENSOR, `${checkpoint.label} also holds ${listNames(others)}; familiarity is ${NAMES.join(', ')}.`);
  const { preprocess, origins } = completePreprocess(words, 'familiarity', source.sizes.image, await readPreprocess(source));
  if (viewsOf({ preprocess }) !== 1) throw refuse('familiarity.preprocess.views', 'must give one view: familiarity is that of one.');
  await check(checkpoint, source.sizes.embedding || source.sizes.width);
  return {
    entry: { preprocess, threshold: words.threshold, ...(words.smallest && { smallest: words.smallest }), unfamiliar: words.unfamiliar },
    groups: NAMES.map((name) => planner.exact(`familiarity.${name}`, checkpoint.tensors.get(name).shape, () => checkpoint.read(name))),
    origins,
  };
}
