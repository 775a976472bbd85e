/** The page's button that verifies this installation: the model's published results, computed again and compared bit for bit. */
import { fetchVectors, selfTest } from '../weights/vectors.js';
import { element } from './element.js';

const words = {
  start: 'Verify this installation',
  running: (done, total) => `Verifying: ${done} of ${total} pictures`,
  right: ({ numbers, pictures }) => `Verified: ${numbers} numbers of ${pictures} pictures have exactly the published bits.`,
  wrong: (problems) => `This installation is not right. ${problems.join(' ')} Reload the page; if that does not help, use another browser and tell us.`,
  unpublished: 'This model publishes no results to compare with.',
  failed: (message) => `The installation could not be verified. ${message}`,
};

/**
 * Adds the button and its answer. Nothing is fetched before it is pressed.
 * @param {HTMLElement} place
 * @param {() => Promise<import('../percept.js').Scorer>} loaded
 * @param {string} model the model's address, as Scorer.load takes it
 */
export function addSelfTest(place, loaded, model) {
  const folder = new URL('./', new URL(model.endsWith('/') || model.endsWith('.json') ? model : `${model}/`, document.baseURI));
  const button = element('button', { type: 'button', id: 'self-test', textContent: words.start });
  const answer = element('p', { id: 'self-test-answer', role: 'status' });
  button.addEventListener('click', async () => {
    button.disabled = true;
    try {
      const vectors = await fetchVectors(new URL('vectors.json', folder));
      const onPicture = (done, total) => { answer.textContent = words.running(done, total); };
      const outcome = await selfTest(await loaded(), vectors, { base: new URL('samples/', document.baseURI), onPicture });
      answer.dataset.outcome = outcome.problems.length === 0 ? 'right' : 'wrong';
      answer.textContent = outcome.problems.length === 0 ? words.right(outcome) : words.wrong(outcome.problems);
    } catch (error) {
      answer.dataset.outcome = 'failed';
      answer.textContent = error.code === 'not-found' ? words.unpublished : words.failed(error.message);
    }
    button.disabled = false;
  });
  place.append(button, answer);
}
