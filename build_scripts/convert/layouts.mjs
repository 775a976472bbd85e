/**
 * The layouts of other people's vision towers, translated into one neutral naming.
 *
 * A layout has `id`, `title`, `detect(checkpoint)`, `isInside(name)` (whether a tensor's name is one of a tower's) and
 * `describe(checkpoint)`. `describe` gives a
 * Promise of {sizes, implied, tensors, ignored}: the sizes that the tensors tell, what the layout implies
 * beyond them (activation, heads, epsilon, and `from`, which file says so), a Map from each neutral name to its source
 * {name, rows?, transpose?, shape}, and the names that are passed over knowingly. Whatever is in neither is a head's or refused.
 *
 * Neutral names are the model folder's (weights/README.md), before packing: linear layers are row-major
 * [out, in], `attention.query`, `.key` and `.value` stand apart, `embeddings.patch.weight` is
 * [width, 3 patch²].
 */
import { ConvertError, UNSUPPORTED } from './errors.mjs';
import * as huggingFace from './layout-huggingface.mjs';
import { openClip, openai } from './layout-openai.mjs';
import * as perceptClip from './layout-perceptclip.mjs';

/** In the order of detection: OpenAI's archives are told from open_clip's files by being TorchScript. */
const LAYOUTS = [huggingFace, openai, openClip, perceptClip];

/** The words that a recipe may use. */
export const LAYOUT_IDS = LAYOUTS.map((layout) => layout.id);

/**
 * @param {object} checkpoint
 * @param {string | undefined} id the recipe's choice, otherwise the contents decide
 * @returns {object} a layout
 */
export function chooseLayout(checkpoint, id) {
  const layout = LAYOUTS.find((candidate) => (id ? candidate.id === id : candidate.detect(checkpoint)));
  if (!layout) {
    const names = [...checkpoint.tensors.keys()].slice(0, 3).join(', ');
    throw new ConvertError(UNSUPPORTED, `${checkpoint.label} holds no vision tower in a known layout `
      + `(${LAYOUT_IDS.join(', ')}); its tensors begin with ${names || 'nothing'}.`);
  }
  return layout;
}
