/** The button that verifies this installation: the model's published results, computed again and compared bit for bit. */
import { PerceptError } from '../lib/errors.js';
import { fetchVectors, parseVectors, selfTest } from '../lib/weights/vectors.js';
import { html, render } from '../ui/html.js';
import { ifDefined } from '../ui/lit-directives.js';
import { onLanguage, say, together, words } from './language.js';
import { find } from './find.js';

/** @import {ModelSession} from './model-session.js' */

/** @typedef {{outcome?: 'right' | 'wrong' | 'failed', words: () => string}} Answer words: in the page's language */

/** Nothing is fetched before the button is pressed. @param {ModelSession} model */
export function offerSelfTest(model) {
  const button = new SelfTestButton(model);
  onLanguage(() => button.render());
  button.render();
}

class SelfTestButton {
  #root = find('verify');
  #model;
  /** @type {Answer} */
  #answer = { words: () => '' };
  #running = false;

  /** @param {ModelSession} model */
  constructor(model) {
    this.#model = model;
  }

  render() {
    const { outcome, words } = this.#answer;
    render(html`
      <button type="button" id="self-test" ?disabled=${this.#running} @click=${() => this.#run()}>${say('verify.start')}</button>
      <p id="self-test-answer" role="status" data-outcome=${ifDefined(outcome)}>${words()}</p>`, this.#root);
  }

  async #run() {
    this.#running = true;
    this.render();
    this.#answer = await this.#outcome().catch(failure);
    this.#running = false;
    this.render();
  }

  /** @returns {Promise<Answer>} */
  async #outcome() {
    const vectors = await vectorsOf(this.#model.location).catch(unlessUnpublished);
    if (!vectors) return { outcome: 'failed', words: () => say('verify.unpublished') };
    const onPicture = (/** @type {number} */ done, /** @type {number} */ total) => {
      this.#answer = { ...this.#answer, words: () => say('verify.running', { done, total }) };
      this.render();
    };
    const { numbers, pictures, problems } = await selfTest(await this.#model.scorer, vectors, { base: new URL('samples/', document.baseURI), onPicture });
    return problems.length === 0
      ? { outcome: 'right', words: () => say('verify.right', { numbers, pictures }) }
      : { outcome: 'wrong', words: () => say('verify.wrong', { problems: together(...problems) }) };
  }
}

/** @param {PerceptError} error @returns {Answer} */
function failure(error) {
  return { outcome: 'failed', words: () => say('verify.failed', { message: words().explain(error) }) };
}

/** @param {PerceptError} error @returns {null} there are no results */
function unlessUnpublished(error) {
  if (error.code !== 'not-found') throw error;
  return null;
}

/** The published results of a model, beside its model.json. @param {string | File[]} model as Scorer.load takes it */
async function vectorsOf(model) {
  if (typeof model === 'string') {
    const folder = new URL('./', new URL(model.endsWith('/') || model.endsWith('.json') ? model : `${model}/`, document.baseURI));
    return fetchVectors(new URL('vectors.json', folder));
  }
  const file = model.find(({ name }) => name === 'vectors.json');
  if (!file) throw new PerceptError('not-found', 'The folder has no vectors.json.');
  return parseVectors(new Uint8Array(await file.arrayBuffer()));
}
