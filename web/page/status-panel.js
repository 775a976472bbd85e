/** What the page is doing: how far the model is loaded and the pictures are scored, with the buttons that stop and go on. */
import { formatSpan } from '../ui/formats.js';
import { drawingOf, resultsOf } from '../ui/kinds.js';
import { describeProgress } from '../ui/progress.js';
import { announce } from './announcer.js';
import { find } from './find.js';
import { listed, localize, onLanguage, say, words } from './language.js';

/** @import {Item, LoadProgress} from './types.d.ts' */
/** @import {ModelSession} from './model-session.js' */
/** @import {Pictures} from './pictures.js' */
/** @import {ScoringRun} from './scoring-run.js' */

/** Results are read out one by one only while there are few. */
const MOST_ANNOUNCED = 4;

/** One that goes hands the focus to the first of these that is there; the last always is. */
const BUTTONS = ['cancel', 'resume', 'show-failed', 'clear', 'choose'];

/** @param {{model: ModelSession, pictures: Pictures, run: ScoringRun, onClear: () => void, onFailed: () => void}} parts onFailed: the person wants to see what could not be scored */
export function showStatus(parts) {
  const { model, onClear, onFailed, pictures, run } = parts;
  const panel = new StatusPanel(parts);
  const render = () => panel.render();
  model.onChange((change) => (change.kind === 'progress' ? showProgress(change.progress) : render()));
  pictures.onChange(render);
  run.onChange(render);
  run.onDone((item) => panel.announce(item));
  onLanguage(render);
  find('cancel').addEventListener('click', () => {
    run.cancel();
    announce(say('queue.cancelled'));
  });
  find('resume').addEventListener('click', () => run.resume());
  find('clear').addEventListener('click', () => {
    onClear();
    find('choose').focus(); // where there is nothing left, the way in is next
  });
  find('show-failed').addEventListener('click', onFailed);
}

class StatusPanel {
  #model;
  #pictures;
  #run;
  /** Pictures of the run that goes on. */
  #running = 0;

  /** @param {Parameters<typeof showStatus>[0]} parts */
  constructor({ model, pictures, run }) {
    this.#model = model;
    this.#pictures = pictures;
    this.#run = run;
  }

  render() {
    const held = document.activeElement;
    const { done, total, remaining } = this.#run.state;
    const busy = total > done;
    const loading = this.#model.loaded === null && this.#model.problem === null;
    find('loading').hidden = !loading;
    find('queue').hidden = loading || !busy;
    find('queue-bar').value = total === 0 ? 1 : done / total;
    find('queue-text').textContent = say('queue.text', { done, total }) + (remaining === null ? '' : ` · ${say('queue.remaining', { span: formatSpan(remaining, words()) })}`);
    const stopped = this.#run.stopped.length;
    const { shown } = this.#pictures;
    const countIn = (/** @type {Item['state']} */ wanted) => shown.filter(({ state }) => state === wanted).length;
    const [scored, failed] = [countIn('scored'), countIn('failed')];
    find('ready').hidden = this.#model.loaded === null || busy || shown.length > 0;
    find('idle').hidden = loading || busy || shown.length === 0;
    find('idle-text').textContent = [
      stopped > 0 ? say('queue.stopped', { count: stopped }) : say('queue.done', { count: scored }), failed > 0 ? say('queue.failed', { count: failed }) : '',
    ].filter(Boolean).join(say('queue.and'));
    find('resume').hidden = stopped === 0;
    find('show-failed').hidden = failed === 0;
    find('clear').hidden = shown[0]?.sample === true;
    handOn(held);
    this.#announceEnd(busy, total);
  }

  /** @param {Item} item that was tried */
  announce(item) {
    if (item.sample || this.#run.state.total > MOST_ANNOUNCED) return;
    if (item.state === 'failed') announce(say('announce.failed', { name: item.name, message: item.error ? words().explain(item.error) : '' }));
    if (item.state !== 'scored') return;
    const results = resultsOf(item, this.#model.tasks).map(([task, result]) => `${localize(task.title)} ${drawingOf(task).summary(task, result, words())}`);
    announce(say('announce.scored', { name: item.name, results: listed(results) }));
  }

  /** Of many pictures only the end is announced. @param {boolean} busy @param {number} total */
  #announceEnd(busy, total) {
    if (busy) {
      this.#running = total;
    } else if (this.#running > MOST_ANNOUNCED) {
      announce(find('idle-text').textContent ?? '');
      this.#running = 0;
    }
  }
}

/** @param {Element | null} held what had the focus */
function handOn(held) {
  if (!held || !BUTTONS.includes(held.id) || !isHidden(held)) return;
  BUTTONS.map((id) => find(id)).find((each) => !isHidden(each))?.focus();
}

/** @param {Element} element */
const isHidden = (element) => element.closest('[hidden]') !== null;

/** @param {LoadProgress} progress */
function showProgress(progress) {
  const { text, share } = describeProgress(progress, words());
  const { secondsLeft } = progress;
  find('loading-bar').value = share ?? 0;
  find('loading-text').textContent = secondsLeft && secondsLeft > 1 ? say('progress.remaining', { text, span: formatSpan(secondsLeft * 1000, words()) }) : text;
}
