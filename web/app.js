/** The page: a model, pictures on their way in, and the panels that show what came of them. */
import { Scorer } from './lib/percept.js';
import { openComparison } from './page/compare.js';
import { Detail } from './page/detail.js';
import { element } from './ui/element.js';
import { fit } from './page/exchange.js';
import { engineOptions, firstLocation, firstScorer } from './page/first-model.js';
import { Gallery } from './page/gallery.js';
import { acceptPictures } from './page/intake.js';
import { Judgements } from './page/judgements.js';
import { JudgementsPanel } from './page/judgements-panel.js';
import { resultsOf } from './ui/kinds.js';
import { summaryOf } from './page/meter.js';
import { modelHash } from './page/model-hash.js';
import { ModelPanel } from './page/model-panel.js';
import { PrivacyPanel } from './page/privacy-panel.js';
import { Queue } from './page/queue.js';
import { ReportPanel } from './page/report-panel.js';
import { addSelfTest } from './page/self-test.js';
import { scoreItem } from './page/scoring.js';
import { median } from './page/statistics.js';
import { StoragePanel } from './page/storage-panel.js';
import { Store } from './page/pictures.js';
import { makeTabs } from './page/tabs.js';
import { Thumbnails } from './page/thumbnails.js';
import { formatMegabytes, formatSpan } from './ui/formats.js';
import { currentLanguage, localize, onLanguage, say, switchLanguage, translateDocument, words } from './page/language.js';

/** @import {Context, Item, LoadProgress, PageElements, PerceptError, Session, Text} from './page/types.d.ts' */

/**
 * An element of index.html, which has them all.
 * @template {string} Id
 * @param {Id} id
 * @returns {Id extends keyof PageElements ? PageElements[Id] : HTMLElement}
 */
const find = (id) => /** @type {any} */ (document.getElementById(id));
const parameters = new URLSearchParams(location.search);
/** Results are read out one by one only while there are few. */
const MOST_ANNOUNCED = 4;

const store = new Store();
const thumbnails = new Thumbnails();
const judgements = new Judgements();
const storage = new StoragePanel(find('storage'), find('update'));
/** @type {{location: string | File[], scorer: Promise<Scorer> | null, loaded: Scorer | null, off: Set<string>}} */
const model = { location: firstLocation, scorer: null, loaded: null, off: new Set() };

const tasks = () => model.loaded?.tasks.filter(({ id }) => !model.off.has(id)) ?? [];
const announce = (/** @type {string} */ text) => { find('announcer').textContent = text; };

// ---- the model ----

/**
 * @param {string | File[]} where
 * @param {(onProgress: (progress: LoadProgress) => void) => Promise<Scorer>} load
 */
function loadModel(where, load = (onProgress) => Scorer.load(where, { ...engineOptions, onProgress })) {
  model.location = where;
  model.loaded = null;
  model.scorer?.then((scorer) => scorer.dispose(), () => {});
  find('model-problem').hidden = true;
  find('loading').hidden = false;
  const loading = load(showLoading);
  model.scorer = loading;
  const isCurrent = () => model.scorer === loading;
  loading.then((scorer) => isCurrent() && showModel(scorer), (error) => isCurrent() && showModelProblem(error))
    .finally(() => isCurrent() && showStatus());
  renderPanels();
}

/** @param {LoadProgress} progress */
function showLoading({ phase, loaded, total, secondsLeft }) {
  find('loading-bar').value = total === 0 ? 0 : loaded / total;
  const key = ['starting', 'reading', 'preparing'].includes(phase) ? phase : 'model';
  const text = say(`progress.${key}`, { loaded: formatMegabytes(loaded), total: formatMegabytes(total) });
  find('loading-text').textContent = secondsLeft && secondsLeft > 1 ? say('progress.remaining', { text, span: formatSpan(secondsLeft * 1000, words()) }) : text;
}

/** @param {Scorer} scorer */
function showModel(scorer) {
  model.loaded = scorer;
  for (const item of store.items) if (item.imported) store.update(item, fit(item.imported, scorer.tasks));
  storage.showModel(scorer);
  showNotice();
  showEngine();
  gallery.renew();
  renderPanels();
}

function showNotice() {
  const untrained = model.loaded?.manifest.about?.untrained;
  find('notice').hidden = untrained === undefined;
  if (untrained !== undefined) find('notice').textContent = say('model.untrained', { text: localize(untrained) });
}

function showEngine() {
  if (!model.loaded) return;
  const { build, threads, memory } = model.loaded.engine;
  const perView = median(store.items.slice(0, 50).map(({ facts }) => facts?.perView ?? NaN).filter(Number.isFinite));
  find('engine').textContent = [
    say('engine.build', { build: say(`build.${build.replace('-shared', '')}`) }),
    say('engine.threads', { count: threads }),
    say('engine.memory', { megabytes: formatMegabytes(memory) }),
    perView === null ? '' : say('engine.perView', { milliseconds: Math.round(perView) }),
  ].filter(Boolean).join(' · ');
}

/** @param {PerceptError} error */
function showModelProblem(error) {
  const retry = element('button', { type: 'button', textContent: say('model.retry'), onclick: () => changeModel(model.location) });
  find('model-problem').replaceChildren(element('p', { textContent: say('model.failed', { message: error.message }), 'data-code': error.code }), retry);
  find('model-problem').hidden = false;
  storage.refresh();
}

/** Another model, or the same once more: what was scored is scored again. @param {string | File[]} where */
function changeModel(where) {
  queue.cancel();
  detail.forget();
  loadModel(where);
  const again = store.items.filter(({ file }) => file);
  for (const item of again) store.update(item, { state: 'waiting', scores: null, error: null, progress: null, facts: null });
  queue.add(again.filter(({ sample }) => !sample), 1);
  queue.add(again.filter(({ sample }) => sample));
}

/** @param {string} id @param {boolean} on */
function switchTask(id, on) {
  if (on) model.off.delete(id);
  else model.off.add(id);
  gallery.renew();
  if (on) queue.add(store.items.filter((item) => item.state === 'scored' && !item.scores?.[id] && item.file), 1);
}

// ---- pictures ----

/** The one in use. */
const scorer = () => /** @type {Promise<Scorer>} */ (model.scorer);

/** Whether a task that is on has not scored it. @param {Item} item */
const lacksScores = (item) => tasks().some(({ id }) => !item.scores?.[id]);

/** Samples get the task by which the gallery shows them first, so that all are soon there; the other tasks follow. @param {Item} item */
function wantedFor(item) {
  const all = tasks().map(({ id }) => id);
  return item.sample && !item.scores && gallery.taskId !== null ? [gallery.taskId] : all;
}

const queue = new Queue(async (/** @type {Item} */ item, signal) => {
  const isNewSample = item.sample && !item.scores;
  await scoreItem(item, { scorer, wanted: () => wantedFor(item), store, thumbnails, signal });
  if (isNewSample && item.state === 'scored' && lacksScores(item)) queue.add([item], -1);
  if (!item.sample && queue.state.total <= MOST_ANNOUNCED) announceItem(item);
}, { onChange: () => showStatus() });

/** @param {Item} item */
function announceItem(item) {
  if (item.state === 'failed') announce(say('announce.failed', { name: item.name, message: item.error?.message ?? '' }));
  if (item.state !== 'scored') return;
  const results = resultsOf(item, tasks()).map(([task, result]) => `${localize(task.title)} ${summaryOf(task, result)}`);
  announce(say('announce.scored', { name: item.name, results: results.join(', ') }));
}

let told = 0;
function showStatus() {
  const { done, total, remaining } = queue.state;
  const busy = total > done;
  const loading = model.loaded === null && find('model-problem').hidden;
  find('loading').hidden = !loading;
  find('queue').hidden = loading || !busy;
  find('queue-bar').value = total === 0 ? 1 : done / total;
  find('queue-text').textContent = say('queue.text', { done, total }) + (remaining === null ? '' : ` · ${say('queue.remaining', { span: formatSpan(remaining, words()) })}`);
  const stopped = busy ? [] : unfinished();
  find('idle').hidden = loading || busy || store.items.length === 0;
  find('idle-text').textContent = stopped.length > 0 ? say('queue.stopped', { count: stopped.length }) : say('queue.done', { count: store.items.filter(({ state }) => state === 'scored').length });
  find('resume').hidden = stopped.length === 0;
  if (!loading && !busy) prepareForLater();
  if (busy) told = total;
  else if (told > MOST_ANNOUNCED) {
    announce(find('idle-text').textContent ?? '');
    told = 0;
  }
}

/** What the page may need when there is no network any more. Not before all is scored: it fetches every file of the page. */
function prepareForLater() {
  thumbnails.prepare();
  storage.keepPage();
}

/** The newest come first, and before the samples that still wait. @param {import('./page/types.d.ts').NewItem[]} pictures */
function addPictures(pictures) {
  queue.add(store.add(pictures), 1);
  find('tab-pictures').click();
}

/** Where there is nothing left, the focus is at the way in. */
function invite() {
  find('choose').focus();
}

/** @param {Item} item */
function removeItem(item) {
  queue.remove(item);
  store.remove([item]);
}

function cancelAll() {
  for (const item of queue.cancel()) if (item.state === 'waiting') store.update(item, { state: 'cancelled', progress: null });
  announce(say('queue.cancelled'));
}

/** What was stopped before it had all scores. The queue must be empty. */
function unfinished() {
  return store.items.filter((item) => item.state === 'cancelled'
    || (item.state === 'scored' && item.file && (!item.error || item.error.code === 'aborted') && lacksScores(item)));
}

function resume() {
  const stopped = unfinished();
  for (const item of stopped) if (item.state === 'cancelled') store.update(item, { state: 'waiting' });
  queue.add(stopped, 1);
}

/** Samples lie beside their list: an address is no sample. */
const SAMPLE_NAME = /^\w[\w.-]*$/;

/** The pictures that come with the page: small enough to be shown as they are. Those that do not come are missing. */
async function addSamples() {
  const base = new URL('samples/', document.baseURI);
  const response = await fetch(new URL('samples.json', base)).catch(() => null);
  if (!response?.ok) return; // a page without samples is fine
  /** @type {{pictures: {file: string, title: Text}[]}} */
  const { pictures } = await response.json();
  const named = pictures.filter(({ file }) => SAMPLE_NAME.test(file));
  const blobs = await Promise.all(named.map(({ file }) => blobAt(new URL(file, base))));
  queue.add(store.add(named.flatMap(({ file: name, title }, at) => {
    const file = blobs[at];
    return file ? [{ name: localize(title), title, path: `samples/${name}`, file, thumbnail: URL.createObjectURL(file), sample: true }] : [];
  }), { last: true }));
}

/** What is there, or null. @param {URL} address */
async function blobAt(address) {
  try {
    const response = await fetch(address);
    return response.ok ? await response.blob() : null;
  } catch {
    return null;
  }
}

// ---- panels ----

/** Once there is a model. @returns {Promise<Session>} */
async function session() {
  const { manifest, engine } = /** @type {Scorer} */ (model.loaded);
  return {
    model: { name: manifest.name, url: typeof model.location === 'string' ? new URL(model.location, document.baseURI).href : say('model.fromDisk'), sha256: await modelHash(manifest) },
    engine, tasks: tasks(), items: store.items, judgement: (task, path) => judgements.own(task, path),
  };
}

/** @type {Context} */
const shared = { store, tasks, judgements, announce, onOpen: (item) => detail.open(item), manifest: () => model.loaded?.manifest ?? null, session };
const detail = new Detail(find('detail'), {
  ...shared, order: () => gallery.order, items: () => store.items, scorer,
  onClose: (item) => (find('pictures').hidden ? renderPanels() : gallery.focus(item)),
});
const gallery = new Gallery({
  list: find('cards'), task: find('by-task'), sort: find('sort'), from: find('from'), to: find('to'), group: find('group'),
  empty: find('empty'), compare: find('compare'), count: find('count'), reset: find('reset'),
}, { ...shared, onRemove: removeItem, onEmptied: invite, onCompare: (pair) => openComparison(find('comparison'), pair, tasks(), store.items) });
/** @type {Record<string, {render: () => unknown}>} */
const panels = {
  judgements: new JudgementsPanel(find('judgements'), shared),
  reports: new ReportPanel(find('reports'), shared),
  model: new ModelPanel(find('model-panel'), {
    ...shared, location: () => (typeof model.location === 'string' ? model.location : ''), isOn: (id) => !model.off.has(id), onTask: switchTask, onLoad: changeModel,
  }),
  privacy: new PrivacyPanel(find('privacy'), () => model.loaded),
};

function renderPanels() {
  for (const [id, panel] of Object.entries(panels)) if (!find(id).hidden) panel.render();
}

makeTabs(find('tabs'), (id) => {
  if (id === 'pictures') gallery.show();
  else panels[id].render();
  if (id === 'model') storage.refresh();
});
judgements.onChange(() => ['judgements', 'reports'].filter((id) => !find(id).hidden).forEach((id) => panels[id].render()));
store.onChange((changed) => {
  showStatus();
  showEngine();
  if (detail.item && (changed.list || changed.items.has(detail.item))) detail.render();
});
onLanguage(() => {
  for (const item of store.items) if (item.title) store.update(item, { name: localize(item.title) });
  gallery.renew();
  showNotice();
  showEngine();
  showStatus();
  renderPanels();
});

acceptPictures({
  zone: find('intake'),
  choices: [
    { button: find('choose'), input: find('files') },
    { button: find('choose-folder'), input: find('folder-files') },
    { button: find('camera'), input: find('camera-files') },
  ],
}, addPictures, () => announce(say('intake.nothing')));
find('cancel').addEventListener('click', cancelAll);
find('resume').addEventListener('click', resume);
find('clear').addEventListener('click', () => {
  store.remove(store.items.slice());
  invite();
});
find('check-privacy').addEventListener('click', () => {
  find('tab-privacy').click();
  find('tab-privacy').focus();
});
find('language').value = currentLanguage();
find('language').addEventListener('input', () => switchLanguage(find('language').value));

translateDocument();
loadModel(model.location, firstScorer);
gallery.show();
if (parameters.get('samples') !== 'none') addSamples();
addSelfTest(find('verify'), scorer, () => model.location);
