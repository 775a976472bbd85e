/** The page: a model, pictures on their way in, a card for each. */
import { Scorer } from './percept.js';
import { Card } from './page/card.js';
import { element } from './page/element.js';
import { acceptPictures } from './page/intake.js';
import { resultSummary } from './page/results.js';
import { StoragePanel } from './page/storage.js';
import { addSelfTest } from './page/self-test.js';
import { localize, words } from './page/words.js';

const find = (id) => document.getElementById(id);
const parameters = new URLSearchParams(location.search);
const settings = {
  model: parameters.get('model') ?? 'weights/demo/',
  variant: parameters.get('variant') ?? 'auto',
  threads: parameters.has('threads') ? Number(parameters.get('threads')) : undefined,
};

const storage = new StoragePanel(find('storage'));

/** The scorer, once it is there. Pictures may be dropped before: they wait. */
let scorer = loadScorer();

function loadScorer() {
  find('model-problem').hidden = true;
  find('loading').hidden = false;
  const loading = Scorer.load(settings.model, { ...settings, onProgress: showLoading });
  loading.then(showModel, showModelProblem).finally(() => {
    find('loading').hidden = true;
  });
  return loading;
}

function showLoading({ phase, loaded, total, ...rest }) {
  const bar = find('loading-bar');
  if (phase === 'starting') bar.removeAttribute('value');
  else bar.value = total === 0 ? 1 : loaded / total;
  find('loading-text').textContent = words.loading({ phase, loaded, total, ...rest });
}

function showModel(ready) {
  const { manifest, engine } = ready;
  storage.showModel(ready);
  find('engine').textContent = words.engine(engine);
  const untrained = manifest.about?.untrained;
  find('notice').hidden = untrained === undefined;
  if (untrained !== undefined) find('notice').textContent = words.untrained(localize(untrained));
}

function showModelProblem(error) {
  const retry = element('button', { type: 'button', textContent: words.retry });
  retry.addEventListener('click', () => {
    scorer = loadScorer();
  });
  find('model-problem').replaceChildren(element('p', { textContent: words.modelFailed(error.message), 'data-code': error.code }), retry);
  find('model-problem').hidden = false;
}

function announce(text) {
  find('announcer').textContent = text;
}

/**
 * Shows a card at once.
 * @returns {() => Promise<void>} fills the card, when its turn has come
 */
function addCard(picture, place) {
  const controller = new AbortController();
  const card = new Card(picture, () => {
    controller.abort();
    card.remove();
  });
  place(card.element);
  return () => scorePicture(picture, card, controller.signal);
}

async function scorePicture(picture, card, signal) {
  try {
    const ready = await scorer;
    const onProgress = (progress) => {
      if (progress.phase === 'computing') card.showPicture();
      card.showState(describeProgress(ready, progress));
    };
    const result = await ready.score(picture.blob ?? picture.url, { signal, onProgress });
    card.showResult(ready.tasks, result);
    find('engine').textContent = words.engine(result.engine);
    if (!picture.sample) announce(words.scored(picture.name, ready.tasks.map((task) => resultSummary(task, result.scores[task.id])).join(', ')));
  } catch (error) {
    if (error.code === 'aborted') return;
    card.showError(error);
    announce(words.failed(picture.name, error.message));
  }
}

function describeProgress({ tasks }, { phase, done, loaded, total, task }) {
  if (phase === 'decoding') return words.decoding;
  if (phase === 'computing') return words.computing(done, total);
  const known = tasks.find(({ id }) => id === task);
  return known ? words.downloadingTask(localize(known.title), loaded, total) : words.downloading(loaded, total);
}

/** The newest come first. */
function addPictures(pictures) {
  const cards = find('cards');
  const first = cards.firstChild;
  for (const picture of pictures) addCard(picture, (card) => cards.insertBefore(card, first))();
  cards.firstChild.scrollIntoView({ block: 'nearest' });
}

/** The pictures that come with the page, one after the other so that others need not wait for all of them. */
async function addSamples() {
  const base = new URL('samples/', document.baseURI);
  const response = await fetch(new URL('samples.json', base)).catch(() => null);
  if (!response?.ok) return; // a page without samples is fine
  const { pictures } = await response.json();
  const turns = pictures.map(({ file, title }) => {
    const picture = { name: localize(title), url: new URL(file, base).href, sample: true };
    return addCard(picture, (card) => find('cards').append(card));
  });
  for (const score of turns) await score();
}

acceptPictures({ zone: find('intake'), button: find('choose'), input: find('files') }, addPictures);
if (parameters.get('samples') !== 'none') addSamples();
addSelfTest(document.querySelector('footer'), () => scorer, settings.model);
