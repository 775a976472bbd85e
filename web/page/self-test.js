/** The page's button that verifies this installation: the model's published results, computed again and compared bit for bit. */
import { PerceptError } from '../lib/errors.js';
import { fetchVectors, parseVectors, selfTest } from '../lib/weights/vectors.js';
import { element } from '../ui/element.js';
import { say } from './language.js';

/**
 * Adds the button and its answer. Nothing is fetched before it is pressed.
 * @param {HTMLElement} place
 * @param {() => Promise<import('../lib/percept.js').Scorer>} loaded
 * @param {() => string | File[]} model where the one in use is, as Scorer.load takes it
 */
export function addSelfTest(place, loaded, model) {
  const button = element('button', { type: 'button', id: 'self-test', textContent: say('verify.start'), 'data-say': 'verify.start' });
  const answer = element('p', { id: 'self-test-answer', role: 'status' });
  button.addEventListener('click', async () => {
    button.disabled = true;
    try {
      const vectors = await vectorsOf(model());
      const onPicture = (/** @type {number} */ done, /** @type {number} */ total) => { answer.textContent = say('verify.running', { done, total }); };
      const outcome = await selfTest(await loaded(), vectors, { base: new URL('samples/', document.baseURI), onPicture });
      answer.dataset.outcome = outcome.problems.length === 0 ? 'right' : 'wrong';
      answer.textContent = outcome.problems.length === 0 ? say('verify.right', { numbers: outcome.numbers, pictures: outcome.pictures }) : say('verify.wrong', { problems: outcome.problems.join(' ') });
    } catch (cause) {
      const error = /** @type {import('../lib/percept.js').PerceptError} */ (cause);
      answer.dataset.outcome = 'failed';
      answer.textContent = error.code === 'not-found' ? say('verify.unpublished') : say('verify.failed', { message: error.message });
    }
    button.disabled = false;
  });
  place.append(button, answer);
}

/** The published results of a model, beside its model.json. @param {string | File[]} model */
async function vectorsOf(model) {
  if (typeof model === 'string') {
    const folder = new URL('./', new URL(model.endsWith('/') || model.endsWith('.json') ? model : `${model}/`, document.baseURI));
    return fetchVectors(new URL('vectors.json', folder));
  }
  const file = model.find(({ name }) => name === 'vectors.json');
  if (!file) throw new PerceptError('not-found', 'The folder has no vectors.json.');
  return parseVectors(new Uint8Array(await file.arrayBuffer()));
}
