/** What stands around the page about the model and the engine: a problem, a warning that a model is untrained, and the engine's figures. */
import { median } from '../lib/shared/statistics.js';
import { formatMegabytes } from '../ui/formats.js';
import { html, render } from '../ui/html.js';
import { find } from './find.js';
import { localize, onLanguage, say, words } from './language.js';

/** @import {ModelSession} from './model-session.js' */
/** @import {Pictures} from './pictures.js' */

/** A view's time is the median of so many pictures, the newest. */
const NEWEST = 50;

/** @param {{model: ModelSession, pictures: Pictures}} parts */
export function showModelNotes({ model, pictures }) {
  const show = () => {
    showProblem(model);
    showWarning(model);
    showEngine(model, pictures);
  };
  model.onChange(({ kind }) => kind !== 'progress' && show());
  pictures.onChange(() => showEngine(model, pictures));
  onLanguage(show);
}

/** @param {ModelSession} model */
function showProblem(model) {
  const { problem, location } = model;
  find('model-problem').hidden = problem === null;
  if (problem === null) return;
  render(html`
    <p data-code=${problem.code}>${say('model.failed', { message: words().explain(problem) })}</p>
    <button type="button" @click=${() => model.load(location)}>${say('model.retry')}</button>`, find('model-problem'));
}

/** @param {ModelSession} model */
function showWarning({ manifest }) {
  const untrained = manifest?.about?.untrained;
  find('notice').hidden = untrained === undefined;
  if (untrained !== undefined) find('notice').textContent = say('model.untrained', { text: localize(untrained) });
}

/** @param {ModelSession} model @param {Pictures} pictures */
function showEngine({ loaded }, { items }) {
  if (!loaded) return;
  const { build, threads, memory } = loaded.engine;
  const perView = median(items.slice(0, NEWEST).map(({ facts }) => facts?.perView ?? NaN).filter(Number.isFinite));
  find('engine').textContent = [
    say('engine.build', { build: say(`build.${build.replace('-shared', '')}`) }),
    say('engine.threads', { count: threads }),
    say('engine.memory', { megabytes: formatMegabytes(memory) }),
    perView === null ? '' : say('engine.perView', { milliseconds: Math.round(perView) }),
  ].filter(Boolean).join(' · ');
}
