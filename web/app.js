/**
 * The page: its parts, and what they hear of one another. Pictures go one way: intake, scoring run, queue, scoring, and
 * from the pictures' store to whoever shows them.
 */
import { takeIn } from './page/arrivals.js';
import { DetailDialog } from './page/detail-dialog.js';
import { find } from './page/find.js';
import { GalleryPanel } from './page/gallery-panel.js';
import { History } from './page/history.js';
import { acceptPictures } from './page/intake.js';
import { Judgements } from './page/judgements.js';
import { offerKeeping } from './page/keep-question.js';
import { KeptPictures } from './page/kept-pictures.js';
import { LatePanel } from './page/late-panel.js';
import { Lessons } from './page/lessons.js';
import { listed, onLanguage, say } from './page/language.js';
import { offerLanguages } from './page/language-field.js';
import { showModelNotes } from './page/model-notes.js';
import { ModelPanel } from './page/model-panel.js';
import { ModelSession } from './page/model-session.js';
import { PictureFeatures } from './page/picture-features.js';
import { PictureGroups } from './page/picture-groups.js';
import { Pictures } from './page/pictures.js';
import { keepPlaces } from './page/places.js';
import { PrivacyPanel } from './page/privacy-panel.js';
import { remark } from './page/remark.js';
import { addSamples } from './page/samples.js';
import { ScoreMemory } from './page/score-memory.js';
import { ScoringRun } from './page/scoring-run.js';
import { offerSelfTest } from './page/self-test.js';
import { showSession } from './page/session-panel.js';
import { MADE, SESSION, Shelf } from './page/shelf.js';
import { showStatus } from './page/status-panel.js';
import { makeTabs } from './page/tabs.js';
import { takeOff } from './page/taking-off.js';
import { doubtWords } from './page/teach-meter.js';
import { TeachPanel } from './page/teach-panel.js';
import { Teaching } from './page/teaching.js';
import { Thumbnails } from './page/thumbnails.js';
import { Traits } from './page/traits.js';
import { offerUndo } from './page/undo-bar.js';

/** @import {Item, NewItem} from './page/types.d.ts' */
/** @import {NearCopies} from './page/near-copies.js' */

const model = new ModelSession();
const pictures = new Pictures();
const history = new History();
const shelf = new Shelf(MADE);
const sessionShelf = new Shelf(SESSION);
const kept = new KeptPictures({ pictures, shelf: sessionShelf });
const judgements = new Judgements(shelf, history);
const lessons = new Lessons(shelf, history);
const traits = new Traits({ model, pictures, shelf, history });
const parts = { history, judgements, lessons, model, pictures, traits };
const thumbnails = new Thumbnails();
const memory = new ScoreMemory({ kept, model, pictures, shelf: sessionShelf, traits });
const run = new ScoringRun({ memory, model, pictures, thumbnails });

const detail = new DetailDialog({
  ...parts, order: () => gallery.order, onClose: (item) => (gallery.root.hidden ? renderShown() : gallery.focus(item)),
});
const onOpen = (/** @type {Item} */ item) => detail.open(item);
const gallery = new GalleryPanel({
  model, pictures, doubt: ({ id }) => doubtWords(traits.get(id)), onOpen, onRemove: takeOffPage,
});
/** The code that comes after the first score. */
const late = () => import('./page/late.js');

const storage = new LatePanel('storage', async () => new (await late()).StoragePanel(model));
const features = new PictureFeatures({ model, shelf, judgedKeys: () => judgements.judgedKeys() });
const teach = new TeachPanel({ ...parts, teaching: new Teaching({ ...parts, features, groups: new PictureGroups(shelf) }), onOpen, onShow: showBy });
/** @type {NearCopies | undefined} of both panels that tell of agreement */
let copies;
async function agreementCode() {
  const code = await late();
  copies ??= new code.NearCopies({ ...parts, features });
  return { code, given: { ...parts, copies } };
}
const reports = new LatePanel('reports', async () => {
  const { code, given } = await agreementCode();
  return new code.ReportPanel(given);
});
const said = new LatePanel('judgements', async () => {
  const { code, given } = await agreementCode();
  return new code.JudgementsPanel(given);
});
const panels = [teach, said, reports, new ModelPanel(model), new PrivacyPanel(model)];

function renderShown() {
  for (const panel of panels) if (!panel.root.hidden) panel.render();
}

/** Adds pictures, and shows them. Who makes a trait, or teaches one, goes on with them. @param {NewItem[]} added */
async function add(added) {
  const { isInUse } = teach;
  await takeIn(added, { pictures, run, isShown: !isInUse });
  if (!isInUse) find('tab-pictures').click();
}

/** The gallery, as a task arranges it. @param {string} task its id */
function showBy(task) {
  gallery.sortBy(task);
  find('tab-pictures').click();
  gallery.begin();
}

/** @param {Item[]} items */
function takeOffPage(items) {
  takeOff(items, { history, pictures, run, onBack: (back) => gallery.focusFirst(back) });
}

/** What the page may need when there is no network any more. Not before all is scored: it fetches every file of the page. */
function prepareForLater() {
  thumbnails.prepare();
  said.get().catch(() => {});
  reports.get().then((panel) => panel.prepare(), () => {}); // for Ctrl+P; offline it comes when it is shown
  storage.get().then((panel) => {
    panel.refresh();
    panel.keepPage();
  }, () => {});
}

/** Choosing pictures comes with the first one that is there to be chosen. */
let hasCulling = false;
async function cull() {
  if (hasCulling || !pictures.items.some(({ state }) => state === 'scored')) return;
  hasCulling = true;
  const { Culling } = await late().catch(() => ({ Culling: null }));
  hasCulling = Culling !== null; // what did not come is asked for again with the next picture
  if (Culling) new Culling({ ...parts, detail, features, gallery, shelf, onJudge: judgeNext });
}

/** To the stage where pictures are judged one after the other, as soon as its code is there. */
async function judgeNext() {
  find('tab-judgements').click();
  (await said.get()).focus();
}

pictures.onChange(cull);
model.onChange(({ kind }) => kind !== 'progress' && renderShown());
judgements.onChange(renderShown);
onLanguage(renderShown);
const tabs = makeTabs(find('tabs'));
tabs.onShow((id) => {
  if (id === 'pictures') gallery.render();
  if (id === 'model') storage.get().then((panel) => panel.refresh(), () => {});
  renderShown();
  if (id !== 'teach') teach.leave();
});
run.onIdle(prepareForLater);
keepPlaces({ detail, gallery, pictures, tabs });
showStatus({
  model, pictures, run,
  onClear: () => takeOffPage(pictures.items.filter(({ sample }) => !sample)),
  onFailed() {
    gallery.showFailed();
    find('tab-pictures').click();
  },
});
showModelNotes({ model, pictures });
offerSelfTest(model);
offerLanguages();
offerUndo(history);
offerKeeping({ kept, pictures });
showSession(kept);

judgements.load();
lessons.load();
acceptPictures({
  pictures: add,
  traits(files) {
    teach.take(files);
    find('tab-teach').click();
  },
  tables(files) {
    const left = teach.join(files);
    remark(left.length > 0 ? say('intake.tables', { files: listed(left.map(({ name }) => name)) }) : '');
    if (left.length > 0) find('remark').scrollIntoView({ block: 'nearest' });
  },
});
model.loadFirst();
gallery.render();
kept.restore((added) => run.add(added));
if (new URLSearchParams(location.search).get('samples') !== 'none') addSamples(pictures, run);
